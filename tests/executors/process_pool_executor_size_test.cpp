// Messages of every size, one by one and side by side.
#include "concur/executors/process_pool_executor.hpp"
#include "concur/futures.hpp"
#include "support/held.hpp"
#include "support/process_gate.hpp"

#include <cstdint>
#include <gtest/gtest.h>
#include <numeric>
#include <string>
#include <unistd.h>
#include <vector>

using concur::future;
using concur::process_pool_executor;
using support::long_enough;
using support::process_gate;

namespace {

std::string echo(const std::string& s) { return s; }
std::size_t size_of(const std::string& s) { return s.size(); }
std::string made(std::size_t size) { return std::string(size, static_cast<char>('a' + size % 26)); }

// Different everywhere, so that a piece in the wrong place is seen.
std::vector<std::uint32_t> numbers(std::size_t count, std::uint32_t seed) {
    std::vector<std::uint32_t> all(count);
    for (auto& n : all) n = seed = seed * 1664525U + 1013904223U;
    return all;
}
std::vector<std::uint32_t> echo_numbers(std::vector<std::uint32_t> v) { return v; }

}  // namespace

TEST(process_pool_executor_test, messages_of_each_size_around_every_boundary_come_back_as_they_went) {
    process_pool_executor pool{1};
    std::vector<std::size_t> sizes;
    for (std::size_t n = 0; n <= 300; ++n) sizes.push_back(n);
    for (const std::size_t edge : {512U, 1024U, 4096U, 65536U, 262144U, 1048576U})
        for (const std::size_t around : {edge - 65, edge - 9, edge - 8, edge - 1, edge, edge + 1, edge + 64})
            sizes.push_back(around);
    for (const std::size_t size : sizes) {
        const std::string text = made(size);
        ASSERT_EQ(pool.submit(echo, text).result(long_enough), text) << size;
    }
}

TEST(process_pool_executor_test, an_argument_and_a_result_of_twenty_megabytes) {
    process_pool_executor pool{1};
    const auto all = numbers(5'000'000, 1);
    for (int round = 0; round < 2; ++round) EXPECT_TRUE(pool.submit(echo_numbers, all).result(long_enough) == all);
    EXPECT_EQ(pool.submit(size_of, std::string(20'000'000, 'x')).result(long_enough), 20'000'000U);
    EXPECT_EQ(pool.submit(made, std::size_t{20'000'000}).result(long_enough).size(), 20'000'000U);
}

TEST(process_pool_executor_test, many_small_tasks_lose_and_mix_up_nothing) {
    process_pool_executor pool{2};
    constexpr int count = 20'000;
    std::vector<future<int>> all;
    all.reserve(count);
    for (int i = 0; i < count; ++i) all.push_back(pool.submit([](int n) { return n * 3; }, i));
    for (int i = 0; i < count; ++i) ASSERT_EQ(all[static_cast<std::size_t>(i)].result(long_enough), i * 3);
}

TEST(process_pool_executor_test, results_that_do_not_fit_into_a_slot_and_are_many_at_once) {
    process_pool_executor pool{2};
    std::vector<future<std::string>> all;
    for (std::size_t i = 0; i < 1'500; ++i) all.push_back(pool.submit(made, 300 + (i * 7919) % 30'000));
    for (std::size_t i = 0; i < 1'500; ++i) ASSERT_EQ(all[i].result(long_enough), made(300 + (i * 7919) % 30'000)) << i;
}

TEST(process_pool_executor_test, sizes_in_a_wild_order_with_many_under_way) {
    process_pool_executor pool{2};
    std::vector<std::vector<std::uint32_t>> sent;
    std::vector<future<std::vector<std::uint32_t>>> all;
    std::uint32_t random = 12345;
    for (std::uint32_t i = 0; i < 200; ++i) {
        random = random * 1664525U + 1013904223U;
        const unsigned exponent = random >> 28U;  // up to 15
        sent.push_back(numbers(((random >> 4U) % 11) << exponent, i));
        all.push_back(pool.submit(echo_numbers, sent.back()));
    }
    for (std::size_t i = 0; i < all.size(); ++i) ASSERT_TRUE(all[i].result(long_enough) == sent[i]) << i;
}

TEST(process_pool_executor_test, a_result_is_this_processs_own_and_stays_while_the_worker_makes_others) {
    process_pool_executor pool{1};
    const auto first = pool.submit(made, std::size_t{300'000});
    const std::string& kept = first.result(long_enough);
    for (std::size_t i = 1; i < 20; ++i) pool.submit(made, 300'000 + i).result(long_enough);
    EXPECT_EQ(kept, made(300'000));
    pool.shutdown();
    EXPECT_EQ(kept, made(300'000));
}

// fact 72
TEST(process_pool_executor_test, thousands_of_tasks_can_be_submitted_while_no_worker_answers) {
    process_pool_executor pool{1};
    const process_gate gate;
    const auto held = [](const support::door& d) { return d.wait(), 1; };
    auto first = pool.submit(held, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    std::vector<future<std::string>> all;
    for (std::size_t i = 0; i < 5'000; ++i) all.push_back(pool.submit(made, 1'000 + i % 100));
    EXPECT_FALSE(first.done());
    gate.door.open();
    for (std::size_t i = 0; i < 5'000; ++i) ASSERT_EQ(all[i].result(long_enough).size(), 1'000 + i % 100);
}

// What had to make way behind a worker lies there still, and no more fits; its answers may all be taken at once.
TEST(process_pool_executor_test, what_did_not_fit_behind_a_worker_goes_there_when_its_answers_are_taken) {
    for (int round = 0; round < 20; ++round) {
        process_pool_executor pool{1};
        for (int i = 0; i < 500; ++i) pool.submit([] {}).result(long_enough);  // short: many are sent ahead
        const process_gate gate;
        pool.submit([](const support::door& d) { d.wait(); }, gate.door);
        ASSERT_TRUE(gate.door.until_came(1));
        std::vector<future<void>> all;
        for (int i = 0; i < 300; ++i) all.push_back(pool.submit([] {}));
        for (int i = 0; i < 10; ++i) all.push_back(pool.submit({.priority = 1}, [] {}));
        gate.door.open();
        pool.shutdown();
        for (const auto& f : all) ASSERT_NO_THROW(f.result(long_enough));
    }
}

TEST(process_pool_executor_test, arguments_of_many_megabytes_that_wait_need_no_worker_to_take_them) {
    process_pool_executor pool{1};
    const process_gate gate;
    auto first = pool.submit([](const support::door& d) { d.wait(); }, gate.door);
    ASSERT_TRUE(gate.door.until_came(1));
    std::vector<future<std::size_t>> all;
    for (int i = 0; i < 30; ++i) all.push_back(pool.submit(size_of, std::string(1'000'000, 'q')));
    gate.door.open();
    for (const auto& f : all) EXPECT_EQ(f.result(long_enough), 1'000'000U);
}

TEST(process_pool_executor_test, a_pool_that_has_ended_gives_all_files_memory_and_processes_back) {
    const support::held before;
    {
        process_pool_executor pool{2};
        std::vector<future<std::string>> all;
        for (std::size_t i = 0; i < 40; ++i) all.push_back(pool.submit(echo, made(i * 20'000)));
        for (const auto& f : all) f.result(long_enough);
    }
    EXPECT_EQ(support::held(), before);
}
