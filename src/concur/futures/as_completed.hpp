// concurrent.futures.as_completed: futures in the order in which they finish.
#pragma once
#include "concur/futures/arrival_line.hpp"
#include "concur/futures/core_list.hpp"

#include <initializer_list>
#include <iterator>
#include <optional>

namespace concur {

[[noreturn]] void throw_unfinished(std::size_t left, std::size_t all);

//   A single-pass range: begin() goes on where the last iterator stood. It owns the futures that it
//   has still to give and the one it is at; what it has given is the caller's alone. Destroying it
//   early forgets the rest.
template <class T>
class completed_range {
public:
    class iterator {
    public:
        using value_type = future<T>;
        using difference_type = std::ptrdiff_t;
        using reference = future<T>&;
        using pointer = future<T>*;
        using iterator_category = std::input_iterator_tag;

        iterator() = default;
        explicit iterator(completed_range* r) noexcept : range_(r) {}

        // Waits where the next has not come yet. Throws timeout_error when the time is over.
        future<T>& operator*() const { return range_->current(); }
        future<T>* operator->() const { return &range_->current(); }
        iterator& operator++() {
            range_->advance();
            return *this;
        }
        void operator++(int) { range_->advance(); }
        friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.at_end() == b.at_end(); }

    private:
        bool at_end() const noexcept { return range_ == nullptr || range_->given_ == range_->all_; }
        completed_range* range_ = nullptr;
    };

    completed_range(core_list futures, deadline until) : line_(std::move(futures)), until_(until), all_(line_.left()) {}

    iterator begin() noexcept { return iterator(this); }
    iterator end() noexcept { return {}; }

    // How many it gives in all.
    std::size_t total() const noexcept { return all_; }

private:
    future<T>& current() {
        if (current_.has_value()) return *current_;
        future_core* const next = line_.next(until_);
        if (next == nullptr) throw_unfinished(all_ - given_, all_);
        return current_.emplace(handle_on<T>(next));
    }

    void advance() {
        current();
        current_.reset();
        ++given_;
    }

    arrival_line line_;
    std::optional<future<T>> current_;
    deadline until_;
    std::size_t all_;
    std::size_t given_ = 0;
};

// Gives each of `futures` once, those that are done at once, the others as they become it; `t` counts
// from this call. `for (auto& f : as_completed(futures, 2s))`. Moving the future out of the loop
// variable, or going on to the next, lets its result go. (concurrent.futures.as_completed)
template <class R>
auto as_completed(R&& futures, timeout t = none) {
    if constexpr (!range_of_futures<R>) {
        static_assert(range_of_futures<R>,
                      "as_completed(futures): give it a range of concur::future<T>, such as a vector");
    } else {
        const deadline until(t);
        core_list all = shares_of(std::forward<R>(futures));
        all.drop_repeated();
        return completed_range<value_of_futures<R>>(std::move(all), until);
    }
}

template <class T>
auto as_completed(std::initializer_list<future<T>> futures, timeout t = none) {
    return as_completed(std::vector<future<T>>(futures), t);
}

}  // namespace concur
