// A pool's end of its server.
#pragma once
#include "concur/multiprocessing/server.hpp"
#include "concur/multiprocessing/wire.hpp"
#include "concur/platform/child_process.hpp"
#include "concur/platform/local_socket.hpp"

#include <cstdint>
#include <vector>

namespace concur::multiprocessing {

enum class start_method;

class server_link {
public:
    // Throws std::system_error. With `fork` the server is a copy of this process from here on.
    server_link(start_method how, const local_initializer* initializer);
    server_link(const server_link&) = delete;
    server_link& operator=(const server_link&) = delete;
    ~server_link();  // the server kills its workers, and ends; waits for that

    // In a child of fork(): it is not this process's to end.
    void abandon() noexcept { process_ = {}, socket_.reset(); }

    int socket() const noexcept { return socket_.get(); }

    // Orders; false: the server is gone, or does not listen.
    bool start_worker(std::uint64_t id, int channel, int socket, int standard_error) noexcept;
    bool signal_worker(std::uint64_t id, int signal) noexcept;
    // Neither waits; an order that the server has no room for is kept, and sent later.
    bool has_rest() const noexcept { return !rest_.empty(); }
    void send_rest() noexcept;
    // Has it go on, if it was stopped, and say that it is there.
    void ask() noexcept;
    void kill() noexcept;

    // The next report, if one has come; `pidfd` where it brings one.
    platform::transfer next_report(server_report& report, platform::fd& pidfd) noexcept;

private:
    bool send(const server_order& order) noexcept;

    platform::fd socket_;
    platform::child_process process_;
    std::vector<server_order> rest_;
    bool gone_ = false;  // the last order met a closed connection
};

}  // namespace concur::multiprocessing
