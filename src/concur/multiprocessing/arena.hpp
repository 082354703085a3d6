// Memory for requests: the pool writes there, its workers can only read.
#pragma once
#include "concur/core/lock_word.hpp"
#include "concur/futures/remote_task.hpp"
#include "concur/platform/shared_memory.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace concur::multiprocessing {

//   Blocks of one size lie side by side in segments; large ones have a segment each. What is given
//   back is kept for the next: fresh memory costs twenty times as much to write as used memory.
//   All of this is in the pool's own memory: no worker can spoil it.
class arena {
public:
    // Blocks with a segment of their own that nobody uses are kept up to so many bytes.
    explicit arena(std::size_t kept = std::size_t{512} << 20) noexcept : kept_(kept) {}
    arena(const arena&) = delete;
    arena& operator=(const arena&) = delete;

    // Any thread. Throws std::system_error, std::bad_alloc.
    memory_lease lease(std::size_t size);
    // Any thread. Segments may go with it: their serials are in gone().
    void give_back(const memory_lease& lease) noexcept;

    // For who sends segments to workers: the file and size of one that has a lease.
    int file_of(std::uint32_t serial, std::size_t& size) noexcept;
    // Serials of segments that are no more, since the last call.
    std::vector<std::uint32_t> gone();
    std::uint32_t last_serial() const noexcept { return static_cast<std::uint32_t>(segments_.size()); }

private:
    static constexpr std::size_t smallest = 512;
    static constexpr std::size_t own_segment = std::size_t{64} << 10;  // from here on a block has one of its own

    struct size_class {
        std::size_t block;
        std::size_t blocks = 0;            // lent or free
        std::size_t in_next = 16;          // blocks in the next segment
        std::vector<memory_lease> free{};  // has room for all of them
    };

    static std::size_t block_size(std::size_t size);
    size_class& class_of(std::size_t block);
    void add_segment(size_class& c);
    void drop_idle() noexcept;

    lock_word lock_;
    std::vector<std::unique_ptr<platform::segment>> segments_;  // by serial - 1; null: it is no more
    std::vector<std::unique_ptr<size_class>> classes_;          // sorted by size
    std::vector<std::uint32_t> gone_;                           // has room for all of them
    const std::size_t kept_;
    std::size_t idle_ = 0;  // bytes of blocks that have a segment of their own and are free
};

}  // namespace concur::multiprocessing
