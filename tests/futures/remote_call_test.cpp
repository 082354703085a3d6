#include "concur/futures/remote_call.hpp"

#include "concur/executors/thread_pool_executor.hpp"
#include "support/allocations.hpp"
#include "support/loopback.hpp"
#include "support/ready.hpp"
#include "support/reports.hpp"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>
#include <map>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace {

using namespace concur;
using support::ending;
using support::loopback;
using support::what_of;

struct remote_call_test : testing::Test {
    loopback pool;
    executor& e = pool;

    // Submits, and runs it from its bytes.
    template <class... A>
    auto there_and_back(A&&... args) {
        auto f = e.submit(std::forward<A>(args)...);
        pool.run_all();
        return f;
    }
};

int add(int a, int b) { return a + b; }

struct point {
    double x = 0, y = 0;
    double times(double by) const { return (x + y) * by; }
};

TEST_F(remote_call_test, brings_a_value_back) {
    EXPECT_EQ(there_and_back(add, 2, 3).result(), 5);
    EXPECT_EQ(there_and_back([](std::string s) { return s + "!"; }, "hello").result(), "hello!");
    EXPECT_EQ(there_and_back([](const std::vector<int>& v) { return std::accumulate(v.begin(), v.end(), 0); },
                             std::vector{1, 2, 3})
                  .result(),
              6);
    EXPECT_EQ(there_and_back(&point::times, point{1, 2}, 10.0).result(), 30);
    const auto table = there_and_back([](int n) { return std::map<int, std::string>{{n, "n"}}; }, 4).result();
    EXPECT_EQ(table.at(4), "n");
}

TEST_F(remote_call_test, brings_back_that_a_call_without_a_value_is_done) {
    static int done = 0;
    const auto f = there_and_back([](int n) { done = n; }, 9);
    f.result();
    EXPECT_EQ(done, 9);
}

