"""As an application that wants to know what process 1 knows: tries each way, prints what came of it as JSON.

SPY_FOR is the secret in base64, so that this program and its environment do not hold it themselves."""

import base64
import ctypes
import errno
import json
import os

SECRET = base64.b64decode(os.environ["SPY_FOR"])
LIBC = ctypes.CDLL(None, use_errno=True)
PTRACE_ATTACH, PTRACE_DETACH = 16, 17


def judge(text: bytes) -> str:
    return "found" if SECRET in text else "clean"


def read(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return judge(file.read())
    except OSError as error:
        return errno.errorcode[error.errno]


def memory() -> str:
    try:
        with open("/proc/1/maps", encoding="ascii") as maps, open("/proc/1/mem", "rb", buffering=0) as file:
            for line in maps:
                ends, rights, *_ = line.split()
                start, end = (int(part, 16) for part in ends.split("-"))
                if not rights.startswith("r") or "[v" in line:
                    continue
                file.seek(start)
                if judge(file.read(end - start)) == "found":
                    return "found"
        return "clean"
    except OSError as error:
        return errno.errorcode[error.errno]


def attach() -> str:
    LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    if LIBC.ptrace(PTRACE_ATTACH, 1, None, None) != 0:
        return errno.errorcode[ctypes.get_errno()]
    os.waitpid(1, 0x40000000)  # __WALL
    LIBC.ptrace(PTRACE_DETACH, 1, None, None)
    return "attached"


def open_output() -> str:
    """Where many images send their log."""
    try:
        os.close(os.open("/proc/1/fd/1", os.O_WRONLY | os.O_APPEND))
        return "opened"
    except OSError as error:
        return errno.errorcode[error.errno]


print(json.dumps({"environ": read("/proc/1/environ"), "cmdline": read("/proc/1/cmdline"), "memory": memory(),
                  "ptrace": attach(), "output": open_output(), "own": os.environ.get("DATABASE_URL")}), flush=True)
