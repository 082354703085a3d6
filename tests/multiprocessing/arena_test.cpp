#include "concur/multiprocessing/arena.hpp"

#include "support/allocations.hpp"
#include "support/held.hpp"
#include "support/injected.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <new>
#include <random>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace concur::multiprocessing;
using concur::memory_lease;
using support::injected;
namespace platform = concur::platform;

constexpr std::size_t kib = 1024, mib = 1024 * kib;

void fill(const memory_lease& lease, std::size_t size, int what) { std::memset(lease.at, what, size); }
bool is_filled(const memory_lease& lease, std::size_t size, int what) {
    return std::all_of(lease.at, lease.at + size, [&](std::byte b) { return b == static_cast<std::byte>(what); });
}

TEST(arena_test, lends_blocks_of_any_size_that_do_not_overlap) {
    arena memory;
    std::vector<std::pair<memory_lease, std::size_t>> all;
    int number = 0;
    for (const std::size_t size : {std::size_t{1}, std::size_t{511}, std::size_t{512}, std::size_t{513}, 4 * kib,
                                   4 * kib + 1, 60 * kib, 64 * kib, 64 * kib + 1, 1 * mib})
        for (int i = 0; i < 8; ++i) {
            const memory_lease lease = memory.lease(size);
            ASSERT_GE(lease.size, size);
            EXPECT_EQ(reinterpret_cast<std::uintptr_t>(lease.at) % 64, 0u);
            EXPECT_EQ(lease.offset % 64, 0u) << "messages are aligned where others map it, too";
            fill(lease, size, ++number);
            all.emplace_back(lease, size);
        }
    number = 0;
    for (const auto& [lease, size] : all) EXPECT_TRUE(is_filled(lease, size, ++number));
    for (const auto& [lease, size] : all) memory.give_back(lease);
}

// Each segment takes a descriptor.
TEST(arena_test, lends_very_many_large_blocks_from_few_segments) {
    arena memory;
    const support::held before;
    std::vector<memory_lease> all;
    for (int i = 0; i < 2000; ++i) all.push_back(memory.lease(64 * kib));
    EXPECT_LE(memory.last_serial(), 12u) << "of 125 MiB";
    EXPECT_LE(support::open_files(), before.files + 12);
    for (const memory_lease& lease : all) memory.give_back(lease);
    EXPECT_EQ(memory.lease(64 * kib).at, all.front().at);
}

TEST(arena_test, makes_no_segment_larger_than_a_step_but_for_one_large_block) {
    arena memory(64 * mib, 1 * mib);
    for (int i = 0; i < 100; ++i) {
        std::size_t whole = 0;
        memory.file_of(memory.lease(100 * kib).segment, whole);
        EXPECT_LE(whole, 1 * mib);
    }
    std::size_t whole = 0;
    memory.file_of(memory.lease(5 * mib).segment, whole);
    EXPECT_EQ(whole, 5 * mib);
}

// The second try: what is needed now, where there is no memory for what may be needed.
TEST(arena_test, makes_do_with_less_and_gives_up_what_is_idle_where_the_system_refuses) {
    arena memory;
    const memory_lease first = memory.lease(4 * mib), second = memory.lease(4 * mib);
    const memory_lease small = memory.lease(1 * kib);
    memory.give_back(second);
    memory.give_back(small);
    const injected failure(platform::system_call::memfd_create, EMFILE);
    const memory_lease third = memory.lease(5 * mib);
    std::size_t whole = 0;
    memory.file_of(third.segment, whole);
    EXPECT_EQ(whole, 5 * mib);
    EXPECT_EQ(memory.gone(), (std::vector<std::uint32_t>{small.segment, second.segment}));
    memory.give_back(memory.lease(1 * kib));
    memory.give_back(first);
}

