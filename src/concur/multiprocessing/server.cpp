#include "concur/multiprocessing/server.hpp"

#include "concur/multiprocessing/roles.hpp"
#include "concur/multiprocessing/wire.hpp"
#include "concur/multiprocessing/worker_loop.hpp"
#include "concur/platform/child_process.hpp"
#include "concur/platform/local_socket.hpp"
#include "concur/platform/poller.hpp"
#include "concur/platform/process.hpp"
#include "concur/platform/process_tree.hpp"
#include "concur/platform/signal_name.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <system_error>
#include <vector>

namespace concur::multiprocessing {
namespace {

using platform::child_process;
using platform::transfer;

class server {
public:
    server(platform::fd socket, std::int64_t pool_pid, bool spawn, const local_initializer* initializer)
        : socket_(std::move(socket)), pool_(platform::open_pidfd(pool_pid)), spawn_(spawn), initializer_(initializer) {
        poller_.add(socket_.get(), from_socket);
        if (pool_) poller_.add(pool_.get(), from_pool);
    }
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    ~server() {
        for (const worker& w : workers_) {
            platform::kill_descendants(w.child.pid);
            platform::send_signal(w.child.pidfd, platform::kill_signal);
            platform::signal_group(w.child.pid, platform::kill_signal);
        }
    }

    void run() {
        say_hello();
        std::array<platform::poller::event, platform::poller::most_events> events;
        while (!pool_is_gone_) {
            const int count = poller_.wait(events);
            for (int i = 0; i < count && !pool_is_gone_; ++i) handle(events[static_cast<std::size_t>(i)]);
        }
    }

private:
    static constexpr std::uint64_t from_socket = 0, from_pool = 1, first_worker = 2;
    struct worker {
        std::uint64_t id;
        child_process child;
        bool killed = false;
    };

    void handle(const platform::poller::event& e) {
        if (e.token == from_pool) pool_is_gone_ = true;
        else if (e.token == from_socket) read_order();
        else note_end(e.token - first_worker);
    }

    void read_order() {
        server_order order;
        platform::packet from;
        const transfer got = platform::receive_packet(socket_.get(), &order, sizeof order, from);
        if (got == transfer::closed) pool_is_gone_ = true;
        if (got != transfer::done || from.size != sizeof order) return;
        if (order.what == server_order::kind::signal) return send_signal(order);
        if (from.cut && order.what == server_order::kind::start)
            return tell_not_started(order, std::errc::too_many_files_open);
        if (order.what == server_order::kind::hello) return say_hello();
        if (from.fd_count != 3) return;
        try {
            start(order.worker, from);
        } catch (const std::system_error& e) {
            tell_not_started(order, static_cast<std::errc>(e.code().value()));
        } catch (...) {
            tell_not_started(order, std::errc::not_enough_memory);
        }
    }

    void tell_not_started(const server_order& order, std::errc error) noexcept {
        tell({.what = server_report::kind::not_started, .error = static_cast<int>(error), .worker = order.worker});
    }
    void say_hello() noexcept { tell({.what = server_report::kind::hello, .pid = platform::this_pid()}); }

    void start(std::uint64_t id, platform::packet& with) {
        workers_.reserve(workers_.size() + 1);
        child_process child = spawn_ ? start_anew(with) : fork_off(with);
        watch(child, id);
        with = {};  // once it is told of, its end is seen by its connection, also where this process is stopped
        tell({.what = server_report::kind::started, .worker = id, .pid = child.pid}, {child.pidfd.get()});
        workers_.push_back({id, std::move(child)});
    }

    // What cannot be watched must not live.
    void watch(const child_process& child, std::uint64_t id) {
        try {
            poller_.add(child.pidfd.get(), first_worker + id);
        } catch (...) {
            platform::send_signal(child.pidfd, platform::kill_signal);
            platform::reap(child, true);
            throw;
        }
    }

    static child_process start_anew(const platform::packet& with) {
        const std::string role = worker_role(platform::this_pid());
        return platform::start_self(role.c_str(), {with.fds[0].get(), with.fds[1].get(), with.fds[2].get()});
    }

    child_process fork_off(platform::packet& with) const {
        const std::int64_t me = platform::this_pid();
        child_process child = platform::fork_self();
        if (child.pid != 0) return child;
        platform::close_all_but({with.fds[0].get(), with.fds[1].get(), with.fds[2].get()});
        platform::leave(
            run_worker(std::move(with.fds[0]), std::move(with.fds[1]), std::move(with.fds[2]), me, initializer_));
    }

    void send_signal(const server_order& order) noexcept {
        const auto at = std::ranges::find(workers_, order.worker, &worker::id);
        if (at == workers_.end() || platform::has_ended(at->child)) return;
        at->killed = true;
        platform::kill_descendants(at->child.pid);  // once it has ended nobody could find them
        platform::send_signal(at->child.pidfd, static_cast<int>(order.signal));  // it may have no group yet
        platform::signal_group(at->child.pid, static_cast<int>(order.signal));
        platform::send_signal(at->child.pidfd, platform::go_on_signal);  // one that is stopped heeds no other
    }

    // What the worker left running goes with it.
    void note_end(std::uint64_t id) {
        const auto at = std::ranges::find(workers_, id, &worker::id);
        if (at == workers_.end()) return;
        platform::signal_group(at->child.pid, platform::kill_signal);
        poller_.remove(at->child.pidfd.get());
        const auto how = platform::reap(at->child, true);
        server_report report{.what = server_report::kind::ended, .worker = id, .pid = at->child.pid};
        report.as_ordered = at->killed ? 1 : 0;
        workers_.erase(at);
        if (how) {
            report.exit_code = how->exit_code.value_or(-1);
            report.signal = how->signal.value_or(0);
            report.peak_memory = how->peak_memory;
        }
        tell(report);
    }

    void tell(const server_report& report, std::initializer_list<int> fds = {}) noexcept {
        transfer sent = transfer::would_block;
        while (sent == transfer::would_block)  // short of memory for a moment
            sent = platform::send_packet(socket_.get(), &report, sizeof report, fds, true);
        if (sent == transfer::closed) pool_is_gone_ = true;
    }

    platform::fd socket_;
    platform::fd pool_;
    platform::poller poller_;
    std::vector<worker> workers_;
    bool spawn_;
    const local_initializer* initializer_;
    bool pool_is_gone_ = false;
};

}  // namespace

int run_server(platform::fd socket, std::int64_t pool_pid, bool spawn, const local_initializer* initializer) noexcept {
    try {
        server(std::move(socket), pool_pid, spawn, initializer).run();
        return 0;
    } catch (...) {
        return 70;
    }
}

}  // namespace concur::multiprocessing
