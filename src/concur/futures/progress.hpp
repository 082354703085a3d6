// How far a loop has come, drawn on the terminal.
#pragma once
#include "concur/core/range.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace concur {

struct progress_options {
    std::string description = {};           // what stands before the bar
    std::optional<std::size_t> total = {};  // where the range does not tell
    int stream = 2;                    // the descriptor it draws on, where that is a terminal
};

//   Nothing is drawn but on a terminal, and no more than ten times a second. What the terminal refuses
//   is left out; when it is gone, so is the drawing.
class progress_meter {
public:
    progress_meter(progress_options options, std::optional<std::size_t> total);
    ~progress_meter() { finish(); }
    progress_meter(const progress_meter&) = delete;
    progress_meter& operator=(const progress_meter&) = delete;

    void begin() noexcept;
    // One more item is behind the loop.
    void step() noexcept {
        ++done_;
        if (drawing_) draw_in_time();
    }
    // Draws how far it came, and ends the line. Nothing is drawn after that.
    void finish() noexcept;

private:
    void draw_in_time() noexcept;
    void draw(std::string_view behind) noexcept;

    const progress_options options_;
    const std::optional<std::size_t> total_;
    std::size_t done_ = 0;
    std::int64_t began_;  // steady_ns()
    std::int64_t next_ = 0;
    bool drawing_;
    const bool utf8_;
};

// The line of a bar: at most `columns` wide, if every character beyond ASCII takes two.
struct progress_line {
    std::string_view description;
    std::size_t done;
    std::optional<std::size_t> total;
    std::int64_t elapsed_ns;
    std::size_t columns;
    bool utf8;

    std::string text() const;
};

// How many items a range is going to give, as far as it tells.
template <class R>
std::optional<std::size_t> total_of(R& range) {
    if constexpr (requires { range.total(); }) return range.total();
    else if constexpr (tells_size<R>) return size_of(range);
    else return std::nullopt;
}

// Gives what `range` gives, once. Of one thread at a time.
template <class R>
class progress_range {
    using inner = iterator_of<R>;

public:
    struct sentinel {};

    class iterator {
    public:
        using value_type = item_of<R>;
        using difference_type = std::ptrdiff_t;
        using reference = reference_of<R>;
        using pointer = void;
        using iterator_category = std::input_iterator_tag;

        iterator(inner at, progress_range& of) : at_(std::move(at)), of_(&of) {}

        reference operator*() const { return *at_; }
        iterator& operator++() {
            ++at_;
            of_->meter_->step();
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const iterator& i, sentinel) { return i.at_end(); }

    private:
        bool at_end() const {
            if (at_ != range_access::last_of(of_->held_.get())) return false;
            of_->meter_->finish();
            return true;
        }

        inner at_;
        progress_range* of_;
    };

    progress_range(R&& range, progress_options options) : held_(std::forward<R>(range)) {
        const auto total = options.total ? options.total : total_of(held_.get());
        meter_ = std::make_unique<progress_meter>(std::move(options), total);
    }

    iterator begin() {
        meter_->begin();
        return iterator(range_access::first_of(held_.get()), *this);
    }
    sentinel end() const noexcept { return {}; }

private:
    held_range<R> held_;
    std::unique_ptr<progress_meter> meter_;
};

// `range`, and on a terminal a bar of how much of it the loop has gone through: count, share, rate, the time
// it took and the time it will take. Elsewhere (a pipe, a file, TERM=dumb) nothing is drawn.
// `for (auto& r : progress(pool.map(f, items)))`. The line ends when the loop does, also by `break` or an
// exception. Whatever becomes of the terminal, it never throws for that.
template <class R>
auto progress(R&& range, progress_options options = {}) {
    if constexpr (!readable_range<R>) {
        static_assert(readable_range<R>, "progress(range): give it something that a for loop can go through");
    } else {
        return progress_range<R>(std::forward<R>(range), std::move(options));
    }
}

}  // namespace concur
