#include "concur/core/range.hpp"

#include <array>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <ranges>
#include <string>
#include <vector>

namespace {

static_assert(concur::readable_range<std::vector<int>&>);
static_assert(concur::readable_range<const std::vector<int>&>);
static_assert(concur::readable_range<int (&)[3]>);
static_assert(concur::readable_range<std::initializer_list<int>>);
static_assert(concur::readable_range<std::filesystem::directory_iterator>);
static_assert(concur::readable_range<std::ranges::iota_view<int>>);
static_assert(!concur::readable_range<int>);
static_assert(std::same_as<concur::item_of<std::vector<bool>&>, bool>);
static_assert(std::same_as<concur::item_of<const std::vector<std::string>&>, std::string>);

template <class R>
auto sum_of(R&& given) {
    concur::held_range<R> held(std::forward<R>(given));
    long sum = 0;
    auto at = concur::range_access::first_of(held.get());
    for (; at != concur::range_access::last_of(held.get()); ++at) sum += *at;
    return sum;
}

TEST(range_test, arrays_containers_and_views_are_read) {
    const int plain[] = {1, 2, 3};
    EXPECT_EQ(sum_of(plain), 6);
    EXPECT_EQ(sum_of(std::array{4, 5}), 9);
    EXPECT_EQ(sum_of(std::views::iota(1, 5)), 10);
    std::vector<int> numbers{1, 2, 3, 4};
    EXPECT_EQ(sum_of(numbers | std::views::filter([](int n) { return n % 2 == 0; })), 6);
}

TEST(range_test, a_named_range_is_used_where_it_is_and_a_given_one_is_kept) {
    std::vector<int> named{1};
    concur::held_range<std::vector<int>&> there(named);
    EXPECT_EQ(&there.get(), &named);
    concur::held_range<std::vector<int>> kept(std::move(named));
    EXPECT_EQ(kept.get(), std::vector<int>{1});
}

TEST(range_test, those_that_know_their_size_tell_it) {
    const int plain[] = {1, 2, 3};
    EXPECT_EQ(concur::size_of(plain), 3u);
    const std::vector<int> numbers{1, 2};
    EXPECT_EQ(concur::size_of(numbers), 2u);
    EXPECT_TRUE(concur::tells_size<std::vector<int>&>);
    auto odd = numbers | std::views::filter([](int n) { return n % 2 == 1; });
    EXPECT_FALSE(concur::tells_size<decltype(odd)>);
    EXPECT_FALSE(concur::tells_size<decltype(std::views::iota(1))>);
}

}  // namespace
