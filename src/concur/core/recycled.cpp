#include "concur/core/recycled.hpp"

#include "concur/core/atomic.hpp"
#include "concur/platform/memory.hpp"
#include "concur/platform/process.hpp"

namespace concur {
namespace {

// A program that has once had very many tasks pending may have so many again, and it has no use for the memory
// until then. This is what half a million small calls need, or 200,000 with 300 bytes each: more than that has
// taken so long to work off that the allocator's part in it does not matter.
constexpr std::size_t most_kept = std::size_t{64} << 20;

// A thread keeps two batches at most, of each size that it uses: with 32 blocks of 128 bytes that is 8 KiB. One
// lock for 32 blocks is a nanosecond a block.
constexpr std::uint32_t batch_size = 32;

constinit block_depot depot(most_kept, batch_size);
constinit atomic<bool> forks_watched{false};
constinit atomic<int> pauses{0};

void mend_depot() { depot.mend_after_fork(); }

bool may_keep() noexcept {
    if (!platform::may_keep_memory() || pauses.load(std::memory_order_relaxed) != 0) return false;
    if (!forks_watched.load(std::memory_order_relaxed) && !forks_watched.exchange(true, std::memory_order_relaxed))
        platform::in_fork_child(&mend_depot);
    return true;
}

// On a cache line's edge they would be no faster, but for one that another thread frees, and that by a fifth; they
// would take twice as long to make, and need more memory, which shows where very many tasks are pending.
void* new_block(std::size_t size) {
    return ::operator new(platform::may_keep_memory() ? block_size_at(block_size_index(size)) : size);
}

void delete_blocks(free_block* batch) noexcept {
    while (batch != nullptr) ::operator delete(std::exchange(batch, batch->next));
}

}  // namespace

void* take_block_elsewhere(std::size_t size) {
    if (size > largest_block) return ::operator new(size);
    const std::size_t index = block_size_index(size);
    if (!may_keep()) return new_block(size);
    block_cache& mine = thread_state::mine().blocks[index];
    if (void* const block = mine.take()) return block;  // an earlier thread's
    return mine.fetch(depot, index) ? mine.take() : new_block(size);
}

void give_block_elsewhere(void* block, std::size_t size) noexcept {
    if (size > largest_block) return ::operator delete(block, size);
    if (!may_keep()) return ::operator delete(block);
    const std::size_t index = block_size_index(size);
    block_cache& mine = thread_state::mine().blocks[index];
    if (mine.give(block)) return;
    delete_blocks(mine.make_room(depot, index));
    mine.give(block);
}

recycling_pause::recycling_pause() noexcept {
    pauses.fetch_add(1, std::memory_order_relaxed);
    for (std::size_t index = 0; index < block_sizes; ++index) {
        delete_blocks(thread_state::mine().blocks[index].give_up());
        while (free_block* const batch = depot.take(index)) delete_blocks(batch);
    }
}

recycling_pause::~recycling_pause() { pauses.fetch_sub(1, std::memory_order_relaxed); }

}  // namespace concur
