#include "concur/threading/rlock.hpp"

#include "support/waiting_thread.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <system_error>
#include <vector>

namespace {

using namespace std::chrono_literals;
using concur::threading::rlock;
using support::waiting_thread;

bool another_gets(rlock& l) {
    bool got = false;
    std::jthread([&] {
        got = l.try_acquire();
        if (got) l.release();
    }).join();
    return got;
}

TEST(rlock_test, it_needs_no_code_before_main) {
    static constinit rlock l;
    EXPECT_FALSE(l.locked());
}

TEST(rlock_test, its_thread_acquires_it_again_and_others_get_it_after_the_last_release) {
    rlock l;
    EXPECT_TRUE(another_gets(l));
    l.acquire();
    EXPECT_TRUE(l.try_acquire());
    EXPECT_TRUE(l.acquire(0s));
    EXPECT_TRUE(l.try_lock_until(std::chrono::steady_clock::now() - 1h));
    for (int left = 4; left > 0; --left) {
        EXPECT_TRUE(l.locked());
        EXPECT_FALSE(another_gets(l));
        l.release();
    }
    EXPECT_FALSE(l.locked());
    EXPECT_TRUE(another_gets(l));
}

// fact 91
TEST(rlock_test, to_release_what_another_thread_has_or_nobody_is_an_error_and_changes_nothing) {
    rlock l;
    EXPECT_THROW(l.release(), std::system_error);
    EXPECT_FALSE(l.locked());
    l.acquire();
    std::jthread([&] {
        try {
            l.release();
            ADD_FAILURE() << "nothing was thrown";
        } catch (const std::system_error& e) {
            EXPECT_EQ(e.code(), std::errc::operation_not_permitted);
        }
    }).join();
    EXPECT_FALSE(another_gets(l));
    l.release();
    EXPECT_THROW(l.unlock(), std::system_error);
}

TEST(rlock_test, a_thread_that_waits_gets_it_or_gives_up) {
    rlock l;
    l.acquire();
    l.acquire();
    std::stop_source stop;
    waiting_thread first([&] {
        l.acquire();
        l.release();
    });
    waiting_thread second([&] { EXPECT_FALSE(l.acquire(1h, stop.get_token())); });
    waiting_thread third([&] { EXPECT_FALSE(l.try_lock_for(1ms)); });
    EXPECT_TRUE(first.sleeps() && second.sleeps());
    stop.request_stop();
    second.join();
    third.join();
    l.release();
    EXPECT_TRUE(first.sleeps());
    l.release();
    first.join();
}

TEST(rlock_test, threads_that_hold_it_see_one_another_s_work) {
    constexpr int threads_wanted = 4, each = 3'000;
    rlock l;
    int count = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < threads_wanted; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < each; ++i) {
                const std::scoped_lock held(l);
                const std::scoped_lock once_more(l);
                ++count;
            }
        });
    threads.clear();
    EXPECT_EQ(count, threads_wanted * each);
}

// fact 97
TEST(rlock_test, one_that_is_held_may_be_destroyed) {
    auto l = std::make_unique<rlock>();
    l->acquire();
    l.reset();
}

}  // namespace
