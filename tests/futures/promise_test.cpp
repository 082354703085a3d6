#include "concur/futures/promise.hpp"

#include "support/asleep.hpp"
#include "support/gate.hpp"
#include "support/ready.hpp"
#include "support/reports.hpp"
#include "support/tracked.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace concur;
using support::ending;
using support::tracked;

template <class Call>
std::string refusal(Call call) {
    try {
        call();
    } catch (const invalid_state_error& e) {
        return e.what();
    }
    return "taken";
}

// fact 12
TEST(promise_test, a_second_result_is_refused_names_the_state_and_the_first_one_stays) {
    const promise<int> p;
    p.set_result(1);
    EXPECT_NE(refusal([&] { p.set_result(2); }).find("finished"), std::string::npos);
    EXPECT_NE(refusal([&] { p.set_exception(std::runtime_error("x")); }).find("finished"), std::string::npos);
    EXPECT_EQ(p.get_future().result(), 1);
    EXPECT_EQ(p.get_future().exception(), nullptr);
}

// fact 12
TEST(promise_test, a_result_after_an_exception_is_refused_and_the_exception_stays) {
    const promise<int> p;
    p.set_exception(std::runtime_error("first"));
    EXPECT_NE(refusal([&] { p.set_result(2); }).find("finished"), std::string::npos);
    EXPECT_EQ(refusal([&] { p.set_exception(std::runtime_error("second")); }).empty(), false);
    EXPECT_EQ(ending(p.get_future()), "first");
}

// fact 13
TEST(promise_test, a_result_on_a_cancelled_future_is_refused) {
    const promise<int> p;
    EXPECT_TRUE(p.get_future().cancel());
    EXPECT_NE(refusal([&] { p.set_result(1); }).find("cancelled"), std::string::npos);
    EXPECT_NE(refusal([&] { p.set_exception(std::runtime_error("x")); }).find("cancelled"), std::string::npos);
    EXPECT_EQ(ending(p.get_future()), "cancelled");
}

// fact 15
TEST(promise_test, claiming_twice_is_an_error_and_names_the_state) {
    const promise<int> p;
    EXPECT_TRUE(p.set_running_or_notify_cancel());
    EXPECT_NE(refusal([&] { p.set_running_or_notify_cancel(); }).find("running"), std::string::npos);
    EXPECT_TRUE(p.get_future().running());
    p.set_result(1);
    EXPECT_NE(refusal([&] { p.set_running_or_notify_cancel(); }).find("finished"), std::string::npos);
    EXPECT_EQ(p.get_future().result(), 1);
}

// fact 15
TEST(promise_test, claiming_a_cancelled_future_returns_false_and_its_waiters_know_already) {
    const promise<int> p;
    std::atomic<int> id{0};
    std::thread waiter([&, f = p.get_future()] {
        id = support::this_thread_id();
        EXPECT_EQ(ending(f), "cancelled");
    });
    while (id == 0) std::this_thread::yield();
    EXPECT_TRUE(support::until_asleep(id));
    EXPECT_TRUE(p.get_future().cancel());
    waiter.join();
    EXPECT_FALSE(p.set_running_or_notify_cancel());
    EXPECT_TRUE(p.get_future().cancelled());
}

TEST(promise_test, a_result_may_be_set_without_claiming_or_after_it) {
    const promise<int> unclaimed, claimed;
    unclaimed.set_result(1);
    EXPECT_TRUE(claimed.set_running_or_notify_cancel());
    EXPECT_FALSE(claimed.get_future().cancel());
    claimed.set_result(2);
    EXPECT_EQ(unclaimed.get_future().result() + claimed.get_future().result(), 3);
}

TEST(promise_test, a_null_exception_is_refused_and_changes_nothing) {
    const promise<int> p;
    EXPECT_THROW(p.set_exception(std::exception_ptr()), std::invalid_argument);
    EXPECT_THROW(p.set_exception(nullptr), std::invalid_argument);
    EXPECT_FALSE(p.get_future().done());
    p.set_result(1);
    EXPECT_EQ(p.get_future().result(), 1);
}

TEST(promise_test, an_exception_may_be_given_as_itself_as_a_pointer_or_be_any_value) {
    const promise<int> itself, pointer, number;
    itself.set_exception(std::out_of_range("far"));
    const auto error = std::make_exception_ptr(std::logic_error("no"));
    pointer.set_exception(error);
    number.set_exception(42);
    EXPECT_THROW(itself.get_future().result(), std::out_of_range);
    EXPECT_EQ(pointer.get_future().exception(), error);
    EXPECT_THROW(number.get_future().result(), int);
}

TEST(promise_test, every_future_of_it_is_the_same) {
    const promise<int> p;
    EXPECT_EQ(p.get_future(), p.get_future());
}

