#include "concur/futures/travelling.hpp"

#include "support/reports.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace {

using namespace concur;
using support::what_of;

int add(int a, int b) { return a + b; }

struct owner {
    std::vector<std::tuple<int, std::function<void()>>> tasks;
};

template <class F, class... A>
constexpr bool goes(const F&, const A&...) {
    return travels<F, A...>;
}
template <class F, class... A>
std::string obstacle(const F&, const A&...) {
    return std::string(name_of_obstacle<F, A...>());
}

TEST(travelling_test, a_call_travels_where_function_arguments_and_result_do) {
    const auto closure = [n = 1] { return n; };
    const auto with_token = [](const std::stop_token&, int a) { return a; };
    const auto gives_pointer = []() -> int* { return nullptr; };
    const auto gives_reference = [](std::string& s) -> std::string& { return s; };
    const auto writes = [](std::span<int>) {};
    EXPECT_TRUE(goes(add, 1, 2));
    EXPECT_TRUE(goes(with_token, 1));
    EXPECT_FALSE(goes(closure));
    EXPECT_FALSE(goes(add, 1, std::string("not a number")));
    EXPECT_FALSE(goes(gives_pointer));
    EXPECT_FALSE(goes(gives_reference, std::string()));
    EXPECT_FALSE(goes(writes, std::span<int>()));
    EXPECT_FALSE(goes([](const owner&) {}, owner()));
}

TEST(travelling_test, the_type_that_is_in_the_way_is_named) {
    EXPECT_NE(obstacle([n = 1] { return n; }).find("lambda"), std::string::npos);
    EXPECT_EQ(obstacle([](const owner&) {}, owner()), pickle::name_of<std::function<void()>>());
    EXPECT_EQ(obstacle([](int, std::weak_ptr<int>) {}, 1, std::weak_ptr<int>()), "std::weak_ptr<int>");
    EXPECT_EQ(obstacle([]() -> long* { return nullptr; }), pickle::name_of<long*>());
    EXPECT_EQ(obstacle([](int) -> const int& { std::terminate(); }, 1), pickle::name_of<const int&>());
    EXPECT_EQ(obstacle([](std::span<int>) {}, std::span<int>()), "") << "it is how the function takes it";
}

TEST(travelling_test, the_error_names_the_function_and_the_type_and_says_what_to_do) {
    const std::string what = what_of(cannot_travel(typeid(std::thread), "widget*"));
    EXPECT_NE(what.find("widget* is in its way"), std::string::npos) << what;
    EXPECT_NE(what.find("std::thread"), std::string::npos) << what;
    EXPECT_NE(what.find("use a function or a lambda without captures"), std::string::npos) << "the mend";
}

}  // namespace
