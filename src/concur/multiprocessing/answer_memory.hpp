// Where a worker puts answers that do not fit into a slot: segments of its own, kept for the next.
#pragma once
#include "concur/multiprocessing/channel.hpp"
#include "concur/platform/shared_memory.hpp"

#include <cstdint>
#include <vector>

namespace concur::multiprocessing {

//   A segment is filled from its front; when every answer in it has been taken it is empty again.
//   The worker's main thread only.
class answer_memory {
public:
    answer_memory(worker_end& channel, int socket) noexcept : channel_(&channel), socket_(socket) {}

    // Room for the answer of the request at hand. The pool learns of a new segment here.
    // Throws std::system_error, std::bad_alloc.
    std::byte* reserve(std::size_t size, message_place& place);

private:
    struct piece {
        platform::segment memory;
        std::uint32_t serial;
        std::size_t used = 0;
        std::uint64_t last = 0;  // the last answer in it
    };
    static constexpr std::size_t smallest = std::size_t{1} << 18;
    static constexpr std::size_t most_pieces = 8;
    static constexpr std::size_t kept = std::size_t{256} << 20;  // bytes, beyond the piece in use

    piece* with_room(std::size_t size) noexcept;
    piece& fresh(std::size_t size);
    void drop_idle(std::size_t needed) noexcept;
    bool is_idle(const piece& p) const noexcept { return p.used == 0 || channel_->was_taken(p.last); }

    worker_end* channel_;
    int socket_;
    std::vector<piece> pieces_;
    std::uint32_t serials_ = 0;
};

}  // namespace concur::multiprocessing
