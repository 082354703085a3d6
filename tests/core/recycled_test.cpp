#include "concur/core/recycled.hpp"

#include "concur/platform/memory.hpp"
#include "support/allocations.hpp"
#include "support/child.hpp"
#include "support/gate.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <thread>
#include <vector>

namespace {

using namespace concur;

class recycled_test : public testing::Test {
protected:
    void SetUp() override {
        if (!platform::may_keep_memory()) GTEST_SKIP() << "a tool looks for uses after free here: nothing is kept";
        const recycling_pause empty;
    }
};

std::vector<void*> taken(std::size_t n, std::size_t size) {
    std::vector<void*> blocks(n);
    for (void*& b : blocks) b = take_block(size);
    return blocks;
}

void give_back(const std::vector<void*>& blocks, std::size_t size) {
    for (void* const b : blocks) give_block(b, size);
}

// Calls of operator new that `fn` makes, on all threads.
template <class F>
std::size_t cost(F fn) {
    const std::size_t before = support::allocations::count();
    fn();
    return support::allocations::count() - before;
}

TEST_F(recycled_test, a_block_that_was_given_back_is_the_next_one_of_its_size) {
    void* const a = take_block(100);
    give_block(a, 100);
    void* const b = take_block(65);
    EXPECT_EQ(b, a);
    void* const c = take_block(64);
    EXPECT_NE(c, a);
    give_block(b, 65);
    give_block(c, 64);
}

TEST_F(recycled_test, blocks_have_room_for_what_was_asked_for) {
    for (std::size_t size = 1; size <= largest_block + 100; size += 13) {
        const auto blocks = taken(3, size);
        for (void* const b : blocks) {
            std::memset(b, 0x5a, size);
            EXPECT_EQ(reinterpret_cast<std::uintptr_t>(b) % __STDCPP_DEFAULT_NEW_ALIGNMENT__, 0u);
        }
        give_back(blocks, size);
    }
}

TEST_F(recycled_test, larger_ones_are_operator_news) {
    const std::size_t live = support::allocations::live();
    give_block(take_block(largest_block + 1), largest_block + 1);
    EXPECT_EQ(support::allocations::live(), live);
}

TEST_F(recycled_test, blocks_that_another_thread_frees_come_home) {
    constexpr std::size_t n = 10'000, size = 128;
    std::vector<void*> blocks(n);
    const auto round = [&] {
        for (void*& b : blocks) b = take_block(size);
        std::jthread([&] { give_back(blocks, size); });
    };
    round();
    EXPECT_LE(cost(round), 64u + 2) << "what that thread keeps for itself, and the thread";
    EXPECT_LE(cost(round), 64u + 2);
}

TEST_F(recycled_test, a_thread_leaves_its_blocks_to_the_one_that_comes_after_it) {
    void* left = nullptr;
    std::thread([&] { give_block(left = take_block(200), 200); }).join();
    void* found = nullptr;
    std::thread([&] { give_block(found = take_block(200), 200); }).join();
    EXPECT_EQ(found, left);
}

TEST_F(recycled_test, what_very_many_blocks_leave_behind_is_bounded) {
    constexpr std::size_t n = 200'000, size = 512;
    const std::size_t live = support::allocations::live();
    give_back(taken(n, size), size);
    const std::size_t kept = support::allocations::live() - live;
    EXPECT_LE(kept * size, std::size_t{65} << 20);
    EXPECT_GE(kept * size, std::size_t{63} << 20);
    const recycling_pause empty;
    EXPECT_EQ(support::allocations::live(), live);
}

TEST_F(recycled_test, no_memory_is_bad_alloc_and_nothing_is_lost) {
    const auto blocks = taken(10, 300);
    {
        const support::allocations::fail_after none(0);
        EXPECT_THROW(take_block(300), std::bad_alloc);
    }
    give_back(blocks, 300);
    EXPECT_EQ(cost([&] { give_back(taken(10, 300), 300); }), 1u) << "the vector";
}

TEST_F(recycled_test, while_it_is_paused_each_block_is_new_and_is_freed) {
    const std::size_t live = support::allocations::live();
    give_back(taken(100, 80), 80);
    {
        const recycling_pause pause;
        EXPECT_EQ(support::allocations::live(), live);
        void* block = nullptr;
        EXPECT_EQ(cost([&] { block = take_block(80); }), 1u);
        give_block(block, 80);
        EXPECT_EQ(support::allocations::live(), live);
    }
    give_block(take_block(80), 80);
    EXPECT_EQ(cost([] { give_block(take_block(80), 80); }), 0u);
}

struct shape : recycled {
    virtual ~shape() = default;
};
struct small_shape : shape {};
struct large_shape : shape {
    std::array<char, 300> name{};
};
struct aligned_shape : shape {
    alignas(128) char name = 0;
};

TEST_F(recycled_test, an_object_goes_back_with_its_own_size_through_a_pointer_to_its_base) {
    std::unique_ptr<shape> s = std::make_unique<large_shape>();
    const void* const at = s.get();
    s.reset();
    s = std::make_unique<small_shape>();
    EXPECT_NE(s.get(), at);
    EXPECT_EQ(std::make_unique<large_shape>().get(), at);
}

TEST_F(recycled_test, an_object_with_a_wish_for_its_place_is_operator_news) {
    const std::size_t live = support::allocations::live();
    std::unique_ptr<shape> s = std::make_unique<aligned_shape>();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(s.get()) % 128, 0u);
    s.reset();
    EXPECT_EQ(support::allocations::live(), live);
}

// Threads that go to the depot all the time, while another forks: a child that could not use it would not end.
TEST_F(recycled_test, a_child_that_is_forked_at_any_moment_has_blocks) {
    std::atomic<bool> enough{false};
    const auto churn = [&] {
        while (!enough) give_back(taken(200, 64), 64);
    };
    const std::jthread a(churn);
    for (int i = 0; i < 50; ++i) {
        const auto child = support::child::run([] {
            give_back(taken(200, 64), 64);
            return 0;
        });
        EXPECT_EQ(child.exit_code, 0);
    }
    enough = true;
}

TEST_F(recycled_test, many_threads_pass_blocks_around_and_none_has_two_owners) {
    constexpr int threads = 4, rounds = 3'000;
    constexpr std::size_t size = 96;
    std::array<std::atomic<int*>, 64> table{};
    std::vector<std::thread> all;
    for (int t = 0; t < threads; ++t)
        all.emplace_back([&, t] {
            for (int i = 0; i < rounds; ++i) {
                auto* const mine = static_cast<int*>(take_block(size));
                *mine = t;
                mine[20] = i;
                EXPECT_TRUE(*mine == t && mine[20] == i);
                const auto place = static_cast<std::size_t>(i * 7 + t * 13) % table.size();
                if (int* const others = table[place].exchange(mine)) give_block(others, size);
            }
        });
    for (auto& t : all) t.join();
    for (auto& place : table)
        if (int* const left = place.load()) give_block(left, size);
}

}  // namespace
