// Sleep and wake on a 32-bit word. The only way any thread of this library ever blocks.
#pragma once
#include <cstdint>

namespace concur::platform {

inline constexpr std::int64_t forever = -1;

// Sleeps while the 32-bit word at `word` holds `expected`, for `ns` nanoseconds at most.
// Returns false only when that time has passed. May wake for no reason: call it in a loop that
// reads the word.
bool futex_wait(const void* word, std::uint32_t expected, std::int64_t ns = forever) noexcept;

void futex_wake_one(const void* word) noexcept;

// The same on a word in memory that processes share. Whoever shares it can let it wake for no reason, or
// never: who waits for a process that may die says how long.
bool shared_futex_wait(const void* word, std::uint32_t expected, std::int64_t ns = forever) noexcept;
void shared_futex_wake(const void* word) noexcept;

// Sleeps while `own`, which is this process's, and `shared`, which others have too, both hold what is
// expected of them. As futex_wait(), on both; only where can_wait_on_either().
bool futex_wait_either(const void* own, std::uint32_t own_expected, const void* shared, std::uint32_t shared_expected,
                       std::int64_t ns = forever) noexcept;
// The kernel knows how: it is of 5.16 or later, and nothing forbids it.
bool can_wait_on_either() noexcept;

}  // namespace concur::platform
