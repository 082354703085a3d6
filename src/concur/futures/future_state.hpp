// The state that every handle on one future shares: the core, and room for a value.
#pragma once
#include "concur/core/stored.hpp"
#include "concur/futures/future_core.hpp"

#include <type_traits>

namespace concur {

template <class T>
class future;

template <class T>
struct future_state : future_core {
    explicit future_state(std::uint32_t owners) noexcept : future_core(owners) {}
    stored<T> value;
};

// What result() gives on a future that stays: a reference to the value inside it.
template <class T>
struct shared_result {
    using type = const std::remove_cv_t<T>&;
};
template <class T>
struct shared_result<T&> {
    using type = T&;
};
template <>
struct shared_result<void> {
    using type = void;
};

// The future that a callable returns, seen through: what it is a future of.
template <class R>
struct unwrapped {
    using type = R;
    static constexpr bool was_future = false;
};
template <class T>
struct unwrapped<future<T>> {
    using type = T;
    static constexpr bool was_future = true;
};

}  // namespace concur
