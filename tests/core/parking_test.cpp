#include "concur/core/parking.hpp"

#include "concur/platform/clock.hpp"
#include "support/waiting_thread.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace concur;
using namespace std::chrono_literals;

// A single thing: there, or taken.
struct thing {
    std::atomic<bool> there{false};
    bool take() { return there.exchange(false); }
    bool wait(timeout t = none, std::stop_token stop = {}) {
        return wait_in_line(this, law, deadline(t), stop) == turn::given;
    }
    void put(turn how) {
        waiter* next = nullptr;
        {
            line_at line(this);
            next = line.take(how);
            if (how == turn::called || next == nullptr) there = true;
        }
        if (next != nullptr) next->run(*next);
    }
    static const law_at_address law;
};

const law_at_address thing::law{
    "thing",
    false,
    [](waiter& w) noexcept { return static_cast<thing*>(w.at)->take(); },
    [](waiter& w) noexcept { return static_cast<thing*>(w.at)->take() ? turn::given : turn::waiting; },
    [](waiter&) noexcept {},
};

struct counted : waiter {
    explicit counted(void* address) : waiter(address, thing::law, &count) {}
    static void count(job& j) noexcept { ++static_cast<counted&>(j).runs; }
    int runs = 0;
};

bool joins(counted& w) { return line_at(w.at).join(w); }
waiter* taken(void* at) { return line_at(at).take(turn::called); }

TEST(parking_test, who_came_first_is_taken_first) {
    int place = 0;
    counted a(&place), b(&place), c(&place);
    EXPECT_TRUE(line_at(&place).empty());
    EXPECT_TRUE(joins(a) && joins(b) && joins(c));
    EXPECT_EQ(taken(&place), &a);
    EXPECT_EQ(a.how, turn::called);
    EXPECT_EQ(taken(&place), &b);
    EXPECT_EQ(taken(&place), &c);
    EXPECT_EQ(taken(&place), nullptr);
    EXPECT_EQ(a.runs + b.runs + c.runs, 0);
}

TEST(parking_test, who_stood_there_before_comes_back_to_the_front) {
    int place = 0;
    counted a(&place), b(&place);
    EXPECT_TRUE(joins(a) && joins(b));
    EXPECT_EQ(taken(&place), &a);
    EXPECT_TRUE(joins(a));
    EXPECT_EQ(taken(&place), &a);
    EXPECT_EQ(taken(&place), &b);
}

TEST(parking_test, the_first_the_last_and_one_between_can_leave) {
    for (int who = 0; who < 3; ++who) {
        int place = 0;
        counted w[3] = {counted(&place), counted(&place), counted(&place)};
        for (auto& one : w) EXPECT_TRUE(joins(one));
        EXPECT_TRUE(line_at(&place).leave(w[who]));
        EXPECT_FALSE(line_at(&place).leave(w[who]));
        EXPECT_EQ(taken(&place), &w[who == 0 ? 1 : 0]);
        EXPECT_EQ(taken(&place), &w[who == 2 ? 1 : 2]);
        EXPECT_TRUE(line_at(&place).empty());
    }
}