TEST(arena_test, keeps_nothing_once_it_is_told_to) {
    const support::held before;
    arena memory;
    const memory_lease idle = memory.lease(1 * mib);
    const memory_lease used = memory.lease(1 * kib);
    EXPECT_FALSE(memory.give_back(idle));
    memory.keep_nothing();
    EXPECT_EQ(support::held().segments, before.segments + 1);
    fill(used, 1 * kib, 1);
    EXPECT_TRUE(memory.give_back(used)) << "something went with it";
    EXPECT_EQ(support::held(), before);
}

// A burst of small ones, too.
TEST(arena_test, gives_small_blocks_up_as_well_when_too_many_are_idle) {
    arena memory(4 * mib);
    const support::held before;
    std::vector<memory_lease> all;
    for (int i = 0; i < 10'000; ++i) all.push_back(memory.lease(2 * kib));
    for (const memory_lease& lease : all) memory.give_back(lease);
    EXPECT_FALSE(memory.gone().empty());
    EXPECT_LE(support::held().segments, before.segments + 8);
    all.clear();
    for (int i = 0; i < 1'000; ++i) fill(all.emplace_back(memory.lease(2 * kib)), 2 * kib, i % 100);
    for (std::size_t i = 0; i < all.size(); ++i) EXPECT_TRUE(is_filled(all[i], 2 * kib, static_cast<int>(i) % 100));
}

TEST(arena_test, wastes_an_eighth_at_most_where_blocks_are_large) {
    arena memory;
    for (std::size_t size = 5'000; size < 2 * mib; size += size / 3) {
        const memory_lease lease = memory.lease(size);
        EXPECT_LE(lease.size, size + size / 8) << size;
        memory.give_back(lease);
    }
}

TEST(arena_test, lends_again_what_was_given_back) {
    arena memory;
    for (const std::size_t size : {100 * std::size_t{1}, 20 * kib, 1 * mib}) {
        const memory_lease first = memory.lease(size);
        memory.give_back(first);
        const std::uint32_t segments = memory.last_serial();
        for (int i = 0; i < 100; ++i) {
            const memory_lease again = memory.lease(size);
            EXPECT_EQ(again.at, first.at) << "the warmest";
            memory.give_back(again);
        }
        EXPECT_EQ(memory.last_serial(), segments);
    }
}

TEST(arena_test, says_where_a_block_lies_for_those_that_map_its_file) {
    arena memory;
    for (const std::size_t size : {1 * kib, 1 * mib}) {
        const memory_lease other = memory.lease(size);
        const memory_lease lease = memory.lease(size);
        fill(lease, size, 7);
        std::size_t whole = 0;
        const int file = memory.file_of(lease.segment, whole);
        ASSERT_LE(lease.offset + lease.size, whole);
        platform::fd copy(::dup(file));
        ASSERT_TRUE(platform::is_sealed_segment(copy, whole));
        const platform::mapping seen = platform::map_segment(copy, whole, platform::access::read);
        EXPECT_EQ(std::memcmp(seen.data() + lease.offset, lease.at, size), 0);
        EXPECT_THROW(platform::map_segment(copy, whole, platform::access::read_write), std::system_error)
            << "others can only read it";
        memory.give_back(lease);
        memory.give_back(other);
    }
}

TEST(arena_test, has_serials_that_begin_with_one) {
    arena memory;
    EXPECT_EQ(memory.last_serial(), 0u);
    EXPECT_EQ(memory.lease(1).segment, 1u);
    EXPECT_EQ(memory.lease(1 * mib).segment, 2u);
    EXPECT_EQ(memory.last_serial(), 2u);
}

TEST(arena_test, gives_all_back_to_the_system_at_its_end) {
    const support::held before;
    {
        arena memory;
        for (int i = 0; i < 100; ++i) memory.lease(10 * kib);
        memory.lease(1 * mib);
        EXPECT_NE(support::held(), before);
    }
    EXPECT_EQ(support::held(), before);
}

// The newest first, down to half of what is kept.
TEST(arena_test, keeps_only_so_much_that_nobody_uses) {
    arena memory(8 * mib, 1 * mib);
    std::vector<memory_lease> all;
    for (int i = 0; i < 10; ++i) all.push_back(memory.lease(1 * mib));
    const support::held most;
    for (const memory_lease& lease : all) memory.give_back(lease);
    const std::vector<std::uint32_t> gone = memory.gone();
    EXPECT_GE(gone.size(), 4u);
    EXPECT_EQ(support::held().segments, most.segments - gone.size());
    EXPECT_TRUE(memory.gone().empty()) << "each is told once";
    const memory_lease next = memory.lease(1 * mib);
    EXPECT_EQ(std::ranges::count(gone, next.segment), 0);
    fill(next, 1 * mib, 1);
}

TEST(arena_test, never_drops_what_is_in_use) {
    arena memory(1 * mib);
    std::vector<memory_lease> used;
    for (int i = 0; i < 8; ++i) used.push_back(memory.lease(1 * mib));
    for (const memory_lease& lease : used) fill(lease, 1 * mib, 3);
    for (int i = 0; i < 100; ++i) memory.give_back(memory.lease(2 * mib));
    for (const memory_lease& lease : used) EXPECT_TRUE(is_filled(lease, 1 * mib, 3));
    for (const memory_lease& lease : used) memory.give_back(lease);
}

TEST(arena_test, refuses_what_cannot_be) {
    arena memory;
    EXPECT_THROW(memory.lease(SIZE_MAX), std::bad_array_new_length);
    EXPECT_THROW(memory.lease(std::size_t{1} << 50), std::system_error) << "and no memory is touched for it";
    memory.give_back(memory.lease(1));
}

TEST(arena_test, takes_nothing_where_the_system_refuses) {
    for (const auto call : {platform::system_call::memfd_create, platform::system_call::fallocate,
                            platform::system_call::mmap, platform::system_call::seal}) {
        arena memory;
        const support::held before;
        {
            const injected failure(call, ENOSPC, 1, true);
            EXPECT_THROW(memory.lease(100), std::system_error);
            EXPECT_THROW(memory.lease(1 * mib), std::system_error);
        }
        EXPECT_EQ(support::held(), before);
        EXPECT_EQ(memory.last_serial(), 0u);
        memory.give_back(memory.lease(100));
        memory.give_back(memory.lease(1 * mib));
    }
}

TEST(arena_test, takes_nothing_where_there_is_no_memory_for_its_own_lists) {
    const support::held before;
    for (const std::size_t size : {100 * std::size_t{1}, 1 * mib}) {
        const auto tries = support::allocations::sweep(
            [&] {
                arena memory;
                memory.give_back(memory.lease(size));
            },
            [&] { EXPECT_EQ(support::held(), before); });
        EXPECT_GE(tries, 3u);
    }
}

// What is taken back is put into lists that have room for it already.
TEST(arena_test, needs_no_memory_to_take_a_block_back) {
    arena memory(1 * mib);
    std::vector<memory_lease> all;
    for (int i = 0; i < 50; ++i) all.push_back(memory.lease(i % 2 == 0 ? 1 * kib : 256 * kib));
    memory.gone();
    const std::size_t before = support::allocations::count_here();
    for (const memory_lease& lease : all) memory.give_back(lease);
    EXPECT_EQ(support::allocations::count_here(), before);
}

TEST(arena_test, serves_many_threads_at_once) {
    arena memory(4 * mib);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&memory, t] {
            std::mt19937 chance(static_cast<unsigned>(t));
            std::vector<std::pair<memory_lease, std::size_t>> mine;
            for (int i = 0; i < 300; ++i) {
                const std::size_t size = chance() % (i % 10 == 0 ? 200 * kib : 2 * kib) + 1;
                mine.emplace_back(memory.lease(size), size);
                fill(mine.back().first, size, t);
                if (chance() % 3 == 0) continue;
                std::swap(mine[chance() % mine.size()], mine.back());
                EXPECT_TRUE(is_filled(mine.back().first, mine.back().second, t));
                memory.give_back(mine.back().first);
                mine.pop_back();
            }
            for (const auto& [lease, size] : mine) memory.give_back(lease);
        });
    for (std::thread& t : threads) t.join();
}

}  // namespace
