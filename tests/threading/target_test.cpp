#include "concur/threading/target.hpp"

#include "support/tracked.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace {

using concur::threading::bind_target;
using concur::threading::runnable_with;

struct takes_moved {
    void operator()(std::unique_ptr<int> p, std::string& seen) && { seen = std::to_string(*p); }
};

TEST(target_test, it_calls_the_function_with_what_it_was_given_moved) {
    std::string seen;
    const auto t = bind_target(takes_moved(), std::make_unique<int>(42), std::ref(seen));
    t->run({});
    EXPECT_EQ(seen, "42");
}

TEST(target_test, a_token_is_given_to_who_asks_for_one_by_its_first_parameter) {
    bool possible = false, any = true;
    const auto asks = bind_target([&](std::stop_token stop) { possible = stop.stop_possible(); });
    const auto takes_anything = bind_target([&](auto... all) { any = sizeof...(all) > 0; });
    const std::stop_source source;
    asks->run(source.get_token());
    takes_anything->run(source.get_token());
    EXPECT_TRUE(possible);
    EXPECT_FALSE(any);
}

TEST(target_test, a_member_function_is_called_on_its_object) {
    const std::string text = "four";
    const auto t = bind_target(&std::string::size, &text);
    t->run({});
}

TEST(target_test, what_cannot_be_called_so_is_known_beforehand) {
    const auto takes_reference = [](int&) {};
    static_assert(!runnable_with<decltype(takes_reference), int>);
    static_assert(runnable_with<decltype(takes_reference), std::reference_wrapper<int>>);
    static_assert(!runnable_with<int>);
    static_assert(runnable_with<void (*)(std::stop_token)>);
}

TEST(target_test, it_destroys_what_it_holds) {
    support::tracked::reset();
    {
        const auto t = bind_target([](const support::tracked&) {}, support::tracked());
    }
    EXPECT_EQ(support::tracked::live(), 0);
}

}  // namespace
