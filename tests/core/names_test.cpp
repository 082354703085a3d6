// Names of the system's that programs use beside ours.
#include <concur/concur.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

using namespace concur;

TEST(names_test, leave_alarm_of_the_system_alone) { EXPECT_EQ(alarm(0), 0U); }
