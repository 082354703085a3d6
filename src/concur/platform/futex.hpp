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

}  // namespace concur::platform
