#include "concur/core/lock_watch.hpp"

#include <gtest/gtest.h>
#include <string>
#include <thread>

namespace {

using concur::holder;
using concur::lock_watch;

TEST(lock_watch_test, holders_are_threads_by_number_and_coroutines_by_frame) {
    holder other;
    std::jthread([&] { other = holder::this_thread(); }).join();
    EXPECT_EQ(holder::this_thread(), holder::this_thread());
    EXPECT_FALSE(holder::this_thread() == other);
    int frame = 0;
    EXPECT_FALSE(holder::coroutine(&frame) == holder::coroutine(&other));
    EXPECT_TRUE(holder::coroutine(&frame).is_coroutine);
}

TEST(lock_watch_test, each_circle_is_told_once_and_what_was_forgotten_is_in_none) {
    std::string told;
    lock_watch::report_to([&](std::string_view text) { told += text; });
    lock_watch::turn_on(concur::none);
    const int a = 0, b = 0;
    const auto here = std::source_location::current();
    const holder me = holder::this_thread();
    const auto in_order = [&](const int& first, const int& second) {
        lock_watch::wants(&first, me, here);
        lock_watch::has(&first, me, here);
        lock_watch::wants(&second, me, here);
        lock_watch::lets_go(&first);
    };
    in_order(a, b);
    lock_watch::forget(&b);
    in_order(b, a);
    EXPECT_EQ(told, "");
    in_order(a, b);
    EXPECT_NE(told.find("circle"), std::string::npos);
    told.clear();
    in_order(b, a);
    in_order(a, b);
    EXPECT_EQ(told, "");
    lock_watch::turn_off();
    lock_watch::report_to({});
}

}  // namespace