TEST(promise_test, one_that_goes_without_a_result_fails_its_future) {
    const support::reports seen;
    future<int> pending, claimed;
    {
        const promise<int> p, q;
        pending = p.get_future();
        claimed = q.get_future();
        q.set_running_or_notify_cancel();
    }
    EXPECT_THROW(pending.result(), invalid_state_error);
    EXPECT_THROW(claimed.result(), invalid_state_error);
    EXPECT_NE(ending(pending).find("went away"), std::string::npos);
    {
        const promise<int> nobody_asked;
    }
    EXPECT_EQ(seen.count(), 0u);
}

TEST(promise_test, one_that_goes_after_its_end_changes_nothing) {
    future<int> set, cancelled;
    {
        const promise<int> p, q;
        set = p.get_future();
        cancelled = q.get_future();
        p.set_result(1);
        cancelled.cancel();
    }
    EXPECT_EQ(set.result(), 1);
    EXPECT_EQ(ending(cancelled), "cancelled");
}

TEST(promise_test, a_moved_promise_goes_on_elsewhere_and_the_old_one_is_empty) {
    promise<int> p;
    const auto f = p.get_future();
    promise<int> q = std::move(p);
    EXPECT_THROW(p.get_future(), invalid_state_error);
    EXPECT_THROW(p.set_result(1), invalid_state_error);
    EXPECT_THROW(p.set_exception(1), invalid_state_error);
    EXPECT_THROW(p.set_running_or_notify_cancel(), invalid_state_error);
    q.set_result(2);
    EXPECT_EQ(f.result(), 2);
}

TEST(promise_test, one_that_is_assigned_to_leaves_its_old_future) {
    promise<int> p;
    const auto old = p.get_future();
    p = promise<int>();
    EXPECT_THROW(old.result(), invalid_state_error);
    auto& same = p;
    p = std::move(same);
    p.set_result(1);
    EXPECT_EQ(p.get_future().result(), 1);
}

TEST(promise_test, a_value_that_cannot_be_made_changes_nothing_and_the_next_can_be_set) {
    tracked::reset();
    const promise<tracked> p, claimed;
    claimed.set_running_or_notify_cancel();
    const tracked value(5);
    for (const auto* one : {&p, &claimed}) {
        tracked::fail_copy(1);
        EXPECT_THROW(one->set_result(value), support::copy_failed);
        EXPECT_FALSE(one->get_future().done());
    }
    EXPECT_FALSE(p.get_future().running());
    EXPECT_TRUE(claimed.get_future().running());
    p.set_result(value);
    EXPECT_EQ(p.get_future().result().value, 5);
    claimed.get_future().add_done_callback([](const future<tracked>&) {});
    claimed.set_result(value);
    EXPECT_EQ(claimed.get_future().result().value, 5);
    tracked::reset();
}

TEST(promise_test, while_the_value_is_being_made_the_future_runs_and_cannot_be_cancelled) {
    struct made_slowly {
        explicit made_slowly(const future<made_slowly>* f) : cancelled(f->cancel()), running(f->running()) {}
        bool cancelled, running;
    };
    const promise<made_slowly> p;
    const auto f = p.get_future();
    p.set_result(&f);
    EXPECT_FALSE(f.result().cancelled);
    EXPECT_TRUE(f.result().running);
}

TEST(promise_test, a_woken_waiter_may_destroy_it_at_once) {
    for (int i = 0; i < 300; ++i) {
        auto p = std::make_unique<promise<int>>();
        std::thread waiter([&, f = p->get_future()] {
            f.wait();
            p.reset();
        });
        p->set_result(i);
        waiter.join();
    }
}

TEST(promise_test, a_callback_may_destroy_it) {
    auto p = std::make_optional<promise<int>>();
    const auto f = p->get_future();
    f.add_done_callback([&](const future<int>&) { p.reset(); });
    p->set_result(1);
    EXPECT_FALSE(p.has_value());
    EXPECT_EQ(f.result(), 1);
    p.emplace();
    const auto g = p->get_future();
    g.add_done_callback([&](const future<int>&) { p.reset(); });
    p->set_exception(std::runtime_error("x"));
    EXPECT_EQ(ending(g), "x");
}

TEST(promise_test, of_many_threads_that_set_a_result_one_wins) {
    for (int round = 0; round < 200; ++round) {
        const promise<int> p;
        std::atomic<int> won{-1}, wins{0};
        std::vector<std::jthread> threads;
        for (int t = 0; t < 3; ++t)
            threads.emplace_back([&, t] {
                if (refusal([&] { p.set_result(t); }) != "taken") return;
                won = t;
                ++wins;
            });
        threads.clear();
        ASSERT_EQ(wins, 1);
        ASSERT_EQ(p.get_future().result(), won);
    }
}

}  // namespace
