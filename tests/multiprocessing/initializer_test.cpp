#include "concur/multiprocessing/initializer.hpp"

#include "multiprocessing/hired.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using concur::process_initializer;
namespace multiprocessing = concur::multiprocessing;

int set_up = 0;
void set_to(int n) { set_up = n; }

TEST(initializer_test, is_none_at_first) {
    const process_initializer none;
    EXPECT_FALSE(none);
    EXPECT_TRUE(none.request().empty());
    EXPECT_FALSE(none.local());
}

TEST(initializer_test, travels_as_a_request_where_it_can) {
    const process_initializer setting{set_to, 7};
    EXPECT_TRUE(setting);
    EXPECT_FALSE(setting.local());
    support::hired worker;
    worker.ask_bytes({.kind = multiprocessing::request_kind::initializer}, setting.request());
    worker.value<void>();
    worker.ask([] { return set_up; });
    EXPECT_EQ(worker.value<int>(), 7);
}

TEST(initializer_test, takes_copies_of_its_arguments) {
    std::string name = "first";
    static std::string seen;
    const process_initializer there{[](const std::string& s) { seen = s; }, name};
    name = "second";
    support::hired worker;
    worker.ask_bytes({.kind = multiprocessing::request_kind::initializer}, there.request());
    worker.value<void>();
    worker.ask([] { return seen; });
    EXPECT_EQ(worker.value<std::string>(), "first");
}

TEST(initializer_test, stays_where_it_was_made_where_it_cannot_travel) {
    int n = 0;
    const process_initializer here{[&n](int by) { n += by; }, 5};
    EXPECT_TRUE(here);
    EXPECT_TRUE(here.request().empty());
    ASSERT_TRUE(here.local());
    here.local()();
    here.local()();
    EXPECT_EQ(n, 10) << "each worker calls it once, on copies";
}

TEST(initializer_test, may_take_arguments_that_cannot_travel) {
    int n = 0;
    const process_initializer here{[](int* p) { *p = 3; }, &n};
    EXPECT_TRUE(here.request().empty());
    here.local()();
    EXPECT_EQ(n, 3);
}

TEST(initializer_test, is_refused_where_it_is_empty) {
    EXPECT_THROW(process_initializer{std::function<void()>()}, std::invalid_argument);
    void (*const nothing)(int) = nullptr;
    EXPECT_THROW((process_initializer{nothing, 1}), std::invalid_argument);
}

TEST(initializer_test, can_be_copied_and_moved_as_options_are) {
    const process_initializer setting{set_to, 7};
    process_initializer copy = setting;
    EXPECT_EQ(copy.request(), setting.request());
    const process_initializer moved = std::move(copy);
    EXPECT_EQ(moved.request(), setting.request());
}

}  // namespace
