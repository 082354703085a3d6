#include "concur/queue/end_lock.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <thread>
#include <vector>

namespace {

using concur::end_lock;

TEST(end_lock_test, one_has_it_at_a_time) {
    end_lock lock;
    int n = 0;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 20'000; ++i) {
                    lock.acquire();
                    ++n;
                    lock.release();
                }
            });
    }
    EXPECT_EQ(n, 80'000);
    EXPECT_TRUE(lock.try_acquire());
    EXPECT_FALSE(lock.try_acquire());
    EXPECT_EQ(sizeof(lock), 4U);
}

TEST(end_lock_test, who_takes_it_last_may_destroy_it) {
    for (int round = 0; round < 200; ++round) {
        auto lock = std::make_unique<end_lock>();
        int n = 0;
        lock->acquire();
        std::jthread one([&, l = lock.get()] {
            n = 1;
            l->release();
        });
        lock->acquire_last();
        EXPECT_EQ(n, 1);
        lock.reset();
    }
}

}  // namespace
