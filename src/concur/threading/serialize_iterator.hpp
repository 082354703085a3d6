// Python's threading.serialize_iterator: one range that many threads read, each item by one of them.
#pragma once
#include "concur/core/callable.hpp"
#include "concur/core/range.hpp"
#include "concur/threading/lock.hpp"

#include <cstddef>
#include <iterator>
#include <optional>
#include <type_traits>
#include <utility>

namespace concur::threading {

//   The range is read by one thread at a time, under a lock, and one step ahead of nobody: the next item is looked for
//   when somebody asks for it. It must not ask this for one meanwhile.
//   What reading throws comes to the thread that read; the next one goes on from there.
template <readable_range R>
class serialized {
public:
    using value_type = item_of<R>;
    class iterator;

    // A range given by name is read where it is, one that is given away is kept.
    explicit serialized(R&& range) : range_(std::forward<R>(range)) {}
    serialized(const serialized&) = delete;
    serialized& operator=(const serialized&) = delete;

    // Nothing: there is none any more, and will be none.
    [[nodiscard]] std::optional<value_type> next() {
        lock_.acquire();
        const releasing held{lock_};
        if (ended_) return std::nullopt;
        if (!at_) at_.emplace(range_access::first_of(range_.get()));
        else ++*at_;
        ended_ = !(*at_ != range_access::last_of(range_.get()));
        if (ended_) return std::nullopt;
        return value_type(**at_);
    }

    // for (auto& item : s): the items that come to this thread. Each is the loop's own.
    iterator begin() { return iterator(*this); }
    std::default_sentinel_t end() const noexcept { return {}; }

private:
    struct releasing {
        ~releasing() { lock.release(); }
        plain_lock& lock;
    };

    plain_lock lock_;
    held_range<R> range_;
    std::optional<iterator_of<R>> at_;  // the item read last; none: it has not begun
    bool ended_ = false;
};

template <readable_range R>
class serialized<R>::iterator {
public:
    using value_type = item_of<R>;
    using difference_type = std::ptrdiff_t;

    explicit iterator(serialized& of) : of_(&of), item_(of.next()) {}
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
    serialized* of_;
    mutable std::optional<value_type> item_;
};

template <readable_range R>
serialized<R> serialize_iterator(R&& range) {
    return serialized<R>(std::forward<R>(range));
}

// A function that gives what serialize_iterator makes of the range that `fn` gives.
template <class F>
auto synchronized_iterator(F fn) {
    return [fn = std::move(fn)]<class... A>(A&&... args) mutable
        requires std::is_invocable_v<F&, A...>
    {
        using range = std::invoke_result_t<F&, A...>;
        return serialized<range>(call_with(fn, std::forward<A>(args)...));
    };
}

}  // namespace concur::threading
