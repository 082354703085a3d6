#include "concur/core/process_error.hpp"

#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <latch>
#include <thread>
#include <type_traits>
#include <vector>

namespace {

using namespace concur;
using testing::HasSubstr;
using testing::Not;

TEST(process_error_test, each_is_an_error_of_the_library) {
    EXPECT_TRUE((std::is_base_of_v<error, pickling_error>));
    EXPECT_TRUE((std::is_base_of_v<error, remote_error>));
    EXPECT_TRUE((std::is_base_of_v<broken_executor, broken_process_pool>));
    EXPECT_TRUE((std::is_base_of_v<broken_process_pool, worker_died>));
}

TEST(process_error_test, copies_never_throw) {
    EXPECT_TRUE(std::is_nothrow_copy_constructible_v<worker_died>);
    EXPECT_TRUE(std::is_nothrow_copy_constructible_v<remote_error>);
    EXPECT_TRUE(std::is_nothrow_copy_constructible_v<pickling_error>);
    EXPECT_TRUE(std::is_nothrow_copy_constructible_v<broken_process_pool>);
}

TEST(process_error_test, a_signal_is_named) {
    EXPECT_EQ(signal_name(SIGSEGV), "SIGSEGV");
    EXPECT_EQ(signal_name(77), "signal 77");
}

TEST(process_error_test, a_crash_is_told_with_all_that_is_known) {
    const worker_died died({.pid = 4711,
                            .signal = SIGSEGV,
                            .task_name = "decode",
                            .fault_address = 0x10,
                            .stack = "#0 app::decode(app::Image*, int)\n#1 main\n",
                            .peak_memory = 12 << 20,
                            .last_stderr = "bad picture\n"});
    EXPECT_STREQ(died.what(),
                 "worker 4711 died of SIGSEGV at address 0x10 while it ran task 'decode' (peak memory 12 MiB)\n"
                 "  #0 app::decode(app::Image*, int)\n"
                 "  #1 main\n"
                 "  its last words: bad picture");
    EXPECT_EQ(died.pid(), 4711);
    EXPECT_EQ(died.signal(), SIGSEGV);
    EXPECT_EQ(died.exit_code(), std::nullopt);
    EXPECT_EQ(died.task_name(), "decode");
    EXPECT_EQ(died.fault_address(), 0x10U);
    EXPECT_EQ(died.stack_trace(), "#0 app::decode(app::Image*, int)\n#1 main\n");
    EXPECT_EQ(died.peak_memory(), 12 << 20);
    EXPECT_EQ(died.last_stderr(), "bad picture\n");
    EXPECT_EQ(died.cause(), nullptr);
}

TEST(process_error_test, a_signal_with_a_usual_cause_names_it) {
    EXPECT_STREQ(worker_died({.pid = 1, .signal = SIGKILL}).what(),
                 "worker 1 died of SIGKILL (out of memory?) while it ran a task");
    EXPECT_STREQ(worker_died({.pid = 1, .signal = SIGXCPU}).what(),
                 "worker 1 died of SIGXCPU (its limit of processor time) while it ran a task");
    EXPECT_STREQ(worker_died({.pid = 1, .signal = SIGSYS}).what(),
                 "worker 1 died of SIGSYS (something that the sandbox forbids) while it ran a task");
}

TEST(process_error_test, what_the_pool_knows_is_told_in_place_of_a_guess) {
    EXPECT_STREQ(worker_died({.pid = 1, .signal = SIGKILL, .cause = "its task ran over its time-out"}).what(),
                 "worker 1 died of SIGKILL (its task ran over its time-out) while it ran a task");
}

TEST(process_error_test, an_exit_inside_a_task_is_a_death) {
    const worker_died died({.pid = 4711, .exit_code = 0});
    EXPECT_STREQ(died.what(), "worker 4711 exited with code 0 in the middle of a task");
    EXPECT_EQ(died.exit_code(), 0);
    EXPECT_EQ(died.signal(), std::nullopt);
    EXPECT_STREQ(worker_died({.pid = 2, .exit_code = 3, .task_name = "index"}).what(),
                 "worker 2 exited with code 3 in the middle of task 'index'");
}

TEST(process_error_test, a_death_before_the_first_task_says_so) {
    EXPECT_STREQ(worker_died({.pid = 5, .exit_code = 1, .in_task = false}).what(),
                 "worker 5 exited with code 1 before it ran a task");
}

TEST(process_error_test, a_worker_of_which_nothing_is_known_has_a_text_too) {
    EXPECT_STREQ(worker_died({}).what(), "a worker is gone in the middle of a task");
}

TEST(process_error_test, memory_is_told_in_a_unit_that_fits) {
    const auto told = [](std::int64_t bytes) {
        const std::string text = worker_died({.pid = 1, .exit_code = 0, .peak_memory = bytes}).what();
        const std::size_t from = text.find("(peak memory ");
        return from == text.npos ? "" : text.substr(from + 13, text.size() - from - 14);
    };
    EXPECT_EQ(told(0), "");
    EXPECT_EQ(told(1000), "1000 bytes");
    EXPECT_EQ(told(1536), "1.5 KiB");
    EXPECT_EQ(told(std::int64_t{3} << 30), "3 GiB");
    EXPECT_EQ(told(std::int64_t{5} << 52), "20480 TiB");
}

TEST(process_error_test, a_worker_cannot_write_to_the_terminal_through_an_error) {
    const std::string text = worker_died({.pid = 1,
                                          .signal = SIGABRT,
                                          .task_name = "a\x1b[2Jb\n  its last words: all is well",
                                          .stack = "#0 \x1b]0;title\x07",
                                          .last_stderr = "one\x1b[31m\ntwo\r\n\n"})
                                 .what();
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text, HasSubstr("task 'a\\x1b[2Jb\\x0a  its last words: all is well'"));
    EXPECT_THAT(text, HasSubstr("\n  its last words:\n    one\\x1b[31m\n    two\\x0d"));
}

