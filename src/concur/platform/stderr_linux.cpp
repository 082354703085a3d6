#include "concur/platform/stderr.hpp"

#include <cerrno>
#include <unistd.h>

namespace concur::platform {

void write_stderr(std::string_view line) noexcept {
    while (!line.empty()) {
        const ssize_t n = ::write(STDERR_FILENO, line.data(), line.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return;
        line.remove_prefix(static_cast<std::size_t>(n));
    }
}

}  // namespace concur::platform
