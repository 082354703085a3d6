// Free blocks of memory: those that a thread has at hand, and those that all threads have in common.
#pragma once
#include "concur/core/lock_word.hpp"

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace concur {

// Lies in each block that is free.
struct free_block {
    free_block* next;        // in the same batch
    free_block* next_batch;  // in the depot; of the first block of a batch alone
};

// The sizes that blocks come in: multiples of a cache line.
inline constexpr std::size_t block_step = 64;
inline constexpr std::size_t block_sizes = 8;
inline constexpr std::size_t largest_block = block_step * block_sizes;

constexpr std::size_t block_size_index(std::size_t size) noexcept { return (size - 1) / block_step; }
constexpr std::size_t block_size_at(std::size_t index) noexcept { return (index + 1) * block_step; }

// Blocks on their way from threads that have too many to those that have none. They travel in batches, so that
// the lock is taken once for many of them.
//
//   batches_  for each size a stack of batches, all of batch_size() blocks.
//   bytes_    of all of those; never more than most_bytes_.
//   Both are guarded by lock_.
class block_depot {
public:
    constexpr block_depot(std::size_t most_bytes, std::uint32_t batch_size) noexcept
        : most_bytes_(most_bytes), batch_size_(batch_size) {}

    std::uint32_t batch_size() const noexcept { return batch_size_; }

    // A batch of that size; null: there is none.
    free_block* take(std::size_t index) noexcept;
    // False: there is no room, and the batch is still the caller's.
    bool put(std::size_t index, free_block* batch) noexcept;

    // In the child of a fork, on its only thread: what a thread of the parent was at in that moment cannot be
    // trusted, and is given up.
    void mend_after_fork() noexcept;

private:
    std::size_t bytes_of_batch(std::size_t index) const noexcept { return block_size_at(index) * batch_size_; }

    lock_word lock_;
    std::size_t bytes_ = 0;
    free_block* batches_[block_sizes] = {};
    const std::size_t most_bytes_;
    const std::uint32_t batch_size_;
};

// The blocks of one size that one thread has at hand: two batches at most, so that one that takes and gives at
// the edge of a batch does not go to the depot each time.
//
//   top_    a stack of blocks, and room_ how many more may come on it; together a batch. Zero both: it has
//           never been given one.
//   spare_  a whole batch, or null.
//   Only its thread touches it. All zero it is empty, and takes nothing until it is asked to.
class block_cache {
public:
    // Null: it is empty.
    void* take() noexcept {
        free_block* const b = top_;
        if (b == nullptr) return nullptr;
        top_ = b->next;
        ++room_;
        return b;
    }

    // False: there is no room.
    bool give(void* block) noexcept {
        if (room_ == 0) return false;
        --room_;
        top_ = ::new (block) free_block{top_, nullptr};
        return true;
    }

    // For one that is empty. False: it still is.
    bool fetch(block_depot& depot, std::size_t index) noexcept;

    // For one without room. What it cannot keep, nor the depot, is for the caller to free: a batch, or null.
    [[nodiscard]] free_block* make_room(block_depot& depot, std::size_t index) noexcept;

    // Gives all that it has to the caller, as one stack, and is as it was in the beginning.
    [[nodiscard]] free_block* give_up() noexcept;

private:
    free_block* top_ = nullptr;
    free_block* spare_ = nullptr;
    std::uint32_t room_ = 0;
};

}  // namespace concur
