// The checker's atomic: std::atomic's interface, every operation a step of the schedule.
//
//   value_   always the newest value in modification order; a futex looks at this address.
//   A word made at compile time (constinit) begins its life at its first use.
#pragma once
#include "model/calls.hpp"

#include <cstring>
#include <type_traits>

namespace concur {
namespace model {

template <class T>
[[gnu::always_inline]] inline std::uint64_t to_bits(T value) noexcept {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(T));
    return bits;
}

template <class T>
[[gnu::always_inline]] inline T from_bits(std::uint64_t bits) noexcept {
    T value;
    std::memcpy(&value, &bits, sizeof(T));
    return value;
}

// The order of the load that a failed compare_exchange is, where the caller named one order.
constexpr std::memory_order failure_order(std::memory_order order) noexcept {
    if (order == std::memory_order_acq_rel) return std::memory_order_acquire;
    return order == std::memory_order_release ? std::memory_order_relaxed : order;
}

// What one step of fetch_add adds to the bits: the size of the element for a pointer.
template <class T>
inline constexpr std::uint64_t stride = 1;
template <class T>
inline constexpr std::uint64_t stride<T*> = sizeof(T);

template <class T>
using difference = std::conditional_t<std::is_pointer_v<T>, std::ptrdiff_t, T>;

}  // namespace model

template <class T>
class atomic {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8,
                  "model::atomic: a value of eight bytes at most that memcpy may copy");
    using order = std::memory_order;
    static constexpr order seq_cst = std::memory_order_seq_cst;

public:
    using value_type = T;
    static constexpr bool is_always_lock_free = true;

    constexpr atomic() noexcept(std::is_nothrow_default_constructible_v<T>) : atomic(T()) {}
    constexpr atomic(T value) noexcept : value_(value) {
        if (!std::is_constant_evaluated()) model::word_begins(&value_, sizeof(T));
    }
    constexpr ~atomic() {
        if (!std::is_constant_evaluated()) model::word_ends(&value_, sizeof(T));
    }
    atomic(const atomic&) = delete;
    atomic& operator=(const atomic&) = delete;

    [[gnu::always_inline]] bool is_lock_free() const noexcept { return true; }

    [[gnu::always_inline]] T load(order o = seq_cst) const noexcept {
        return model::from_bits<T>(model::word_load(&value_, sizeof(T), o));
    }
    [[gnu::always_inline]] void store(T value, order o = seq_cst) noexcept {
        model::word_store(&value_, sizeof(T), model::to_bits(value), o);
    }
    [[gnu::always_inline]] T exchange(T value, order o = seq_cst) noexcept {
        return changed(model::change::exchange, model::to_bits(value), o);
    }

    [[gnu::always_inline]] bool compare_exchange_strong(T& expected, T desired, order success, order failure) noexcept {
        return compare(expected, desired, {success, failure, false});
    }
    [[gnu::always_inline]] bool compare_exchange_strong(T& expected, T desired, order o = seq_cst) noexcept {
        return compare(expected, desired, {o, model::failure_order(o), false});
    }
    [[gnu::always_inline]] bool compare_exchange_weak(T& expected, T desired, order success, order failure) noexcept {
        return compare(expected, desired, {success, failure, true});
    }
    [[gnu::always_inline]] bool compare_exchange_weak(T& expected, T desired, order o = seq_cst) noexcept {
        return compare(expected, desired, {o, model::failure_order(o), true});
    }

    [[gnu::always_inline]] T fetch_add(model::difference<T> by, order o = seq_cst) noexcept {
        return changed(model::change::add, model::to_bits(by) * model::stride<T>, o);
    }
    [[gnu::always_inline]] T fetch_sub(model::difference<T> by, order o = seq_cst) noexcept {
        return changed(model::change::sub, model::to_bits(by) * model::stride<T>, o);
    }
    [[gnu::always_inline]] T fetch_and(T bits, order o = seq_cst) noexcept {
        return changed(model::change::bit_and, model::to_bits(bits), o);
    }
    [[gnu::always_inline]] T fetch_or(T bits, order o = seq_cst) noexcept {
        return changed(model::change::bit_or, model::to_bits(bits), o);
    }
    [[gnu::always_inline]] T fetch_xor(T bits, order o = seq_cst) noexcept {
        return changed(model::change::bit_xor, model::to_bits(bits), o);
    }

    [[gnu::always_inline]] operator T() const noexcept { return load(); }
    [[gnu::always_inline]] T operator=(T value) noexcept {
        store(value);
        return value;
    }
    [[gnu::always_inline]] T operator++() noexcept { return static_cast<T>(fetch_add(1) + 1); }
    [[gnu::always_inline]] T operator--() noexcept { return static_cast<T>(fetch_sub(1) - 1); }
    [[gnu::always_inline]] T operator++(int) noexcept { return fetch_add(1); }
    [[gnu::always_inline]] T operator--(int) noexcept { return fetch_sub(1); }
    [[gnu::always_inline]] T operator+=(model::difference<T> by) noexcept { return static_cast<T>(fetch_add(by) + by); }
    [[gnu::always_inline]] T operator-=(model::difference<T> by) noexcept { return static_cast<T>(fetch_sub(by) - by); }

private:
    [[gnu::always_inline]] T changed(model::change how, std::uint64_t operand, order o) noexcept {
        return model::from_bits<T>(model::word_change(&value_, sizeof(T), how, operand, o));
    }
    [[gnu::always_inline]] bool compare(T& expected, T desired, model::compare_orders orders) noexcept {
        std::uint64_t bits = model::to_bits(expected);
        const bool stored = model::word_compare(&value_, sizeof(T), bits, model::to_bits(desired), orders);
        if (!stored) expected = model::from_bits<T>(bits);
        return stored;
    }

    alignas(sizeof(T)) T value_;
};

}  // namespace concur
