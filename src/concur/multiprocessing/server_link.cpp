#include "concur/multiprocessing/server_link.hpp"

#include "concur/multiprocessing/roles.hpp"
#include "concur/multiprocessing/start_method.hpp"

namespace concur::multiprocessing {
namespace {

// How long a server may take to end its workers and itself, in nanoseconds: it may have been stopped.
constexpr std::int64_t longest_ending = 5'000'000'000;

platform::child_process start(start_method how, platform::socket_pair& ends, const local_initializer* initializer) {
    const std::int64_t me = platform::this_pid();
    if (how != start_method::fork)
        return platform::start_self(server_role(me, how == start_method::spawn).c_str(), {ends.there.get()});
    platform::child_process child = platform::fork_self();
    if (child.pid != 0) return child;
    platform::close_all_but({ends.there.get()});
    platform::settle_as_server();
    platform::forget_output();
    platform::leave(run_server(std::move(ends.there), me, false, initializer));
}

}  // namespace

server_link::server_link(start_method how, const local_initializer* initializer) {
    platform::socket_pair ends = platform::make_socket_pair();
    process_ = start(how, ends, initializer);
    socket_ = std::move(ends.here);
}

server_link::~server_link() {
    platform::hang_up(socket_.get());  // a child of the program's may have a copy
    socket_.reset();
    platform::send_signal(process_.pidfd, platform::go_on_signal);
    if (!platform::wait_for_end(process_.pidfd, longest_ending))
        platform::send_signal(process_.pidfd, platform::kill_signal);
    platform::reap(process_, true);
}

bool server_link::start_worker(std::uint64_t id, int channel, int socket, int standard_error) noexcept {
    const server_order order{.what = server_order::kind::start, .worker = id};
    return platform::send_packet(socket_.get(), &order, sizeof order, {channel, socket, standard_error}) ==
           platform::transfer::done;
}

bool server_link::signal_worker(std::uint64_t id, int signal) noexcept {
    return send({.what = server_order::kind::signal, .signal = static_cast<std::uint32_t>(signal), .worker = id});
}

void server_link::ask() noexcept {
    platform::send_signal(process_.pidfd, platform::go_on_signal);
    if (!has_rest()) send({.what = server_order::kind::hello});  // else it has many to read already
}

void server_link::kill() noexcept { platform::send_signal(process_.pidfd, platform::kill_signal); }

bool server_link::send(const server_order& order) noexcept {
    send_rest();
    try {
        rest_.push_back(order);
    } catch (...) {
        return false;
    }
    send_rest();
    return !gone_;
}

void server_link::send_rest() noexcept {
    while (!rest_.empty()) {
        const auto sent = platform::send_packet(socket_.get(), &rest_.front(), sizeof(server_order));
        if (sent == platform::transfer::would_block) return;
        gone_ = sent == platform::transfer::closed;
        rest_.erase(rest_.begin());
    }
}

platform::transfer server_link::next_report(server_report& report, platform::fd& pidfd) noexcept {
    return receive_report(socket_.get(), report, pidfd);
}

}  // namespace concur::multiprocessing
