#include "write_all.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace parallel_search {

int write_all(int fd, std::string_view text) noexcept {
    while (!text.empty()) {
        const ssize_t put = ::write(fd, text.data(), text.size());
        if (put >= 0) {
            text.remove_prefix(static_cast<std::size_t>(put));
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN) return errno;
        // Someone made it non-blocking.
        pollfd room{fd, POLLOUT, 0};
        ::poll(&room, 1, -1);
    }
    return 0;
}

}  // namespace parallel_search
