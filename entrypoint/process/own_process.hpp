#pragma once

#include <sys/types.h>

namespace pge {

/// Where 0, 1 or 2 is closed: opens /dev/null there until execve, so that no other descriptor of this process is
/// mistaken for stdin, stdout or stderr, and the application still finds them as they were. The second act of `main`.
void fill_standard_streams() noexcept;

/// If this is not PID 1 (`shareProcessNamespace`, `docker run --init`), makes it the parent of orphaned descendants
/// (PR_SET_CHILD_SUBREAPER, prctl(2)). Does nothing as PID 1.
void become_subreaper() noexcept;

/// The opposite, for what becomes the application: it would get orphans that it does not expect (the flag survives
/// execve).
void resign_as_subreaper() noexcept;

/// False where a seccomp profile refuses prctl(2): then none of what is here has an effect.
bool can_control_itself() noexcept;

/// This process gets signal `number` when its parent dies (PR_SET_PDEATHSIG), and at once if that is no longer
/// `parent`, for whose death it would come too late. 0: nothing is done. False when the kernel refuses it.
bool die_with_parent(int number, pid_t parent) noexcept;

/// Takes from the queue what our own writes have caused: SIGPIPE from a log that nobody reads, SIGXFSZ from a file at
/// its limit. They must be blocked. For what becomes the application, which would get them.
void drop_own_signals() noexcept;

/// The name in ps(1) and /proc/self/comm: at most 15 bytes, the rest is cut off (PR_SET_NAME, prctl(2)).
void set_process_name(const char* name) noexcept;

/// No core dump, and the files of /proc/self are closed to everybody without CAP_SYS_PTRACE, to the own user as well
/// (PR_SET_DUMPABLE, prctl(2)): for as long as the owner's URL is in the memory of this process. A child inherits it
/// until it calls execve.
void make_non_dumpable() noexcept;

/// Undoes `make_non_dumpable` when no copy of the secret is left. It closes /proc/1/fd as well, and many images log to
/// /proc/1/fd/1.
void make_dumpable() noexcept;

/// Gives what is free of the heap back to the system, for a process that may live for months: the pages with nothing
/// but free memory on them (malloc_trim(3)), and first what the allocator keeps at hand for this thread, which lies on
/// the pages of all that was parsed; and the stack that is deeper than the caller's frame.
void return_free_memory() noexcept;

/// For the parent, after the application was started: works in "/", so that no mount is kept busy, and closes what was
/// inherited above stderr, for example the sockets of socket activation, which the application has. Descriptors of this
/// process have O_CLOEXEC, which nothing that was inherited through an execve can have.
void settle_as_supervisor() noexcept;

}  // namespace pge
