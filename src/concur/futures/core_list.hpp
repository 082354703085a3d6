// The futures that one call was given, whatever their type, with a share of each.
#pragma once
#include "concur/core/range.hpp"
#include "concur/futures/future.hpp"
#include "concur/platform/cpu.hpp"
#include "concur/platform/large_pages.hpp"

#include <concepts>
#include <cstddef>
#include <utility>
#include <vector>

namespace concur {

template <class T>
struct future_value {};
template <class T>
struct future_value<future<T>> {
    using type = T;
};

template <class R>
concept range_of_futures = readable_range<R> && requires { typename future_value<item_of<R>>::type; };

template <class R>
using value_of_futures = typename future_value<item_of<R>>::type;

class core_list {
public:
    core_list() = default;
    // Takes a share of each.
    explicit core_list(std::vector<future_core*> cores) noexcept;
    core_list(core_list&& other) noexcept = default;
    core_list& operator=(core_list&& other) noexcept {
        std::swap(cores_, other.cores_);
        return *this;
    }
    ~core_list();

    void reserve(std::size_t n);
    // Takes over one share of `core`, even where it throws.
    void push(future_core& core);

    std::size_t size() const noexcept { return cores_.size(); }
    future_core* operator[](std::size_t i) const noexcept { return cores_[i]; }
    // With its share; the place is null from now on.
    future_core* take(std::size_t i) noexcept { return std::exchange(cores_[i], nullptr); }

    // Each stays once, in its first place.
    void drop_repeated();

private:
    std::vector<future_core*> cores_;
};

template <class T>
void reserve_room(std::vector<T>& v, std::size_t n) {
    v.reserve(n);
    platform::expect_filled(v.data(), n * sizeof(T));
}

// For who goes through `cores` and looks at each: has the one that comes some steps after `i` fetched.
template <class Cores>
void fetch_ahead_of(const Cores& cores, std::size_t i) noexcept {
    constexpr std::size_t ahead = 16;
    if (i + ahead < cores.size()) platform::fetch_ahead(cores[i + ahead]);
}

// The share that `f` had, which is the caller's now. Throws invalid_state_error where it is empty.
template <class T>
future_core& share_of(future<T>&& f) {
    future_core& core = f.core();
    union last {
        explicit last(future<T>&& given) noexcept : handle(std::move(given)) {}
        ~last() {}  // it never lets go
        future<T> handle;
    } const gone(std::move(f));
    return core;
}

// Takes a share over.
template <class T>
future<T> handle_on(future_core* shared) noexcept {
    return future<T>(static_cast<future_state<T>*>(shared));
}

// A range that can be looked at first, and taken shares of after: its futures stay where they are.
template <class R>
concept range_of_lasting = std::forward_iterator<iterator_of<R>> && std::is_lvalue_reference_v<reference_of<R>>;

// Those of a range, in its order; a vector that is given away gives its own shares.
template <class R>
core_list shares_of(R&& futures) {
    using handle = future<value_of_futures<R>>;
    core_list cores;
    std::vector<future_core*> seen;
    if constexpr (std::same_as<R, std::vector<handle>>) {
        cores.reserve(futures.size());
        for (handle& f : futures) cores.push(share_of(std::move(f)));
    } else if constexpr (range_of_lasting<R>) {
        if constexpr (tells_size<R>) reserve_room(seen, size_of(futures));
        for (const handle& f : futures) seen.push_back(&f.core());
        cores = core_list(std::move(seen));
    } else {
        for (auto&& f : futures) cores.push(share_of(handle(std::forward<decltype(f)>(f))));
    }
    return cores;
}

}  // namespace concur
