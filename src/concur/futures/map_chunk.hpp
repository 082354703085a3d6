// One task of Executor.map: a function, and the items to call it with.
#pragma once
#include "concur/core/callable.hpp"
#include "concur/core/outcome.hpp"

#include <concepts>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace concur {

template <class F, class Item>
struct item_call;
template <class F, class... A>
struct item_call<F, std::tuple<A...>> {
    static constexpr bool alone = std::invocable<F&, A...>;
    static constexpr bool with_token = std::invocable<F&, std::stop_token, A...>;
    static auto result_of() {
        if constexpr (alone) return std::type_identity<value_result_t<F&, A...>>{};
        else return std::type_identity<value_result_t<F&, std::stop_token, A...>>{};
    }
};

template <class F, class Item>
concept callable_on_item = item_call<F, Item>::alone || item_call<F, Item>::with_token;

// Most chunks are of one thing: it needs no memory of its own.
template <class T>
class one_or_more {
public:
    explicit one_or_more(T first) : first_(std::move(first)) {}
    void add(T next) { rest_.push_back(std::move(next)); }
    void reserve(std::size_t all) { rest_.reserve(all - 1); }
    std::size_t size() const noexcept { return 1 + rest_.size(); }
    T& at(std::size_t i) noexcept { return i == 0 ? first_ : rest_[i - 1]; }

private:
    T first_;
    std::vector<T> rest_;
};

// Each item's exception stays with that item.
template <class F, class Item>
class map_chunk {
public:
    using result = typename decltype(item_call<F, Item>::result_of())::type;
    using batch = one_or_more<outcome<result>>;

    map_chunk(F fn, Item first) : fn_(std::move(fn)), items_(std::move(first)) {}

    void add(Item next) { items_.add(std::move(next)); }
    std::size_t size() const noexcept { return items_.size(); }

    batch operator()()
        requires(item_call<F, Item>::alone)
    {
        return run([this](auto&&... args) -> result { return std::invoke(fn_, std::move(args)...); });
    }
    batch operator()(std::stop_token stop)
        requires(!item_call<F, Item>::alone)
    {
        return run([&](auto&&... args) -> result { return std::invoke(fn_, stop, std::move(args)...); });
    }

private:
    template <class Call>
    batch run(Call call) {
        batch results(one(call, items_.at(0)));
        results.reserve(items_.size());
        for (std::size_t i = 1; i < items_.size(); ++i) results.add(one(call, items_.at(i)));
        return results;
    }

    template <class Call>
    static outcome<result> one(Call& call, Item& item) {
        outcome<result> o;
        try {
            store_result(o.value, [&]() -> result { return std::apply(call, std::move(item)); });
        } catch (...) {
            o.error = std::current_exception();
        }
        return o;
    }

    F fn_;
    one_or_more<Item> items_;
};

}  // namespace concur
