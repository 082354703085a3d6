#include "concur/platform/member_function.hpp"

namespace concur::platform {

// The ABI marks a virtual function by the lowest bit of the address; where functions may lie at odd
// addresses, by that of the other word.
bool names_virtual_function(const member_function_words& pointer) noexcept {
#if defined(__aarch64__)
    return (pointer.words[1] & 1) != 0;
#else
    return (pointer.words[0] & 1) != 0;
#endif
}

}  // namespace concur::platform
