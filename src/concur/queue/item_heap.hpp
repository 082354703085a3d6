// Items of which the smallest is the first to go; of those that are equal, the one that came first.
#pragma once
#include "concur/queue/queue_gate.hpp"
#include "concur/queue/steady_item.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace concur {

//   A binary heap: no item goes before the one at (its place - 1) / 2.
//
//   A comparison may throw. So the way that items will take through the heap is found first, and only then are they
//   moved, which cannot fail. The way down is kept from front() to drop_front(): a bit for each level, lowest first,
//   set where the right one of two goes before the other.
template <class T, class Compare>
class item_heap {
public:
    static constexpr queue_gate::kind kind = queue_gate::kind::one_end;

    explicit item_heap(Compare before) : before_(std::move(before)) {}

    // Where it throws the item is not there.
    void push(T&& item) {
        std::size_t at = heap_.size();
        while (at > 0 && before_(std::as_const(item), std::as_const(heap_[parent(at)].item.get()))) at = parent(at);
        heap_.emplace_back(std::move(item), next_++);
        entry come = std::move(heap_.back());
        std::size_t hole = heap_.size() - 1;
        for (; hole != at; hole = parent(hole)) heap_[hole] = std::move(heap_[parent(hole)]);
        heap_[at] = std::move(come);
    }

    // The first to go; there is one.
    T& front() {
        find_way_down();
        return heap_.front().item.get();
    }
    // Only after front(), with nothing in between.
    void drop_front() noexcept {
        std::size_t hole = 0;
        for (std::size_t level = 0; level < levels_; ++level) {
            const std::size_t child = 2 * hole + 1 + (way_ >> level & 1U);
            heap_[hole] = std::move(heap_[child]);
            hole = child;
        }
        const std::size_t last = heap_.size() - 1;
        if (hole != last) heap_[hole] = std::move(heap_[last]);
        heap_.pop_back();
    }

private:
    struct entry {
        entry(T&& i, std::uint64_t n) : item(std::move(i)), number(n) {}

        steady_item<T> item;
        std::uint64_t number;
    };

    static std::size_t parent(std::size_t at) noexcept { return (at - 1) / 2; }

    bool goes_before(entry& a, entry& b) {
        if (before_(std::as_const(a.item.get()), std::as_const(b.item.get()))) return true;
        if (before_(std::as_const(b.item.get()), std::as_const(a.item.get()))) return false;
        return a.number < b.number;
    }

    // Of the last, once the first has gone: it takes the place of one of those that go before it.
    void find_way_down() {
        way_ = levels_ = 0;
        const std::size_t last = heap_.size() - 1;
        for (std::size_t at = 0; 2 * at + 1 < last;) {
            const std::size_t left = 2 * at + 1;
            const bool goes_right = left + 1 < last && goes_before(heap_[left + 1], heap_[left]);
            const std::size_t child = left + (goes_right ? 1 : 0);
            if (!goes_before(heap_[child], heap_[last])) return;
            way_ |= static_cast<std::uint64_t>(goes_right) << levels_++;
            at = child;
        }
    }

    std::vector<entry> heap_;
    Compare before_;
    std::uint64_t next_ = 0;
    std::uint64_t way_ = 0;
    std::size_t levels_ = 0;
};

}  // namespace concur
