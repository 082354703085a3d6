// when_all, when_any: one future that stands for several.
#pragma once
#include "concur/futures/core_list.hpp"

#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <tuple>
#include <vector>

namespace concur {

template <class Futures>
struct when_any_result {
    std::size_t index;  // of one that is done
    Futures futures;    // all of them, in input order
};

//   Stays pending until `needed_` of the parts are done. Each part that is not done yet holds a
//   notice. When enough are done and all have been listened to, the notices that are left are taken
//   back: a part that lasts does not gather them.
//
//   notices_  made and listened with by begin(), and unchanged from then to the end; they own their parts.
//   held_     notices that may still arrive, and begin() while it runs; together they own one share of
//             the whole, which goes when it reaches 0.
//   first_    the first part that was seen done; written once, before needed_ reaches 0. Only where one
//             is enough.
//   stage_    `begun` and `enough`, each set once; whoever sets the second takes the notices back.
class when_core {
public:
    when_core(future_core& whole, std::size_t parts, std::size_t needed);
    when_core(const when_core&) = delete;
    when_core& operator=(const when_core&) = delete;

    // `deliver` puts the value in place and finishes the whole. Where it throws, the whole is cancelled.
    void begin(const std::vector<future_core*>& parts);
    std::size_t first() const noexcept { return first_.load(std::memory_order_acquire); }
    bool assist();
    bool is_choice() const noexcept { return one_is_enough_; }
    // The whole was cancelled.
    void leave_parts() noexcept { reach(enough); }

protected:
    ~when_core();
    virtual void deliver() noexcept = 0;

private:
    struct notice;
    struct notices;

    static constexpr std::uint32_t begun = 1, enough = 2, both = 3;

    void listen_to(const std::vector<future_core*>& parts);
    void count(std::size_t done, std::size_t place) noexcept;
    void reach(std::uint32_t stage) noexcept;
    void let_go(std::size_t n) noexcept;

    future_core& whole_;
    std::unique_ptr<notices> notices_;
    const bool one_is_enough_;
    atomic<std::size_t> needed_;
    atomic<std::size_t> held_;
    atomic<std::size_t> first_;
    atomic<std::uint32_t> stage_{0};
    atomic<std::size_t> helped_{0};  // the notice whose part somebody helped with last: where to look next
};

template <class Futures, class Value>
class when_state final : public future_state<Value>, public when_core {
public:
    when_state(Futures futures, std::size_t parts, std::size_t needed)
        : future_state<Value>(1), when_core(*this, parts, needed), futures_(std::move(futures)) {}

    bool assist_here() override { return when_core::assist(); }
    bool may_need_help() const noexcept override { return true; }
    bool is_choice() const noexcept override { return when_core::is_choice(); }
    void abandon() noexcept override { when_core::leave_parts(); }

private:
    void deliver() noexcept override {
        if (!this->start()) return;  // cancelled
        if constexpr (requires(Value v) { v.index; }) this->value.emplace(Value{this->first(), std::move(futures_)});
        else this->value.emplace(std::move(futures_));
        this->finish();
    }

    Futures futures_;
};

template <class Value, class Futures>
future<Value> when_enough(Futures futures, const std::vector<future_core*>& parts, std::size_t needed) {
    auto* const state = new when_state<Futures, Value>(std::move(futures), parts.size(), needed);
    future<Value> whole(state);
    state->begin(parts);
    return whole;
}

// The futures of a range; a vector that is given away gives its own.
template <class R>
std::vector<future<value_of_futures<R>>> listed_futures(R&& futures) {
    using list = std::vector<future<value_of_futures<R>>>;
    if constexpr (std::same_as<R, list>) return std::move(futures);
    core_list cores = shares_of(std::forward<R>(futures));
    list all;
    reserve_room(all, cores.size());
    for (std::size_t i = 0; i < cores.size(); ++i) all.push_back(handle_on<value_of_futures<R>>(cores.take(i)));
    return all;
}

template <class T>
std::vector<future_core*> cores_of(const std::vector<future<T>>& futures) {
    std::vector<future_core*> cores;
    reserve_room(cores, futures.size());
    for (const auto& f : futures) cores.push_back(&f.core());
    return cores;
}

// A future of all of these, done when each of them is, whatever the outcome: the errors are in them.
// Its value is the futures themselves: a vector for a range, a tuple for arguments. Cancelling it
// leaves them alone.
template <class R>
    requires readable_range<R>
auto when_all(R&& futures) {
    if constexpr (!range_of_futures<R>) {
        static_assert(range_of_futures<R>, "when_all(futures): give it a range of concur::future<T>, or futures");
    } else {
        auto all = listed_futures(std::forward<R>(futures));
        const auto cores = cores_of(all);
        const std::size_t needed = cores.size();
        return when_enough<decltype(all)>(std::move(all), cores, needed);
    }
}

template <class... T>
auto when_all(future<T>... futures) {
    const std::vector<future_core*> cores{&futures.core()...};
    using all = std::tuple<future<T>...>;
    return when_enough<all>(all(std::move(futures)...), cores, sizeof...(T));
}

// A future that is done as soon as one of these is, whatever its outcome: when_any_result{index,
// futures}. Throws std::invalid_argument for none at all. Cancelling it leaves them alone.
template <class R>
    requires readable_range<R>
auto when_any(R&& futures) {
    if constexpr (!range_of_futures<R>) {
        static_assert(range_of_futures<R>, "when_any(futures): give it a range of concur::future<T>, or futures");
    } else {
        auto all = listed_futures(std::forward<R>(futures));
        if (all.empty()) throw std::invalid_argument("when_any(futures): give it one future at least");
        const auto cores = cores_of(all);
        return when_enough<when_any_result<decltype(all)>>(std::move(all), cores, 1);
    }
}

template <class... T>
    requires(sizeof...(T) > 0)
auto when_any(future<T>... futures) {
    const std::vector<future_core*> cores{&futures.core()...};
    using all = std::tuple<future<T>...>;
    return when_enough<when_any_result<all>>(all(std::move(futures)...), cores, 1);
}

template <class T>
auto when_all(std::initializer_list<future<T>> futures) {
    return when_all(std::vector<future<T>>(futures));
}
template <class T>
auto when_any(std::initializer_list<future<T>> futures) {
    return when_any(std::vector<future<T>>(futures));
}

}  // namespace concur
