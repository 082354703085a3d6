// The pool behind the executor, as the calls that go through it see it.
#include "concur/executors/process_pool.hpp"

#include "concur/core/error.hpp"
#include "support/child.hpp"

#include <chrono>
#include <csignal>
#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace concur;
using stage = remote_task::stage;

process_pool_options options_of(long workers) {
    process_pool_options options;
    options.max_workers = workers;
    return options;
}

struct process_pool_test : testing::Test {
    process_pool* pool = new process_pool(options_of(1));
    ~process_pool_test() override {
        pool->shutdown({});
        pool->release();
    }

    // A call of the pool's that nobody has posted; the caller's share is the future, the other is to be posted.
    template <class R, class F, class... A>
    remote_call<R>& fresh(const F& fn, const A&... args) {
        auto* const c = new remote_call<R>(*pool, false);
        c->template encode<F, A...>(fn, args...);
        return *c;
    }
};

int twice(int n) { return 2 * n; }

}  // namespace

TEST_F(process_pool_test, starts_nothing_before_there_is_work) { EXPECT_TRUE(pool->worker_pids().empty()); }

TEST_F(process_pool_test, brings_the_answer_of_a_task_that_was_posted) {
    auto& c = fresh<int>(&twice, 21);
    const future<int> f(&c);
    pool->post_remote(c, 0);
    EXPECT_EQ(f.result(), 42);
    EXPECT_EQ(pool->worker_pids().size(), 1U);
}

TEST_F(process_pool_test, a_task_that_was_never_posted_can_be_recalled_and_is_not_running) {
    auto& c = fresh<int>(&twice, 1);
    const future<int> f(&c);
    bool had_share = false;
    EXPECT_TRUE(pool->recall(c, had_share));
    EXPECT_FALSE(had_share) << "its share was never given away";
    EXPECT_FALSE(pool->is_running(c));
    EXPECT_EQ(c.stands, stage::outside);
    c.release();
}

TEST_F(process_pool_test, a_pool_that_takes_no_work_leaves_the_task_as_it_was) {
    pool->shutdown({});
    auto& c = fresh<int>(&twice, 1);
    const future<int> f(&c);
    EXPECT_THROW(pool->post_remote(c, 0), executor_shutdown);
    EXPECT_EQ(c.stands, stage::outside);
    EXPECT_FALSE(f.done());
    c.release();
}

TEST_F(process_pool_test, lends_memory_that_can_be_written) {
    const memory_lease lease = pool->lease(100'000);
    ASSERT_NE(lease.at, nullptr);
    EXPECT_GE(lease.size, 100'000U);
    std::memset(lease.at, 1, 100'000);
    pool->give_back(lease);
}

TEST_F(process_pool_test, a_task_that_is_done_cannot_be_recalled_and_cannot_be_stopped) {
    auto& c = fresh<int>(&twice, 1);
    const future<int> f(&c);
    pool->post_remote(c, 0);
    f.wait();
    bool had_share = false;
    EXPECT_FALSE(pool->recall(c, had_share));
    EXPECT_FALSE(had_share);
    EXPECT_FALSE(pool->ask_to_stop(c));
}

TEST_F(process_pool_test, belongs_to_the_process_that_made_it) {
    EXPECT_TRUE(pool->in_this_process());
    const auto child = support::child::run([this] { return pool->in_this_process() ? 1 : 0; });
    EXPECT_EQ(child.exit_code.value_or(-1), 0);
}

TEST_F(process_pool_test, waits_for_its_work_when_it_is_drained_and_takes_more_after_that) {
    auto& c = fresh<int>(&twice, 3);
    const future<int> f(&c);
    pool->post_remote(c, 0);
    pool->drain();
    EXPECT_TRUE(f.done());
    auto& d = fresh<int>(&twice, 4);
    const future<int> g(&d);
    pool->post_remote(d, 0);
    EXPECT_EQ(g.result(), 8);
}

namespace {

void hang() {
    for (;;) ::pause();
}

template <class Condition>
void until(Condition holds) {
    while (!holds()) std::this_thread::yield();
}

}  // namespace

TEST(process_pool_of_two, gives_a_new_worker_what_waits_behind_a_task_that_hangs) {
    process_pool_executor pool(2);
    const auto hangs = pool.submit(hang);
    const auto dies = pool.submit(hang);
    until([&] { return hangs.running() && dies.running(); });
    const auto waits = pool.submit(twice, 4);  // behind one of the two
    const std::vector<std::int64_t> pids = pool.worker_pids();
    ASSERT_EQ(pids.size(), 2u);
    ::kill(static_cast<pid_t>(pids[1]), SIGKILL);
    EXPECT_THROW(dies.result(), worker_died);
    EXPECT_TRUE(waits.wait_for(std::chrono::seconds(20)));
    pool.kill_workers();
    EXPECT_THROW(hangs.result(), worker_died);
    EXPECT_EQ(waits.result(), 8);
}
