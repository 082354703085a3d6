#include "concur/futures/chained.hpp"

#include "concur/futures/promise.hpp"

#include <gtest/gtest.h>

namespace {

using concur::future;
using concur::promise;

struct chain : concur::chained {
    using concur::chained::not_done;
    using concur::chained::taken;
};

TEST(chained_test, gives_a_share_of_a_future_until_that_is_done) {
    promise<int> p;
    const future<int> f = p.get_future();
    concur::future_core* const core = chain::not_done(f);
    ASSERT_EQ(core, &f.core());
    core->release();
    p.set_result(1);
    EXPECT_EQ(chain::not_done(f), nullptr);
}

TEST(chained_test, what_is_taken_is_taken_once) {
    chain c;
    const promise<int> p;
    future<int> f = p.get_future();
    EXPECT_TRUE(c.taken(f).valid());
    EXPECT_FALSE(c.taken(f).valid());
}

}  // namespace
