#include "concur/core/this_thread.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <thread>
#include <vector>

namespace {

using namespace concur;

struct lambda_job : job {
    explicit lambda_job(std::function<void()> f) : job(&call), fn(std::move(f)) {}
    static void call(job& j) noexcept { static_cast<lambda_job&>(j).fn(); }
    std::function<void()> fn;
};

TEST(this_thread_test, each_thread_has_a_state_of_its_own) {
    thread_state& mine = thread_state::mine();
    EXPECT_EQ(&thread_state::mine(), &mine);
    std::thread([&] { EXPECT_NE(&thread_state::mine(), &mine); }).join();
    EXPECT_EQ(&mine.spot, &parker::mine());
}

TEST(this_thread_test, a_thread_knows_what_it_is_in_the_middle_of_reading) {
    const int here = 1, there = 2;
    EXPECT_FALSE(reading::is_under_way(&here));
    {
        const reading outer(&here);
        const reading inner(&there);
        EXPECT_TRUE(reading::is_under_way(&here));
        EXPECT_TRUE(reading::is_under_way(&there));
        std::jthread([&] { EXPECT_FALSE(reading::is_under_way(&here)); });
    }
    EXPECT_FALSE(reading::is_under_way(&here));
}

TEST(this_thread_test, continuations_run_now_and_in_order) {
    std::vector<int> order;
    lambda_job a([&] { order.push_back(1); }), b([&] { order.push_back(2); });
    job_line line;
    line.push(a);
    line.push(b);
    run_continuations(line);
    EXPECT_EQ(order, (std::vector{1, 2}));
    EXPECT_TRUE(line.empty());
}

TEST(this_thread_test, continuations_of_continuations_to_any_depth_all_run) {
    constexpr int depth = 100'000;
    int ran = 0;
    std::vector<std::unique_ptr<lambda_job>> jobs;
    for (int i = 0; i < depth; ++i)
        jobs.push_back(std::make_unique<lambda_job>([&, i] {
            ++ran;
            if (i + 1 == depth) return;
            job_line next;
            next.push(*jobs[static_cast<std::size_t>(i) + 1]);
            run_continuations(next);
        }));
    job_line first;
    first.push(*jobs[0]);
    run_continuations(first);
    EXPECT_EQ(ran, depth);
}

}  // namespace
