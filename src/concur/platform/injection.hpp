// Failures of the system, on demand: every wrapper in platform/ that asks the system for a resource
// asks here first. For tests.
#pragma once

namespace concur::platform {

enum class system_call {
    memfd_create,
    fallocate,
    seal,
    mmap,
    socketpair,
    fork,
    spawn,
    pidfd_open,
    epoll,
    eventfd,
    futex,
    send,
    receive,
    pipe,
    thread,
    count
};

// Called on whatever thread makes the call, in parent, server and workers alike (forked ones inherit
// it; a program that is started anew has none). Returns 0 to let the call happen, or the errno that it
// is to fail with. Null: all happen.
using injector = int (*)(system_call what) noexcept;
void set_injector(injector fn) noexcept;

int injected_error(system_call what) noexcept;

}  // namespace concur::platform
