#include "concur/futures/loop.hpp"

#include "concur/core/this_thread.hpp"
#include "concur/futures/invoke.hpp"
#include "concur/platform/clock.hpp"
#include "concur/platform/cpu.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <utility>

namespace concur {
namespace {

// Long beside what a block costs to take, short beside what a thread waits for another at the end.
constexpr std::int64_t block_ns = 20'000;
// Blocks for each worker, so that uneven ones even out.
constexpr std::size_t shares = 16;
// Others that one loop asks for.
constexpr std::size_t most_others = 63;

std::size_t checked(std::optional<long> chunksize) {
    if (!chunksize) return 0;
    if (*chunksize < 1)
        throw std::invalid_argument("for_each: chunksize is " + std::to_string(*chunksize) +
                                    "; it must be 1 or more, or left out for blocks by time");
    return static_cast<std::size_t>(*chunksize);
}

}  // namespace

// Another worker's part in it.
struct loop::helper final : branch {
    explicit helper(loop& l) noexcept : branch(&work), of(l) {}
    static void work(job& j) noexcept { static_cast<helper&>(j).of.take_part(); }
    loop& of;
};

loop::loop(block* do_block, std::size_t count, std::size_t workers, std::optional<long> chunksize, std::stop_token stop)
    : do_block_(do_block),
      count_(count),
      workers_(workers),
      fixed_(checked(chunksize)),
      largest_(std::max<std::size_t>(1, count / (shares * std::max<std::size_t>(workers, 1)))),
      stop_(std::move(stop)) {}

bool loop::run(home& where) {
    worker* const me = this_worker();
    if (me != nullptr && me->of == where.id()) {
        run_with_others(me);
    } else if (count_ > 0) {
        const auto there = [this] { run_with_others(this_worker()); };
        run_at(where, there);
    }
    if (error_ != nullptr) std::rethrow_exception(error_);
    return !stopped_.load(std::memory_order_relaxed);
}

void loop::run_with_others(worker* me) noexcept {
    std::array<std::optional<helper>, most_others> others;
    std::size_t asked = 0;
    const std::size_t wanted = count_ == 0 ? 0 : std::min({workers_ - 1, count_ - 1, most_others});
    if (me != nullptr && me->own != nullptr)
        while (asked < wanted && others[asked].emplace(*this).fork(*me)) ++asked;
    take_part();
    while (asked > 0) others[--asked]->join_if_begun(*me);
}

// Takes blocks until there are none.
void loop::take_part() noexcept {
    std::size_t size = fixed_ != 0 ? fixed_ : 1;
    for (std::int64_t began = platform::steady_ns(); !over_.load(std::memory_order_relaxed);) {
        if (stop_.stop_requested()) {
            stopped_.store(true, std::memory_order_relaxed);
            break;
        }
        const std::size_t from = next_.fetch_add(size, std::memory_order_relaxed);
        if (from >= count_) return;
        try {
            do_block_(*this, from, from + std::min(size, count_ - from));
        } catch (...) {
            note_error();
            break;
        }
        if (fixed_ == 0) {
            const std::int64_t now = platform::steady_ns();
            size = next_size(size, now - began);
            began = now;
        }
    }
    over_.store(true, std::memory_order_relaxed);
}

std::size_t loop::next_size(std::size_t size, std::int64_t took) const noexcept {
    if (took > 2 * block_ns) return std::max<std::size_t>(1, size / 2);
    if (took > block_ns / 2) return size;
    return std::min(largest_, took < block_ns / 8 ? 8 * size : 2 * size);
}

void loop::note_error() noexcept {
    if (!failed_.exchange(true, std::memory_order_relaxed)) error_ = std::current_exception();
}

std::size_t usable_workers() noexcept {
    static const int cpus = platform::usable_cpus();
    return static_cast<std::size_t>(cpus);
}

}  // namespace concur
