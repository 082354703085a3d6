#include "concur/core/job.hpp"

#include <array>
#include <gtest/gtest.h>
#include <vector>

namespace {

using namespace concur;

struct counted : job {
    counted() noexcept : job(&count) {}
    static void count(job& j) noexcept { ++static_cast<counted&>(j).runs; }
    int runs = 0;
};

std::vector<const job*> drained(job_line& line) {
    std::vector<const job*> all;
    while (const job* const j = line.pop()) all.push_back(j);
    return all;
}

TEST(job_test, it_runs_when_it_is_run) {
    counted j;
    j.run(j);
    EXPECT_EQ(j.runs, 1);
}

TEST(job_test, one_that_has_nothing_to_say_to_a_refusal_runs_all_the_same) {
    counted j;
    j.refuse(j, nullptr);
    EXPECT_EQ(j.runs, 1);
}

TEST(job_test, a_line_gives_first_what_came_first) {
    std::array<counted, 3> jobs;
    job_line line;
    EXPECT_TRUE(line.empty());
    for (auto& j : jobs) line.push(j);
    EXPECT_FALSE(line.empty());
    EXPECT_EQ(line.front(), &jobs[0]);
    EXPECT_EQ(drained(line), (std::vector<const job*>{&jobs[0], &jobs[1], &jobs[2]}));
    EXPECT_TRUE(line.empty());
    EXPECT_EQ(line.pop(), nullptr);
    EXPECT_EQ(line.front(), nullptr);
}

TEST(job_test, what_is_pushed_in_front_comes_before_all) {
    std::array<counted, 3> jobs;
    job_line line;
    line.push_front(jobs[1]);
    line.push(jobs[2]);
    line.push_front(jobs[0]);
    EXPECT_EQ(drained(line), (std::vector<const job*>{&jobs[0], &jobs[1], &jobs[2]}));
}

TEST(job_test, any_job_can_leave_the_line_and_come_again) {
    std::array<counted, 4> jobs;
    job_line line;
    for (auto& j : jobs) line.push(j);
    line.remove(jobs[1]);
    line.remove(jobs[0]);
    line.remove(jobs[3]);
    EXPECT_EQ(line.front(), &jobs[2]);
    line.push(jobs[0]);
    EXPECT_EQ(drained(line), (std::vector<const job*>{&jobs[2], &jobs[0]}));
    line.push(jobs[3]);
    line.remove(jobs[3]);
    EXPECT_TRUE(line.empty());
}

TEST(job_test, a_moved_line_leaves_an_empty_one) {
    std::array<counted, 2> jobs;
    job_line line;
    for (auto& j : jobs) line.push(j);
    job_line other = std::move(line);
    EXPECT_TRUE(line.empty());
    EXPECT_EQ(line.pop(), nullptr);
    EXPECT_EQ(drained(other), (std::vector<const job*>{&jobs[0], &jobs[1]}));
}

}  // namespace
