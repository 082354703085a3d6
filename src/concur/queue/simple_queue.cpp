#include "concur/queue/simple_queue.hpp"

#include "concur/platform/cpu.hpp"

#include <algorithm>
#include <new>

namespace concur {

//   next    the link: its mark says where the next segment is. Who got past it knows that nobody is at this one.
//   number  how many were before it. Guarded like the front.
//   The slots follow: a mark and the words of an item each.
struct item_line::segment {
    std::byte* slots() noexcept { return reinterpret_cast<std::byte*>(this + 1); }

    mark next{nothing};
    std::uint64_t number = 0;
};

const law_at_address item_line::law{
    "simple_queue",
    false,
    [](waiter&) noexcept { return false; },  // who waits has just tried
    [](waiter& w) noexcept { return static_cast<item_line*>(w.at)->give_or_want() ? turn::given : turn::waiting; },
    [](waiter& w) noexcept { static_cast<item_line*>(w.at)->pass_on(); },
};

namespace {

std::byte* words_of(atomic<std::uint64_t>& slot) noexcept { return reinterpret_cast<std::byte*>(&slot + 1); }

}  // namespace

item_line::item_line(std::uint32_t words, std::uint32_t slots) : words_(words), slots_(slots) {
    static_assert(sizeof(segment) == link_size);
    segment* const first = make_segment(nullptr);
    end_.store(reinterpret_cast<std::uintptr_t>(first), std::memory_order_relaxed);
    front_ = open_ = {first, 0};
    numbered_ = first;
}

item_line::~item_line() {
    for (segment* s = front_.in; s != nullptr;) {
        const std::uint64_t next = s->next.load(std::memory_order_acquire);
        drop_segment(s);
        s = next > wanted ? reinterpret_cast<segment*>(next) : nullptr;
    }
}

item_line::mark& item_line::slot(place p) const noexcept {
    return *reinterpret_cast<mark*>(p.in->slots() + p.index * slot_size(words_));
}

void item_line::copy(std::byte* to, const std::byte* from) const noexcept {
    for (std::uint32_t i = 0; i < words_; ++i) std::memcpy(to + 8 * i, from + 8 * i, 8);
}

// --- the end --------------------------------------------------------------------------------------

// With that item in its first slot, if there is one.
item_line::segment* item_line::make_segment(const std::byte* first) {
    void* const block = take_block(segment_size);
    if (reinterpret_cast<std::uintptr_t>(block) >= one_slot) {  // it would not fit into end_
        give_block(block, segment_size);
        throw std::bad_alloc();
    }
    auto* const s = ::new (block) segment;
    for (place p{s, 0}; p.index < slots_; ++p.index) ::new (&slot(p)) mark(nothing);
    if (first != nullptr) {
        copy(words_of(slot({s, 0})), first);
        slot({s, 0}).store(filled, std::memory_order_relaxed);
    }
    return s;
}

void item_line::drop_segment(segment* s) const noexcept {
    if (s == nullptr) return;
    for (place p{s, 0}; p.index < slots_; ++p.index) std::destroy_at(&slot(p));
    std::destroy_at(s);
    give_block(s, segment_size);
}

void item_line::put(const std::byte* item) {
    const std::uint64_t end = end_.fetch_add(one_slot, std::memory_order_acquire);
    const place mine{segment_of(end), index_of(end)};
    if (mine.index < slots_) fill(mine, item);
    else put_in_new_segment(item);
}

// What it has taken was no slot. Left there each time, such would come to be too many for the bits there are.
item_line::segment* item_line::segment_or_step_back(const std::byte* item) {
    try {
        return make_segment(item);
    } catch (...) {
        std::uint64_t end = end_.load(std::memory_order_relaxed);
        while (index_of(end) > slots_ &&
               !end_.compare_exchange_weak(end, end - one_slot, std::memory_order_relaxed, std::memory_order_relaxed))
            continue;
        throw;
    }
}

// Once the new segment is the end, the one before stays until they are linked: the front does not get past it.
void item_line::put_in_new_segment(const std::byte* item) {
    segment* mine = nullptr;
    std::uint64_t end = end_.load(std::memory_order_acquire);
    for (;;) {
        if (index_of(end) < slots_) {  // another has brought one
            end = end_.fetch_add(one_slot, std::memory_order_acquire);
            if (index_of(end) < slots_) {
                drop_segment(mine);
                return fill({segment_of(end), index_of(end)}, item);
            }
            end += one_slot;
        }
        if (mine == nullptr) mine = segment_or_step_back(item);
        const std::uint64_t begun = reinterpret_cast<std::uintptr_t>(mine) + one_slot;
        if (end_.compare_exchange_weak(end, begun, std::memory_order_acq_rel, std::memory_order_acquire)) break;
    }
    publish(segment_of(end)->next, reinterpret_cast<std::uintptr_t>(mine));
}

void item_line::fill(place mine, const std::byte* item) noexcept {
    mark& m = slot(mine);
    copy(words_of(m), item);
    publish(m, filled);
}

// From here on somebody may take the item, and destroy this.
void item_line::publish(mark& at, std::uint64_t what) noexcept {
    std::uint64_t seen = nothing;
    if (!at.compare_exchange_strong(seen, what, std::memory_order_release, std::memory_order_relaxed))
        publish_to_line(at, what);
}

void item_line::publish_to_line(mark& at, std::uint64_t what) noexcept {
    taken_waiters woken;
    {
        line_at line(this);
        const bool has_line = in_line_.load(std::memory_order_relaxed);
        at.store(what, std::memory_order_release);
        if (has_line) settle(line, woken);
    }
    woken.run_all();
}

// --- the front, where nobody stands in line -------------------------------------------------------

// True: there is a slot.
bool item_line::go_on(place& p) const noexcept {
    if (p.index < slots_) return true;
    const std::uint64_t next = p.in->next.load(std::memory_order_acquire);
    if (next <= wanted) return false;
    const std::uint64_t number = p.in->number + 1;
    p = {reinterpret_cast<segment*>(next), 0};
    p.in->number = number;
    return true;
}

// `left`: a segment that nobody is at any more.
std::uint64_t item_line::take_front(std::byte* item, segment*& left) noexcept {
    if (given_back_ != nullptr) {
        item_box* const first = given_back_;
        given_back_ = first->next;
        std::memcpy(item, &first, sizeof first);
        return first->number;
    }
    segment* const before = front_.in;
    go_on(front_);
    if (front_.in != before) {
        left = before;
        if (numbered_ == before) numbered_ = front_.in;
    }
    copy(item, words_of(slot(front_)));
    return front_.in->number * slots_ + ++front_.index;
}

std::uint64_t item_line::take_plain(std::byte* item, segment*& left) noexcept {
    place first = front_;
    if (!go_on(first) || slot(first).load(std::memory_order_acquire) != filled) return none_at(first);
    return take_front(item, left);
}

// Slots from there on that somebody has taken, filled or not; where they go through more segments than two, fewer.
std::size_t item_line::taken_slots_from(place p) const noexcept {
    const std::uint64_t end = end_.load(std::memory_order_relaxed);
    const std::size_t last = std::min(index_of(end), slots_);
    return segment_of(end) == p.in ? last - p.index : slots_ - p.index + last;
}

// There may be an item that was put, behind one that is just being put.
std::uint64_t item_line::none_at(place p) const noexcept { return taken_slots_from(p) > 1 ? behind : 0; }

std::uint64_t item_line::try_take_once(std::byte* item) noexcept {
    segment* left = nullptr;
    std::uint64_t number = 0;
    holding gate(gate_);
    if (!in_line_.load(std::memory_order_acquire)) {
        number = take_plain(item, left);
    } else {
        gate.release();
        number = take_in_line(item, left);
    }
    gate.release();
    drop_segment(left);
    return number;
}

std::uint64_t item_line::try_take(std::byte* item) noexcept {
    for (;;) {
        const std::uint64_t number = try_take_once(item);
        if (number != behind) return number;
        platform::yield();
    }
}

// Less and less often: each look takes the cache line from who puts.
std::uint64_t item_line::look(std::byte* item) noexcept {
    int pause = 1;
    for (int left = platform::spin_limit(); left > 0 && !in_line_.load(std::memory_order_relaxed); left -= pause) {
        for (int i = 0; i < pause; ++i) platform::relax();
        if (pause < 16) pause *= 2;
        if (const std::uint64_t number = try_take(item); number != 0) return number;
    }
    return 0;
}

std::uint64_t item_line::take(std::byte* item, timeout t, const std::stop_token& stop) noexcept {
    std::uint64_t number = try_take(item);
    if (number != 0 || t.is_poll()) return number;
    const deadline until(t);
    number = look(item);
    if (number != 0) return number;
    const turn how = wait_in_line(this, law, until, stop);
    if (how == turn::given) return take_given(item);
    return how == turn::too_late ? try_take(item) : 0;
}

// --- the front, where somebody stands in line: all of it with the line locked ---------------------

void item_line::enter_line() noexcept {
    if (in_line_.load(std::memory_order_relaxed)) return;
    const holding gate(gate_);
    open_ = front_;
    in_line_.store(true, std::memory_order_relaxed);
}

void item_line::leave_line(line_at& line) noexcept {
    if (line.empty() && given_ == 0 && spare_ == 0) in_line_.store(false, std::memory_order_release);
}

// The item at open_ is there, and is behind it now.
bool item_line::pass_open() noexcept {
    if (!go_on(open_) || slot(open_).load(std::memory_order_acquire) != filled) return false;
    ++open_.index;
    return true;
}

bool item_line::reserve() noexcept {
    if (spare_ > 0) --spare_;
    else if (!pass_open()) return false;
    ++given_;
    return true;
}

// False: what is waited for has come.
bool item_line::want_open() noexcept {
    mark& m = open_.index < slots_ ? slot(open_) : open_.in->next;
    std::uint64_t seen = nothing;
    return m.compare_exchange_strong(seen, wanted, std::memory_order_relaxed, std::memory_order_relaxed) ||
           seen == wanted;
}

bool item_line::give_or_want() noexcept {
    enter_line();
    for (;;) {
        if (reserve()) return true;
        if (want_open()) return false;
    }
}

// Gives what is there to those who wait.
void item_line::settle(line_at& line, taken_waiters& woken) noexcept {
    while (!line.empty() && give_or_want()) {
        if (waiter* const w = line.take(turn::given)) {
            woken.push(*w);
        } else {
            --given_;
            ++spare_;
        }
    }
    leave_line(line);
}

std::uint64_t item_line::take_in_line(std::byte* item, segment*& left) noexcept {
    line_at line(this);
    if (!in_line_.load(std::memory_order_relaxed)) {
        const holding gate(gate_);
        return take_plain(item, left);
    }
    if (!reserve()) {
        const std::uint64_t number = none_at(open_);
        leave_line(line);
        return number;
    }
    --given_;
    const std::uint64_t number = take_front(item, left);
    leave_line(line);
    return number;
}

std::uint64_t item_line::take_given(std::byte* item) noexcept {
    segment* left = nullptr;
    std::uint64_t number = 0;
    {
        line_at line(this);
        --given_;
        number = take_front(item, left);
        leave_line(line);
    }
    drop_segment(left);
    return number;
}

// It was given one, and will not take it.
void item_line::pass_on() noexcept {
    taken_waiters woken;
    {
        line_at line(this);
        --given_;
        ++spare_;
        settle(line, woken);
    }
    woken.run_all();
}

void item_line::give_back(item_box& box, std::uint64_t number) noexcept {
    taken_waiters woken;
    {
        line_at line(this);
        enter_line();
        item_box** before = &given_back_;
        while (*before != nullptr && (*before)->number < number) before = &(*before)->next;
        box.number = number;
        box.next = *before;
        *before = &box;
        ++spare_;
        settle(line, woken);
    }
    woken.run_all();
}

void item_line::throw_empty() {
    throw queue_empty("get: the queue was empty all the time; give it more time, or put something in");
}

// --- how many -------------------------------------------------------------------------------------

// Those that stand in no segment that is linked yet are left out, but for the last of these.
std::size_t item_line::size_from(place p) noexcept {
    for (place last{numbered_, slots_}; go_on(last); last.index = slots_) numbered_ = last.in;
    const std::uint64_t end = end_.load(std::memory_order_relaxed);
    const std::size_t in_last = std::min(index_of(end), slots_);
    const std::size_t whole = (numbered_->number - p.in->number) * slots_;
    return whole + (segment_of(end) == numbered_ ? in_last : slots_ + in_last) - p.index;
}

std::size_t item_line::size() noexcept {
    holding gate(gate_);
    if (!in_line_.load(std::memory_order_acquire)) return size_from(front_);
    gate.release();
    const line_at line(this);
    if (in_line_.load(std::memory_order_relaxed)) return spare_ + size_from(open_);
    gate.acquire(gate_);
    return size_from(front_);
}

}  // namespace concur
