#include "concur/core/block_depot.hpp"

#include <array>
#include <gtest/gtest.h>
#include <set>
#include <vector>

namespace {

using namespace concur;

constexpr std::uint32_t batch = 4;
constexpr std::size_t index = 1;
constexpr std::size_t size = block_size_at(index);

// Blocks that nobody has to free.
struct memory {
    void* at(std::size_t i) { return bytes.data() + i * size; }
    alignas(block_step) std::array<std::byte, 64 * size> bytes;
};

void give(block_cache& cache, block_depot& depot, void* block) {
    if (cache.give(block)) return;
    EXPECT_EQ(cache.make_room(depot, index), nullptr);
    EXPECT_TRUE(cache.give(block));
}

void* take(block_cache& cache, block_depot& depot) {
    if (void* const block = cache.take()) return block;
    return cache.fetch(depot, index) ? cache.take() : nullptr;
}

std::size_t length_of(const free_block* stack) {
    std::size_t n = 0;
    for (; stack != nullptr; stack = stack->next) ++n;
    return n;
}

TEST(block_depot_test, sizes_are_rounded_up_to_cache_lines) {
    EXPECT_EQ(block_size_index(1), 0u);
    EXPECT_EQ(block_size_index(64), 0u);
    EXPECT_EQ(block_size_index(65), 1u);
    EXPECT_EQ(block_size_index(largest_block), block_sizes - 1);
    for (std::size_t i = 0; i < block_sizes; ++i) EXPECT_EQ(block_size_index(block_size_at(i)), i);
}

TEST(block_depot_test, a_thread_takes_first_what_it_gave_last) {
    memory m;
    block_depot depot(1 << 20, batch);
    block_cache mine;
    EXPECT_EQ(take(mine, depot), nullptr);
    for (std::size_t i = 0; i < 3; ++i) give(mine, depot, m.at(i));
    for (std::size_t i = 3; i-- > 0;) EXPECT_EQ(take(mine, depot), m.at(i));
    EXPECT_EQ(take(mine, depot), nullptr);
}

TEST(block_depot_test, a_thread_keeps_two_batches_and_the_rest_is_for_all) {
    memory m;
    block_depot depot(1 << 20, batch);
    block_cache mine, others;
    for (std::size_t i = 0; i < 2 * batch; ++i) give(mine, depot, m.at(i));
    EXPECT_FALSE(others.fetch(depot, index)) << "all still has its place with the first";
    give(mine, depot, m.at(2 * batch));
    std::set<void*> came;
    while (void* const block = take(others, depot)) came.insert(block);
    EXPECT_EQ(came, (std::set<void*>{m.at(0), m.at(1), m.at(2), m.at(3)})) << "those that it used longest ago";
    EXPECT_EQ(length_of(mine.give_up()), batch + 1u);
}

TEST(block_depot_test, at_the_edge_of_a_batch_nothing_goes_to_the_depot_and_back) {
    memory m;
    block_depot depot(1 << 20, batch);
    block_cache mine;
    for (std::size_t i = 0; i < batch; ++i) give(mine, depot, m.at(i));
    for (int round = 0; round < 10; ++round) {
        give(mine, depot, m.at(batch));
        EXPECT_EQ(depot.take(index), nullptr);
        EXPECT_EQ(take(mine, depot), m.at(batch));
        EXPECT_EQ(take(mine, depot), m.at(batch - 1));
        give(mine, depot, m.at(batch - 1));
    }
}

TEST(block_depot_test, only_whole_batches_travel) {
    memory m;
    block_depot depot(1 << 20, batch);
    block_cache mine;
    std::vector<void*> blocks;
    for (std::size_t i = 0; i < 64; ++i) blocks.push_back(m.at(i));
    for (const std::size_t n : {64u, 3u, 17u, 9u, 40u, 1u, 28u}) {
        for (std::size_t i = 0; i < n; ++i)
            if (void* const block = take(mine, depot)) blocks.push_back(block);
        for (std::size_t i = 0; i < n; ++i) {
            give(mine, depot, blocks.back());
            blocks.pop_back();
        }
    }
    while (const free_block* const b = depot.take(index)) EXPECT_EQ(length_of(b), batch);
    EXPECT_LE(length_of(mine.give_up()), 2 * batch);
}

TEST(block_depot_test, no_block_is_lost_and_none_comes_twice) {
    memory m;
    block_depot depot(1 << 20, batch);
    std::array<block_cache, 3> caches;
    for (std::size_t i = 0; i < 64; ++i) give(caches[i % 3], depot, m.at(i));
    std::set<void*> came;
    for (block_cache& c : caches) {
        for (free_block* b = c.give_up(); b != nullptr; b = b->next) EXPECT_TRUE(came.insert(b).second);
        while (void* const block = take(c, depot)) EXPECT_TRUE(came.insert(block).second);
    }
    EXPECT_EQ(came.size(), 64u);
}

TEST(block_depot_test, each_size_is_kept_for_itself) {
    memory m;
    block_depot depot(1 << 20, 1);
    EXPECT_TRUE(depot.put(1, ::new (m.at(0)) free_block{nullptr, nullptr}));
    EXPECT_EQ(depot.take(0), nullptr);
    EXPECT_EQ(depot.take(2), nullptr);
    EXPECT_EQ(depot.take(1), m.at(0));
}

TEST(block_depot_test, what_is_too_much_for_the_depot_comes_back_as_a_batch) {
    memory m;
    block_depot depot(2 * batch * size, batch);
    block_cache mine;
    for (std::size_t i = 0; i < 4 * batch; ++i) give(mine, depot, m.at(i));
    EXPECT_FALSE(mine.give(m.at(4 * batch)));
    const free_block* const rest = mine.make_room(depot, index);
    EXPECT_EQ(length_of(rest), batch);
    EXPECT_NE(depot.take(index), nullptr);
    EXPECT_TRUE(depot.put(index, ::new (m.at(0)) free_block{nullptr, nullptr})) << "there is room again";
    EXPECT_FALSE(depot.put(0, ::new (m.at(1)) free_block{nullptr, nullptr})) << "for all sizes together";
    EXPECT_EQ(length_of(mine.give_up()), batch);
}

TEST(block_depot_test, a_cache_that_has_given_up_its_blocks_takes_some_again) {
    memory m;
    block_depot depot(1 << 20, batch);
    block_cache mine;
    give(mine, depot, m.at(0));
    EXPECT_EQ(mine.give_up(), m.at(0));
    EXPECT_EQ(mine.take(), nullptr);
    EXPECT_FALSE(mine.give(m.at(0)));
    give(mine, depot, m.at(0));
    EXPECT_EQ(mine.take(), m.at(0));
}

TEST(block_depot_test, a_forked_child_keeps_what_nobody_was_at) {
    memory m;
    block_depot depot(1 << 20, batch);
    depot.put(index, ::new (m.at(0)) free_block{nullptr, nullptr});
    depot.mend_after_fork();
    EXPECT_EQ(depot.take(index), m.at(0));
    EXPECT_EQ(depot.take(index), nullptr);
}

}  // namespace
