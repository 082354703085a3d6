#include "concur/multiprocessing/start_method.hpp"

#include <gtest/gtest.h>
#include <type_traits>

namespace {

// Python names it in multiprocessing, and a pool's options name it without that.
TEST(start_method_test, has_one_meaning_under_both_names) {
    static_assert(std::is_same_v<concur::start_method, concur::multiprocessing::start_method>);
    EXPECT_NE(concur::start_method::forkserver, concur::start_method::spawn);
    EXPECT_NE(concur::start_method::spawn, concur::start_method::fork);
}

}  // namespace
