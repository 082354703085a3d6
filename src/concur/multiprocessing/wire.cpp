#include "concur/multiprocessing/wire.hpp"

#include <utility>

namespace concur::multiprocessing {

platform::transfer receive_report(int socket, server_report& report, platform::fd& pidfd) noexcept {
    platform::packet from;
    const platform::transfer got = platform::receive_packet(socket, &report, sizeof report, from);
    if (got == platform::transfer::done && from.size != sizeof report) return platform::transfer::closed;
    if (from.fd_count > 0) pidfd = std::move(from.fds[0]);
    return got;
}

}  // namespace concur::multiprocessing
