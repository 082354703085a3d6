// What can be iterated over, with the little of <ranges> that it takes: the header itself costs as much
// to include as all of this library.
#pragma once
#include <concepts>
#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>

namespace concur {

namespace range_access {

using std::begin;
using std::end;

template <class R>
auto first_of(R& r) -> decltype(begin(r)) {
    return begin(r);
}
template <class R>
auto last_of(R& r) -> decltype(end(r)) {
    return end(r);
}

}  // namespace range_access

template <class R>
using iterator_of = decltype(range_access::first_of(std::declval<std::remove_reference_t<R>&>()));
template <class R>
using item_of = std::iter_value_t<iterator_of<R>>;
template <class R>
using reference_of = std::iter_reference_t<iterator_of<R>>;

template <class R>
concept readable_range = requires(std::remove_reference_t<R>& r) {
    { range_access::first_of(r) } -> std::input_iterator;
    { range_access::first_of(r) != range_access::last_of(r) } -> std::convertible_to<bool>;
};

// A range that says how many items it has.
template <class R>
concept tells_size = requires(std::remove_reference_t<R>& r) {
    { std::size(r) } -> std::convertible_to<std::size_t>;
};
template <tells_size R>
std::size_t size_of(R& range) {
    return static_cast<std::size_t>(std::size(range));
}

// Its items lie in memory: to come by the next one is not a matter of anything that has yet to happen.
template <class R>
concept range_at_hand = std::contiguous_iterator<iterator_of<R>>;

// A range that was given by name is used where it is, one that was given away is kept.
template <class R>
class held_range {
public:
    explicit held_range(R&& r) : range_(std::move(r)) {}
    R& get() noexcept { return range_; }

private:
    R range_;
};
template <class R>
class held_range<R&> {
public:
    explicit held_range(R& r) noexcept : range_(&r) {}
    R& get() const noexcept { return *range_; }

private:
    R* range_;
};

}  // namespace concur
