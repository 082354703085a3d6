#include "concur/threading/timer_record.hpp"

#include "support/tracked.hpp"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using concur::threading::bind_target;
using concur::threading::timer_record;

TEST(timer_record_test, it_goes_with_its_last_share_be_that_the_clock_s) {
    support::tracked::reset();
    auto* const r = new timer_record(0s, bind_target([](const support::tracked&) {}, support::tracked()));
    r->set_daemon(true);
    r->start();
    r->drop_owner();  // a daemon: nobody waits for it
    EXPECT_TRUE(r->join(concur::none, {}));
    EXPECT_EQ(support::tracked::live(), 0);
    r->drop_share();
}

TEST(timer_record_test, it_runs_on_another_thread) {
    bool here = true;
    timer_record* self = nullptr;
    bool there = false;
    auto* const r = new timer_record(0s, bind_target([&] { there = self->runs_here(); }));
    self = r;
    r->start();
    here = r->runs_here();
    EXPECT_TRUE(r->join(concur::none, {}));
    EXPECT_FALSE(here);
    EXPECT_TRUE(there);
    r->drop_owner();
    r->drop_share();
}

}  // namespace
