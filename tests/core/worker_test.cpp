#include "concur/core/worker.hpp"

#include "concur/core/this_thread.hpp"

#include <gtest/gtest.h>
#include <thread>

namespace {

using namespace concur;

struct idle final : worker {
    explicit idle(std::uint64_t home) : worker(home) {}
    void has_result() noexcept override {}
    void going_on() noexcept override {}
    bool others_are_free() noexcept override { return false; }
    bool may_keep() const noexcept override { return false; }
    void call_others() noexcept override {}
    bool take_out(job&) noexcept override { return false; }
};

TEST(worker_test, a_thread_is_a_worker_for_as_long_as_it_says_so) {
    idle me(7);
    EXPECT_EQ(this_worker(), nullptr);
    set_this_worker(&me);
    EXPECT_EQ(this_worker(), &me);
    std::thread([] { EXPECT_EQ(this_worker(), nullptr); }).join();
    set_this_worker(nullptr);
    EXPECT_EQ(this_worker(), nullptr);
}

TEST(worker_test, it_belongs_to_one_home_and_begins_with_nothing_nested) {
    const idle me(7);
    EXPECT_EQ(me.of, 7u);
    EXPECT_EQ(me.nested, 0);
    EXPECT_FALSE(me.initializing);
}

}  // namespace
