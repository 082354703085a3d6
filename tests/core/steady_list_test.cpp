#include "concur/core/steady_list.hpp"

#include "support/allocations.hpp"
#include "support/tracked.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <vector>

namespace {

using concur::steady_list;

TEST(steady_list_test, items_stay_where_they_were_made_and_are_found_by_number) {
    for (const std::size_t expected : {0u, 1u, 3u, 16u, 1000u}) {
        steady_list<std::size_t> list(expected);
        std::vector<std::size_t*> made;
        for (std::size_t i = 0; i < 1000; ++i) made.push_back(&list.add(i));
        EXPECT_EQ(list.size(), 1000u);
        for (std::size_t i = 0; i < 1000; ++i) {
            EXPECT_EQ(&list[i], made[i]);
            EXPECT_EQ(list[i], i);
        }
    }
}

TEST(steady_list_test, as_many_as_were_expected_take_one_block_and_twice_as_many_another) {
    steady_list<int> list(100);
    const std::size_t before = support::allocations::bytes_here();
    for (int i = 0; i < 100; ++i) list.add(i);
    EXPECT_EQ(support::allocations::bytes_here() - before, 100 * sizeof(int) + sizeof(int*));
    const std::size_t count = support::allocations::count_here();
    for (int i = 0; i < 100; ++i) list.add(i);
    EXPECT_LE(support::allocations::count_here() - count, 2u);
}

TEST(steady_list_test, its_items_end_with_it) {
    const int before = support::tracked::live();
    {
        steady_list<support::tracked> list(2);
        for (int i = 0; i < 50; ++i) list.add(i);
        EXPECT_EQ(support::tracked::live(), before + 50);
    }
    EXPECT_EQ(support::tracked::live(), before);
}

TEST(steady_list_test, without_memory_for_another_block_nothing_changes) {
    const std::size_t failures = support::allocations::sweep(
        [] {
            steady_list<int> list(4);
            for (int i = 0; i < 10; ++i) {
                const std::size_t size = list.size();
                try {
                    list.add(i);
                } catch (const std::bad_alloc&) {
                    EXPECT_EQ(list.size(), size);
                    EXPECT_EQ(list.add(i), i);
                    throw;
                }
            }
            EXPECT_EQ(list[9], 9);
        },
        [] {});
    EXPECT_GE(failures, 3u);
}

TEST(steady_list_test, what_wants_a_cache_line_of_its_own_gets_it) {
    struct alignas(64) lone {
        char c;
    };
    steady_list<lone> list(3);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&list.add('a')) % 64, 0u);
}

}  // namespace
