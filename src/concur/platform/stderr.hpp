// The last resort for a message: the program's standard error.
#pragma once
#include <string_view>

namespace concur::platform {

// Writes `line` in one piece, as far as the system takes it. Never throws, never waits for a lock.
void write_stderr(std::string_view line) noexcept;

}  // namespace concur::platform
