#include "concur/threading/local_values.hpp"

#include "concur/core/lock_word.hpp"
#include "concur/core/this_thread.hpp"
#include "concur/platform/process.hpp"
#include "concur/platform/thread_end.hpp"

#include <new>
#include <stdexcept>
#include <utility>
#include <vector>

namespace concur::threading {
namespace {

// Usable before main and after it: nothing here is destroyed at run time.
constinit lock_word values_lock;
constinit std::uint64_t serials_given = 0;                  // guarded by values_lock, as all of these
constinit std::size_t numbers_given = 0;
constinit std::vector<std::size_t>* free_numbers = nullptr;  // has room for all that were given
constinit bool forks_watched = false;

// The child has this thread alone, and may have got the lock in any state.
void free_lock_in_child() { ::new (&values_lock) lock_word; }

std::size_t take_number() {
    const holding h(values_lock);
    if (!forks_watched) forks_watched = platform::in_fork_child(&free_lock_in_child);
    if (free_numbers == nullptr) free_numbers = new std::vector<std::size_t>;
    if (!free_numbers->empty()) {
        const std::size_t n = free_numbers->back();
        free_numbers->pop_back();
        return n;
    }
    if (free_numbers->capacity() <= numbers_given) free_numbers->reserve(2 * numbers_given + 16);
    return numbers_given++;
}

std::uint64_t take_serial() noexcept {
    const holding h(values_lock);
    return ++serials_given;
}

}  // namespace

//   What the calling thread has.
//
//   slots_   by the numbers of locals; the thread's own. One with a serial number and nothing behind it: the value is
//            being made.
//   newest_  guarded by the lock
//   leaving_ the local whose value this thread is destroying at its end; the thread's own
class values_here {
public:
    static values_here* if_any() noexcept {
        const thread_state* const state = thread_state::mine_if_any();
        return state != nullptr ? state->values : nullptr;
    }
    static values_here& make() {
        if (values_here* const known = if_any()) return *known;
        auto* const fresh = new values_here;
        thread_state::mine().values = fresh;
        platform::when_this_thread_ends(fresh->at_end_);
        return *fresh;
    }

    local_value* find(const local_key& k) const noexcept {
        return k.number_ < slots_.size() && slots_[k.number_].serial == k.serial_ ? slots_[k.number_].value : nullptr;
    }
    bool is_making(const local_key& k) const noexcept {
        return k.number_ < slots_.size() && slots_[k.number_].serial == k.serial_ && slots_[k.number_].value == nullptr;
    }
    void make_room(const local_key& k) {
        if (k.number_ >= slots_.size()) slots_.resize(k.number_ + 1);
        slots_[k.number_] = {k.serial_, nullptr};
    }
    void fill(const local_key& k, local_value& v) noexcept { slots_[k.number_] = {k.serial_, &v}; }
    void empty(const local_key& k) noexcept { slots_[k.number_] = {}; }

    // With the lock held.
    void link(local_value& v) noexcept {
        v.here = this;
        v.newer_here = nullptr;
        v.older_here = newest_;
        if (newest_ != nullptr) newest_->newer_here = &v;
        newest_ = &v;
    }
    void unlink(local_value& v) noexcept {
        (v.newer_here != nullptr ? v.newer_here->older_here : newest_) = v.older_here;
        if (v.older_here != nullptr) v.older_here->newer_here = v.newer_here;
    }

    // With the lock held. What this thread is destroying of `k` does not keep that any more.
    void leave(local_key& k) noexcept {
        if (leaving_ != &k) return;
        leaving_ = nullptr;
        if (--k.going_ == 0) k.none_goes_.set();
    }

private:
    struct slot {
        std::uint64_t serial = 0;
        local_value* value = nullptr;
    };
    struct last_act : platform::thread_end {
        explicit last_act(values_here& h) noexcept : platform::thread_end(&end), of(h) {}
        values_here& of;
    };

    static void end(platform::thread_end& e) noexcept {
        values_here& me = static_cast<last_act&>(e).of;
        while (me.destroy_newest()) continue;
        thread_state::mine().values = nullptr;
        delete &me;
    }

    // What it was made with may have been made before it. Values that this makes come to their turn.
    bool destroy_newest() noexcept {
        holding h(values_lock);
        local_value* const v = newest_;
        if (v == nullptr) return false;
        local_key& k = *v->of;
        k.unlink(*v);
        unlink(*v);
        begin_leaving(k);
        h.release();
        empty(k);
        delete v;
        h.acquire(values_lock);
        leave(k);
        return true;
    }

    void begin_leaving(local_key& k) noexcept {
        const std::uint32_t here = platform::fork_generation();
        if (std::exchange(k.going_in_, here) != here) k.going_ = 0;
        if (k.going_++ == 0) k.none_goes_.clear();
        leaving_ = &k;
    }

    std::vector<slot> slots_;
    local_value* newest_ = nullptr;
    local_key* leaving_ = nullptr;
    last_act at_end_{*this};
};

local_key::local_key() : number_(take_number()), serial_(take_serial()) { none_goes_.set(); }

local_key::~local_key() {
    destroy_all();
    wait_for_threads_that_end();
    const holding h(values_lock);
    free_numbers->push_back(number_);
}

local_value* local_key::find() const noexcept {
    const values_here* const here = values_here::if_any();
    return here != nullptr ? here->find(*this) : nullptr;
}

void local_key::make_room() {
    values_here& here = values_here::make();
    if (here.is_making(*this)) throw std::logic_error("local: its value is asked for while this thread is making it");
    here.make_room(*this);
}

void local_key::give(std::unique_ptr<local_value> value) noexcept {
    values_here& here = *values_here::if_any();
    local_value& v = *value.release();
    v.of = this;
    here.fill(*this, v);
    const holding h(values_lock);
    link(v);
    here.link(v);
}

void local_key::take_back() noexcept { values_here::if_any()->empty(*this); }

void local_key::drop() noexcept {
    local_value* const v = find();
    if (v == nullptr) return;
    holding h(values_lock);
    unlink(*v);
    v->here->unlink(*v);
    h.release();
    v->here->empty(*this);
    delete v;
}

void local_key::link(local_value& v) noexcept {
    v.prev_of_local = nullptr;
    v.next_of_local = first_;
    if (first_ != nullptr) first_->prev_of_local = &v;
    first_ = &v;
}

void local_key::unlink(local_value& v) noexcept {
    (v.prev_of_local != nullptr ? v.prev_of_local->next_of_local : first_) = v.next_of_local;
    if (v.next_of_local != nullptr) v.next_of_local->prev_of_local = v.prev_of_local;
}

void local_key::destroy_all() noexcept {
    values_here* const mine = values_here::if_any();
    holding h(values_lock);
    while (local_value* const v = first_) {
        const bool is_mine = v->here == mine;
        unlink(*v);
        v->here->unlink(*v);
        h.release();
        if (is_mine) mine->empty(*this);
        delete v;
        h.acquire(values_lock);
    }
}

// A value may destroy its own local at the end of its thread: that one is not waited for.
void local_key::wait_for_threads_that_end() noexcept {
    holding h(values_lock);
    if (values_here* const mine = values_here::if_any()) mine->leave(*this);
    const bool any = going_ != 0 && going_in_ == platform::fork_generation();
    h.release();
    if (any) none_goes_.wait();
}

}  // namespace concur::threading
