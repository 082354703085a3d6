#include "concur/platform/memory.hpp"

#include "support/sanitized.hpp"

#include <gtest/gtest.h>

namespace {

TEST(memory_test, what_is_freed_may_be_kept_unless_somebody_looks_for_its_use) {
    EXPECT_EQ(concur::platform::may_keep_memory(), support::under_tsan() || !support::is_sanitized());
}

}  // namespace
