// The results of Executor.map: an input range that is fed by tasks.
#pragma once
#include "concur/core/fifo.hpp"
#include "concur/core/range.hpp"
#include "concur/futures/arrival_line.hpp"
#include "concur/futures/call.hpp"
#include "concur/futures/future.hpp"
#include "concur/futures/map_chunk.hpp"
#include "concur/futures/task_options.hpp"

#include <array>
#include <concepts>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <tuple>

namespace concur {

[[noreturn]] void throw_map_timeout();
[[noreturn]] void throw_map_count();
void check_map_sizes(const map_options& options);

// One item of each range, copied.
template <class... R>
using map_item = std::tuple<item_of<R>...>;

template <class F, class... R>
concept mappable =
    sizeof...(R) > 0 && (readable_range<R> && ...) && std::copy_constructible<std::decay_t<F>> &&
    (std::constructible_from<item_of<R>, reference_of<R>> && ...) && callable_on_item<std::decay_t<F>, map_item<R...>>;

//   source_   where the next items come from; with a buffersize it is read while results are taken.
//   flights_  (ordered) the tasks whose results have not been taken, in input order.
//   line_     (unordered) the same, as they finish.
//   batch_    the results of the task that the reader is at; at_ its place in them.
//   The window: items submitted and not yet left behind; never more than the buffersize.
template <class Executor, class F, class... R>
class map_state {
    using item = map_item<R...>;
    using chunk = map_chunk<F, item>;
    using batch = typename chunk::batch;

public:
    using result = typename chunk::result;

    map_state(Executor& where, map_options options, F fn, R&&... ranges)
        : where_(&where),
          fn_(std::move(fn)),
          options_(options),
          until_(options.timeout),
          ranges_(held_range<R>(std::forward<R>(ranges))...),
          at_items_(first_items()) {
        try {
            refill();
        } catch (...) {
            flights_ = {};  // what was submitted runs on
            line_.reset();
            throw;
        }
    }
    map_state(const map_state&) = delete;
    map_state& operator=(const map_state&) = delete;

    ~map_state() { cancel_rest(); }

    bool at_end() const noexcept { return !batch_ && pending_ == 0; }

    // How many items there are in all; nothing where only their end will tell.
    std::optional<std::size_t> total() {
        if (drained_) return sent_;
        if constexpr ((tells_size<R> && ...))
            return std::apply([](auto&... held) { return least_size(held...); }, ranges_);
        else return std::nullopt;
    }

    // Throws what the item's call threw, or timeout_error.
    stored<result>& current() {
        if (!batch_) load();
        return batch_->at(at_);
    }

    void advance() {
        if (timed_out_) return end_now();
        if (!batch_) load();
        batch_->drop(at_);
        if (++at_ == batch_->size()) batch_.reset();
        --window_;
        refill();
    }

private:
    struct flight {
        future<batch> results;
        std::size_t size;
    };

    std::tuple<iterator_of<R>...> first_items() {
        return std::apply(
            [](auto&... held) { return std::tuple<iterator_of<R>...>(range_access::first_of(held.get())...); },
            ranges_);
    }

    bool source_has_more() {
        return std::apply(
            [this](auto&... held) {
                return std::apply([&](auto&... it) { return (... && (it != range_access::last_of(held.get()))); },
                                  at_items_);
            },
            ranges_);
    }

    item next_item() {
        return std::apply(
            [](auto&... it) {
                item taken(*it...);
                (static_cast<void>(++it), ...);
                return taken;
            },
            at_items_);
    }

    template <class... Held>
    static std::size_t least_size(Held&... held) {
        std::size_t least = static_cast<std::size_t>(-1);
        ((least = size_of(held.get()) < least ? size_of(held.get()) : least), ...);
        return least;
    }

    // Of every task but the last, which may have less.
    std::size_t wanted_size() const noexcept {
        const long bound = options_.buffersize.value_or(options_.chunksize);
        return static_cast<std::size_t>(bound < options_.chunksize ? bound : options_.chunksize);
    }

    std::size_t room() const noexcept {
        const std::size_t wanted = wanted_size();
        return !options_.buffersize || static_cast<std::size_t>(*options_.buffersize) - window_ >= wanted ? wanted : 0;
    }

    void refill() {
        while (wants_more())
            if constexpr (Executor::calls_travel != travel::always && (range_at_hand<R> && ...)) send_some();
            else send_one();
    }

    bool wants_more() {
        if (drained_ || room() == 0) return false;
        drained_ = !source_has_more();
        return !drained_;
    }

    chunk next_chunk() {
        const std::size_t most = room();
        chunk work(fn_, next_item());
        while (work.size() < most && source_has_more()) work.add(next_item());
        return work;
    }

    void send_one() {
        chunk work = next_chunk();
        const std::size_t size = work.size();
        keep({where_->submit(std::move(work)), size});
    }

