#include "concur/core/looking.hpp"

#include <gtest/gtest.h>

namespace {

using concur::looking;

TEST(looking_test, goes_on_for_so_many_spins_and_is_over_for_good) {
    looking look(5);
    int steps = 0;
    for (; look.go_on(); ++steps) look.rest();
    EXPECT_EQ(steps, 5 * concur::platform::spin_limit());
    EXPECT_FALSE(look.go_on());
    EXPECT_FALSE(look.go_on());
}

TEST(looking_test, is_long_after_its_first_spin) {
    looking look(3);
    const int spin = concur::platform::spin_limit();
    for (int steps = 0; look.go_on(); ++steps) EXPECT_EQ(look.is_long(), steps > spin);
}

TEST(looking_test, is_over_at_once_where_nothing_is_to_be_looked_for) { EXPECT_FALSE(looking(0).go_on()); }

}  // namespace
