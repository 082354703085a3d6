// What is known of the program's memory.
#pragma once

namespace concur::platform {

// Memory that was freed may be kept and handed out again. Not where AddressSanitizer is: it knows what is free by
// what operator delete is given.
bool may_keep_memory() noexcept;

}  // namespace concur::platform
