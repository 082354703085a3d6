#include "concur/executors/pool_worker.hpp"

#include "concur/executors/thread_pool.hpp"

#include <algorithm>
#include <utility>

namespace concur {

void line_patience::learn(bool was_free, std::size_t got) noexcept {
    constexpr std::size_t few = 8, enough = 15;
    if (got >= enough) spins_ -= (spins_ + 3) / 4;
    else if (!was_free && got < few) spins_ = std::min(2 * spins_ + 4, platform::spin_limit());
    else spins_ -= (spins_ + 15) / 16;
}

void pool_worker::start(platform::os_thread::function* run) {
    before = std::move(thread);
    gone = idle_too_long = ending = false;
    starting = true;
    looks();
    try {
        thread = platform::os_thread::start(run, this);
    } catch (...) {
        thread = std::move(before);
        gone = true;
        throw;
    }
}

void pool_worker::going_on() noexcept {
    if (nested == 0 && resting()) pool.make_up_for(*this);
}

bool pool_worker::may_keep() const noexcept { return !ending && pool.lets_keep(); }

void pool_worker::call_others() noexcept { pool.find_helper(); }

void pool_worker::take_its_place() noexcept { pool.bind_thread(*this); }

bool pool_worker::may_lend() const noexcept { return pool.may_lend(); }

void pool_worker::lends() noexcept { pool.lend(1); }

void pool_worker::lends_no_more() noexcept { pool.lend(-1); }

bool pool_worker::take_out(job& j) noexcept { return pool.take_out(j); }

bool pool_worker::others_are_free() noexcept { return pool.has_free_worker(); }

}  // namespace concur
