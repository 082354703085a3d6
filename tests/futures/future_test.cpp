#include "concur/futures/future.hpp"

#include "concur/futures/promise.hpp"
#include "support/asleep.hpp"
#include "support/gate.hpp"
#include "support/ready.hpp"
#include "support/tracked.hpp"

#include <any>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace {

using namespace concur;
using namespace std::chrono_literals;
using support::ending;
using support::move_only;
using support::tracked;

TEST(future_test, it_is_pending_then_running_then_done) {
    const promise<int> p;
    const auto f = p.get_future();
    EXPECT_FALSE(f.done() || f.running() || f.cancelled());
    EXPECT_TRUE(p.set_running_or_notify_cancel());
    EXPECT_TRUE(f.running());
    EXPECT_FALSE(f.done() || f.cancelled());
    p.set_result(3);
    EXPECT_TRUE(f.done());
    EXPECT_FALSE(f.running() || f.cancelled());
    EXPECT_EQ(f.result(), 3);
}

TEST(future_test, copies_are_handles_on_one_result) {
    const promise<std::string> p;
    const auto one = p.get_future();
    const future<std::string> two = one;
    p.set_result("apple");
    EXPECT_EQ(one, two);
    EXPECT_EQ(&one.result(), &two.result());
}

// fact 16
TEST(future_test, result_may_be_called_any_number_of_times) {
    const auto f = support::ready(std::string("apple"));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(f.result(), "apple");
    EXPECT_EQ(&f.result(), &f.get());
}

TEST(future_test, a_result_that_stays_is_a_reference_and_nothing_is_copied) {
    tracked::reset();
    const auto f = support::ready(tracked(4));
    const int moves = tracked::moves();
    const tracked& value = f.result();
    EXPECT_EQ(value.value, 4);
    EXPECT_EQ(tracked::copies(), 0);
    EXPECT_EQ(tracked::moves(), moves);
}

TEST(future_test, a_future_that_goes_gives_the_value_itself) {
    auto f = support::ready(move_only(4));
    EXPECT_EQ(f.result().value, 4);
    const move_only taken = std::move(f).result();
    EXPECT_EQ(taken.value, 4);
    EXPECT_EQ(support::ready(move_only(5)).get().value, 5);
    EXPECT_EQ(std::move(f).get().value, -1);
}

TEST(future_test, a_future_of_nothing_says_when_it_is_done) {
    const promise<void> p;
    const auto f = p.get_future();
    EXPECT_EQ(ending(f, 0s), "timeout");
    p.set_result();
    f.result();
    f.get();
    support::ready().result();
}

TEST(future_test, a_future_of_a_reference_gives_that_very_object) {
    int apples = 1;
    const promise<int&> p;
    p.set_result(apples);
    auto f = p.get_future();
    f.result() = 2;
    EXPECT_EQ(apples, 2);
    EXPECT_EQ(&std::move(f).result(), &apples);
    const promise<const int&> fixed;
    fixed.set_result(apples);
    EXPECT_EQ(&fixed.get_future().result(), &apples);
}

TEST(future_test, a_value_needs_no_default_constructor_and_may_be_const) {
    struct made_of_int {
        explicit made_of_int(int i) : value(i) {}
        int value;
    };
    const promise<made_of_int> p;
    p.set_result(6);
    EXPECT_EQ(p.get_future().result().value, 6);
    const promise<const int> fixed;
    fixed.set_result(7);
    EXPECT_EQ(fixed.get_future().result(), 7);
}

TEST(future_test, a_value_that_can_neither_be_copied_nor_moved_is_made_in_place) {
    struct fixed {
        explicit fixed(int i) : value(i) {}
        fixed(const fixed&) = delete;
        fixed& operator=(const fixed&) = delete;
        int value;
    };
    const promise<fixed> p;
    p.set_result(8);
    const auto f = p.get_future();
    EXPECT_EQ(f.result().value, 8);
}