TEST(process_error_test, the_text_of_a_death_is_bounded_and_keeps_the_last_words) {
    const std::string lots(1 << 20, 'x');
    const worker_died died(
        {.signal = SIGABRT, .cause = lots, .task_name = lots, .stack = lots, .last_stderr = lots + "the end"});
    EXPECT_LT(std::string(died.what()).size(), 20'000U);
    EXPECT_THAT(died.what(), testing::EndsWith("the end"));
    EXPECT_EQ(died.task_name(), lots);
}

TEST(process_error_test, a_remote_error_keeps_what_is_known_of_its_exception) {
    const auto inner = std::make_exception_ptr(42);
    const remote_error e("app::odd", "no luck", "#0 f()\n", inner);
    EXPECT_EQ(e.type_name(), "app::odd");
    EXPECT_STREQ(e.what(), "no luck");
    EXPECT_EQ(e.remote_traceback(), "#0 f()\n");
    EXPECT_EQ(e.nested(), inner);
    EXPECT_EQ(remote_error("app::odd", "").remote_traceback(), "");
    EXPECT_EQ(remote_error("app::odd", "").nested(), nullptr);
}

TEST(process_error_test, a_traceback_is_made_once_when_it_is_asked_for) {
    int made = 0;
    const remote_error e("app::odd", "no luck", [&made] { return "#" + std::to_string(made++); }, nullptr);
    const remote_error copy(e);
    EXPECT_EQ(made, 0);
    EXPECT_EQ(copy.remote_traceback(), "#0");
    EXPECT_EQ(e.remote_traceback(), "#0");
    EXPECT_EQ(made, 1);
}

TEST(process_error_test, threads_may_ask_for_a_traceback_at_once) {
    int made = 0;
    const remote_error e("app::odd", "no luck", [&made] { return "#" + std::to_string(made++); }, nullptr);
    std::latch all{4};
    std::vector<std::jthread> askers;
    for (int i = 0; i < 4; ++i)
        askers.emplace_back([&] {
            all.arrive_and_wait();
            EXPECT_EQ(e.remote_traceback(), "#0");
        });
}

TEST(process_error_test, a_traceback_that_cannot_be_made_is_empty) {
    const remote_error e("app::odd", "no luck", []() -> std::string { throw std::bad_alloc(); }, nullptr);
    EXPECT_EQ(e.remote_traceback(), "");
    EXPECT_EQ(e.remote_traceback(), "");
}

}  // namespace
