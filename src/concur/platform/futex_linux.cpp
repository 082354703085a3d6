#include "concur/platform/futex.hpp"

#include <cerrno>
#include <ctime>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace concur::platform {
namespace {

long futex(const void* word, int op, std::uint32_t value, const timespec* time) noexcept {
    return syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, value, time, nullptr, 0);
}

}  // namespace

bool futex_wait(const void* word, std::uint32_t expected, std::int64_t ns) noexcept {
    const int saved = errno;
    const timespec relative{ns / 1'000'000'000, ns % 1'000'000'000};
    const long rc = futex(word, FUTEX_WAIT, expected, ns == forever ? nullptr : &relative);
    const bool in_time = rc == 0 || errno != ETIMEDOUT;
    errno = saved;
    return in_time;
}

void futex_wake_one(const void* word) noexcept {
    const int saved = errno;
    futex(word, FUTEX_WAKE, 1, nullptr);
    errno = saved;
}

}  // namespace concur::platform
