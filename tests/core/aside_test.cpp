#include "concur/core/aside.hpp"

#include "support/child.hpp"
#include "support/gate.hpp"

#include <array>
#include <chrono>
#include <gtest/gtest.h>
#include <thread>

namespace {

using concur::job;
using concur::run_aside;
using support::gate;
using support::long_enough;

// Comes to the door, and goes on when that is open.
struct visitor : job {
    visitor() : job(&come) {}
    static void come(job& j) noexcept {
        auto& self = static_cast<visitor&>(j);
        self.thread = std::this_thread::get_id();
        self.door.wait();
        self.left.open();
    }
    gate door, left;
    std::thread::id thread;
};

TEST(aside_test, a_job_is_run_on_another_thread) {
    visitor v;
    v.door.open();
    run_aside(v);
    ASSERT_TRUE(v.left.wait_for(long_enough));
    EXPECT_NE(v.thread, std::this_thread::get_id());
}

TEST(aside_test, one_that_does_not_come_back_is_not_waited_for) {
    visitor stays, comes;
    run_aside(stays);
    ASSERT_TRUE(stays.door.until_came(1));
    comes.door.open();
    run_aside(comes);
    EXPECT_TRUE(comes.left.wait_for(long_enough));
    stays.door.open();
    ASSERT_TRUE(stays.left.wait_for(long_enough));
}

TEST(aside_test, more_jobs_than_threads_are_all_run_once_those_before_them_come_back) {
    std::array<visitor, concur::most_aside + 5> all;
    for (visitor& v : all) run_aside(v);
    std::size_t inside = 0;
    for (visitor& v : all) inside += v.door.until_came(1, std::chrono::milliseconds{50}) ? 1 : 0;
    EXPECT_LE(inside, std::size_t{concur::most_aside});
    for (visitor& v : all) v.door.open();
    for (visitor& v : all) EXPECT_TRUE(v.left.wait_for(long_enough));
}

TEST(aside_test, a_child_of_a_fork_has_threads_of_its_own) {
    visitor of_parent;
    run_aside(of_parent);
    ASSERT_TRUE(of_parent.door.until_came(1));
    const auto child = support::child::run([] {
        visitor here;
        here.door.open();
        run_aside(here);
        return here.left.wait_for(long_enough) ? 0 : 1;
    });
    EXPECT_EQ(child.exit_code, 0) << child.err;
    of_parent.door.open();
    ASSERT_TRUE(of_parent.left.wait_for(long_enough));
}

}  // namespace
