#include "concur/core/waiting_line.hpp"

#include "concur/core/lock_word.hpp"
#include "support/waiting_thread.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace concur;
using namespace std::chrono_literals;

// A law with a line of its own: `there` is to be taken.
struct shelf final : waiting_law {
    bool try_now(waiter&) const noexcept override { return there.exchange(false); }
    bool join(waiter& w) const noexcept override {
        const holding h(lock);
        if (!there.exchange(false)) return line.join(w);
        w.how = turn::given;
        return false;
    }
    bool end(waiter& w, turn how) const noexcept override {
        const holding h(lock);
        return line.end(w, how);
    }
    bool leave(waiter& w) const noexcept override {
        const holding h(lock);
        return line.leave(w);
    }
    void pass_on(waiter&) const noexcept override {}

    bool give(turn how) {
        waiter* next = nullptr;
        {
            const holding h(lock);
            next = line.take(how);
        }
        if (next != nullptr) next->run(*next);
        return next != nullptr;
    }

    mutable lock_word lock;
    mutable waiting_line line;
    mutable std::atomic<bool> there{false};
};

struct counted : waiter {
    explicit counted(const shelf& s) : waiter(nullptr, s, &count) {}
    static void count(job& j) noexcept { ++static_cast<counted&>(j).runs; }
    std::atomic<int> runs{0};
};

TEST(waiting_line_test, who_came_first_is_taken_first_and_who_comes_back_stands_in_front) {
    const shelf s;
    waiting_line line;
    counted a(s), b(s), c(s);
    EXPECT_TRUE(line.join(a) && line.join(b) && line.join(c));
    EXPECT_EQ(line.take(turn::called), &a);
    EXPECT_TRUE(line.join(a));
    EXPECT_EQ(line.first(), &a);
    EXPECT_TRUE(line.leave(b));
    EXPECT_FALSE(line.leave(b));
    EXPECT_EQ(line.take(turn::given), &a);
    EXPECT_EQ(line.take(turn::refused), &c);
    EXPECT_EQ(c.how, turn::refused);
    EXPECT_EQ(line.take(turn::given), nullptr);
}

TEST(waiting_line_test, one_whose_wait_is_over_while_it_does_not_stand_there_does_not_come_back) {
    const shelf s;
    waiting_line line;
    counted a(s);
    EXPECT_TRUE(line.join(a));
    EXPECT_EQ(line.take(turn::called), &a);
    EXPECT_FALSE(line.end(a, turn::stopped));
    EXPECT_FALSE(line.end(a, turn::too_late));
    EXPECT_FALSE(line.join(a));
    EXPECT_EQ(a.how, turn::stopped);
}

TEST(waiting_line_test, those_who_were_taken_are_run_in_order_and_stand_in_no_line_meanwhile) {
    const shelf s;
    for (const bool aside : {false, true}) {
        waiting_line line;
        counted a(s), b(s), c(s);
        c.is_users_code = true;
        taken_waiters taken;
        for (counted* w : {&a, &b, &c}) {
            EXPECT_TRUE(line.join(*w));
            taken.push(*line.take(turn::given));
            EXPECT_FALSE(w->stands_in_line());
        }
        if (aside) taken.run_all_aside();
        else taken.run_all();
        EXPECT_TRUE(support::until([&] { return c.runs == 1; }));
        EXPECT_EQ(a.runs + b.runs, 2);
        taken.run_all();
        EXPECT_EQ(a.runs + b.runs + c.runs, 3);
    }
}

TEST(waiting_line_test, the_child_of_a_fork_passes_over_those_of_the_parent) {
    const shelf s;
    waiting_line line;
    counted a(s), b(s);
    EXPECT_TRUE(line.join(a));
    const pid_t child = ::fork();
    if (child == 0) {
        const bool joined = line.join(b);
        ::_exit(joined && !line.leave(a) && line.take(turn::given) == &b && line.empty() ? 0 : 1);
    }
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(line.leave(a));
}

TEST(waiting_line_test, a_thread_waits_by_a_law_of_any_kind) {
    shelf s;
    s.there = true;
    EXPECT_EQ(wait_in_line(nullptr, s, deadline::never(), {}), turn::given);
    EXPECT_EQ(wait_in_line(nullptr, s, deadline(1ms), {}), turn::too_late);
    for (const turn how : {turn::given, turn::refused}) {
        support::waiting_thread sleeper([&] { EXPECT_EQ(wait_in_line(nullptr, s, deadline::never(), {}), how); });
        EXPECT_TRUE(sleeper.sleeps());
        EXPECT_TRUE(s.give(how));
        sleeper.join();
    }
    EXPECT_TRUE(s.line.empty());
}

}  // namespace
