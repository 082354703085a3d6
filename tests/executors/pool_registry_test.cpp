// The pools of this process, and what their list is for: see thread_pool_executor_exit_test.cpp too.
#include "concur/executors/pool_registry.hpp"

#include "concur/executors/thread_pool_executor.hpp"
#include "executors/exit_in_child.hpp"
#include "support/child.hpp"

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

using concur::program_is_ending;
using concur::thread_pool_executor;

namespace {

// Asks for it, in a child, before there is a pool: so the answer comes after the end of the pools.
[[maybe_unused]] const bool tells_at_exit = [] {
    const char* const role = std::getenv("CONCUR_TEST_ROLE");
    if (role == nullptr || std::string_view(role) != "tell_at_exit") return false;
    std::atexit([] {
        const std::string_view answer = program_is_ending() ? "ending" : "not ending";
        static_cast<void>(!::write(STDOUT_FILENO, answer.data(), answer.size()));
    });
    return true;
}();

}  // namespace

TEST(pool_registry_test, the_program_is_not_ending_while_it_runs) {
    EXPECT_FALSE(program_is_ending());
    {
        const thread_pool_executor pool{1};
    }
    EXPECT_FALSE(program_is_ending());
}

TEST(pool_registry_test, the_program_is_ending_once_its_pools_are_ended) {
    const auto program = std::filesystem::read_symlink("/proc/self/exe").string();
    const auto child = support::child::run_program(
        {"env", "CONCUR_TEST_ROLE=tell_at_exit", program, "--gtest_filter=pool_registry_test.the_program_is_not*"});
    EXPECT_EQ(child.exit_code.value_or(-1), 0) << child.err;
    EXPECT_TRUE(child.out.ends_with("ending")) << child.out;
}

TEST(pool_registry_test, a_program_without_a_pool_ends_as_ever) {
    const auto child = support::child::run([]() -> int { std::exit(program_is_ending() ? 1 : 5); });
    EXPECT_EQ(child.exit_code.value_or(-1), 5);
}

TEST(pool_registry_test, pools_are_entered_and_leave_in_any_order_from_any_thread) {
    std::vector<std::unique_ptr<thread_pool_executor>> pools(30);
    for (auto& pool : pools) pool = std::make_unique<thread_pool_executor>(1L);
    for (const std::size_t i : {29U, 0U, 15U, 16U, 1U, 28U}) pools[i].reset();
    std::vector<std::jthread> threads;
    for (int t = 0; t < 3; ++t)
        threads.emplace_back([] {
            for (int i = 0; i < 100; ++i) {
                thread_pool_executor a{1}, b{1};
                a.submit([] {});
            }
        });
    threads.clear();
    std::erase(pools, nullptr);
    EXPECT_EQ(pools.size(), 24U);
    for (auto& pool : pools) EXPECT_EQ(pool->submit([] { return 1; }).result(), 1);
}

TEST(pool_registry_test, pools_that_went_are_not_ended_again) {
    const auto child = support::child::run([]() -> int {
        for (int i = 0; i < 10; ++i) {
            thread_pool_executor pool{1};
            pool.submit([] {}).result();
        }
        static thread_pool_executor last{1};
        last.submit([] {});
        std::exit(0);
    });
    EXPECT_FALSE(child.timed_out);
    EXPECT_EQ(child.exit_code.value_or(-1), 0) << child.err;
}

TEST(pool_registry_test, a_child_of_a_fork_ends_its_own_pools_alone) {
    thread_pool_executor inherited{1};
    inherited.submit([] {}).result();
    const auto child = support::child::run([]() -> int {
        static thread_pool_executor own{1};
        own.submit([] { static_cast<void>(!::write(STDOUT_FILENO, "done", 4)); });
        exit_in_child::now();
    });
    EXPECT_FALSE(child.timed_out);
    EXPECT_EQ(child.exit_code.value_or(-1), 0) << child.err;
    EXPECT_EQ(child.out, "done");
    EXPECT_EQ(inherited.submit([] { return 1; }).result(), 1);
}
