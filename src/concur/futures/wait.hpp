// concurrent.futures.wait: blocks until some or all of several futures are done.
#pragma once
#include "concur/futures/core_list.hpp"

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

// Waits on `cores`, in which none stands twice, and says of each whether it is done.
struct done_ones {
    std::vector<bool> is_done;
    std::size_t count;
};
done_ones wait_for_some(const core_list& cores, deadline until, return_when policy);

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
        core_list cores = shares_of(std::forward<R>(futures));
        cores.drop_repeated();
        const auto [is_done, count] = wait_for_some(cores, until, policy);
        using value = value_of_futures<R>;
        wait_result<value> result;
        reserve_room(result.done, count);
        reserve_room(result.not_done, cores.size() - count);
        for (std::size_t i = 0; i < cores.size(); ++i)
            (is_done[i] ? result.done : result.not_done).push_back(handle_on<value>(cores.take(i)));
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
