// Large pages for large blocks of memory.
#pragma once
#include <cstddef>

namespace concur::platform {

// Asks that the memory, which is not in use yet, comes in large pages: a block of many megabytes is then there in a
// tenth of the time. Nothing comes of it where the system has none to give.
void ask_for_large_pages(void* at, std::size_t size) noexcept;

// For a block that is about to be filled: likewise, where it is so large that it pays.
inline void expect_filled(void* at, std::size_t size) noexcept {
    if (size >= std::size_t{2} << 20) ask_for_large_pages(at, size);
}

}  // namespace concur::platform