TEST(future_test, futures_pointers_and_anything_can_be_results_too) {
    EXPECT_EQ(support::ready(support::ready(3)).result().result(), 3);
    EXPECT_EQ(support::ready(std::make_unique<int>(4)).result() == nullptr, false);
    EXPECT_EQ(std::any_cast<int>(support::ready(std::any(5)).result()), 5);
    const promise<std::exception_ptr> p;
    p.set_result(std::make_exception_ptr(1));
    EXPECT_NE(p.get_future().result(), nullptr);
}

TEST(future_test, a_value_whose_copy_throws_can_still_be_read) {
    tracked::reset();
    const auto f = support::ready(tracked(9));
    tracked::fail_copy(1);
    EXPECT_THROW(tracked(f.result()), support::copy_failed);
    EXPECT_EQ(f.result().value, 9);
    EXPECT_EQ(tracked(f.result()).value, 9);
    tracked::reset();
}

TEST(future_test, a_value_whose_move_throws_stays_where_it_is) {
    tracked::reset();
    auto f = support::ready(tracked(9));
    tracked::fail_move(1);
    EXPECT_THROW(std::move(f).result(), support::move_failed);
    EXPECT_TRUE(f.done());
    EXPECT_EQ(f.result().value, 9);
    EXPECT_EQ(std::move(f).result().value, 9);
    tracked::reset();
}

TEST(future_test, the_value_lives_as_long_as_the_last_handle) {
    const int before = tracked::live();
    auto f = support::ready(tracked(1));
    auto g = f;
    f = {};
    EXPECT_EQ(tracked::live(), before + 1);
    EXPECT_EQ(g.result().value, 1);
    g = support::ready(tracked(2));
    EXPECT_EQ(tracked::live(), before + 1);
    g = std::move(g);
    EXPECT_EQ(g.result().value, 2);
    g = {};
    EXPECT_EQ(tracked::live(), before);
}

template <class Call>
std::string misuse(Call call) {
    try {
        call();
    } catch (const invalid_state_error& e) {
        return e.what();
    }
    return "taken";
}

TEST(future_test, an_empty_future_says_so_in_every_call) {
    const future<int> empty;
    auto f = support::ready(1);
    const auto full = std::move(f);
    EXPECT_FALSE(empty.valid() || f.valid());
    EXPECT_TRUE(full.valid());
    const std::vector<std::function<void()>> calls{
        [&] { empty.done(); },
        [&] { empty.running(); },
        [&] { empty.cancelled(); },
        [&] { empty.cancel(); },
        [&] { empty.request_stop(); },
        [&] { empty.result(); },
        [&] { empty.result(0s); },
        [&] { future<int>().result(); },
        [&] { empty.get(); },
        [&] { empty.exception(); },
        [&] { empty.wait(); },
        [&] { empty.wait_for(0s); },
        [&] { empty.wait_until(std::chrono::steady_clock::now()); },
        [&] { empty.add_done_callback([](future<int>) {}); },
        [&] { empty.then([](int) {}); },
        [&] { future<int>().then([](int) {}); },
        [&] { static_cast<void>(empty.operator co_await()); },
        [&] { static_cast<void>(future<int>().operator co_await()); },
        [&] { f.result(); },
    };
    for (std::size_t i = 0; i < calls.size(); ++i)
        EXPECT_TRUE(misuse(calls[i]).starts_with("this future is empty")) << "call " << i;
}

TEST(future_test, an_empty_callable_is_refused_and_nothing_is_left_behind) {
    const auto f = support::ready(1);
    EXPECT_THROW(f.add_done_callback(std::function<void(future<int>)>{}), std::invalid_argument);
    EXPECT_THROW(f.then(std::function<int(int)>{}), std::invalid_argument);
    EXPECT_THROW(f.then(static_cast<int (*)(int)>(nullptr)), std::invalid_argument);
}

