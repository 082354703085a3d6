// What can be submitted, and what becomes of it.
#include "concur/core/error.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "support/gate.hpp"
#include "support/tracked.hpp"

#include <atomic>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using concur::future;
using concur::task_options;
using concur::thread_pool_executor;
using support::gate;
using support::long_enough;
using support::move_only;
using support::opened_at_end;
using support::tracked;

namespace {

int doubled(int n) { return 2 * n; }
int doubled_for_sure(int n) noexcept { return 2 * n; }
int scaled(int n, int by = 3) { return n * by; }

const char* kind_of(int) { return "int"; }
const char* kind_of(double) { return "double"; }

struct counter {
    int count = 0;
    int next() { return ++count; }
    int get() const { return count; }
};

struct adder {
    int state;
    int operator()(int n) { return state += n; }
};

struct move_only_adder {
    std::unique_ptr<int> state;
    int operator()(int n) { return *state + n; }
};

// Callable only as an rvalue: it gives itself up.
struct once {
    std::unique_ptr<int> state;
    std::unique_ptr<int> operator()() && { return std::move(state); }
};

}  // namespace

TEST(thread_pool_executor_test, functions_of_every_kind_can_be_submitted) {
    thread_pool_executor pool{2};
    EXPECT_EQ(pool.submit(doubled, 4).result(), 8);
    EXPECT_EQ(pool.submit(&doubled, 5).result(), 10);
    EXPECT_EQ(pool.submit(doubled_for_sure, 6).result(), 12);
    EXPECT_EQ(pool.submit(std::function<int(int)>(doubled), 7).result(), 14);
    EXPECT_EQ(pool.submit([](int n) { return scaled(n); }, 2).result(), 6) << "a default argument";
    EXPECT_EQ(pool.submit([](auto n) { return std::string(kind_of(n)); }, 1).result(), "int");
    EXPECT_EQ(pool.submit([](auto n) { return std::string(kind_of(n)); }, 1.5).result(), "double")
        << "an overloaded name";
    EXPECT_EQ(pool.submit(std::plus<>{}, 3, 4).result(), 7);
    EXPECT_EQ(pool.submit(std::bind(scaled, std::placeholders::_1, 5), 4).result(), 20);
    EXPECT_EQ(pool.submit([]() noexcept { return 1; }).result(), 1);
}

TEST(thread_pool_executor_test, members_can_be_submitted_with_their_object) {
    thread_pool_executor pool{1};
    counter c{.count = 10};
    EXPECT_EQ(pool.submit(&counter::next, &c).result(), 11);
    EXPECT_EQ(pool.submit(&counter::next, std::ref(c)).result(), 12);
    EXPECT_EQ(pool.submit(&counter::get, c).result(), 12) << "a copy of the object";
    EXPECT_EQ(pool.submit(&counter::next, std::make_unique<counter>(c)).result(), 13);
    EXPECT_EQ(pool.submit(&counter::count, c).result(), 12) << "a data member";
    EXPECT_EQ(c.count, 12);
}

TEST(thread_pool_executor_test, functors_are_copied_with_their_state_and_may_only_move) {
    thread_pool_executor pool{1};
    adder a{.state = 5};
    EXPECT_EQ(pool.submit(a, 1).result(), 6);
    EXPECT_EQ(a.state, 5) << "the task has a copy";
    EXPECT_EQ(pool.submit(std::ref(a), 1).result(), 6);
    EXPECT_EQ(a.state, 6) << "the task has a reference";
    EXPECT_EQ(pool.submit(move_only_adder{std::make_unique<int>(2)}, 3).result(), 5);
    EXPECT_EQ(*pool.submit(once{std::make_unique<int>(8)}).result(), 8);
    auto mutable_one = [n = 0]() mutable { return ++n; };
    EXPECT_EQ(pool.submit(mutable_one).result(), 1);
    EXPECT_EQ(pool.submit(mutable_one).result(), 1) << "each task has its own copy";
}

