#include "concur/threading/excepthook.hpp"

#include "support/reports.hpp"
#include "support/tracked.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using concur::threading::except_hook;
using concur::threading::set_excepthook;
using concur::threading::thread;
using support::reports;
using lines = std::vector<std::string>;

// A thread that throws, from its start to its end.
void run_one_that_throws() {
    thread t({.name = "reader"}, [] { throw std::runtime_error("a bad line"); });
    t.start();
    t.join();
}

class excepthook_test : public testing::Test {
protected:
    ~excepthook_test() override { set_excepthook(except_hook()); }
};

TEST_F(excepthook_test, an_exception_that_leaves_a_thread_is_reported_and_the_program_goes_on) {
    const reports seen;
    run_one_that_throws();
    EXPECT_EQ(seen.lines(), lines{"thread 'reader': a bad line"});
}

TEST_F(excepthook_test, the_hook_is_told_of_the_exception_on_its_thread_when_the_function_is_gone) {
    support::tracked::reset();
    const reports seen;
    std::string text, name;
    std::thread::id on;
    int live = -1;
    set_excepthook([&](std::exception_ptr error, const thread& t) {
        text = support::what_of(error);
        name = t.name();
        on = std::this_thread::get_id();
        live = support::tracked::live();
    });
    thread t(
        {.name = "reader"}, [](const support::tracked&) { throw std::runtime_error("a bad line"); },
        support::tracked());
    t.start();
    t.join();
    EXPECT_EQ(text, "a bad line");
    EXPECT_EQ(name, "reader");
    EXPECT_EQ(on, t.ident());
    EXPECT_EQ(live, 0);
    EXPECT_EQ(seen.count(), 0u);
}

TEST_F(excepthook_test, a_hook_may_ask_for_the_exception_alone) {
    std::string text;
    set_excepthook([&](std::exception_ptr error) { text = support::what_of(error); });
    run_one_that_throws();
    EXPECT_EQ(text, "a bad line");
}

TEST_F(excepthook_test, setting_one_gives_the_one_before_and_an_empty_one_is_the_default) {
    const reports seen;
    int first = 0, second = 0;
    EXPECT_FALSE(set_excepthook([&](std::exception_ptr) { ++first; }));
    const except_hook before = set_excepthook([&](std::exception_ptr) { ++second; });
    run_one_that_throws();
    set_excepthook(before);
    run_one_that_throws();
    EXPECT_EQ(first, 1);
    EXPECT_EQ(second, 1);
    EXPECT_TRUE(set_excepthook(static_cast<void (*)(std::exception_ptr)>(nullptr)));
    run_one_that_throws();
    EXPECT_EQ(seen.count(), 1u);
}

TEST_F(excepthook_test, a_hook_that_throws_is_itself_reported_and_so_is_what_it_was_called_for) {
    const reports seen;
    set_excepthook([](std::exception_ptr) { throw std::logic_error("the hook is wrong"); });
    run_one_that_throws();
    EXPECT_EQ(seen.lines(), (lines{"the excepthook of threading: the hook is wrong", "thread 'reader': a bad line"}));
}

}  // namespace
