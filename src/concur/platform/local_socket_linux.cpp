#include "concur/platform/local_socket.hpp"

#include "concur/platform/injection.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/uio.h>
#include <system_error>
#include <utility>

namespace concur::platform {
namespace {

// Room for the descriptors of one packet, as the system lays them out.
struct alignas(cmsghdr) fd_room {
    std::array<std::byte, CMSG_SPACE(most_fds_in_packet * sizeof(int))> bytes{};
};

transfer failed_with(int error) noexcept {
    switch (error) {
        case EAGAIN:
        case ENOBUFS:
        case ENOMEM:
        case ETOOMANYREFS: return transfer::would_block;
        default: return transfer::closed;
    }
}

// The bytes that a call carried; less than 0: a negative errno.
template <class Call>
ssize_t uninterrupted(system_call what, Call call) noexcept {
    for (;;) {
        int error = injected_error(what);
        if (error == 0) {
            const ssize_t n = call();
            if (n >= 0) return n;
            error = errno;
        }
        if (error != EINTR) return -error;
    }
}

void add_fds(msghdr& message, fd_room& room, std::initializer_list<int> fds) noexcept {
    message.msg_control = room.bytes.data();
    message.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
    cmsghdr* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    std::memcpy(CMSG_DATA(head), std::data(fds), fds.size() * sizeof(int));
}

// They are ours from the moment the message is here: those that do not fit are closed.
void take_fds(msghdr& message, packet& into) noexcept {
    for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr; head = CMSG_NXTHDR(&message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int number = -1;
            std::memcpy(&number, CMSG_DATA(head) + i * sizeof(int), sizeof number);
            fd taken(number);
            if (into.fd_count < into.fds.size()) into.fds[into.fd_count++] = std::move(taken);
            else into.cut = true;
        }
    }
}

void close_fds(packet& p) noexcept {
    for (fd& f : p.fds) f.reset();
    p.fd_count = 0;
}

}  // namespace

void hang_up(int socket) noexcept { ::shutdown(socket, SHUT_RDWR); }

socket_pair make_socket_pair() {
    std::array<int, 2> ends{};
    int error = injected_error(system_call::socketpair);
    if (error == 0 && ::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) error = errno;
    if (error != 0)
        throw std::system_error(error, std::generic_category(),
                                "cannot make a pair of sockets: if too many files are open, raise the limit "
                                "(ulimit -n)");
    return {fd(ends[0]), fd(ends[1])};
}

transfer send_packet(int socket, const void* data, std::size_t size, std::initializer_list<int> fds,
                     bool wait) noexcept {
    if (fds.size() > most_fds_in_packet) return transfer::closed;
    iovec piece{const_cast<void*>(data), size};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    fd_room room;
    if (fds.size() > 0) add_fds(message, room, fds);
    const int flags = MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT);
    const ssize_t n = uninterrupted(system_call::send, [&] { return ::sendmsg(socket, &message, flags); });
    return n < 0 ? failed_with(static_cast<int>(-n)) : transfer::done;
}

transfer receive_packet(int socket, void* buffer, std::size_t capacity, packet& into, bool wait) noexcept {
    close_fds(into);
    into.size = 0;
    into.cut = false;
    iovec piece{buffer, capacity};
    msghdr message{};
    fd_room room;
    const int flags = MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT);
    const auto receive = [&] {
        message = {};
        message.msg_iov = &piece;
        message.msg_iovlen = 1;
        message.msg_control = room.bytes.data();
        message.msg_controllen = room.bytes.size();
        return ::recvmsg(socket, &message, flags);
    };
    ssize_t n = uninterrupted(system_call::receive, receive);
    // Said once, when the other side went without having read everything; what it sent is behind that.
    if (n == -ECONNRESET) n = uninterrupted(system_call::receive, receive);
    if (n < 0) return failed_with(static_cast<int>(-n));
    take_fds(message, into);
    into.size = static_cast<std::size_t>(n);
    if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) into.cut = true;
    if (into.cut || n == 0) close_fds(into);
    return n == 0 ? transfer::closed : transfer::done;
}

}  // namespace concur::platform
