#include "concur/futures/branch.hpp"

#include "concur/core/error.hpp"
#include "concur/core/home.hpp"
#include "concur/core/this_thread.hpp"
#include "concur/executors/thread_pool_executor.hpp"

#include <gtest/gtest.h>
#include <stdexcept>

namespace {

using concur::branch;
using concur::errand;
using concur::job;

struct counted final : branch {
    counted() : branch(&work) {}
    static void work(job& j) noexcept { ++static_cast<counted&>(j).times; }
    int times = 0;
};

TEST(branch_test, is_done_here_where_nobody_has_begun_it) {
    concur::thread_pool_executor pool(1);
    const auto times = [] {
        counted b;
        concur::worker& me = *concur::this_worker();
        EXPECT_TRUE(b.fork(me));
        EXPECT_EQ(b.times, 0);
        b.join(me);
        return b.times;
    };
    EXPECT_EQ(pool.submit(times).result(), 1);
}

TEST(branch_test, is_left_out_where_nobody_has_begun_it_and_nobody_needs_it) {
    concur::thread_pool_executor pool(1);
    const auto times = [] {
        counted b;
        concur::worker& me = *concur::this_worker();
        EXPECT_TRUE(b.fork(me));
        b.join_if_begun(me);
        return b.times;
    };
    EXPECT_EQ(pool.submit(times).result(), 0);
}

TEST(branch_test, that_was_given_back_is_done_by_its_owner) {
    concur::thread_pool_executor pool(1);
    const auto times = [] {
        counted b;
        concur::worker& me = *concur::this_worker();
        EXPECT_TRUE(b.fork(me));
        job* const taken = me.own->steal();
        EXPECT_EQ(taken, &b);
        taken->refuse(*taken, nullptr);
        EXPECT_EQ(b.times, 0);
        b.join(me);
        return b.times;
    };
    EXPECT_EQ(pool.submit(times).result(), 1);
}

// Refuses what it is given.
struct unwilling final : concur::home {
    void post(job& j, int) override { j.refuse(j, why); }
    std::exception_ptr why;
};

struct nothing_to_do final : errand {
    nothing_to_do() : errand(&work) {}
    static void work(job&) noexcept {}
};

TEST(errand_test, that_was_refused_says_why) {
    unwilling where;
    EXPECT_THROW(nothing_to_do().run_at(where), concur::cancelled_error);
    where.why = std::make_exception_ptr(std::domain_error("no"));
    EXPECT_THROW(nothing_to_do().run_at(where), std::domain_error);
}

}  // namespace