TEST(thread_pool_executor_test, arguments_are_copied_or_moved_and_std_ref_passes_a_reference) {
    thread_pool_executor pool{1};
    std::string text = "as it was";
    gate door;
    const opened_at_end guard(door);
    pool.submit([&] { door.wait(); });
    auto copied = pool.submit([](const std::string& s) { return s; }, text);
    auto referred = pool.submit([](std::string& s) { return std::exchange(s, "changed"); }, std::ref(text));
    text = "as it is";
    door.open();
    EXPECT_EQ(copied.result(), "as it was");
    EXPECT_EQ(referred.result(), "as it is");
    EXPECT_EQ(text, "changed");
    EXPECT_EQ(pool.submit([](std::unique_ptr<int> p) { return *p; }, std::make_unique<int>(3)).result(), 3);
    EXPECT_EQ(pool.submit([](move_only m) { return m.value; }, move_only(4)).result(), 4);
    EXPECT_EQ(pool.submit([](const char* s) { return std::string(s); }, "an array").result(), "an array");
}

TEST(thread_pool_executor_test, results_are_values_references_nothing_or_things_that_only_move) {
    thread_pool_executor pool{1};
    int here = 1;
    auto reference = pool.submit([&]() -> int& { return here; });
    EXPECT_EQ(&reference.result(), &here);
    const int& constant = pool.submit([&]() -> const int& { return here; }).result();
    EXPECT_EQ(&constant, &here);
    std::string rest = "what an rvalue reference refers to";
    EXPECT_EQ(pool.submit([&]() -> std::string&& { return std::move(rest); }).result(),
              "what an rvalue reference refers to");
    pool.submit([] {}).result();
    std::unique_ptr<int> moved = pool.submit([] { return std::make_unique<int>(6); }).result();
    EXPECT_EQ(*moved, 6);
    EXPECT_EQ(pool.submit([]() -> const std::string { return "constant"; }).result(), "constant");
    EXPECT_EQ(pool.submit([] { return nullptr; }).result(), nullptr);
    EXPECT_EQ(pool.submit([] { return std::vector<bool>{true, false}; }).result().size(), 2U);
}

// fact 33
TEST(thread_pool_executor_test, arguments_that_look_like_the_librarys_own_are_passed_through) {
    thread_pool_executor pool{1}, other{1};
    EXPECT_EQ(pool.submit([](task_options o) { return o.name; }, task_options{.name = "mine"}).result(), "mine");
    EXPECT_EQ(pool.submit(
                      {.name = "outer"}, [](task_options o) { return o.name; }, task_options{.name = "mine"})
                  .result(),
              "mine");
    EXPECT_EQ(
        pool.submit([](concur::map_options o) { return o.chunksize; }, concur::map_options{.chunksize = 7}).result(),
        7);
    EXPECT_EQ(pool.submit([](concur::shutdown_options o) { return o.wait; }, concur::shutdown_options{}).result(),
              true);
    EXPECT_EQ(pool.submit([](concur::executor& e) { return e.submit(doubled, 2).result(); },
                          std::ref<concur::executor>(other))
                  .result(),
              4);
    EXPECT_EQ(
        pool.submit([](concur::executor& e) { return e.submit(doubled, 3).result(); }, std::ref<concur::executor>(pool))
            .result(),
        6);
    EXPECT_EQ(pool.submit([](future<int> f) { return f.result(); }, other.submit(doubled, 4)).result(), 8);
    EXPECT_EQ(pool.submit([](auto fn, auto self) { return fn(self); }, doubled, 5).result(), 10);
}

TEST(thread_pool_executor_test, a_callable_that_asks_for_a_stop_token_first_is_handed_one) {
    thread_pool_executor pool{1};
    gate begun;
    auto f = pool.submit(
        [&](std::stop_token stop, int n) {
            begun.open();
            while (!stop.stop_requested()) std::this_thread::yield();
            return n;
        },
        5);
    begun.wait();
    EXPECT_TRUE(f.running());
    EXPECT_TRUE(f.request_stop());
    EXPECT_EQ(f.result(long_enough), 5);
    EXPECT_FALSE(f.request_stop()) << "it is done";
    EXPECT_FALSE(pool.submit([] {}).request_stop()) << "it has no token";
}

TEST(thread_pool_executor_test, a_stop_token_of_the_callers_own_is_an_argument_like_any_other) {
    thread_pool_executor pool{1};
    std::stop_source source;
    source.request_stop();
    EXPECT_TRUE(pool.submit([](std::stop_token t) { return t.stop_requested(); }, source.get_token()).result());
    EXPECT_FALSE(pool.submit([](std::stop_token t) { return t.stop_requested(); }).result());
    const auto two = [](std::stop_token own, std::stop_token given) {
        return !own.stop_requested() && given.stop_requested();
    };
    EXPECT_TRUE(pool.submit(two, source.get_token()).result()) << "one more in front";
}

