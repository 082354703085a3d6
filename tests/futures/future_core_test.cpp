#include "concur/futures/future_core.hpp"

#include "concur/futures/future.hpp"
#include "support/reports.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace concur;
using state = future_core::state;

// Owned by the test alone.
struct held_core {
    held_core() : core(new future_state<int>(1)), handle(core) {}
    future_state<int>* core;
    future<int> handle;
};

struct noted : job {
    noted(std::string& text, char l) noexcept : job(&note), list(text), letter(l) {}
    static void note(job& j) noexcept {
        auto& self = static_cast<noted&>(j);
        self.list += self.letter;
    }
    std::string& list;
    char letter;
};

TEST(future_core_test, it_starts_once_and_finishes) {
    const held_core h;
    EXPECT_EQ(h.core->now(), state::pending);
    EXPECT_TRUE(h.core->start());
    EXPECT_FALSE(h.core->start());
    EXPECT_EQ(h.core->now(), state::running);
    EXPECT_FALSE(h.core->cancel());
    h.core->finish();
    EXPECT_EQ(h.core->now(), state::finished);
    EXPECT_FALSE(h.core->cancel());
    EXPECT_FALSE(h.core->start());
}

TEST(future_core_test, a_cancelled_one_never_starts) {
    const held_core h;
    EXPECT_TRUE(h.core->cancel());
    EXPECT_TRUE(h.core->cancel());
    EXPECT_FALSE(h.core->start());
    EXPECT_EQ(h.core->now(), state::cancelled);
    state was{};
    EXPECT_FALSE(h.core->claim(was));
    EXPECT_EQ(was, state::cancelled);
}

TEST(future_core_test, a_claim_looks_like_running_and_can_be_given_back) {
    for (const bool started : {false, true}) {
        const held_core h;
        if (started) h.core->start();
        state was{}, seen{};
        EXPECT_TRUE(h.core->claim(was));
        EXPECT_EQ(was, started ? state::running : state::pending);
        EXPECT_FALSE(h.core->claim(seen));
        EXPECT_EQ(state_name(seen), "running");
        EXPECT_FALSE(h.core->done());
        EXPECT_FALSE(h.core->cancel());
        h.core->unclaim(was);
        EXPECT_EQ(h.core->now(), was);
        EXPECT_TRUE(h.core->claim(was));
        h.core->finish();
        EXPECT_TRUE(h.core->done());
    }
}

TEST(future_core_test, those_that_only_wake_somebody_run_before_the_others_each_in_order) {
    const held_core h;
    std::string ran;
    noted a(ran, 'a'), b(ran, 'b'), c(ran, 'c'), d(ran, 'd');
    EXPECT_TRUE(h.core->listen(a));
    EXPECT_TRUE(h.core->listen_first(b));
    EXPECT_TRUE(h.core->listen(c));
    EXPECT_TRUE(h.core->listen_first(d));
    h.core->start();
    EXPECT_EQ(ran, "");
    h.core->finish();
    EXPECT_EQ(ran, "bdac");
}

TEST(future_core_test, a_job_taken_back_does_not_run_and_one_that_ran_cannot_be) {
    const held_core h;
    std::string ran;
    noted a(ran, 'a'), b(ran, 'b'), c(ran, 'c');
    h.core->listen(a);
    h.core->listen(b);
    h.core->listen_first(c);
    EXPECT_TRUE(h.core->unlisten(a));
    EXPECT_TRUE(h.core->unlisten_first(c));
    h.core->cancel();
    EXPECT_EQ(ran, "b");
    EXPECT_FALSE(h.core->unlisten(b));
}

TEST(future_core_test, one_that_is_done_takes_no_job) {
    const held_core h;
    h.core->cancel();
    std::string ran;
    noted a(ran, 'a');
    EXPECT_FALSE(h.core->listen(a));
    EXPECT_FALSE(h.core->listen_first(a));
    EXPECT_EQ(ran, "");
}

TEST(future_core_test, jobs_may_come_and_go_in_any_state_before_the_end) {
    const held_core h;
    std::string ran;
    noted a(ran, 'a'), b(ran, 'b');
    h.core->start();
    EXPECT_TRUE(h.core->listen(a));
    EXPECT_TRUE(h.core->unlisten(a));
    state was{};
    EXPECT_TRUE(h.core->claim(was));
    EXPECT_TRUE(h.core->listen(b));
    h.core->unclaim(was);
    EXPECT_EQ(h.core->now(), state::running);
    h.core->finish();
    EXPECT_EQ(ran, "b");
}

TEST(future_core_test, what_is_pending_can_be_failed_and_what_runs_cannot) {
    const auto why = std::make_exception_ptr(std::runtime_error("no room"));
    const held_core pending, running;
    EXPECT_TRUE(pending.core->fail_pending(why));
    EXPECT_EQ(pending.handle.exception(), why);
    running.core->start();
    EXPECT_FALSE(running.core->fail_pending(why));
    EXPECT_EQ(running.core->now(), state::running);
    running.core->finish_cancelled();
    EXPECT_TRUE(running.handle.cancelled());
}

TEST(future_core_test, an_unread_error_is_reported_with_what_it_was_of) {
    const support::reports seen;
    {
        const held_core h;
        h.core->start(), h.core->fail(std::make_exception_ptr(std::runtime_error("oh")));
    }
    {
        const held_core h;
        h.core->start();
        h.core->fail(std::make_exception_ptr(std::runtime_error("read")));
        h.core->mark_read();
    }
    EXPECT_EQ(seen.lines(), std::vector<std::string>{"a future: oh"});
}

TEST(future_core_test, it_asks_nobody_to_stop_of_itself) {
    const held_core h;
    EXPECT_FALSE(h.core->request_stop());
    EXPECT_EQ(h.core->label(), "a future");
}

TEST(future_core_test, jobs_that_come_and_go_while_it_finishes_run_once_or_are_taken_back) {
    for (int round = 0; round < 500; ++round) {
        const held_core h;
        std::atomic<int> ran{0};
        struct counted : job {
            explicit counted(std::atomic<int>& c) noexcept : job(&count), runs(c) {}
            static void count(job& j) noexcept { ++static_cast<counted&>(j).runs; }
            std::atomic<int>& runs;
        };
        std::vector<std::unique_ptr<counted>> jobs;
        for (int i = 0; i < 8; ++i) jobs.push_back(std::make_unique<counted>(ran));
        int taken = 0;
        std::thread other([&, keep = h.handle] { h.core->cancel(); });
        for (auto& j : jobs)
            if (h.core->listen(*j) && !h.core->unlisten(*j)) ++taken;
        other.join();
        ASSERT_EQ(ran, taken);
    }
}

}  // namespace
