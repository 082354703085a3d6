#include "concur/core/block_depot.hpp"

#include <new>

namespace concur {

free_block* block_depot::take(std::size_t index) noexcept {
    const holding h(lock_);
    free_block* const batch = batches_[index];
    if (batch == nullptr) return nullptr;
    batches_[index] = batch->next_batch;
    bytes_ -= bytes_of_batch(index);
    return batch;
}

bool block_depot::put(std::size_t index, free_block* batch) noexcept {
    const holding h(lock_);
    if (most_bytes_ - bytes_ < bytes_of_batch(index)) return false;
    bytes_ += bytes_of_batch(index);
    batch->next_batch = batches_[index];
    batches_[index] = batch;
    return true;
}

void block_depot::mend_after_fork() noexcept {
    if (lock_.try_acquire()) return lock_.release();
    ::new (&lock_) lock_word;
    bytes_ = 0;
    for (free_block*& stack : batches_) stack = nullptr;
}

bool block_cache::fetch(block_depot& depot, std::size_t index) noexcept {
    top_ = spare_ != nullptr ? std::exchange(spare_, nullptr) : depot.take(index);
    if (top_ == nullptr) return false;
    room_ = 0;
    return true;
}

free_block* block_cache::make_room(block_depot& depot, std::size_t index) noexcept {
    free_block* const older = std::exchange(spare_, std::exchange(top_, nullptr));
    room_ = depot.batch_size();
    return older == nullptr || depot.put(index, older) ? nullptr : older;
}

free_block* block_cache::give_up() noexcept {
    free_block* all = std::exchange(spare_, nullptr);
    while (top_ != nullptr) {
        free_block* const b = std::exchange(top_, top_->next);
        b->next = std::exchange(all, b);
    }
    room_ = 0;
    return all;
}

}  // namespace concur
