#include "concur/core/home.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <set>

namespace {

using namespace concur;

struct nowhere final : home {
    void post(job&, int) override {}
};

TEST(home_test, each_has_a_number_that_never_comes_again) {
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(seen.insert(std::make_unique<nowhere>()->id()).second);
    const nowhere one;
    EXPECT_EQ(one.id(), one.id());
    EXPECT_FALSE(seen.contains(0)) << "0 is nobody's";
}

}  // namespace
