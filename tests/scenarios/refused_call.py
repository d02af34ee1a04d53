"""Runs a command with one system call refused, as a seccomp profile does: refused_call.py NAME[,NAME…] COMMAND…

With stuck: before the names, these calls do not come back until a signal ends the process, as on a file system whose
server does not answer.
"""

import ctypes
import os
import platform
import struct
import sys

NUMBERS = {  # x86_64, aarch64
    "pipe2": (293, 59), "prctl": (157, 167), "setpgid": (109, 154), "getpgid": (121, 155),
    "signalfd4": (289, 74), "pidfd_open": (434, 434), "socketpair": (53, 199), "chdir": (80, 49), "getdents64": (217, 61),
    "eventfd2": (290, 19), "timerfd_create": (283, 85), "epoll_create1": (291, 20), "readlink": (89, None),
    "readlinkat": (267, 78), "uname": (63, 160), "sysinfo": (99, 179), "madvise": (28, 233),
    "ioctl": (16, 29), "kill": (62, 129), "clone3": (435, 435),
}
STUCK = {"rename": (82, 38)}
EPERM, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 1, 22, 2
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERRNO, NOTIFY = 0x7FFF0000, 0x00050000, 0x7FC00000
SECCOMP, SET_MODE_FILTER, NEW_LISTENER = (317, 277), 1, 8


COLUMN = 0 if platform.machine() == "x86_64" else 1


def install(known, names, answer, call):
    numbers = [known[name][COLUMN] for name in names if known[name][COLUMN] is not None]
    program = [(LOAD, 0, 0, 0)]
    for number in numbers:
        program += [(EQUAL, 0, 1, number), (RETURN, 0, 0, answer)]
    program.append((RETURN, 0, 0, ALLOW))
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in program))
    head = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program), ctypes.addressof(code)))
    if call(ctypes.CDLL(None, use_errno=True), head) < 0:
        sys.exit(f"no filter: {os.strerror(ctypes.get_errno())}")


def refuse(names):
    install(NUMBERS, names, ERRNO | EPERM, lambda libc, head: libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, head, 0, 0))


def hold(names):
    """The filter asks its listener, a descriptor that the command inherits; nobody answers."""

    def listen(libc, head):
        listener = libc.syscall(SECCOMP[COLUMN], SET_MODE_FILTER, NEW_LISTENER, head)
        if listener >= 0:
            os.set_inheritable(listener, True)
        return listener

    install(STUCK, names, NOTIFY, listen)


if __name__ == "__main__":
    if sys.argv[1].startswith("stuck:"):
        hold(sys.argv[1].removeprefix("stuck:").split(","))
    else:
        refuse(sys.argv[1].split(","))
    os.execvp(sys.argv[2], sys.argv[2:])
