// Other processes: how they are started, limited, killed, and what became of them.
#pragma once
#include "concur/platform/fd.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <system_error>

namespace concur::platform {

struct child_process {
    std::int64_t pid = 0;
    fd pidfd;
};

// The name of the environment variable that tells a program started by start_self() its role.
inline constexpr const char* role_variable = "CONCUR_ROLE";

// Starts this very program once more (its image in memory, also where the file was replaced), with
// `role` in the environment, and `fds` as its descriptors 3, 4 and so on; it inherits no others but
// 0 to 2. Standard input is /dev/null; so are the other two where this process has none. No signal is
// blocked or ignored. Throws std::system_error; where the image cannot be found (no /proc) the text says
// what to do.
child_process start_self(const char* role, std::initializer_list<int> fds);

// fork(). In the child: pid 0, and nothing else. Throws std::system_error.
child_process fork_self();

// What both throw where the system says `error`, an errno.
std::system_error start_failure(int error);

std::int64_t this_pid() noexcept;
// Of this process, without one of a sanitizer's own; 0: cannot be known.
int thread_count() noexcept;

// What became of a child of the calling process.
struct child_end {
    std::optional<int> exit_code;  // one of the two
    std::optional<int> signal;
    std::int64_t peak_memory = 0;  // bytes; what start_self() made has at least what its parent had
    std::int64_t cpu_ns = 0;       // its own, and that of its children that it has reaped
};
// Reaps it. Nothing: it has not ended (and was not waited for), or somebody else has reaped it.
std::optional<child_end> reap(const child_process& child, bool wait = false) noexcept;

// It has ended, and may not have been reaped yet.
bool has_ended(const child_process& child) noexcept;
// Waits for that, `ns` nanoseconds at most. Any process, not only a child; none has ended. False: it has not.
bool wait_for_end(const fd& pidfd, std::int64_t ns) noexcept;

// A pidfd for another process of ours; invalid where there is none.
fd open_pidfd(std::int64_t pid) noexcept;
// Sends a signal by pidfd: never to a stranger.
bool send_signal(const fd& pidfd, int signal) noexcept;
// To all of the group that it leads, or led: what it started may live on. Where the system cannot do that
// (before Linux 6.9), to itself alone.
bool signal_group(const fd& pidfd, int signal) noexcept;
// To all of the group of a child that has not been reaped yet.
bool signal_group(std::int64_t pid, int signal) noexcept;
extern const int end_signal, kill_signal, go_on_signal;  // SIGTERM, SIGKILL, SIGCONT

// --- for the child itself ---------------------------------------------------------------------

// Makes the calling process leader of a group of its own, sets signal handlers back to the default, blocks
// no signal, and has SIGINT ignored: Ctrl-C is its parent's to handle.
void settle_as_server() noexcept;
// Likewise, and lets it die when the thread that started it
// does (by SIGKILL). False: the parent is gone already.
bool settle_as_worker(std::int64_t parent_pid) noexcept;
// Of a copy made by fork(): text that the original has in its stdout and will write itself.
void forget_output() noexcept;
// Closes all descriptors but 0, 1, 2 and those.
void close_all_but(std::initializer_list<int> kept) noexcept;
// Makes `from` descriptor `to`; close-on-exec but for 0 to 2. Both may be the same: start_self() gives a
// program its descriptors without close-on-exec, and so it gets that.
bool replace_fd(int from, int to) noexcept;
struct pipe_ends {
    fd read, write;
};
pipe_ends make_pipe();  // close-on-exec, the reading end does not block; throws std::system_error

// Limits of the calling process from now on, which it cannot raise again; 0: none. False: the system
// refused.
bool limit_memory(std::int64_t bytes) noexcept;  // of address space, beyond what is mapped already
// Of processor time, beyond what it has used; in whole seconds, rounded up. SIGXCPU, whose default is
// death, after that, and SIGKILL a second later.
bool limit_cpu(std::int64_t ns) noexcept;
bool limit_files(std::int64_t count) noexcept;  // open at once

// Keeps freed memory for the next task, large blocks too: a worker would fault it in again each time.
// Before other threads start.
void keep_freed_memory() noexcept;

// Ends the calling process without any exit handler; flushes what coverage counts, and no stream.
[[noreturn]] void leave(int code) noexcept;

}  // namespace concur::platform
