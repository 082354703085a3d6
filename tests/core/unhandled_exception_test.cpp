#include "concur/core/unhandled_exception.hpp"
#include "concur/core/report_unhandled.hpp"

#include "support/child.hpp"
#include "support/reports.hpp"

#include <gtest/gtest.h>
#include <stdexcept>
#include <thread>

namespace shop {
struct silent : std::exception {
    const char* what() const noexcept override { return nullptr; }
};
struct sold_out : std::runtime_error {
    using std::runtime_error::runtime_error;
};
}  // namespace shop

namespace {

using namespace concur;

std::exception_ptr some_error(const char* what = "oh") { return std::make_exception_ptr(shop::sold_out(what)); }

std::string stderr_of(const std::function<void()>& fn) {
    const auto child = support::child::run([&] {
        fn();
        return 0;
    });
    EXPECT_EQ(child.exit_code, 0);
    return child.err;
}

TEST(unhandled_exception_test, the_hook_is_told_of_the_exception_and_where_it_came_from) {
    const support::reports seen;
    const auto error = some_error();
    report_unhandled(error, "a task");
    ASSERT_EQ(seen.count(), 1u);
    EXPECT_EQ(seen.all()[0].error, error);
    EXPECT_EQ(seen.all()[0].where, "a task");
    EXPECT_EQ(seen.all()[0].on, std::this_thread::get_id());
}

TEST(unhandled_exception_test, a_hook_may_take_the_exception_alone) {
    std::string what;
    auto before = set_unhandled_exception_hook([&](std::exception_ptr e) { what = support::what_of(e); });
    report_unhandled(some_error(), "a task");
    set_unhandled_exception_hook(std::move(before));
    EXPECT_EQ(what, "oh");
}

TEST(unhandled_exception_test, setting_a_hook_gives_the_one_before_and_that_can_be_set_again) {
    int first = 0, second = 0;
    auto original = set_unhandled_exception_hook([&](std::exception_ptr) { ++first; });
    auto one = set_unhandled_exception_hook([&](std::exception_ptr) { ++second; });
    report_unhandled(some_error(), "x");
    auto two = set_unhandled_exception_hook(one);
    report_unhandled(some_error(), "x");
    EXPECT_EQ(first, 1);
    EXPECT_EQ(second, 1);
    EXPECT_TRUE(two);
    set_unhandled_exception_hook(std::move(original));
}

TEST(unhandled_exception_test, without_a_hook_one_line_goes_to_standard_error) {
    EXPECT_EQ(stderr_of([] { report_unhandled(some_error("no more apples"), "task 'buy'"); }),
              "concur: nobody read the exception of task 'buy': shop::sold_out: no more apples\n");
}

TEST(unhandled_exception_test, what_is_no_std_exception_is_named_by_its_type) {
    EXPECT_EQ(stderr_of([] { report_unhandled(std::make_exception_ptr(42), "a task"); }),
              "concur: nobody read the exception of a task: int\n");
}

TEST(unhandled_exception_test, one_whose_what_is_null_is_named_by_its_type_too) {
    EXPECT_EQ(stderr_of([] { report_unhandled(std::make_exception_ptr(shop::silent()), "a task"); }),
              "concur: nobody read the exception of a task: shop::silent without a what()\n");
}

TEST(unhandled_exception_test, an_empty_hook_brings_the_default_back) {
    const std::string line = stderr_of([] {
        set_unhandled_exception_hook([](std::exception_ptr) {});
        report_unhandled(some_error("lost"), "a task");
        EXPECT_TRUE(set_unhandled_exception_hook(nullptr));
        report_unhandled(some_error("found"), "a task");
        EXPECT_FALSE(set_unhandled_exception_hook(nullptr));
    });
    EXPECT_EQ(line, "concur: nobody read the exception of a task: shop::sold_out: found\n");
}

TEST(unhandled_exception_test, what_the_hook_throws_goes_no_further) {
    int calls = 0;
    const std::string line = stderr_of([&] {
        set_unhandled_exception_hook([&](std::exception_ptr) {
            ++calls;
            throw 42;
        });
        report_unhandled(some_error(), "a task");
        report_unhandled(some_error(), "a task");
        if (calls != 2) std::abort();
    });
    EXPECT_EQ(line.find("shop::sold_out"), std::string::npos);
}

TEST(unhandled_exception_test, a_hook_may_set_another_hook_and_report_itself) {
    const support::reports outer;
    set_unhandled_exception_hook([](std::exception_ptr e) {
        static int depth = 0;
        if (++depth < 3) report_unhandled(e, "the hook");
        set_unhandled_exception_hook(nullptr);
    });
    report_unhandled(some_error(), "a task");
    EXPECT_FALSE(set_unhandled_exception_hook(nullptr));
}

TEST(unhandled_exception_test, a_hook_that_is_replaced_while_it_runs_lives_to_the_end_of_its_call) {
    const support::reports restored;
    std::atomic<int> told{0};
    std::jthread changer([&](std::stop_token stop) {
        while (!stop.stop_requested())
            set_unhandled_exception_hook([&told, big = std::string(100, 'x')](std::exception_ptr) {
                if (big.back() == 'x') ++told;
            });
    });
    while (told == 0) report_unhandled(some_error(), "a task");
    const int before = told;
    for (int i = 0; i < 1'000; ++i) report_unhandled(some_error(), "a task");
    EXPECT_EQ(told, before + 1'000);
}

}  // namespace
