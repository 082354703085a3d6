// Pointers to member functions, as the machine sees them.
#pragma once
#include <cstdint>

namespace concur::platform {

// What such a pointer consists of.
struct member_function_words {
    std::uintptr_t words[2];
};

// True: `words` are an index into a table, and mean the same in every process of this build. False: the
// first is the function's address, 0 for the null pointer.
bool names_virtual_function(const member_function_words& pointer) noexcept;

}  // namespace concur::platform
