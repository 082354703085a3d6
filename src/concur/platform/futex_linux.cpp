#include "concur/platform/futex.hpp"

#include "concur/platform/injection.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

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

// What futex_waitv takes: no span of time, but its end.
timespec time_after(std::int64_t ns) noexcept {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    constexpr std::int64_t second = 1'000'000'000;
    const std::int64_t rest = now.tv_nsec + ns % second;
    // The kernel refuses a time that it cannot count; so far away it is as good as never.
    const std::int64_t seconds = std::min<std::int64_t>(ns / second, std::int64_t{1} << 32);
    return {now.tv_sec + seconds + rest / second, rest % second};
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

bool futex_wait_either(const void* own, std::uint32_t own_expected, const void* shared, std::uint32_t shared_expected,
                       std::int64_t ns) noexcept {
    const int saved = errno;
    const futex_waitv words[] = {
        {own_expected, reinterpret_cast<std::uintptr_t>(own), FUTEX_32 | FUTEX_PRIVATE_FLAG, 0},
        {shared_expected, reinterpret_cast<std::uintptr_t>(shared), FUTEX_32, 0},
    };
    timespec end{};
    if (ns != forever) end = time_after(ns);
    int error = injected_error(system_call::futex);
    if (error == 0 && syscall(SYS_futex_waitv, words, 2, 0, ns == forever ? nullptr : &end, CLOCK_MONOTONIC) < 0)
        error = errno;
    errno = saved;
    return error != ETIMEDOUT;
}

// To wait on nothing is an error, but another one than that there is no such call.
bool can_wait_on_either() noexcept {
    static const bool known = [] {
        const int saved = errno;
        syscall(SYS_futex_waitv, nullptr, 0, 0, nullptr, CLOCK_MONOTONIC);
        const int error = std::exchange(errno, saved);
        return error == EINVAL;
    }();
    return known;
}

}  // namespace concur::platform
