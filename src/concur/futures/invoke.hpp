// Fork and join: several functions side by side, without a future for each.
#pragma once
#include "concur/core/callable.hpp"
#include "concur/core/stored.hpp"
#include "concur/core/this_thread.hpp"
#include "concur/futures/branch.hpp"
#include "concur/futures/submitting.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <exception>
#include <tuple>
#include <type_traits>
#include <utility>

namespace concur {

// It runs calls in this process, on threads that see the caller's variables.
template <class Where>
concept shares_variables = !requires { requires Where::calls_travel == travel::always; };

// Some executors tell only now.
template <class Where>
void check_shares_variables(Where& where) {
    if constexpr (requires { where.remote(); })
        if (where.remote() != nullptr) throw_cannot_share();
}

// `fn()` as a branch, with room for what comes of it.
template <class F>
class branch_of final : public branch {
public:
    using result = std::invoke_result_t<F&>;

    explicit branch_of(F& fn) noexcept : branch(&work), fn_(fn) {}

    void check() const {
        if (error_ != nullptr) std::rethrow_exception(error_);
    }
    auto take() {
        if constexpr (std::is_void_v<result>) return std::tuple(nothing());
        else return std::tuple<result>(value_.take());
    }

private:
    static void work(job& j) noexcept {
        auto& self = static_cast<branch_of&>(j);
        try {
            store_result(self.value_, [&]() -> result { return call_with(self.fn_); });
        } catch (...) {
            self.error_ = std::current_exception();
        }
    }

    F& fn_;
    [[no_unique_address]] stored<result> value_;
    std::exception_ptr error_;
};

// The last goes in first: the owner takes them back in their order.
template <std::size_t n>
void run_branches(worker* me, const std::array<branch*, n>& all) noexcept {
    std::array<bool, n> forked{};
    if (me != nullptr && me->own != nullptr)
        for (std::size_t i = n - 1; i > 0; --i) forked[i] = all[i]->fork(*me);
    all[0]->do_here();
    for (std::size_t i = 1; i < n; ++i) {
        if (forked[i]) all[i]->join(*me);
        else all[i]->do_here();
    }
}

// `fn()` on a worker of `where`; the calling thread waits. It must not throw.
template <class F>
void run_at(home& where, F& fn) {
    struct call final : errand {
        explicit call(F& f) noexcept : errand(&work), fn(f) {}
        static void work(job& j) noexcept { static_cast<call&>(j).fn(); }
        F& fn;
    };
    call c(fn);
    c.run_at(where);
}

template <class... F>
auto invoke_all(home& where, F&... fns) {
    std::tuple<branch_of<F>...> branches(fns...);
    const auto all = std::apply([](auto&... b) { return std::array<branch*, sizeof...(F)>{&b...}; }, branches);
    worker* const me = this_worker();
    if (me != nullptr && me->of == where.id()) {
        run_branches(me, all);
    } else {
        const auto there = [&] { run_branches(this_worker(), all); };
        run_at(where, there);
    }
    return std::apply(
        [](auto&... b) {
            (b.check(), ...);
            if constexpr (!(std::is_void_v<std::invoke_result_t<F&>> && ...)) return std::tuple_cat(b.take()...);
        },
        branches);
}

// Calls each of `fns` once, side by side as far as workers of `where` are free, and returns when all have returned:
// their results in a tuple, or nothing where all return void (concur::nothing stands for void among others). The first
// runs on the calling thread, if that is a worker of `where`, and any other does too that no worker has begun by then;
// other threads wait while the workers run all of them. Copies nothing and allocates nothing. Where some throw, the
// first of those in the order of `fns` is thrown, after all have ended. Throws what submit() throws where the caller is
// no worker of `where`, and std::invalid_argument where its calls travel to other processes.
template <class Where, class... F>
    requires(sizeof...(F) > 0 && std::derived_from<Where, home>)
auto invoke(Where& where, F&&... fns) {
    if constexpr (!shares_variables<Where>) {
        static_assert(shares_variables<Where>,
                      "invoke(pool, fns...): this pool's calls run in other processes, which cannot see the caller's "
                      "variables; use submit()");
    } else if constexpr (!(std::invocable<F&> && ...)) {
        static_assert((std::invocable<F&> && ...), "invoke(pool, fns...): each of fns is called without arguments");
    } else {
        check_shares_variables(where);
        return invoke_all(where, fns...);
    }
}

}  // namespace concur
