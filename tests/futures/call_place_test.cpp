#include "concur/futures/call_place.hpp"

#include "concur/core/error.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "support/child.hpp"
#include "support/manual_executor.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <system_error>

namespace {

using namespace concur;

TEST(call_place_test, it_is_the_worker_s_own_and_nobody_else_s) {
    thread_pool_executor pool{1}, other{1};
    const call_place place(pool);
    EXPECT_FALSE(place.is_mine());
    EXPECT_TRUE(pool.submit([&] { return place.is_mine(); }).result());
    EXPECT_FALSE(other.submit([&] { return place.is_mine(); }).result());
}

TEST(call_place_test, it_is_alive_here_and_dead_in_a_child_of_a_fork) {
    const support::manual_executor executor;
    const call_place place(executor);
    EXPECT_NO_THROW(place.check_alive());
    const auto child = support::child::run([&] {
        try {
            place.check_alive();
        } catch (const broken_thread_pool&) {
            return 7;
        }
        return 0;
    });
    EXPECT_EQ(child.exit_code, 7);
}

TEST(call_place_test, an_initializer_of_that_place_may_not_wait_for_it) {
    std::atomic<int> code{0};
    thread_pool_executor* self = nullptr;
    thread_pool_executor pool{{.max_workers = 1, .initializer = [&] {
                                   try {
                                       static_cast<void>(call_place(*self).is_mine());
                                   } catch (const std::system_error& e) {
                                       code = e.code().value();
                                   }
                               }}};
    self = &pool;
    pool.submit([] {}).result();
    EXPECT_EQ(code, static_cast<int>(std::errc::resource_deadlock_would_occur));
}

}  // namespace
