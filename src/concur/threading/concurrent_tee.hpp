// Python's threading.concurrent_tee: one range that several threads read, each all of it.
#pragma once
#include "concur/core/fifo.hpp"
#include "concur/core/range.hpp"
#include "concur/threading/lock.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace concur::threading {

//   What several views share: the range, and the items that some of them have not read yet. An item goes when the last
//   view for which it is kept has read it, or has ended.
//
//   first_: the number of the first item in kept_. All but the range's own is guarded by lock_, under which it is read.
template <readable_range R>
    requires std::copy_constructible<item_of<R>>
class tee_source {
public:
    using value_type = item_of<R>;

    tee_source(R&& range, std::size_t views) : range_(std::forward<R>(range)), views_(views) {}

    // The item with that number, for a view that has read all before it.
    std::optional<value_type> read(std::uint64_t number) {
        const scope held{*this};
        if (number == first_ + kept_.size() && !read_on()) return std::nullopt;
        kept_item& item = kept_.begin()[static_cast<std::ptrdiff_t>(number - first_)];
        std::optional<value_type> copy(item.value);
        --item.readers;
        drop_read();
        return copy;
    }

    // A view ends that would read from that number on.
    void leave(std::uint64_t number) noexcept {
        const scope held{*this};
        --views_;
        for (std::uint64_t i = number; i < first_ + kept_.size(); ++i)
            --kept_.begin()[static_cast<std::ptrdiff_t>(i - first_)].readers;
        drop_read();
    }

    // One more view, which reads from that number on.
    void join(std::uint64_t number) noexcept {
        const scope held{*this};
        ++views_;
        for (std::uint64_t i = number; i < first_ + kept_.size(); ++i)
            ++kept_.begin()[static_cast<std::ptrdiff_t>(i - first_)].readers;
    }

    // Items that are kept for somebody.
    std::size_t kept() noexcept {
        const scope held{*this};
        return kept_.size();
    }

private:
    struct kept_item {
        value_type value;
        std::size_t readers;
    };
    struct scope {
        explicit scope(tee_source& t) noexcept : of(t) { of.lock_.acquire(); }
        ~scope() { of.lock_.release(); }
        scope(const scope&) = delete;
        scope& operator=(const scope&) = delete;
        tee_source& of;
    };

    // False: there is none any more.
    bool read_on() {
        if (ended_) return false;
        if (!at_) at_.emplace(range_access::first_of(range_.get()));
        else ++*at_;
        ended_ = !(*at_ != range_access::last_of(range_.get()));
        if (!ended_) kept_.push({value_type(**at_), views_});
        return !ended_;
    }
    void drop_read() noexcept {
        while (!kept_.empty() && kept_.front().readers == 0) {
            kept_.pop();
            ++first_;
        }
    }

    plain_lock lock_;
    held_range<R> range_;
    std::optional<iterator_of<R>> at_;  // the item read last; none: it has not begun
    bool ended_ = false;
    std::size_t views_;
    fifo<kept_item> kept_;
    std::uint64_t first_ = 0;
};

// One of several views of a range: each gives all of its items, for one thread. A copy goes on from where this is.
template <readable_range R>
class tee_view {
public:
    using value_type = item_of<R>;
    class iterator;

    // It must be counted among the views of its source already.
    explicit tee_view(std::shared_ptr<tee_source<R>> of) noexcept : of_(std::move(of)) {}
    tee_view(tee_view&& other) noexcept : of_(std::move(other.of_)), next_(other.next_) {}
    tee_view(const tee_view& other) : of_(other.of_), next_(other.next_) {
        if (of_ != nullptr) of_->join(next_);
    }
    tee_view& operator=(tee_view other) noexcept {
        std::swap(of_, other.of_);
        std::swap(next_, other.next_);
        return *this;
    }
    ~tee_view() {
        if (of_ != nullptr) of_->leave(next_);
    }

    // Nothing: there is none any more. What reading the range throws comes to whoever asks for that item first.
    [[nodiscard]] std::optional<value_type> next() {
        auto item = of_->read(next_);
        if (item) ++next_;
        return item;
    }
    iterator begin() { return iterator(*this); }
    std::default_sentinel_t end() const noexcept { return {}; }

    // How many items are kept for the slowest of all views.
    std::size_t kept() const noexcept { return of_->kept(); }

private:
    std::shared_ptr<tee_source<R>> of_;
    std::uint64_t next_ = 0;
};

template <readable_range R>
class tee_view<R>::iterator {
public:
    using value_type = item_of<R>;
    using difference_type = std::ptrdiff_t;

    explicit iterator(tee_view& of) : of_(&of), item_(of.next()) {}
    value_type& operator*() const noexcept { return *item_; }
    value_type* operator->() const noexcept { return &*item_; }
    iterator& operator++() {
        item_.reset();
        if (auto item = of_->next()) item_.emplace(std::move(*item));
        return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& i, std::default_sentinel_t) noexcept { return !i.item_; }

private:
    tee_view* of_;
    mutable std::optional<value_type> item_;
};

// `n` views of `range`. A range given by name is read where it is, one that is given away is kept; items are copied, and
// kept until the slowest view has read them. Throws std::invalid_argument for fewer than 0 views.
template <readable_range R>
    requires std::copy_constructible<item_of<R>>
std::vector<tee_view<R>> concurrent_tee(R&& range, std::int64_t n = 2) {
    if (n < 0) throw std::invalid_argument("concurrent_tee: it cannot make fewer than 0 views");
    std::vector<tee_view<R>> views;
    views.reserve(static_cast<std::size_t>(n));
    const auto source = std::make_shared<tee_source<R>>(std::forward<R>(range), static_cast<std::size_t>(n));
    while (views.size() < static_cast<std::size_t>(n)) views.emplace_back(source);
    return views;
}

}  // namespace concur::threading
