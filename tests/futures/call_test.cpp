#include "concur/futures/call.hpp"

#include "concur/core/recycled.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "support/allocations.hpp"
#include "support/manual_executor.hpp"
#include "support/ready.hpp"
#include "support/reports.hpp"
#include "support/tracked.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>

namespace {

using namespace concur;
using namespace std::chrono_literals;
using support::ending;
using support::manual_executor;
using support::move_only;
using support::tracked;

int twice(int i) { return 2 * i; }

struct shop {
    int price(int apples) const { return apples * each; }
    int each = 3;
};

TEST(call_test, anything_that_can_be_called_can_be_submitted) {
    manual_executor executor;
    const shop market;
    const auto function = executor.submit(twice, 4);
    const auto pointer = executor.submit(&twice, 5);
    const auto member = executor.submit(&shop::price, market, 2);
    const auto through_pointer = executor.submit(&shop::price, &market, 3);
    const auto data = executor.submit(&shop::each, market);
    const auto wrapped = executor.submit(std::function<int(int)>(twice), 6);
    executor.run_all();
    EXPECT_EQ(function.result(), 8);
    EXPECT_EQ(pointer.result(), 10);
    EXPECT_EQ(member.result(), 6);
    EXPECT_EQ(through_pointer.result(), 9);
    EXPECT_EQ(data.result(), 3);
    EXPECT_EQ(wrapped.result(), 12);
}

TEST(call_test, function_and_arguments_are_copied_and_a_ref_passes_a_reference) {
    manual_executor executor;
    int apples = 1;
    const auto copied = executor.submit([](int& i) { return ++i; }, std::ref(apples));
    int pears = 1;
    const auto f = executor.submit([](int i) { return i + 1; }, pears);
    pears = 10;
    executor.run_all();
    EXPECT_EQ(copied.result(), 2);
    EXPECT_EQ(apples, 2);
    EXPECT_EQ(f.result(), 2);
}

TEST(call_test, arguments_arrays_and_strings_decay_as_for_a_thread) {
    manual_executor executor;
    const char text[] = "apple";
    const auto f = executor.submit([](const std::string& s) { return s.size(); }, text);
    executor.run_all();
    EXPECT_EQ(f.result(), 5u);
}

TEST(call_test, what_only_moves_can_be_passed_and_returned) {
    manual_executor executor;
    auto f = executor.submit([own = std::make_unique<int>(1)](move_only m) { return move_only(m.value + *own); },
                             move_only(2));
    executor.run_all();
    EXPECT_EQ(std::move(f).result().value, 3);
}

TEST(call_test, the_future_is_of_what_the_call_returns) {
    manual_executor executor;
    int apples = 1;
    const auto reference = executor.submit([&]() -> int& { return apples; });
    const auto nothing = executor.submit([] {});
    const auto rvalue =
        executor.submit([](std::string&& s) -> std::string&& { return std::move(s); }, std::string("x"));
    executor.run_all();
    EXPECT_TRUE((std::is_same_v<decltype(nothing), const future<void>>));
    EXPECT_EQ(&reference.result(), &apples);
    EXPECT_EQ(rvalue.result(), "x");
}

TEST(call_test, a_token_is_handed_only_to_what_cannot_be_called_without) {
    manual_executor executor;
    const auto with = executor.submit([](const std::stop_token& t, int i) { return t.stop_possible() ? i : 0; }, 3);
    const auto without = executor.submit([](auto... all) { return sizeof...(all); }, 3);
    executor.run_all();
    EXPECT_EQ(with.result(), 3);
    EXPECT_EQ(without.result(), 1u);
}

// fact 44
TEST(call_test, function_and_arguments_are_gone_before_anyone_can_see_the_result) {
    const int before = tracked::live();
    manual_executor executor;
    int seen = -1;
    const auto f = executor.submit([t = tracked(1)](const tracked&) {}, tracked(2));
    f.add_done_callback([&](const future<void>&) { seen = tracked::live() - before; });
    executor.run_all();
    EXPECT_EQ(seen, 0);
}

TEST(call_test, one_that_was_dropped_unread_runs_and_leaves_nothing) {
    const int before = tracked::live();
    manual_executor executor;
    static_cast<void>(executor.submit([t = tracked(1)] { return tracked(2); }));
    EXPECT_EQ(executor.run_all(), 1);
    EXPECT_EQ(tracked::live(), before);
}

TEST(call_test, a_copy_of_the_function_or_an_argument_that_throws_submits_nothing) {
    tracked::reset();
    const int before = tracked::live();
    manual_executor executor;
    const auto submit_failing = [&](int nth_copy) {
        const auto fn = [t = tracked(1)](const tracked&, const tracked&) {};
        const tracked one(1), two(2);
        tracked::reset();
        tracked::fail_copy(nth_copy);
        EXPECT_THROW(executor.submit(fn, one, two), support::copy_failed);
    };
    for (int i = 1; i <= 3; ++i) submit_failing(i);
    EXPECT_EQ(executor.run_all(), 0);
    EXPECT_EQ(tracked::live(), before);
    tracked::reset();
}

TEST(call_test, an_executor_that_refuses_keeps_nothing_of_the_call) {
    const int before = tracked::live();
    manual_executor executor;
    executor.shutdown();
    EXPECT_THROW(executor.submit([t = tracked(1)] {}), executor_shutdown);
    EXPECT_THROW(executor.submit(task_options{.timeout = 1h, .name = "x"}, [t = tracked(1)] {}), executor_shutdown);
    EXPECT_EQ(tracked::live(), before);
}

TEST(call_test, one_that_is_refused_in_the_line_is_cancelled_or_fails) {
    const int before = tracked::live();
    manual_executor executor;
    const auto a = executor.submit([t = tracked(1)] {});
    executor.refuse_all(nullptr);
    EXPECT_TRUE(a.cancelled());
    const auto b = executor.submit([t = tracked(1)] {});
    executor.refuse_all(std::make_exception_ptr(broken_executor("broke")));
    EXPECT_EQ(ending(b), "broke");
    EXPECT_EQ(tracked::live(), before);
}

TEST(call_test, a_submitted_call_is_one_allocation) {
    const recycling_pause every_block_is_new;
    manual_executor executor;
    const auto cost = [&](auto submit) {
        const std::size_t before = support::allocations::count();
        const auto f = submit();
        executor.run_all();
        f.wait();
        return support::allocations::count() - before;
    };
    EXPECT_EQ(cost([&] { return executor.submit([] { return 1; }); }), 1u);
    EXPECT_EQ(cost([&] { return executor.submit(twice, 3); }), 1u);
    EXPECT_EQ(cost([&] { return executor.submit([](const int* p) { return *p; }, &executor.posted); }), 1u);
}

TEST(call_test, a_time_out_that_is_over_before_the_task_starts_fails_it) {
    const int before = tracked::live();
    manual_executor executor;
    const auto f = executor.submit(task_options{.timeout = 1ms, .name = "parse"}, [t = tracked(1)] { return 1; });
    EXPECT_NE(ending(f).find("timeout"), std::string::npos);
    EXPECT_EQ(tracked::live(), before);
    executor.run_all();
    try {
        f.result();
        FAIL();
    } catch (const timeout_error& e) {
        EXPECT_NE(std::string(e.what()).find("task 'parse'"), std::string::npos);
    }
}

TEST(call_test, a_time_out_of_a_running_task_asks_it_to_stop) {
    thread_pool_executor pool{1};
    const auto f = pool.submit(task_options{.timeout = 1ms}, [](const std::stop_token& stop) {
        while (!stop.stop_requested()) std::this_thread::yield();
        return 5;
    });
    const std::string end = ending(f);
    EXPECT_TRUE(end == "value" || end == "timeout") << end;  // a late worker finds it failed already
}

TEST(call_test, a_task_that_is_quicker_than_its_time_out_is_not_touched_by_it) {
    const int before = tracked::live();
    manual_executor executor;
    {
        const auto f = executor.submit(task_options{.timeout = 1h}, [t = tracked(1)] { return tracked(2); });
        executor.run_all();
        EXPECT_EQ(f.result().value, 2);
    }
    EXPECT_EQ(tracked::live(), before);
}

TEST(call_test, absurd_time_outs_are_none_or_over_at_once_and_keep_nothing) {
    const int before = tracked::live();
    manual_executor executor;
    for (const timeout t : {timeout(std::chrono::hours::max()), timeout(std::chrono::nanoseconds::max() - 1ns)}) {
        const auto f = executor.submit(task_options{.timeout = t}, [t1 = tracked(1)] { return tracked(2); });
        executor.run_all();
        EXPECT_EQ(f.result().value, 2);
    }
    for (const timeout t : {timeout(0s), timeout(-1s), timeout(std::chrono::hours::min())}) {
        const auto f = executor.submit(task_options{.timeout = t}, [t1 = tracked(1)] { return tracked(2); });
        EXPECT_EQ(ending(f), "timeout");
        executor.run_all();
    }
    EXPECT_EQ(tracked::live(), before);
}

TEST(call_test, cancelling_stops_the_clock) {
    const int before = tracked::live();
    manual_executor executor;
    {
        const auto f = executor.submit(task_options{.timeout = 1h}, [t = tracked(1)] { return tracked(2); });
        EXPECT_TRUE(f.cancel());
    }
    executor.run_all();
    EXPECT_EQ(tracked::live(), before);
}

}  // namespace
