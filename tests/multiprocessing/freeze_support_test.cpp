#include "concur/multiprocessing/freeze_support.hpp"

#include "concur/platform/program_start.hpp"

#include <gtest/gtest.h>

namespace {

using namespace concur::multiprocessing;

// This program is linked as most are, and so are its tests of everything that needs a worker.
TEST(freeze_support_test, is_not_needed_where_main_is_taken_over) {
    EXPECT_TRUE(concur::platform::main_is_hooked());
    EXPECT_NO_THROW(check_can_be_worker());
}

TEST(freeze_support_test, does_nothing_in_a_program_that_was_not_started_as_a_worker) {
    freeze_support(0, nullptr);
    EXPECT_FALSE(concur::platform::has_role());
    EXPECT_NO_THROW(check_can_be_worker());
}

}  // namespace