TEST(thread_pool_executor_test, stop_may_be_asked_for_before_the_task_starts) {
    gate door;
    thread_pool_executor pool{1};
    const opened_at_end guard(door);
    pool.submit([&] { door.wait(); });
    auto f = pool.submit([](std::stop_token stop) { return stop.stop_requested(); });
    EXPECT_TRUE(f.request_stop());
    door.open();
    EXPECT_TRUE(f.result(long_enough));
}

TEST(thread_pool_executor_test, null_callables_of_each_kind_are_rejected_at_once) {
    thread_pool_executor pool{1};
    int (*pointer)(int) = nullptr;
    int (counter::*member)() = nullptr;
    int counter::* data = nullptr;
    counter c;
    EXPECT_THROW(pool.submit(pointer, 1), std::invalid_argument);
    EXPECT_THROW(pool.submit(member, &c), std::invalid_argument);
    EXPECT_THROW(pool.submit(data, &c), std::invalid_argument);
    EXPECT_THROW(pool.submit(std::function<void()>{}), std::invalid_argument);
    EXPECT_THROW(pool.submit({.name = "empty"}, std::function<void()>{}), std::invalid_argument);
    const std::vector items{1};
    EXPECT_THROW(pool.map(pointer, items), std::invalid_argument);
    EXPECT_THROW(pool.map({.chunksize = 2}, std::function<int(int)>{}, items), std::invalid_argument);
    EXPECT_THROW(pool.submit([] {}).then(std::function<void()>{}), std::invalid_argument);
    EXPECT_THROW(pool.submit([] {}).add_done_callback(std::function<void(future<void>)>{}), std::invalid_argument);
    EXPECT_EQ(pool.submit(doubled, 1).result(), 2) << "nothing has changed";
}

// fact 60
TEST(thread_pool_executor_test, whatever_a_task_throws_comes_out_of_its_future_and_the_pool_lives_on) {
    struct not_an_exception {
        int code;
    };
    thread_pool_executor pool{1};
    EXPECT_THROW(pool.submit([] { throw std::out_of_range("far"); }).result(), std::out_of_range);
    EXPECT_THROW(pool.submit([]() -> int { throw 7; }).result(), int);
    EXPECT_THROW(pool.submit([] { throw "text"; }).result(), const char*);
    try {
        pool.submit([]() -> std::unique_ptr<int> { throw not_an_exception{3}; }).result();
        ADD_FAILURE() << "nothing came";
    } catch (const not_an_exception& e) {
        EXPECT_EQ(e.code, 3);
    }
    EXPECT_THROW(pool.submit([] { throw concur::cancelled_error(); }).result(), concur::cancelled_error);
    EXPECT_THROW(pool.submit([] { throw concur::timeout_error(); }).result(), concur::timeout_error);
    EXPECT_EQ(pool.submit(doubled, 1).result(), 2);
    EXPECT_EQ(pool.worker_count(), 1);
}

TEST(thread_pool_executor_test, a_task_that_throws_cancelled_error_was_not_cancelled) {
    thread_pool_executor pool{1};
    auto f = pool.submit([] { throw concur::cancelled_error(); });
    f.wait();
    EXPECT_FALSE(f.cancelled());
    EXPECT_NE(f.exception(), nullptr);
}

TEST(thread_pool_executor_test, a_result_whose_move_throws_is_an_error_of_that_task) {
    thread_pool_executor pool{1};
    tracked::reset();
    auto f = pool.submit([] {
        tracked made(1);
        tracked::fail_move(1);
        return std::make_pair(std::move(made), 0);
    });
    EXPECT_THROW(f.result(), support::move_failed);
    tracked::reset();
    EXPECT_EQ(pool.submit([] { return tracked(2); }).result().value, 2);
}

TEST(thread_pool_executor_test, an_argument_whose_copy_throws_makes_submit_throw_and_leaves_no_task) {
    thread_pool_executor pool{1};
    tracked::reset();
    {
        const tracked argument(1);
        tracked::fail_copy(1);
        std::atomic<bool> ran{false};
        EXPECT_THROW(pool.submit([&](const tracked&) { ran = true; }, argument), support::copy_failed);
        pool.shutdown();
        EXPECT_FALSE(ran);
    }
    EXPECT_EQ(tracked::live(), 0);
}
