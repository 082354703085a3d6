// Operations on atomic words: steps of the schedule.
#include "word_calls.hpp"

#include "engine.hpp"

#include <cstring>

namespace concur::model {
namespace {

std::uint64_t in_memory(const void* at, std::size_t size) noexcept {
    std::uint64_t value = 0;
    std::memcpy(&value, at, size);
    return value;
}

std::uint64_t changed(change how, std::uint64_t a, std::uint64_t b, std::size_t size) noexcept {
    const std::uint64_t mask = size == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (size * 8)) - 1;
    switch (how) {
        case change::exchange: return b & mask;
        case change::add: return (a + b) & mask;
        case change::sub: return (a - b) & mask;
        case change::bit_and: return a & b & mask;
        case change::bit_or: return (a | b) & mask;
        case change::bit_xor: return (a ^ b) & mask;
        case change::bit_nand: return ~(a & b) & mask;
    }
    return a;
}

// One operation of the current thread on one word: the step before it, and what it meets.
class operation {
public:
    operation(const void* at, std::size_t size, touch how, place from)
        : engine_(*the_engine), at_(const_cast<void*>(at)), size_(size), from_(from) {
        engine_.step(from);
        if (engine_.atomics.at(reinterpret_cast<std::uintptr_t>(at)).ended)
            engine_.require_alive(at, "use of an atomic after its end", from);
        engine_.note(reinterpret_cast<std::uintptr_t>(at), size, how, from);
        word_ = &engine_.word_at(at, size);
    }
    ~operation() { engine_.tick_on(); }
    operation(const operation&) = delete;
    operation& operator=(const operation&) = delete;

    std::uint64_t newest() const { return word_->newest().value; }

    // Reads the newest store, as every read-modify-write does, and writes after it.
    void change_to(std::uint64_t value, std::memory_order order) {
        stored& old = word_->newest();
        engine_.atomics.note_read(old, id(), known(), read_part(order));
        const vector_clock released = old.released;
        write(value, order, &released);
    }
    void write(std::uint64_t value, std::memory_order order, const vector_clock* continued) {
        stored& made = word_->push(value);
        engine_.atomics.note_write(made, id(), known(), order, continued);
        word_->stale[id()] = 0;
        std::memcpy(at_, &value, size_);
    }
    // How many stores back this thread's load may look.
    std::uint32_t visible(std::memory_order order) const {
        return engine_.atomics.visible(*word_, id(), known(), order == std::memory_order_seq_cst);
    }
    std::uint64_t read(std::uint32_t age, std::memory_order order) {
        stored& s = word_->back(age);
        word_->stale[id()] = age == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(word_->stale[id()] + 1);
        engine_.atomics.note_read(s, id(), known(), order);
        return s.value;
    }
    std::uint64_t stored_before(std::uint32_t age) const { return word_->back(age).value; }
    int choose(int options) const { return options == 1 ? 0 : engine_.search.which_store(options); }
    void note_write() { engine_.note(reinterpret_cast<std::uintptr_t>(at_), size_, touch::atomic_write, from_); }
    bool odd() const { return engine_.search.odd(); }
    void event(deed what, std::uint64_t before, std::uint64_t after, std::memory_order order,
               std::uint32_t age = 0) const {
        engine_.add_event(what, from_, at_, before, after, order, age);
    }

private:
    static std::memory_order read_part(std::memory_order order) {
        return order == std::memory_order_release ? std::memory_order_relaxed : order;
    }
    std::size_t id() const { return engine_.current_id(); }
    knowledge& known() const { return engine_.current().known; }

    engine& engine_;
    void* at_;
    std::size_t size_;
    place from_;
    word* word_ = nullptr;
};

std::uint64_t load(const void* at, std::size_t size, std::memory_order order, place from) {
    operation op(at, size, touch::atomic_read, from);
    const int chosen = op.choose(static_cast<int>(op.visible(order)));
    const auto age = static_cast<std::uint32_t>(chosen);
    const std::uint64_t value = op.read(age, order);
    op.event(deed::load, value, value, order, age);
    return value;
}

// The stores that a compare_exchange may read when it fails: the newest, and each older one that a
// load may see and that does not hold what is expected.
bool compare(void* at, std::size_t size, std::uint64_t& expected, std::uint64_t desired, compare_orders orders,
             place from) {
    operation op(at, size, touch::atomic_read, from);
    std::array<std::uint32_t, word::depth> ages{};
    int options = 1;
    const std::uint32_t visible = op.visible(orders.failure);
    for (std::uint32_t age = 1; age < visible; ++age)
        if (op.stored_before(age) != expected) ages[static_cast<std::size_t>(options++)] = age;
    const std::uint32_t age = ages[static_cast<std::size_t>(op.choose(options))];
    const bool equal = age == 0 && op.newest() == expected;
    if (equal && !(orders.weak && op.odd())) {
        op.note_write();
        op.change_to(desired, orders.success);
        op.event(deed::compare, expected, desired, orders.success);
        return true;
    }
    const std::uint64_t wanted = expected;
    expected = op.read(age, orders.failure);
    op.event(deed::compare_failed, wanted, expected, orders.failure, age);
    return false;
}

}  // namespace

