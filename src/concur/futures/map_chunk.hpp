// One task of Executor.map: a function, and the items to call it with.
#pragma once
#include "concur/core/callable.hpp"
#include "concur/core/report_unhandled.hpp"
#include "concur/core/stored.hpp"

#include <concepts>
#include <cstddef>
#include <exception>
#include <stop_token>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace concur {

namespace pickle {

template <class T>
struct special_codec;  // how it travels: futures/map_travel.hpp

}  // namespace pickle

template <class F, class Item>
struct item_call;
template <class F, class... A>
struct item_call<F, std::tuple<A...>> {
    static constexpr bool with_token = wants_first<std::stop_token, F&, A...>;
    static constexpr bool alone = std::invocable<F&, A...> && !with_token;
    static auto result_of() {
        if constexpr (alone) return std::type_identity<value_result_t<F&, A...>>{};
        else return std::type_identity<value_result_t<F&, std::stop_token, A...>>{};
    }
};

template <class F, class Item>
concept callable_on_item = item_call<F, Item>::alone || item_call<F, Item>::with_token;

// The items of a task. Most tasks have one, which needs no memory of its own.
template <class T>
class one_or_more {
public:
    explicit one_or_more(T first) : first_(std::move(first)) {}
    void add(T next) { rest_.push_back(std::move(next)); }
    std::size_t size() const noexcept { return 1 + rest_.size(); }
    T& at(std::size_t i) noexcept { return i == 0 ? first_ : rest_[i - 1]; }
    const T& at(std::size_t i) const noexcept { return i == 0 ? first_ : rest_[i - 1]; }

private:
    T first_;
    std::vector<T> rest_;
};

// The error of a result that came behind one that could not be read.
std::exception_ptr behind_unreadable() noexcept;

// The results of a task: for each item a value, or the exception that came instead. What nobody has
// read of those by the end is reported.
template <class T>
class map_batch {
public:
    map_batch() = default;
    map_batch(map_batch&&) = default;
    map_batch& operator=(map_batch&&) = delete;
    ~map_batch() {
        for (std::size_t i = read_; i < errors_.size(); ++i)
            if (errors_[i] != nullptr && (i == 0 || errors_[i] != errors_[i - 1]))
                report_unhandled(errors_[i], "an item of map()");
    }

    // `count` items that one exception befell.
    static map_batch failed(std::size_t count, const std::exception_ptr& why) {
        map_batch all;
        all.errors_.assign(count, why);
        all.rest_.resize(count - 1);
        all.size_ = all.read_ = count;  // whoever asks for this is told
        return all;
    }

    void reserve(std::size_t count) { rest_.reserve(count - 1); }

    template <class Call>
    void add(Call&& call) {
        stored<T>& room = next_room();
        try {
            store_result(room, std::forward<Call>(call));
        } catch (...) {
            put_error(std::current_exception());
        }
    }

    // For what comes from elsewhere: what `make` throws is no item's error, and is thrown.
    template <class Make>
    void add_value(Make&& make) {
        store_result(next_room(), std::forward<Make>(make));
    }
    void add_error(std::exception_ptr error) {
        next_room();
        put_error(std::move(error));
    }

    // Of `count` items those from `first` on cannot be had: that one because of `why`, and the others because
    // they lie behind it.
    void fail_from(std::size_t first, std::size_t count, const std::exception_ptr& why) {
        errors_.resize(first);
        errors_.push_back(why);
        if (first + 1 < count) errors_.resize(count, behind_unreadable());
        rest_.resize(count - 1);
        size_ = count;
    }

    std::size_t size() const noexcept { return size_; }

    // The value at `i`; throws the exception where that came instead.
    stored<T>& at(std::size_t i) {
        if (i >= errors_.size() || errors_[i] == nullptr) return room(i);
        if (read_ <= i) read_ = i + 1;
        std::rethrow_exception(errors_[i]);
    }

    // Lets the value at `i` go.
    void drop(std::size_t i) noexcept {
        if constexpr (!std::is_trivially_destructible_v<stored<T>>) room(i).reset();
    }

private:
    friend struct pickle::special_codec<map_batch>;

    stored<T>& room(std::size_t i) noexcept { return i == 0 ? first_ : rest_[i - 1]; }
    const stored<T>& room(std::size_t i) const noexcept { return i == 0 ? first_ : rest_[i - 1]; }
    stored<T>& next_room() { return size_++ == 0 ? first_ : rest_.emplace_back(); }
    void put_error(std::exception_ptr error) {
        errors_.resize(size_);
        errors_.back() = std::move(error);
    }

    stored<T> first_;
    std::vector<stored<T>> rest_;
    mutable std::vector<std::exception_ptr> errors_;  // up to the last item that failed, or cannot be written
    std::size_t size_ = 0;
    mutable std::size_t read_ = 0;  // errors before this one have been read, or sent to who reads them
};

// Each item's exception stays with that item.
template <class F, class Item>
class map_chunk {
public:
    using result = typename decltype(item_call<F, Item>::result_of())::type;
    using batch = map_batch<result>;

    map_chunk(F fn, Item first) : fn_(std::move(fn)), items_(std::move(first)) {}

    void add(Item next) { items_.add(std::move(next)); }
    std::size_t size() const noexcept { return items_.size(); }

    batch operator()()
        requires(item_call<F, Item>::alone)
    {
        return run([this](auto&&... args) -> result { return call_with(fn_, std::move(args)...); });
    }
    batch operator()(std::stop_token stop)
        requires(!item_call<F, Item>::alone)
    {
        return run([&](auto&&... args) -> result { return call_with(fn_, stop, std::move(args)...); });
    }

private:
    friend struct pickle::special_codec<map_chunk>;

    template <class Call>
    batch run(Call call) {
        batch results;
        results.reserve(items_.size());
        for (std::size_t i = 0; i < items_.size(); ++i)
            results.add([&]() -> result { return std::apply(call, std::move(items_.at(i))); });
        return results;
    }

    F fn_;
    one_or_more<Item> items_;
};

}  // namespace concur
