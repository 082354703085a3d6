#include "concur/futures/helping.hpp"

#include "concur/core/this_thread.hpp"
#include "concur/platform/clock.hpp"

#include <gtest/gtest.h>

namespace {

using namespace concur;

struct busy_or_free final : worker {
    explicit busy_or_free(bool free) noexcept : worker(1), free_(free) { set_this_worker(this); }
    ~busy_or_free() { set_this_worker(nullptr); }
    void has_result() noexcept override {}
    void going_on() noexcept override {}
    bool others_are_free() noexcept override { return free_; }
    bool take_out(job&) noexcept override { return false; }
    bool may_keep() const noexcept override { return false; }
    void call_others() noexcept override {}

private:
    const bool free_;
};

TEST(helping_test, who_is_no_worker_may_help) { EXPECT_TRUE(may_help()); }

TEST(helping_test, a_worker_may_where_no_other_is_free) {
    const busy_or_free me(false);
    EXPECT_TRUE(may_help());
}

TEST(helping_test, a_worker_leaves_it_to_one_that_is_free_unless_its_pool_has_not_begun) {
    busy_or_free me(true);
    EXPECT_FALSE(may_help());
    me.initializing = true;
    EXPECT_TRUE(may_help());
}

std::int64_t ns_of(const looking_again& pause) { return pause.end().at() - platform::steady_ns(); }

TEST(helping_test, it_looks_again_soon_and_then_less_often) {
    looking_again pause(2);
    const std::int64_t first = ns_of(pause);
    for (int i = 0; i < 20; ++i) pause.grow();
    const std::int64_t last = ns_of(pause);
    EXPECT_LE(first, 50'000);
    EXPECT_GT(last, first);
    EXPECT_LE(last, 6'000'000);
}

TEST(helping_test, where_looking_takes_long_it_looks_less_often) {
    looking_again pause(1'000'000);
    for (int i = 0; i < 40; ++i) pause.grow();
    EXPECT_GT(ns_of(pause), 50'000'000);
}

}  // namespace
