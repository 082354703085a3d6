// The segments that one process knows of another's.
#pragma once
#include "concur/multiprocessing/channel_layout.hpp"
#include "concur/multiprocessing/wire.hpp"
#include "concur/platform/local_socket.hpp"
#include "concur/platform/shared_memory.hpp"

#include <utility>
#include <vector>

namespace concur::multiprocessing {

// For one thread at a time.
class known_segments {
public:
    // `most`: no more of them at once.
    explicit known_segments(std::size_t most = 4096) noexcept : most_(most) {}

    // Maps what came with a packet, for reading. False: it is not what the packet says, or cannot be had.
    bool add(const worker_packet& packet, const platform::fd& file) noexcept;
    void drop(std::uint32_t serial) noexcept;

    // Null: there is no such segment, or it has no such bytes.
    const std::byte* find(const message_place& place) const noexcept;

private:
    std::size_t most_;
    std::vector<std::pair<std::uint32_t, platform::mapping>> known_;
};

}  // namespace concur::multiprocessing
