// Memory for requests: the pool writes there, its workers can only read.
#pragma once
#include "concur/core/lock_word.hpp"
#include "concur/futures/remote_task.hpp"
#include "concur/platform/shared_memory.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace concur::multiprocessing {

class free_ranges;

//   Blocks lie side by side in segments: small ones with others of their size, large ones wherever there
//   is a gap. Each segment is as large as all before it, up to a limit, so that they are few: each takes a
//   descriptor. What is given back is kept for the next: fresh memory costs twenty times as much to write.
//   All of this is in the pool's own memory: no worker can spoil it.
class arena {
public:
    static constexpr std::size_t usual_kept = std::size_t{512} << 20, usual_step = std::size_t{64} << 20;

    // Segments that nobody uses are kept up to so many bytes; one is no larger than a step, or its only block.
    // Throws std::bad_alloc.
    explicit arena(std::size_t kept = usual_kept, std::size_t step = usual_step);
    ~arena();
    arena(const arena&) = delete;
    arena& operator=(const arena&) = delete;

    // Any thread. Throws std::system_error, std::bad_alloc.
    memory_lease lease(std::size_t size);
    // Any thread. True: segments went with it, and their serials are in gone().
    bool give_back(const memory_lease& lease) noexcept;
    // From now on no segment is kept that nobody uses.
    void keep_nothing() noexcept;

    // For who sends segments to workers: the file and size of one that has a lease.
    int file_of(std::uint32_t serial, std::size_t& size) noexcept;
    // Serials of segments that are no more, since the last call.
    std::vector<std::uint32_t> gone();
    std::uint32_t last_serial() const noexcept { return static_cast<std::uint32_t>(segments_.size()); }

private:
    static constexpr std::size_t smallest = 512;
    static constexpr std::size_t large = std::size_t{64} << 10;  // from here on a block is a range
    static constexpr std::size_t smallest_step = std::size_t{256} << 10;

    struct size_class {
        std::size_t block;
        std::size_t blocks = 0;            // lent or free
        std::size_t in_next = 16;          // blocks in the next segment
        std::vector<memory_lease> free{};  // has room for all of them
    };
    struct shared {
        platform::segment whole;
        std::size_t block;     // 0: it has ranges
        std::size_t lent = 0;  // blocks of it
    };

    static std::size_t block_size(std::size_t size);
    size_class& class_of(std::size_t block);
    memory_lease lease_block(size_class& c);
    memory_lease lease_range(std::size_t size);
    void add_blocks(size_class& c);
    void add_range(std::size_t least);
    const platform::mapping& add_segment(std::size_t size, std::size_t least, std::size_t block);
    bool drop_idle(std::size_t down_to) noexcept;
    void drop(std::uint32_t serial) noexcept;

    lock_word lock_;
    std::vector<std::unique_ptr<shared>> segments_;     // by serial - 1; null: it is no more
    std::vector<std::unique_ptr<size_class>> classes_;  // sorted by size
    const std::unique_ptr<free_ranges> ranges_;  // in the segments that have no blocks of one size
    std::vector<std::uint32_t> gone_;  // has room for all of them
    std::size_t kept_;
    const std::size_t step_;
    std::size_t in_ranges_ = 0;  // bytes of segments that have ranges
    std::size_t idle_ = 0;       // bytes of segments that nobody uses
};

}  // namespace concur::multiprocessing
