// A loop whose elements are done side by side.
#pragma once
#include "concur/core/range.hpp"
#include "concur/futures/invoke.hpp"
#include "concur/futures/loop.hpp"

#include <concepts>
#include <cstddef>
#include <iterator>
#include <optional>
#include <stop_token>

namespace concur {

struct loop_options {
    // Asked before each block of elements.
    std::stop_token stop = {};
    // Elements in a block, at least 1. Without it as many as take some ten microseconds.
    std::optional<long> chunksize = {};
};

// The elements of a range that can be begun at any place.
template <class Iterator, class F>
class loop_at final : public loop {
public:
    loop_at(Iterator first, std::size_t count, F& fn, std::size_t workers, const loop_options& options)
        : loop(&do_block, count, workers, options.chunksize, options.stop), first_(first), fn_(fn) {}

private:
    static void do_block(loop& l, std::size_t from, std::size_t to) {
        auto& self = static_cast<loop_at&>(l);
        using step = std::iter_difference_t<Iterator>;
        const Iterator end = self.first_ + static_cast<step>(to);
        for (Iterator at = self.first_ + static_cast<step>(from); at != end; ++at) self.fn_(*at);
    }

    Iterator first_;
    F& fn_;
};

template <class R>
concept loop_range = readable_range<R> && std::random_access_iterator<iterator_of<R>> && requires(R& r) {
    { range_access::last_of(r) - range_access::first_of(r) } -> std::convertible_to<std::ptrdiff_t>;
};

// Calls `fn(element)` once for each element of `range`, side by side on the workers of `where`, and returns when all
// have returned. A worker of `where` that calls this takes part; other threads wait. `fn` itself is called, by several
// threads at a time: it is not copied. Elements are done in blocks, in order within a block, so that a loop over tiny
// elements costs little more than the plain one.
// Where some calls throw, one of these exceptions is thrown, and elements whose block had not begun are left out.
// False: it was stopped before the end, through `options.stop`. Throws what submit() throws where the caller is no
// worker of `where`, and std::invalid_argument for a chunksize below 1, and where the calls of `where` travel to other
// processes.
template <class Where, class R, class F>
    requires std::derived_from<Where, home>
bool for_each(Where& where, const loop_options& options, R&& range, F&& fn) {
    if constexpr (!shares_variables<Where>) {
        static_assert(shares_variables<Where>,
                      "for_each(pool, range, fn): this pool's calls run in other processes, which cannot see the "
                      "caller's variables; use map()");
    } else if constexpr (!loop_range<R>) {
        static_assert(
            loop_range<R>,
            "for_each(pool, range, fn): give it a range with places that can be counted, such as a vector, an "
            "array or a std::span");
    } else if constexpr (!std::invocable<F&, reference_of<R>>) {
        static_assert(std::invocable<F&, reference_of<R>>,
                      "for_each(pool, range, fn): fn cannot be called with an element of the range");
    } else {
        check_shares_variables(where);
        const auto first = range_access::first_of(range);
        const auto count = static_cast<std::size_t>(range_access::last_of(range) - first);
        loop_at l(first, count, fn, workers_of(where), options);
        return l.run(where);
    }
}
template <class Where, class R, class F>
    requires std::derived_from<Where, home>
bool for_each(Where& where, R&& range, F&& fn) {
    return for_each(where, loop_options{}, std::forward<R>(range), std::forward<F>(fn));
}

}  // namespace concur
