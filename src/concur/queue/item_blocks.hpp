// Items in the order they came, in blocks that are used again.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/core/recycled.hpp"
#include "concur/queue/queue_gate.hpp"

#include <cstddef>
#include <new>
#include <utility>

namespace concur {

//   A chain of blocks: items are put in at the tail and taken out at the head, each end by one thread at a time. Who
//   takes one out has been told by somebody else that there is one.
//
//   head_, tail_  where the next item is taken, and put: a block, and a place in it, which may be behind its last.
//                 Both begin behind the end of `root_`, a block without places.
//   spare_        a block that was used up, where blocks are not recycled by themselves.
template <class T>
class item_blocks {
    struct link {
        link* next = nullptr;
    };

    static constexpr std::size_t head_size = sizeof(link) > alignof(T) ? sizeof(link) : alignof(T);
    static constexpr std::size_t in_small = largest_block > head_size ? (largest_block - head_size) / sizeof(T) : 0;
    static constexpr std::size_t places = in_small >= 4 ? in_small : 8;

    struct block : recycled, link {
        T* at(std::size_t place) noexcept { return std::launder(reinterpret_cast<T*>(bytes)) + place; }

        alignas(T) std::byte bytes[places * sizeof(T)];
    };

    struct position {
        link* in;
        std::size_t place = places;
    };

public:
    static constexpr queue_gate::kind kind = queue_gate::kind::two_ends;

    item_blocks() noexcept = default;
    // Nobody is at either end.
    item_blocks(item_blocks&& other) noexcept : root_(other.root_) {
        if (other.head_.in != &other.root_) head_ = other.head_;
        if (other.tail_.in != &other.root_) tail_ = other.tail_;
        other.root_.next = nullptr;
        other.head_ = other.tail_ = position{&other.root_};
    }
    item_blocks& operator=(item_blocks&&) = delete;
    ~item_blocks() {
        while (has_front()) drop_front();
        if (head_.in != &root_) delete static_cast<block*>(head_.in);
        delete spare_.load(std::memory_order_acquire);
    }

    // Where it throws the item is not there.
    void push(T&& item) {
        if (tail_.place == places) add_block();
        ::new (static_cast<void*>(static_cast<block*>(tail_.in)->bytes + tail_.place * sizeof(T))) T(std::move(item));
        ++tail_.place;
    }

    // The first; there is one.
    T& front() noexcept {
        if (head_.place == places) next_block();
        return *static_cast<block*>(head_.in)->at(head_.place);
    }
    void drop_front() noexcept {
        front().~T();
        ++head_.place;
    }

private:
    void add_block() {
        block* b = nullptr;
        if constexpr (sizeof(block) > largest_block) b = spare_.exchange(nullptr, std::memory_order_acquire);
        if (b == nullptr) b = new block;
        b->next = nullptr;
        tail_.in->next = b;
        tail_ = {b, 0};
    }

    void next_block() noexcept {
        link* const old = std::exchange(head_.in, head_.in->next);
        head_.place = 0;
        if (old == &root_) return;
        auto* used = static_cast<block*>(old);
        if constexpr (sizeof(block) > largest_block) used = spare_.exchange(used, std::memory_order_acq_rel);
        delete used;
    }

    bool has_front() noexcept {
        if (head_.place == places && head_.in != tail_.in) next_block();
        return head_.in != tail_.in || head_.place != tail_.place;
    }

    link root_;
    alignas(64) position head_{&root_};
    alignas(64) position tail_{&root_};
    atomic<block*> spare_{nullptr};
};

}  // namespace concur