    // In one step for the executor. Nothing that the next item might have to wait for is held back meanwhile.
    void send_some() {
        if constexpr (Executor::calls_travel == travel::where_possible)
            if (where_->remote() != nullptr) return send_one();
        if (options_.buffersize) return send_one();
        std::array<job*, 64> fresh;
        std::size_t n = 0;
        const std::size_t before = sent_;
        try {
            while (sent_ - before < fresh.size() && wants_more()) {
                chunk work = next_chunk();
                const std::size_t size = work.size();
                auto* const task = new call<chunk>(*where_, std::move(work));
                fresh[n++] = task;
                keep({future<batch>(task), size});
            }
        } catch (...) {
            where_->post_all(std::span(fresh.data(), n));
            throw;
        }
        where_->post_all(std::span(fresh.data(), n));
    }

    void keep(flight f) {
        const std::size_t size = f.size;
        store(std::move(f));
        pending_ += size;
        window_ += size;
        sent_ += size;
    }

    void store(flight f) {
        if (options_.ordered) return flights_.push(std::move(f));
        if (!line_) line_.emplace();
        last_ = &f.results.core();
        last_size_ = f.size;
        line_->add(f.results.core());
    }

    void load() {
        if (timed_out_) throw_map_timeout();
        flight next = options_.ordered ? next_in_order() : next_to_finish();
        pending_ -= next.size;
        at_ = 0;
        try {
            batch_.emplace(std::move(next.results).result());
            if (batch_->size() != next.size) throw_map_count();  // a worker may say anything
        } catch (...) {
            batch_.emplace(batch::failed(next.size, std::current_exception()));
        }
    }

    flight next_in_order() {
        if (!flights_.front().results.core().wait(until_)) time_out();
        return flights_.pop();
    }

    flight next_to_finish() {
        future_core* const core = line_->next(until_);
        if (core == nullptr) time_out();
        return {future<batch>(static_cast<future_state<batch>*>(core)), core == last_ ? last_size_ : wanted_size()};
    }

    [[noreturn]] void time_out() {
        timed_out_ = true;
        cancel_rest();
        throw_map_timeout();
    }

    void end_now() noexcept {
        batch_.reset();
        pending_ = 0;
        drained_ = true;
    }

    void cancel_rest() noexcept {
        for (flight& f : flights_) f.results.cancel();
        if (line_) line_->cancel_rest();
    }

    Executor* where_;
    F fn_;
    map_options options_;
    deadline until_;
    std::tuple<held_range<R>...> ranges_;
    std::tuple<iterator_of<R>...> at_items_;
    fifo<flight> flights_;
    std::optional<arrival_line> line_;
    const future_core* last_ = nullptr;  // (unordered) the task that was sent last; only compared
    std::size_t last_size_ = 0;
    std::optional<batch> batch_;
    std::size_t at_ = 0;
    std::size_t pending_ = 0;  // items whose task has not been loaded
    std::size_t window_ = 0;
    std::size_t sent_ = 0;  // items submitted so far
    bool drained_ = false;  // the source has no more
    bool timed_out_ = false;
};

// A single-pass range of what `fn` returned, in input order or as it came. Reading an item waits for
// it and throws what its call threw; the item after it can still be read. timeout_error means the
// end: what had not started by then is cancelled. A result goes when the next one is asked for.
// Things that cannot be copied are given as rvalues; for calls that return nothing the items are
// concur::nothing.
template <class State>
class map_range {
    using result = typename State::result;
    using value = std::conditional_t<std::is_void_v<result>, concur::nothing, std::remove_cvref_t<result>>;

public:
    class iterator {
    public:
        using value_type = value;
        using difference_type = std::ptrdiff_t;
        using iterator_category = std::input_iterator_tag;
        using reference =
            std::conditional_t<std::is_void_v<result>, concur::nothing,
                               std::conditional_t<std::is_reference_v<result>, result,
                                                  std::conditional_t<std::copy_constructible<value>, value&, value&&>>>;
        using pointer = void;

        iterator() = default;
        explicit iterator(State* s) noexcept : state_(s) {}

        reference operator*() const {
            auto& item = state_->current();
            if constexpr (std::is_void_v<result>) return {};
            else return static_cast<reference>(item.ref());
        }
        iterator& operator++() {
            state_->advance();
            return *this;
        }
        void operator++(int) { state_->advance(); }
        friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.at_end() == b.at_end(); }

    private:
        bool at_end() const noexcept { return state_ == nullptr || state_->at_end(); }
        State* state_ = nullptr;
    };

    explicit map_range(std::unique_ptr<State> s) noexcept : state_(std::move(s)) {}

    iterator begin() noexcept { return iterator(state_.get()); }
    iterator end() noexcept { return {}; }

    // How many items there are in all, as far as that is known.
    std::optional<std::size_t> total() { return state_->total(); }

private:
    std::unique_ptr<State> state_;
};

template <class F, class Executor, class... R>
auto start_map(Executor& where, const map_options& options, F fn, R&&... ranges) {
    check_map_sizes(options);
    using state = map_state<Executor, F, R...>;
    return map_range<state>(std::make_unique<state>(where, options, std::move(fn), std::forward<R>(ranges)...));
}

}  // namespace concur
