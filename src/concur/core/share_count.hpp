// How many share an object that goes with the last of them.
#pragma once
#include "concur/core/atomic.hpp"

#include <cstdint>

namespace concur {

//   count_: the shares; the object's maker has the first. At 0 nobody may take one any more.
class share_count {
public:
    share_count() = default;
    share_count(const share_count&) = delete;
    share_count& operator=(const share_count&) = delete;

    // For who has a share already.
    void add() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
    // For who may come too late. False: the object is on its way out.
    bool add_if_any() noexcept {
        std::uint32_t seen = count_.load(std::memory_order_relaxed);
        while (seen != 0)
            if (count_.compare_exchange_weak(seen, seen + 1, std::memory_order_relaxed)) return true;
        return false;
    }
    // True: that was the last, and all that others did with the object has happened.
    bool drop() noexcept { return count_.fetch_sub(1, std::memory_order_acq_rel) == 1; }

private:
    atomic<std::uint32_t> count_{1};
};

}  // namespace concur
