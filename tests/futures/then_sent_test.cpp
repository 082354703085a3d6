#include "concur/futures/then_sent.hpp"

#include "concur/futures/promise.hpp"
#include "support/ready.hpp"

#include <gtest/gtest.h>
#include <stdexcept>

namespace {

using namespace concur;
using support::ending;

// Sends by keeping what it was given.
template <bool wants>
struct keeper {
    static constexpr bool wants_value = wants;
    future<int> operator()(future<int> f) const {
        if (f.core().now() == future_core::state::finished && f.exception() == nullptr && f.result() == 13)
            throw std::domain_error("thirteen");
        *source = std::move(f);
        return elsewhere->get_future();
    }
    future<int>* source;
    promise<int>* elsewhere;
};

template <bool wants>
struct sending {
    future<int> follow(const future<int>& f) {
        auto* const call = new then_sent<int, int, keeper<wants>>(f, {&source, &elsewhere});
        future<int> following(call);
        call->begin();
        return following;
    }
    future<int> source;
    promise<int> first, elsewhere;
};

TEST(then_sent_test, sends_when_its_source_is_done_and_has_what_comes_of_it) {
    sending<true> s;
    const auto f = s.follow(s.first.get_future());
    EXPECT_FALSE(s.source.valid());
    s.first.set_result(1);
    EXPECT_EQ(s.source.result(), 1);
    EXPECT_FALSE(f.done());
    s.elsewhere.set_result(2);
    EXPECT_EQ(f.result(), 2);
}

TEST(then_sent_test, fails_with_what_sending_throws) {
    sending<true> s;
    EXPECT_EQ(ending(s.follow(support::ready(13))), "thirteen");
}

TEST(then_sent_test, sends_what_has_failed_only_where_that_is_wanted) {
    sending<true> values;
    EXPECT_EQ(ending(values.follow(support::failed<int>("broken"))), "broken");
    EXPECT_EQ(ending(values.follow(support::cancelled<int>())), "cancelled");
    EXPECT_FALSE(values.source.valid());
    sending<false> all;
    const auto f = all.follow(support::failed<int>("broken"));
    EXPECT_EQ(ending(all.source), "broken");
    all.elsewhere.set_result(3);
    EXPECT_EQ(f.result(), 3);
}

TEST(then_sent_test, is_cancelled_together_with_what_it_has_sent) {
    sending<true> s;
    const auto f = s.follow(support::ready(1));
    EXPECT_FALSE(f.running());
    EXPECT_TRUE(f.cancel());
    EXPECT_TRUE(s.elsewhere.get_future().cancelled());
    sending<true> t;
    const auto g = t.follow(support::ready(1));
    EXPECT_TRUE(t.elsewhere.get_future().cancel());
    EXPECT_TRUE(g.cancelled());
    sending<true> u;
    const auto h = u.follow(support::ready(1));
    EXPECT_TRUE(u.elsewhere.set_running_or_notify_cancel());
    EXPECT_TRUE(h.running());
    EXPECT_FALSE(h.cancel());
    u.elsewhere.set_result(4);
    EXPECT_EQ(h.result(), 4);
}

}  // namespace
