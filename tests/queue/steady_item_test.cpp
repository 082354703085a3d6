#include "concur/queue/steady_item.hpp"

#include "support/tracked.hpp"

#include <gtest/gtest.h>
#include <string>

namespace {

using concur::steady_item;

TEST(steady_item_test, it_is_moved_without_an_exception_whatever_is_in_it) {
    static_assert(std::is_nothrow_move_constructible_v<steady_item<support::tracked>>);
    static_assert(std::is_nothrow_move_assignable_v<steady_item<const std::string>>);
    static_assert(sizeof(steady_item<int>) == sizeof(int));
    support::tracked::reset();
    steady_item<support::tracked> a(support::tracked(1));
    EXPECT_EQ(support::tracked::moves(), 1);
    steady_item<support::tracked> b(std::move(a));
    EXPECT_EQ(support::tracked::moves(), 1);
    EXPECT_EQ(b.get().value, 1);
    steady_item<std::string> s("text");
    EXPECT_EQ(steady_item<std::string>(std::move(s)).get(), "text");
}

}  // namespace
