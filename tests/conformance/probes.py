"""What is asked of each program. A probe returns its cell; one that raises writes down why. The first cell of a row that is
"yes" is what a reader hopes for; figures stand for themselves."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from subjects import ENVIRONMENT, PATHS, Run, children_of, descendants_of

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scenarios"))
from refused_call import NUMBERS  # noqa: E402
from terminals import CTRL_C, CTRL_D, CTRL_Z, Terminal  # noqa: E402

REFUSED = [sys.executable, str(Path(__file__).resolve().parents[1] / "scenarios/refused_call.py")]
ROWS = []
ECHO = """
import os, signal, sys, time
def got(number, frame):
    os.write(1, b'got %d\\n' % number)
    if number == 3: os._exit(33)
for number in [*range(1, 32), *range(34, 65)]:
    if number not in (4, 5, 6, 7, 8, 9, 11, 17, 18, 19, 31): signal.signal(number, got)
print('ready', flush=True)
while True: time.sleep(0.02)
"""


def probe(section, title):
    def add(function):
        ROWS.append((section, title, function))
        return function
    return add


def yes(condition, otherwise="no"):
    return "yes" if condition else otherwise


def echo(subject, feature=None, **options):
    return Run(subject.argv([sys.executable, "-c", ECHO], feature), **options).wait_for("ready")


def shell(subject, script, feature=None, **options):
    return Run(subject.argv(["sh", "-c", script], feature), **options)


@probe("Exit codes", "every exit code of the application")
def _(subject):
    wrong = [code for code in (0, 1, 2, 63, 64, 126, 127, 128, 143, 255) if shell(subject, f"exit {code}").finish().code != code]
    return yes(not wrong, f"no: {wrong}")


@probe("Exit codes", "death by a signal is 128+n")
def _(subject):
    deaths = {n: shell(subject, f"ulimit -c 0; kill -{n} $$").finish().code for n in (1, 2, 6, 9, 11, 15)}
    return yes(all(code == 128 + n for n, code in deaths.items()), f"no: {deaths}")


@probe("Exit codes", "a command that does not exist: 127")
def _(subject):
    return yes((code := Run(subject.argv(["/nosuch/command"])).finish().code) == 127, f"no: {code}")


@probe("Exit codes", "a command that is not executable: 126")
def _(subject):
    return yes((code := Run(subject.argv(["/etc/passwd"])).finish().code) == 126, f"no: {code}")


@probe("Exit codes", "a status of the application is made 0 (option)")
def _(subject):
    return yes((code := shell(subject, "exit 143", "remap").finish().code) == 0, f"no: {code}")


@probe("What the application gets", "the signal mask, as it was inherited")
def _(subject):
    prefix = [sys.executable, "-c", "import os, signal, sys; signal.pthread_sigmask(signal.SIG_SETMASK, [10, 20, 21, 40]); "
              "os.execvp(sys.argv[1], sys.argv[1:])"]
    wanted = sum(1 << (n - 1) for n in (10, 20, 21, 40))
    out = Run(subject.argv(["grep", "SigBlk", "/proc/self/status"]), prefix=prefix).finish().out
    return yes(int(out.split()[1], 16) == wanted, f"no: {out.split()[1]}")


@probe("What the application gets", "ignored signals stay ignored")
def _(subject):
    prefix = ["sh", "-c", "trap '' HUP USR1; exec \"$@\"", "sh"]
    out = Run(subject.argv(["grep", "SigIgn", "/proc/self/status"]), prefix=prefix).finish().out
    return yes(int(out.split()[1], 16) & 0x201 == 0x201, f"no: {out.split()[1]}")


@probe("What the application gets", "an inherited descriptor 3")
def _(subject):
    prefix = ["sh", "-c", "exec 3</etc/hostname; exec \"$@\"", "sh"]
    return yes("yes" in Run(subject.argv(["sh", "-c", "read line <&3 && echo yes"]), prefix=prefix).finish().out)


@probe("What the application gets", "it starts with stdin closed")
def _(subject):
    prefix = ["sh", "-c", "exec <&-; exec \"$@\"", "sh"]
    return yes((code := Run(subject.argv(["sh", "-c", "exit 9"]), prefix=prefix).finish().code) == 9, f"no: {code}")


@probe("What the application gets", "a start with SIGCHLD ignored")
def _(subject):
    prefix = [sys.executable, "-c", "import os, signal, sys; signal.signal(17, signal.SIG_IGN); os.execvp(sys.argv[1], sys.argv[1:])"]
    code = Run(subject.argv(["sh", "-c", "exit 4"]), prefix=prefix).finish(4).code
    return yes(code == 4, f"no: {code}")


@probe("Signals", "signals 1 to 31 that can be passed on, without the terminal's")
def _(subject):
    wanted = [n for n in range(1, 32) if n not in (3, 4, 5, 6, 7, 8, 9, 11, 17, 18, 19, 20, 21, 22, 31)]
    return arrive(subject, wanted)


@probe("Signals", "TSTP, TTIN and TTOU of another process")
def _(subject):
    # One run for each: who stops itself hears no other.
    wrong = [n for n in (20, 21, 22) if arrive(subject, [n]) != "yes"]
    return yes(not wrong, f"no: {wrong}")


@probe("Signals", "real-time signals")
def _(subject):
    return arrive(subject, [34, 35, 37, 50, 64])


def arrive(subject, numbers):
    run, missing = echo(subject), []
    for number in numbers:
        run.signal(number)
        try:
            run.wait_for(f"got {number}\n", 0.5)
        except TimeoutError:
            missing.append(number)
        if run.process.poll() is not None:
            missing.append(f"ended by {number}")
            break
    run.end()
    return yes(not missing, f"no: {missing}")


@probe("Signals", "who gets them without an option")
def _(subject):
    script = "trap 'wait; exit 4' TERM; (trap 'echo below; exit' TERM; echo ready; while :; do sleep 0.02; done) & wait"
    run = shell(subject, script).wait_for("ready").signal(15)
    time.sleep(0.5)
    text = run.out
    run.end()
    return "the group" if "below" in text else "the child"


@probe("Signals", "the group gets them (option, or always)")
def _(subject):
    script = "trap 'wait; exit 4' TERM; (trap 'echo below; exit' TERM; echo ready; while :; do sleep 0.02; done) & wait"
    done = shell(subject, script, "group").wait_for("ready").signal(15).finish(4)
    return yes(done.code == 4 and "below" in done.out, f"no: {done.code}")


@probe("Signals", "TERM is rewritten to QUIT (option)")
def _(subject):
    done = echo(subject, "rewrite").signal(15).finish(4)
    return yes(done.code == 33 and "got 15" not in done.out, f"no: {done.code}")


@probe("Signals", "HUP is dropped (option)")
def _(subject):
    run = echo(subject, "drop").signal(1)
    run.signal(10).wait_for("got 10")
    text = run.out
    run.end()
    return yes("got 1\n" not in text)


@probe("Signals", "SIGKILL some time after TERM (option)")
def _(subject):
    done = shell(subject, "trap '' TERM; echo ready; while :; do sleep 0.02; done", "grace").wait_for("ready").signal(15).finish(4)
    return yes(done.code == 137, f"no: {done.code}")


@probe("Signals", "TERM is held back for some time (option)")
def _(subject):
    done = shell(subject, "trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done", "delay").wait_for("ready").signal(15).finish(4)
    return yes(done.code == 5 and done.seconds > 0.35, f"no: {done.seconds:.2f} s")


@probe("Signals", "a signal when the parent dies (option)")
def _(subject):
    run = echo(subject, "parent death", init=False, within=["sh", "-c", '"$@" & wait', "sh"])
    below = descendants_of(run.process.pid)
    os.kill(run.process.pid, signal.SIGKILL)
    try:
        run.wait_for("got 15", 2)
        return "yes"
    except TimeoutError:
        return "no"
    finally:
        for pid in below:
            os.kill(pid, signal.SIGKILL)


@probe("Processes", "1,000 orphans are reaped, and the exit code is the child's")
def _(subject):
    program = ("import os, sys, time\nfor _ in range(1000):\n if os.fork() == 0:\n  if os.fork() == 0: os._exit(7)\n  os._exit(0)\n os.wait()\n"
               "time.sleep(0.5)\nz = [p for p in os.listdir('/proc') if p.isdigit() and ') Z' in open(f'/proc/{p}/stat').read()]\n"
               "print('zombies', len(z)); sys.exit(11)")
    done = Run(subject.argv([sys.executable, "-c", program])).finish(20)
    return yes(done.code == 11 and "zombies 0" in done.out, f"no: {done.code}, {done.out.strip()}")


@probe("Processes", "orphans are reaped without being process 1 (option, or always)")
def _(subject):
    run = shell(subject, "(sleep 0.1 & echo orphan=$!) ; sleep 1", "subreaper" if "subreaper" in subject.options else None, init=False)
    run.wait_for("orphan=")
    time.sleep(0.05)
    orphan = int(run.out.split("orphan=")[1].split()[0])
    with open(f"/proc/{orphan}/stat", encoding="ascii") as file:
        parent = int(file.read().rpartition(")")[2].split()[1])
    ours = parent == run.process.pid
    run.end()
    return yes(ours)


@probe("Processes", "a stopped application has not ended")
def _(subject):
    done = shell(subject, "(sleep 0.2; kill -CONT $$) & kill -STOP $$; exit 9").finish(4)
    return yes(done.code == 9, f"no: {done.code}")


@probe("Processes", "what the application leaves running gets TERM, and time")
def _(subject):
    script = "(trap 'sleep 0.2; echo bye; exit' TERM; echo ready; while :; do sleep 0.02; done) & sleep 0.3; exit 3"
    done = shell(subject, script).finish(6)
    return yes(done.code == 3 and "bye" in done.out, "no: killed" if done.code == 3 else f"no: {done.code}")


@probe("Processes", "inherited descriptors are closed in the supervisor, and its directory is /")
def _(subject):
    prefix = ["sh", "-c", "exec 3</etc/hostname; exec \"$@\"", "sh"]
    run = shell(subject, "echo up; sleep 5", prefix=prefix).wait_for("up")
    time.sleep(0.2)
    descriptors, place = sorted(os.listdir(f"/proc/{run.pid}/fd")), os.readlink(f"/proc/{run.pid}/cwd")
    run.end()
    return yes(descriptors == ["0", "1", "2"] and place == "/", f"no: {' '.join(descriptors)}, {place}")


def on_terminal(argv, steps):
    directory = tempfile.mkdtemp()
    terminal = Terminal(argv, ENVIRONMENT | {"TERM": "dumb", "PS1": "$ "}, directory)
    try:
        steps(terminal)
        return "yes"
    except AssertionError:
        return "no"
    finally:
        terminal.close()


def words(subject):
    return " ".join(subject.argv([]))


@probe("Terminal", "a script can read after it")
def _(subject):
    script = f"{words(subject)} true 2>/dev/null; printf 'next? '; read answer; echo got=$answer"
    return on_terminal(["sh", "-c", script], lambda t: t.wait_for("next? ").type("blue\n").wait_for("got=blue", 3))


@probe("Terminal", "Ctrl-C reaches a script after it")
def _(subject):
    script = f"trap 'echo stopped; exit' INT; {words(subject)} true 2>/dev/null; echo working; while :; do sleep 0.05; done"
    return on_terminal(["sh", "-c", script], lambda t: t.wait_for("working").type(CTRL_C).wait_for("stopped", 3))


BASH = ["bash", "--norc", "--noprofile", "--noediting", "-i"]


@probe("Terminal", "Ctrl-Z brings the prompt, and fg goes on")
def _(subject):
    def steps(t):
        # One process: a shell whose child stops between vfork and execve does not stop itself.
        program = "import sys; print(chr(117) + chr(112)); [print(line, end=str()) for line in sys.stdin]; print(chr(111) + chr(118))"
        t.wait_for("$ ").type(f"{words(subject)} {sys.executable} -uc '{program}' 2>/dev/null\n").wait_for("up\r\n").type(CTRL_Z)
        t.wait_for("Stopped", 3).wait_for("$ ").type("fg\n").wait_for("print").wait_for("\r\n").type("two\n").wait_for("two\r\ntwo", 3)
        t.type(CTRL_D).wait_for("ov\r\n", 3)
    return on_terminal(BASH, steps)


@probe("Terminal", "started with &, the shell keeps the terminal")
def _(subject):
    def steps(t):
        t.wait_for("$ ").type(f"{words(subject)} sh -c 'echo u''p; exec sleep 5' 2>/dev/null &\n").wait_for("up")
        t.type("read answer\n").type("blue\n").type("echo got=$answer\n").wait_for("got=blue", 3)
    return on_terminal(BASH, steps)


@probe("Terminal", "as process 1, a shell with job control")
def _(subject):
    def steps(t):
        t.wait_for("$ ").type("sh -c 'echo u''p; exec sleep 60'\n").wait_for("up").type(CTRL_Z).wait_for("Stopped", 3)
        t.wait_for("$ ").type("fg\n").wait_for("sleep 60").type(CTRL_C).wait_for("$ ", 3).type("echo pro''mpt\n").wait_for("prompt", 3)
    init = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "setsid", "--ctty"]
    return on_terminal([*init, *subject.argv(BASH)], steps)


@probe("Terminal", "as process 1, Ctrl-Z does not stop the application for ever")
def _(subject):
    init = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "setsid", "--ctty"]
    program = "print('up')\nwhile True: print('got=' + input())"
    return on_terminal([*init, *subject.argv([sys.executable, "-uc", program])],
                       lambda t: t.wait_for("up").type(CTRL_Z).type("blue\n").wait_for("got=blue", 3))


for call in ("prctl", "setpgid", "pipe2", "signalfd4", "ioctl"):
    @probe("When something is refused", f"seccomp refuses `{call}`")
    def _(subject, call=call):
        assert call in NUMBERS
        code = Run(subject.argv(["sh", "-c", "exit 7"]), prefix=[*REFUSED, call]).finish(4).code
        return yes(code == 7, f"no: {code}")


@probe("When something is refused", "four descriptors (RLIMIT_NOFILE=4)")
def _(subject):
    code = Run(subject.argv(["sh", "-c", "exit 7"]), prefix=["sh", "-c", "ulimit -n 4; exec \"$@\"", "sh"]).finish(4).code
    return yes(code == 7, f"no: {code}")


@probe("When something is refused", "stderr is a pipe that nobody reads")
def _(subject):
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(writing, True)
    code = Run(subject.argv(["sh", "-c", "exit 7"]), stderr=writing).finish(4).code
    os.close(reading), os.close(writing)
    return yes(code == 7, f"no: {code}")


@probe("When something is refused", "no /proc")
def _(subject):
    prefix = ["sh", "-c", "umount -l /proc; exec \"$@\"", "sh"]
    code = Run(["unshare", "--mount", *prefix, *subject.argv(["sh", "-c", "exit 7"])]).finish(4).code
    return yes(code == 7, f"no: {code}")


def memory(subject, environment):
    run = Run(subject.argv(["sh", "-c", "echo up; sleep 5"]), init=False, env=ENVIRONMENT | environment).wait_for("up")
    time.sleep(0.3)
    text = Path(f"/proc/{run.pid}/status").read_text()
    run.end()
    return f"{next(int(line.split()[1]) for line in text.splitlines() if line.startswith('RssAnon')):,} KiB"


@probe("Cost", "private memory while it runs (RssAnon)")
def _(subject):
    return memory(subject, {})


@probe("Cost", "the same with 1.9 MB of environment")
def _(subject):
    return memory(subject, {f"BIG_{n}": "x" * 120_000 for n in range(16)})


@probe("Cost", "size of the program")
def _(subject):
    path = PATHS[subject.name]
    listed = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
    return f"{os.stat(path).st_size // 1024:,} KiB{', dynamic' if '=>' in listed else ', static'}"


@probe("Cost", "wake-ups in a second")
def _(subject):
    run = shell(subject, "echo up; sleep 5").wait_for("up")
    time.sleep(0.3)
    count = lambda: next(int(l.split()[1]) for l in Path(f"/proc/{run.pid}/status").read_text().splitlines() if l.startswith("voluntary"))
    before = count()
    time.sleep(1)
    after = count()
    run.end()
    return str(after - before)


@probe("Cost", "from the application's end to ours, median of 20")
def _(subject):
    took = []
    for _ in range(20):
        run = shell(subject, "trap 'date +%s.%N; exit' TERM; echo ready; while :; do sleep 0.01; done", init=False).wait_for("ready").signal(15)
        run.process.wait()
        ended = time.time()
        run.reader.join(1)
        took.append(ended - float(run.out.split()[1]))
        run.end()
    return f"{sorted(took)[10] * 1000:.1f} ms"