TEST_F(remote_call_test, carries_more_than_fits_into_a_task_both_ways) {
    const std::vector<double> many(10'000, 1.5);
    EXPECT_EQ(there_and_back([](std::vector<double> v) { return v; }, many).result(), many);
    EXPECT_EQ(pool.host.leased(), 0u) << "the request's memory is free when the answer has come";
}

TEST_F(remote_call_test, shows_views_of_the_message_where_the_function_asks_for_them) {
    EXPECT_EQ(there_and_back([](std::string_view text) { return text.size(); }, std::string("four")).result(), 4u);
    EXPECT_EQ(there_and_back([](std::span<const int> s) { return s.back(); }, std::vector{1, 2, 3}).result(), 3);
}

// On the thread that submits: what changes afterwards is not seen.
TEST_F(remote_call_test, writes_its_arguments_down_when_it_is_submitted) {
    std::vector<int> numbers{1, 2};
    const auto f = e.submit([](const std::vector<int>& v) { return v.size(); }, std::cref(numbers).get());
    numbers.push_back(3);
    pool.run_all();
    EXPECT_EQ(f.result(), 2u);
}

TEST_F(remote_call_test, makes_its_arguments_in_their_order) {
    const auto f = there_and_back([](int a, int b, int c) { return a * 100 + b * 10 + c; }, 1, 2, 3);
    EXPECT_EQ(f.result(), 123);
}

TEST_F(remote_call_test, brings_an_exception_back) {
    EXPECT_EQ(ending(there_and_back([] { throw std::out_of_range("there is no fifth"); })), "there is no fifth");
    EXPECT_THROW(there_and_back([](int) -> int { throw std::out_of_range("x"); }, 1).result(), std::out_of_range);
}

TEST_F(remote_call_test, hands_a_token_to_a_function_that_takes_one) {
    const auto without = there_and_back([](std::stop_token t) { return t.stop_requested(); });
    EXPECT_FALSE(without.result());
    auto f = e.submit([](std::stop_token t, int n) { return t.stop_requested() ? n : 0; }, 5);
    EXPECT_FALSE(f.request_stop()) << "it has not begun";
    remote_task& t = pool.host.send();
    EXPECT_TRUE(t.takes_token());
    EXPECT_TRUE(f.request_stop());
    pool.host.answer(t);
    EXPECT_EQ(f.result(), 5);
}

TEST_F(remote_call_test, fails_at_once_where_an_argument_cannot_be_written) {
    const char* const nothing = nullptr;
    const auto f = e.submit([](std::string_view s) { return s.size(); }, nothing);
    EXPECT_TRUE(f.done());
    EXPECT_THROW(f.result(), pickling_error);
    EXPECT_TRUE(pool.host.empty());
}

void fill(std::span<int> numbers) { std::ranges::fill(numbers, 7); }
char first_of(char* text) { return text[0]; }

// On threads the same calls are right.
TEST_F(remote_call_test, fails_at_once_where_the_function_would_write_into_memory_of_the_caller) {
    std::vector<int> numbers(3);
    EXPECT_THROW(e.submit(fill, std::span<int>(numbers)).result(), pickling_error);
    char text[] = "text";
    EXPECT_THROW(e.submit(first_of, text).result(), pickling_error);
    EXPECT_EQ(there_and_back([](std::string_view t) { return t.size(); }, text).result(), 4u);
    thread_pool_executor threads(1);
    executor& local = threads;
    local.submit(fill, std::span<int>(numbers)).result();
    EXPECT_EQ(numbers, std::vector(3, 7));
    EXPECT_EQ(local.submit(first_of, text).result(), 't');
}

TEST_F(remote_call_test, fails_at_once_where_there_is_no_memory_for_its_request) {
    pool.host.refuse_memory = true;
    const auto f = e.submit([](const std::vector<int>& v) { return v.size(); }, std::vector<int>(1000));
    EXPECT_THROW(f.result(), std::bad_alloc);
    EXPECT_EQ(there_and_back(add, 1, 1).result(), 2) << "a small one needs none";
}

// --- cancelling ---------------------------------------------------------------------------------------

TEST_F(remote_call_test, can_be_cancelled_while_it_waits) {
    auto f = e.submit([](const std::vector<int>& v) { return v.size(); }, std::vector<int>(1000));
    EXPECT_EQ(pool.host.leased(), 1u);
    EXPECT_TRUE(f.cancel());
    EXPECT_TRUE(f.cancelled());
    EXPECT_TRUE(pool.host.empty());
    EXPECT_EQ(pool.host.leased(), 0u);
    EXPECT_EQ(pool.host.shares(), 1);
}

TEST_F(remote_call_test, cannot_be_cancelled_once_it_runs_elsewhere) {
    auto f = e.submit(add, 1, 2);
    EXPECT_FALSE(f.running());
    remote_task& t = pool.host.send();
    EXPECT_TRUE(f.running());
    EXPECT_FALSE(f.cancel());
    pool.host.answer(t);
    EXPECT_FALSE(f.running());
    EXPECT_EQ(f.result(), 3);
    EXPECT_FALSE(f.cancel());
}

TEST_F(remote_call_test, is_cancelled_or_fails_where_nobody_will_run_it) {
    const auto cancelled = e.submit(add, 1, 2);
    pool.refuse_all(nullptr);
    EXPECT_TRUE(cancelled.cancelled());
    const auto broken = e.submit(add, 1, 2);
    pool.refuse_all(std::make_exception_ptr(broken_process_pool("the pool broke")));
    EXPECT_EQ(ending(broken), "the pool broke");
    EXPECT_EQ(pool.host.shares(), 2);
}

TEST_F(remote_call_test, lets_the_host_help_a_thread_that_waits) {
    auto f = e.submit(add, 20, 22);
    pool.host.when_asked_to_help = [this] { pool.run_all(); };
    EXPECT_EQ(f.result(), 42);
    EXPECT_EQ(pool.host.helps, 1);
    EXPECT_EQ(f.result(), 42);
    EXPECT_EQ(pool.host.helps, 1) << "it is done";
}

// --- bytes that are not what they should be -----------------------------------------------------------

struct wrong_answer_test : remote_call_test {
    template <class T>
    void answer_with(const T& bytes) {
        pool.host.answer_with(pool.host.send(), reinterpret_cast<const std::byte*>(&bytes), sizeof bytes);
    }
};

TEST_F(wrong_answer_test, is_an_error_where_it_ends_too_early) {
    const auto f = e.submit(add, 1, 2);
    answer_with(std::uint16_t{1});
    EXPECT_THROW(f.result(), pickling_error);
}

TEST_F(wrong_answer_test, is_an_error_where_something_is_left) {
    const auto f = e.submit(add, 1, 2);
    answer_with(std::uint64_t{1});
    EXPECT_THROW(f.result(), pickling_error);
    const auto nothing = e.submit([] {});
    answer_with('x');
    EXPECT_THROW(nothing.result(), pickling_error);
}

TEST_F(wrong_answer_test, is_an_error_where_it_says_that_there_is_more_than_came) {
    const auto f = e.submit([] { return std::vector<int>(); });
    const std::size_t before = support::allocations::count_here();
    answer_with(std::uint32_t{0x7fff'ffff});
    EXPECT_LT(support::allocations::count_here() - before, 20u);
    EXPECT_THROW(f.result(), pickling_error);
}

// An answer names no code of this process, whatever the request may do.
TEST_F(wrong_answer_test, may_not_name_functions) {
    const auto f = e.submit([] { return &add; });
    pool.run_all();
    EXPECT_THROW(f.result(), pickling_error);
}

TEST_F(wrong_answer_test, does_not_reach_a_future_that_was_cancelled_before) {
    const auto f = e.submit(add, 1, 2);
    remote_task& t = pool.host.send();
    pool.host.drop(t);
    auto copy = f;
    EXPECT_TRUE(copy.cancel());
    pool.host.answer(t);
    EXPECT_TRUE(f.cancelled());
}

TEST(failed_call_test, is_done_with_its_error) {
    const future<int> f(new failed_call<int>(std::make_exception_ptr(std::runtime_error("it was so from the start"))));
    EXPECT_TRUE(f.done());
    EXPECT_EQ(ending(f), "it was so from the start");
}

TEST(travels_test, says_which_calls_can_go_to_another_process) {
    const auto plain = [](int n) { return n; };
    int outside = 0;
    const auto closure = [&outside](int n) { return outside + n; };
    static_assert(travels<decltype(plain), int>);
    static_assert(travels<int (*)(int, int), int, int>);
    static_assert(travels<decltype(plain), int&>);
    static_assert(!travels<decltype(closure), int>, "what it has captured cannot be seen");
    static_assert(!travels<decltype(plain), std::string>, "it cannot be called with that");
    static_assert(!travels<int* (*)(int), int>, "a pointer means nothing elsewhere");
    static_assert(!travels<int& (*)(int), int>, "nor does a reference");
    static_assert(travels<void (*)(std::stop_token, int), int>);
    EXPECT_EQ(plain(1), closure(1));
}

}  // namespace
