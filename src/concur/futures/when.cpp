#include "concur/futures/when.hpp"

#include "concur/core/steady_list.hpp"
#include "concur/core/this_thread.hpp"
#include "concur/core/worker.hpp"
#include "concur/futures/core_list.hpp"

#include <algorithm>
#include <exception>

namespace concur {
namespace {

constexpr std::size_t no_part = static_cast<std::size_t>(-1);
constexpr std::size_t expected = 1024;  // more notices get room when they are made

}  // namespace

struct when_core::notice : job {
    notice(when_core& w, future_core& p, std::size_t i) noexcept : job(&arrive), whole(w), part(p), place(i) {}
    static void arrive(job& j) noexcept;
    when_core& whole;
    future_core& part;
    std::size_t place;
};

struct when_core::notices : steady_list<notice> {
    using steady_list<notice>::steady_list;
};

when_core::when_core(future_core& whole, std::size_t parts, std::size_t needed)
    : whole_(whole),
      notices_(std::make_unique<notices>(std::min(parts, expected))),
      one_is_enough_(needed < parts),
      needed_(needed),
      held_(parts + 1),
      first_(one_is_enough_ ? no_part : 0) {}

when_core::~when_core() {
    for (std::size_t i = 0; i < notices_->size(); ++i) (*notices_)[i].part.release();
}

// The caller's share keeps this alive while parts finish that were listened to already.
void when_core::begin(const std::vector<future_core*>& parts) {
    if (parts.empty()) return deliver();
    whole_.retain();
    std::exception_ptr failure;
    try {
        listen_to(parts);
    } catch (...) {
        failure = std::current_exception();
        whole_.cancel();
    }
    reach(begun);
    let_go(parts.size() - notices_->size() + 1);
    if (failure != nullptr) std::rethrow_exception(failure);
}

// One that is done takes no notice. Where one is enough, those after it are left alone.
void when_core::listen_to(const std::vector<future_core*>& parts) {
    std::size_t done = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        fetch_ahead_of(parts, i);
        future_core& part = *parts[i];
        if (one_is_enough_ && needed_.load(std::memory_order_relaxed) == 0) return;
        if (!part.done()) {
            notice& n = notices_->add(*this, part, i);
            part.retain();
            if (part.listen(n)) continue;
            let_go(1);
        }
        if (one_is_enough_) return count(1, i);
        ++done;
    }
    if (done > 0) count(done, 0);
}

void when_core::notice::arrive(job& j) noexcept {
    notice& self = static_cast<notice&>(j);
    self.whole.count(1, self.place);
    self.whole.let_go(1);
}

void when_core::count(std::size_t done, std::size_t place) noexcept {
    std::size_t unset = no_part;
    if (one_is_enough_ && first_.load(std::memory_order_relaxed) == unset)
        first_.compare_exchange_strong(unset, place, std::memory_order_acq_rel, std::memory_order_relaxed);
    std::size_t needed = needed_.load(std::memory_order_relaxed);
    do {
        if (needed == 0) return;
    } while (
        !needed_.compare_exchange_weak(needed, needed - done, std::memory_order_acq_rel, std::memory_order_relaxed));
    if (needed != done) return;
    deliver();
    if (one_is_enough_) reach(enough);  // else each has been counted, and none holds a notice
}

void when_core::let_go(std::size_t n) noexcept {
    if (held_.fetch_sub(n, std::memory_order_acq_rel) == n) whole_.release();
}

void when_core::reach(std::uint32_t stage) noexcept {
    const std::uint32_t before = stage_.fetch_or(stage, std::memory_order_acq_rel);
    if (before == both || (before | stage) != both) return;
    std::size_t back = 0;
    for (std::size_t i = 0; i < notices_->size(); ++i)
        if ((*notices_)[i].part.unlisten((*notices_)[i])) ++back;
    if (back > 0) let_go(back);
}

// Helps with one part. Where one is enough, a worker takes up none while somebody else is at one: it
// would have to bring it to its end.
bool when_core::assist() {
    if (const worker* const me = this_worker(); me != nullptr && !me->initializing && one_is_enough_)
        for (std::size_t i = 0; i < notices_->size(); ++i)
            if ((*notices_)[i].part.now() == future_core::state::running) return false;
    const std::size_t from = helped_.load(std::memory_order_relaxed);
    for (std::size_t n = 0; n < notices_->size(); ++n) {
        const std::size_t place = (from + n) % notices_->size();
        if ((*notices_)[place].part.done() || !(*notices_)[place].part.assist()) continue;
        helped_.store(place, std::memory_order_relaxed);
        return true;
    }
    return false;
}

}  // namespace concur