// Two addresses that share a lock.
TEST(parking_test, lines_in_the_same_bucket_do_not_mix) {
    const auto places = std::make_unique<int[]>(100'000);
    int* const one = &places[0];
    int* other = one + 1;
    while (line_at::number_of(other) != line_at::number_of(one)) ++other;
    ASSERT_LT(other, one + 100'000);
    for (int round = 0; round < 4; ++round) {
        counted a(one), b(other), c(one), d(other);
        EXPECT_TRUE(joins(a) && joins(b) && joins(c) && joins(d));
        if (round & 1) EXPECT_TRUE(line_at(one).leave(a));
        else EXPECT_EQ(taken(one), &a);
        if (round & 2) EXPECT_TRUE(line_at(other).leave(b));
        else EXPECT_EQ(taken(other), &b);
        EXPECT_EQ(taken(one), &c);
        EXPECT_TRUE(line_at(one).empty());
        EXPECT_EQ(taken(other), &d);
    }
}

TEST(parking_test, a_wait_that_is_ended_says_why_and_only_once) {
    int place = 0;
    counted a(&place);
    EXPECT_TRUE(joins(a));
    EXPECT_TRUE(line_at(&place).end(a, turn::too_late));
    EXPECT_FALSE(line_at(&place).end(a, turn::stopped));
    EXPECT_EQ(a.how, turn::too_late);
    EXPECT_TRUE(line_at(&place).empty());
}

TEST(parking_test, one_whose_wait_is_over_before_it_came_or_while_it_was_called_does_not_join) {
    int place = 0;
    counted early(&place), called(&place);
    EXPECT_FALSE(line_at(&place).end(early, turn::stopped));
    EXPECT_FALSE(joins(early));
    EXPECT_EQ(early.how, turn::stopped);
    EXPECT_TRUE(joins(called));
    EXPECT_EQ(taken(&place), &called);
    EXPECT_FALSE(line_at(&place).end(called, turn::too_late));
    EXPECT_EQ(called.how, turn::called);
    EXPECT_FALSE(joins(called));
    EXPECT_EQ(called.how, turn::too_late);
}

TEST(parking_test, a_line_becomes_overdue_after_a_millisecond) {
    int place = 0;
    counted a(&place);
    EXPECT_FALSE(line_at(&place).is_overdue());
    EXPECT_TRUE(joins(a));
    EXPECT_TRUE(support::until([&] { return line_at(&place).is_overdue(); }));
    EXPECT_GE(platform::steady_ns() - a.since, 1'000'000);
    EXPECT_TRUE(line_at(&place).leave(a));
}

TEST(parking_test, all_are_taken_in_order) {
    int place = 0;
    std::vector<std::unique_ptr<counted>> all;
    for (int i = 0; i < 1000; ++i) {
        all.push_back(std::make_unique<counted>(&place));
        EXPECT_TRUE(joins(*all.back()));
    }
    taken_waiters taken_out;
    line_at(&place).take_all(turn::given, taken_out);
    taken_out.run_all();
    for (auto& w : all) {
        EXPECT_EQ(w->runs, 1);
        EXPECT_EQ(w->how, turn::given);
    }
}

TEST(parking_test, the_child_of_a_fork_has_empty_lines_and_free_locks) {
    int place = 0;
    counted a(&place), b(&place);
    EXPECT_TRUE(joins(a));
    pid_t child = 0;
    {
        line_at held(&place);
        child = ::fork();
        if (child == 0) {
            const bool was_empty = line_at(&place).empty();
            const bool is_gone = !line_at(&place).leave(a);
            const bool works = joins(b) && taken(&place) == &b;
            ::_exit(was_empty && is_gone && works ? 0 : 1);
        }
    }
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(line_at(&place).leave(a));
}

TEST(parking_test, a_thread_that_waits_takes_what_is_there_at_once) {
    thing t;
    t.there = true;
    EXPECT_TRUE(t.wait());
    EXPECT_FALSE(t.there);
}

TEST(parking_test, a_thread_sleeps_until_it_is_given_something_or_called_to_it) {
    for (const turn how : {turn::given, turn::called}) {
        thing t;
        support::waiting_thread sleeper([&] { EXPECT_TRUE(t.wait()); });
        EXPECT_TRUE(sleeper.sleeps());
        t.put(how);
        sleeper.join();
        EXPECT_FALSE(t.there);
    }
}

TEST(parking_test, one_that_was_called_for_nothing_sleeps_again) {
    thing t;
    support::waiting_thread sleeper([&] { EXPECT_TRUE(t.wait()); });
    EXPECT_TRUE(sleeper.sleeps());
    waiter* w = line_at(&t).take(turn::called);
    w->run(*w);
    EXPECT_TRUE(support::until([&] { return !line_at(&t).empty(); }));
    t.put(turn::called);
    sleeper.join();
}

TEST(parking_test, a_wait_ends_when_the_time_is_over_and_leaves_no_trace) {
    thing t;
    const deadline until(2ms);
    EXPECT_FALSE(t.wait(2ms));
    EXPECT_TRUE(until.passed());
    EXPECT_TRUE(line_at(&t).empty());
}

TEST(parking_test, a_wish_to_stop_ends_a_wait_that_lasts_and_one_that_comes_later) {
    thing t;
    std::stop_source stop;
    support::waiting_thread sleeper([&] { EXPECT_FALSE(t.wait(none, stop.get_token())); });
    EXPECT_TRUE(sleeper.sleeps());
    stop.request_stop();
    sleeper.join();
    EXPECT_FALSE(t.wait(none, stop.get_token()));
    EXPECT_TRUE(line_at(&t).empty());
    t.there = true;
    EXPECT_TRUE(t.wait(none, stop.get_token()));
}

}  // namespace
