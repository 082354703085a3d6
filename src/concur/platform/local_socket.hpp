// Pairs of connected sockets on this machine. They carry packets, each whole or not at all, and file
// descriptors with them. All are close-on-exec.
#pragma once
#include "concur/platform/fd.hpp"

#include <array>
#include <cstddef>
#include <initializer_list>

namespace concur::platform {

struct socket_pair {
    fd here, there;
};
socket_pair make_socket_pair();  // throws std::system_error

// closed: the other side is gone, or this socket is of no use for another reason (a packet that is too large,
// a descriptor that is none).
// Ends the connection for all who have a copy of this end.
void hang_up(int socket) noexcept;

enum class transfer { done, would_block, closed };

inline constexpr std::size_t most_fds_in_packet = 8;
// One of that size can be sent wherever the system's limits are what they are by default.
inline constexpr std::size_t largest_packet = std::size_t{64} * 1024;

// `size` is 1 at least: an empty packet would look like the end. Never raises SIGPIPE. `wait`: sleeps
// while there is no room, and would_block is then left for a system that is short of memory, or has too
// many descriptors on their way; else would_block.
transfer send_packet(int socket, const void* data, std::size_t size, std::initializer_list<int> fds = {},
                     bool wait = false) noexcept;

struct packet {
    std::size_t size = 0;  // bytes that were written to the buffer
    std::array<fd, most_fds_in_packet> fds;
    std::size_t fd_count = 0;
    bool cut = false;  // there was more than the buffer holds, or more descriptors than fit: all are closed
};
// What `into` had before is closed. What the other side sent before it went comes before closed.
transfer receive_packet(int socket, void* buffer, std::size_t capacity, packet& into, bool wait = false) noexcept;

}  // namespace concur::platform
