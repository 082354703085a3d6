#include "concur/multiprocessing/free_ranges.hpp"

#include "support/allocations.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <vector>

namespace {

using concur::multiprocessing::free_ranges;
using place = free_ranges::place;

TEST(free_ranges_test, lie_side_by_side) {
    free_ranges ranges;
    EXPECT_FALSE(ranges.take(1));
    ranges.add(1, 100);
    EXPECT_EQ(ranges.take(40), (place{1, 0}));
    EXPECT_EQ(ranges.take(60), (place{1, 40}));
    EXPECT_FALSE(ranges.take(1));
}

TEST(free_ranges_test, are_taken_where_the_least_is_left_over_and_there_at_the_front) {
    free_ranges ranges;
    ranges.add(1, 100);
    ranges.add(2, 50);
    ranges.add(3, 50);
    EXPECT_EQ(ranges.take(45), (place{2, 0}));
    EXPECT_EQ(ranges.take(5), (place{2, 45}));
    EXPECT_EQ(ranges.take(60), (place{1, 0}));
    EXPECT_EQ(ranges.take(45), (place{3, 0}));
}

// In each order: the last one joins what lies before it, behind it, or both.
TEST(free_ranges_test, become_one_again_with_their_neighbours_but_not_with_another_area) {
    for (const std::vector<std::uint64_t>& order :
         {std::vector<std::uint64_t>{0, 10, 20}, {0, 20, 10}, {10, 0, 20}, {10, 20, 0}, {20, 0, 10}, {20, 10, 0}}) {
        free_ranges ranges;
        for (const std::uint32_t area : {1U, 2U, 3U}) ranges.add(area, 30);
        for (int i = 0; i < 9; ++i) ASSERT_TRUE(ranges.take(10));
        for (const std::uint64_t offset : order) ranges.give_back({2, offset});
        EXPECT_FALSE(ranges.take(31));
        EXPECT_EQ(ranges.take(30), (place{2, 0}));
        ranges.give_back({2, 0});
        ranges.remove(2);
        EXPECT_FALSE(ranges.take(1));
    }
}

TEST(free_ranges_test, never_overlap_whatever_is_taken_and_given_back) {
    constexpr std::uint64_t size = 1000;
    std::mt19937 chance(7);
    free_ranges ranges;
    std::map<place, std::uint64_t> lent;
    for (const std::uint32_t area : {1U, 2U, 3U}) ranges.add(area, size);
    for (int i = 0; i < 20'000; ++i) {
        if (chance() % 2 == 0 && !lent.empty()) {
            const auto one = std::next(lent.begin(), static_cast<std::ptrdiff_t>(chance() % lent.size()));
            ranges.give_back(one->first);
            lent.erase(one);
            continue;
        }
        const std::uint64_t wanted = chance() % 200 + 1;
        const auto at = ranges.take(wanted);
        if (!at) continue;
        const auto one = lent.emplace(*at, wanted).first;
        ASSERT_LE(at->offset + wanted, size);
        if (const auto after = std::next(one); after != lent.end() && after->first.area == at->area) {
            ASSERT_LE(at->offset + wanted, after->first.offset);
        }
        if (one != lent.begin() && std::prev(one)->first.area == at->area) {
            ASSERT_LE(std::prev(one)->first.offset + std::prev(one)->second, at->offset);
        }
    }
    for (const auto& [at, wanted] : lent) ranges.give_back(at);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(ranges.take(size)) << "all is free again, in one piece";
}

TEST(free_ranges_test, are_as_they_were_where_there_is_no_memory) {
    free_ranges ranges;
    ranges.add(1, 100);
    const auto tries = support::allocations::sweep([&] { ranges.give_back(ranges.take(10).value()); },
                                                   [&] {
                                                       EXPECT_EQ(ranges.take(100), (place{1, 0}));
                                                       ranges.give_back({1, 0});
                                                   });
    EXPECT_GE(tries, 2u);
}

TEST(free_ranges_test, need_no_memory_to_be_given_back) {
    free_ranges ranges;
    ranges.add(1, 100);
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(ranges.take(10));
    const std::size_t before = support::allocations::count_here();
    for (const std::uint64_t offset : {0U, 20U, 10U, 90U, 50U, 70U, 60U, 30U, 80U, 40U}) ranges.give_back({1, offset});
    EXPECT_EQ(support::allocations::count_here(), before);
}

}  // namespace
