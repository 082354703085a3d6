#include "concur/threading/thread_record.hpp"

#include "concur/threading/thread_registry.hpp"
#include "support/tracked.hpp"

#include <gtest/gtest.h>
#include <stdexcept>

namespace {

using namespace concur::threading;

TEST(thread_record_test, it_goes_with_its_last_share_be_that_the_thread_s_own) {
    support::tracked::reset();
    auto* const r =
        new thread_record({.daemon = true}, bind_target([](const support::tracked&) {}, support::tracked()));
    r->start();
    r->add_share();
    r->drop_owner();  // a daemon: nobody waits for it
    r->drop_share();
    EXPECT_TRUE(r->join(concur::none, {}));
    EXPECT_EQ(support::tracked::live(), 0);
    r->drop_share();
}

TEST(thread_record_test, where_its_options_are_bad_nothing_is_made) {
    support::tracked::reset();
    const auto make = [](thread_options o) {
        return std::make_unique<thread_record>(std::move(o),
                                               bind_target([](const support::tracked&) {}, support::tracked()));
    };
    EXPECT_THROW(make({.stack_size = 1}), std::invalid_argument);
    EXPECT_THROW(make({.affinity = {-1}}), std::invalid_argument);
    EXPECT_EQ(support::tracked::live(), 0);
}

TEST(thread_record_test, that_of_the_calling_thread_is_here) {
    EXPECT_TRUE(record_of_this_thread().is_here());
    EXPECT_TRUE(record_of_this_thread().is_alive());
    EXPECT_FALSE(record_of_this_thread().stop().stop_possible());
}

}  // namespace
