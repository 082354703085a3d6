#include "concur/futures/core_list.hpp"

#include "concur/core/recycled.hpp"
#include "concur/futures/promise.hpp"
#include "support/allocations.hpp"
#include "support/ready.hpp"
#include "support/tracked.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <list>
#include <map>
#include <ranges>
#include <vector>

namespace {

using namespace concur;
using support::ready;
using support::tracked;
using cores = std::vector<future_core*>;

cores in(const core_list& list) {
    cores all;
    for (std::size_t i = 0; i < list.size(); ++i) all.push_back(list[i]);
    return all;
}

TEST(core_list_test, it_owns_a_share_of_each_until_that_is_taken) {
    const int before = tracked::live();
    {
        core_list list;
        {
            std::vector futures{ready(tracked(1)), ready(tracked(2))};
            list = shares_of(futures);
        }
        EXPECT_EQ(tracked::live(), before + 2);
        const auto first = handle_on<tracked>(list.take(0));
        EXPECT_EQ(list[0], nullptr);
        EXPECT_EQ(first.result().value, 1);
    }
    EXPECT_EQ(tracked::live(), before);
}

TEST(core_list_test, a_vector_that_is_given_away_gives_its_own_shares) {
    std::vector futures{ready(1), ready(2)};
    future_core* const first = &futures[0].core();
    const core_list list = shares_of(std::move(futures));
    EXPECT_EQ(list[0], first);
    EXPECT_TRUE(list[0]->has_one_owner());
    EXPECT_TRUE(list[1]->has_one_owner());
}

TEST(core_list_test, ranges_of_each_kind_give_theirs) {
    const auto a = ready(1), b = ready(2);
    const cores both{&a.core(), &b.core()};
    EXPECT_EQ(in(shares_of(std::list{a, b})), both);
    const std::map<int, future<int>> numbered{{1, a}, {2, b}};
    EXPECT_EQ(in(shares_of(std::views::values(numbered))), both);
    EXPECT_EQ(in(shares_of(std::views::iota(0, 2) | std::views::transform([&](int i) { return i == 0 ? a : b; }))),
              both);
}

TEST(core_list_test, an_empty_future_is_refused_and_the_others_are_let_go) {
    const int before = tracked::live();
    for (const bool given_away : {false, true}) {
        std::vector futures{ready(tracked(1)), future<tracked>(), ready(tracked(2))};
        if (given_away) EXPECT_THROW(shares_of(std::move(futures)), invalid_state_error);
        else EXPECT_THROW(shares_of(futures), invalid_state_error);
    }
    EXPECT_EQ(tracked::live(), before);
}

TEST(core_list_test, where_memory_ends_no_share_is_lost) {
    const recycling_pause every_block_is_new;
    const int before = tracked::live();
    support::allocations::sweep(
        [] {
            core_list list = shares_of(std::vector{ready(tracked(1)), ready(tracked(2))});
            list.drop_repeated();
        },
        [] {});
    EXPECT_EQ(tracked::live(), before);
}

// Many futures in some order that has nothing to do with where they lie.
std::vector<future<int>> mixed_up(std::size_t n) {
    std::vector<future<int>> all;
    for (std::size_t i = 0; i < n; ++i) all.push_back(promise<int>().get_future());
    std::uint64_t state = 88172645463325252u;
    for (std::size_t i = n; i > 1; --i) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        std::swap(all[i - 1], all[state % i]);
    }
    return all;
}

TEST(core_list_test, each_stays_once_in_its_first_place_and_repeated_shares_are_let_go) {
    for (const std::size_t n : {1u, 2u, 10u, 1000u}) {
        const auto once = mixed_up(n);
        std::vector<future<int>> twice;
        for (std::size_t i = 0; i < n; ++i) {
            twice.push_back(once[i]);
            twice.push_back(once[i / 2]);
        }
        core_list list = shares_of(std::move(twice));
        list.drop_repeated();
        const core_list expected = shares_of(once);
        EXPECT_EQ(in(list), in(expected));
    }
}

TEST(core_list_test, none_is_lost_where_none_is_repeated) {
    auto futures = mixed_up(1000);
    for (int order = 0; order < 3; ++order) {
        if (order == 1) std::ranges::sort(futures);
        if (order == 2) std::ranges::reverse(futures);
        core_list list = shares_of(futures);
        const cores all = in(list);
        list.drop_repeated();
        EXPECT_EQ(in(list), all);
    }
}

TEST(core_list_test,
     looking_for_repeated_ones_takes_memory_for_twice_as_many_at_most_and_none_where_they_are_in_order) {
    auto futures = mixed_up(1000);
    core_list list = shares_of(futures);
    const std::size_t before = support::allocations::bytes_here();
    list.drop_repeated();
    EXPECT_LE(support::allocations::bytes_here() - before, 4 * 1024 * sizeof(future_core*));
    std::ranges::sort(futures);
    core_list sorted = shares_of(futures);
    const std::size_t again = support::allocations::count_here();
    sorted.drop_repeated();
    EXPECT_EQ(support::allocations::count_here(), again);
}

}  // namespace