TEST(future_test, a_thread_blocked_in_result_wakes_when_it_is_set) {
    const promise<int> p;
    std::atomic<int> id{0};
    int got = 0;
    std::thread reader([&, f = p.get_future()] {
        id = support::this_thread_id();
        got = f.result();
    });
    while (id == 0) std::this_thread::yield();
    EXPECT_TRUE(support::until_asleep(id));
    p.set_result(3);
    reader.join();
    EXPECT_EQ(got, 3);
}

TEST(future_test, wait_says_nothing_and_its_timed_forms_say_whether_it_is_done) {
    const promise<int> p;
    const auto f = p.get_future();
    EXPECT_FALSE(f.wait_for(1ms));
    EXPECT_FALSE(f.wait_until(std::chrono::steady_clock::now() + 1ms));
    EXPECT_FALSE(f.wait_until(std::chrono::system_clock::now() + 1ms));
    p.set_exception(std::runtime_error("x"));
    f.wait();
    EXPECT_TRUE(f.wait_for(1h));
    EXPECT_TRUE(f.wait_until(std::chrono::steady_clock::now() - 1h));
    EXPECT_NE(f.exception(), nullptr);
}

// fact 18
TEST(future_test, its_text_shows_pending_running_cancelled_or_what_it_returned_or_raised) {
    const auto without_address = [](const std::string& text) {
        const auto from = text.find(" at "), to = text.find(':');
        return text.substr(0, from) + text.substr(to);
    };
    const promise<int> p;
    const auto f = p.get_future();
    EXPECT_EQ(without_address(to_string(f)), "<future: pending>");
    p.set_running_or_notify_cancel();
    EXPECT_EQ(without_address(to_string(f)), "<future: running>");
    p.set_result(3);
    EXPECT_EQ(without_address(to_string(f)), "<future: finished returned int>");
    EXPECT_EQ(without_address(to_string(support::cancelled<int>())), "<future: cancelled>");
    EXPECT_EQ(without_address(to_string(support::failed<int>("x"))), "<future: finished raised std::runtime_error>");
    EXPECT_EQ(without_address(to_string(support::ready())), "<future: finished returned void>");
    EXPECT_EQ(to_string(future<int>()), "<future: empty>");
    EXPECT_NE(to_string(f), to_string(support::ready(3)));
    EXPECT_EQ(to_string(f), to_string(future<int>(f)));
}

TEST(future_test, it_can_be_a_key_that_stands_for_the_same_future_and_not_for_the_same_value) {
    const auto one = support::ready(1), same = one, other = support::ready(1);
    EXPECT_EQ(one, same);
    EXPECT_NE(one, other);
    EXPECT_EQ(one <=> same, std::strong_ordering::equal);
    EXPECT_TRUE((one < other) != (other < one));
    std::unordered_map<future<int>, std::string> urls{{one, "a"}, {other, "b"}};
    EXPECT_EQ(urls.at(same), "a");
    const std::set<future<int>> ordered{one, other, same, future<int>()};
    EXPECT_EQ(ordered.size(), 3u);
    EXPECT_EQ(std::hash<future<int>>{}(one), std::hash<future<int>>{}(same));
    EXPECT_EQ(std::hash<future<int>>{}(future<int>()), std::hash<future<int>>{}(future<int>()));
}

// fact 20
TEST(future_test, it_is_no_plain_value_that_could_be_sent_to_another_process_as_bytes) {
    EXPECT_FALSE(std::is_trivially_copyable_v<future<int>>);
    EXPECT_FALSE(std::is_aggregate_v<future<int>>);
    EXPECT_EQ(sizeof(future<int>), sizeof(void*));
}

TEST(future_test, one_that_is_dropped_unread_neither_blocks_nor_cancels_the_work) {
    promise<int> p;
    support::gate called;
    p.get_future().add_done_callback([&](const future<int>& f) {
        EXPECT_FALSE(f.cancelled());
        called.open();
    });
    p.set_result(1);
    EXPECT_TRUE(called.is_open());
}

}  // namespace