std::uint64_t load_word(const void* at, std::size_t size, std::memory_order order, const void* code) noexcept {
    if (!in_program) return in_memory(at, size);
    const visit v;
    return load(at, size, order, place_of(code));
}

void store_word(void* at, std::size_t size, std::uint64_t value, std::memory_order order, const void* code) noexcept {
    if (!in_program) {
        std::memcpy(at, &value, size);
        return;
    }
    const visit v;
    operation op(at, size, touch::atomic_write, place_of(code));
    op.event(deed::store, op.newest(), value, order);
    op.write(value, order, nullptr);
}

std::uint64_t change_word(void* at, std::size_t size, change how, std::uint64_t operand, std::memory_order order,
                          const void* code) noexcept {
    if (!in_program) {
        const std::uint64_t old = in_memory(at, size);
        const std::uint64_t value = changed(how, old, operand, size);
        std::memcpy(at, &value, size);
        return old;
    }
    const visit v;
    operation op(at, size, touch::atomic_write, place_of(code));
    const std::uint64_t old = op.newest();
    const std::uint64_t value = changed(how, old, operand, size);
    op.event(deed::change, old, value, order);
    op.change_to(value, order);
    return old;
}

bool compare_word(void* at, std::size_t size, std::uint64_t& expected, std::uint64_t desired, compare_orders orders,
                  const void* code) noexcept {
    if (in_program) {
        const visit v;
        return compare(at, size, expected, desired, orders, place_of(code));
    }
    const std::uint64_t old = in_memory(at, size);
    if (old == expected) std::memcpy(at, &desired, size);
    const bool stored = old == expected;
    expected = old;
    return stored;
}

void begin_word(void* at, std::size_t size, const void* code) noexcept {
    if (!in_program) return;
    const visit v;
    engine& e = *the_engine;
    const place from = place_of(code);
    const auto key = reinterpret_cast<std::uintptr_t>(at);
    e.note(key, size, touch::write, from);
    word& w = e.atomics.at(key);
    w.begin(in_memory(at, size));
    w.size = static_cast<std::uint8_t>(size);
    w.newest().seen.at[e.current_id()] = e.current().known.clock.at[e.current_id()];
    e.add_event(deed::word_begins, from, at, 0, w.newest().value);
}

void end_word(void* at, std::size_t size, const void* code) noexcept {
    if (!in_program) return;
    const visit v;
    engine& e = *the_engine;
    const place from = place_of(code);
    const auto key = reinterpret_cast<std::uintptr_t>(at);
    e.note(key, size, touch::write, from);
    e.atomics.at(key).ended = true;
    e.add_event(deed::word_ends, from, at);
}

void fence_at(std::memory_order order, const void* code) noexcept {
    if (!in_program) return;
    const visit v;
    engine& e = *the_engine;
    const place from = place_of(code);
    e.step(from);
    e.atomics.fence(e.current_id(), e.current().known, order);
    e.add_event(deed::fence, from, nullptr, 0, 0, order);
    e.tick_on();
}

// The library's way in: the caller is where the operation stands.
std::uint64_t word_load(const void* at, std::size_t size, std::memory_order order) noexcept {
    return load_word(at, size, order, __builtin_return_address(0));
}
void word_store(void* at, std::size_t size, std::uint64_t value, std::memory_order order) noexcept {
    store_word(at, size, value, order, __builtin_return_address(0));
}
std::uint64_t word_change(void* at, std::size_t size, change how, std::uint64_t operand,
                          std::memory_order order) noexcept {
    return change_word(at, size, how, operand, order, __builtin_return_address(0));
}
bool word_compare(void* at, std::size_t size, std::uint64_t& expected, std::uint64_t desired,
                  compare_orders orders) noexcept {
    return compare_word(at, size, expected, desired, orders, __builtin_return_address(0));
}
void word_begins(void* at, std::size_t size) noexcept { begin_word(at, size, __builtin_return_address(0)); }
void word_ends(void* at, std::size_t size) noexcept { end_word(at, size, __builtin_return_address(0)); }
void fence(std::memory_order order) noexcept { fence_at(order, __builtin_return_address(0)); }

}  // namespace concur::model
