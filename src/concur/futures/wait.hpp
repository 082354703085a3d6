// concurrent.futures.wait: blocks until some or all of several futures are done.
#pragma once
#include "concur/core/range.hpp"
#include "concur/futures/future.hpp"

#include <initializer_list>
#include <vector>

namespace concur {

// (FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED)
enum class return_when { first_completed, first_exception, all_completed };

template <class T>
struct wait_result {
    std::vector<future<T>> done;
    std::vector<future<T>> not_done;
};

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

// Waits on `cores`, in which none stands twice.
void wait_for_some(const std::vector<future_core*>& cores, deadline until, return_when policy);

// Whether `cores[i]` is the first of its kind, for each i.
std::vector<bool> firsts_among(const std::vector<future_core*>& cores);

// The futures of a range; a vector that is given away gives its own.
template <class R>
std::vector<future<value_of_futures<R>>> listed_futures(R&& futures) {
    using list = std::vector<future<value_of_futures<R>>>;
    if constexpr (std::same_as<R, list>) return std::move(futures);
    list all;
    for (auto&& f : futures) all.emplace_back(std::forward<decltype(f)>(f));
    return all;
}

// Each once, in the order of their first places. Throws invalid_state_error where one is empty.
template <class R>
std::vector<future<value_of_futures<R>>> unique_futures(R&& futures) {
    auto all = listed_futures(std::forward<R>(futures));
    std::vector<future_core*> cores;
    cores.reserve(all.size());
    for (const auto& f : all) cores.push_back(&f.core());
    const std::vector<bool> first = firsts_among(cores);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!first[i]) continue;
        if (kept != i) all[kept] = std::move(all[i]);
        ++kept;
    }
    all.resize(kept);
    return all;
}

// Waits until all are done, or one, or one has failed, as `policy` says; `t` at most. Cancelled counts
// as done, and not as failed. Never throws for the time: what is not done is in `not_done`. Both
// are in input order; a future that comes twice is there once. Futures of different executors may be
// mixed. (concurrent.futures.wait)
template <class R>
auto wait(R&& futures, timeout t = none, return_when policy = return_when::all_completed) {
    if constexpr (!range_of_futures<R>) {
        static_assert(range_of_futures<R>, "wait(futures): give it a range of concur::future<T>, such as a vector");
    } else {
        const deadline until(t);
        auto all = unique_futures(std::forward<R>(futures));
        std::vector<future_core*> cores;
        cores.reserve(all.size());
        for (const auto& f : all) cores.push_back(&f.core());
        wait_for_some(cores, until, policy);
        wait_result<value_of_futures<R>> result;
        for (auto& f : all) {
            const bool is_done = f.done();
            (is_done ? result.done : result.not_done).push_back(std::move(f));
        }
        return result;
    }
}

template <class R>
auto wait(R&& futures, return_when policy) {
    return wait(std::forward<R>(futures), none, policy);
}

template <class T>
auto wait(std::initializer_list<future<T>> futures, timeout t = none, return_when policy = return_when::all_completed) {
    return wait(std::vector<future<T>>(futures), t, policy);
}
template <class T>
auto wait(std::initializer_list<future<T>> futures, return_when policy) {
    return wait(std::vector<future<T>>(futures), none, policy);
}

}  // namespace concur
