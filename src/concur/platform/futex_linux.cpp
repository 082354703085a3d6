#include "concur/platform/futex.hpp"

#include "concur/platform/injection.hpp"

#include <cerrno>
#include <ctime>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace concur::platform {
namespace {

bool wait_on(const void* word, int op, std::uint32_t expected, std::int64_t ns) noexcept {
    const int saved = errno;
    const timespec relative{ns / 1'000'000'000, ns % 1'000'000'000};
    const timespec* const time = ns == forever ? nullptr : &relative;
    int error = injected_error(system_call::futex);
    if (error == 0 && syscall(SYS_futex, word, op, expected, time, nullptr, 0) != 0) error = errno;
    errno = saved;
    return error != ETIMEDOUT;
}

void wake_at(const void* word, int op) noexcept {
    const int saved = errno;
    syscall(SYS_futex, word, op, 1, nullptr, nullptr, 0);
    errno = saved;
}

}  // namespace

bool futex_wait(const void* word, std::uint32_t expected, std::int64_t ns) noexcept {
    return wait_on(word, FUTEX_WAIT_PRIVATE, expected, ns);
}

void futex_wake_one(const void* word) noexcept { wake_at(word, FUTEX_WAKE_PRIVATE); }

bool shared_futex_wait(const void* word, std::uint32_t expected, std::int64_t ns) noexcept {
    return wait_on(word, FUTEX_WAIT, expected, ns);
}

void shared_futex_wake(const void* word) noexcept { wake_at(word, FUTEX_WAKE); }

}  // namespace concur::platform
