// The packets between a pool, its server, and its workers.
#pragma once
#include "concur/platform/fd.hpp"
#include "concur/platform/local_socket.hpp"

#include <cstdint>

namespace concur::multiprocessing {

// From the pool to its server. With `start` come three descriptors: channel, socket, standard error.
struct server_order {
    enum class kind : std::uint32_t { start, signal, hello };  // the last: it is to say that it is there
    kind what;
    std::uint32_t signal = 0;
    std::uint64_t worker = 0;
};

// From the server to its pool. With `started` comes the worker's pidfd.
struct server_report {
    enum class kind : std::uint32_t { hello, started, not_started, ended };
    kind what;
    std::int32_t error = 0;       // not_started: the errno
    std::uint64_t worker = 0;
    std::int64_t pid = 0;
    std::int32_t exit_code = -1;  // ended: one of the two
    std::int32_t signal = 0;
    std::int64_t peak_memory = 0;
    std::uint64_t as_ordered = 0;  // ended: it lived when the pool's order to kill it came
};

// The next report, if one has come; `pidfd` where it brings one.
platform::transfer receive_report(int socket, server_report& report, platform::fd& pidfd) noexcept;

// Between a pool and one worker. With `segment` comes its descriptor.
struct worker_packet {
    enum class kind : std::uint32_t { wake, segment, dropped };
    kind what;
    std::uint32_t serial = 0;
    std::uint64_t size = 0;
};

}  // namespace concur::multiprocessing
