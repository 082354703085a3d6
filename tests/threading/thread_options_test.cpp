// What can be said of a thread before it starts, and what it refuses.
#include "concur/platform/os_thread.hpp"
#include "concur/threading/thread.hpp"
#include "support/affinity.hpp"
#include "support/gate.hpp"
#include "support/injected.hpp"
#include "support/thread_name.hpp"
#include "support/tracked.hpp"
#include "support/waiting_thread.hpp"

#include <atomic>
#include <cerrno>
#include <functional>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace {

using namespace std::chrono_literals;
using concur::threading::current_thread;
using concur::threading::thread;
using concur::threading::thread_options;
using support::gate;
using support::opened_at_end;
using support::tracked;

// What `fn` throws, as the number of a std::system_error.
template <class F>
std::errc refusal_of(F fn) {
    try {
        fn();
    } catch (const std::system_error& e) {
        return static_cast<std::errc>(e.code().value());
    }
    return {};
}

// fact 100
TEST(thread_test, to_start_it_twice_is_an_error_and_changes_nothing) {
    gate held;
    std::atomic<int> runs{0};
    thread t([&] {
        ++runs;
        held.wait();
    });
    t.start();
    const opened_at_end sure(held);
    EXPECT_THROW(t.start(), std::logic_error);
    EXPECT_TRUE(t.is_alive());
    held.open();
    t.join();
    EXPECT_THROW(t.start(), std::logic_error);
    EXPECT_EQ(runs, 1);
    t.join();
}

// fact 100
TEST(thread_test, to_join_it_before_it_was_started_is_an_error_and_changes_nothing) {
    bool ran = false;
    thread t([&] { ran = true; });
    EXPECT_EQ(refusal_of([&] { t.join(); }), std::errc::invalid_argument);
    EXPECT_EQ(refusal_of([&] { t.join(0s); }), std::errc::invalid_argument);
    t.start();
    t.join();
    EXPECT_TRUE(ran);
}

// fact 100
TEST(thread_test, to_join_oneself_is_an_error_and_changes_nothing) {
    auto refused = std::errc{};
    thread t([&] { refused = refusal_of([] { current_thread().join(); }); });
    t.start();
    t.join();
    EXPECT_EQ(refused, std::errc::resource_deadlock_would_occur);
}

// fact 100
TEST(thread_test, to_change_after_the_start_whether_it_is_a_daemon_is_an_error_and_changes_nothing) {
    gate held;
    thread t([&] { held.wait(); });
    EXPECT_FALSE(t.daemon());
    t.set_daemon(true);
    EXPECT_TRUE(t.daemon());
    t.set_daemon(false);
    t.start();
    const opened_at_end sure(held);
    EXPECT_THROW(t.set_daemon(true), std::logic_error);
    EXPECT_FALSE(t.daemon());
    held.open();
    t.join();
    EXPECT_THROW(t.set_daemon(true), std::logic_error);
}

TEST(thread_test, an_empty_function_is_refused) {
    EXPECT_THROW(thread(static_cast<void (*)()>(nullptr)), std::invalid_argument);
    EXPECT_THROW(thread(std::function<void()>()), std::invalid_argument);
}

TEST(thread_test, where_the_system_has_no_thread_to_give_it_is_as_before_and_can_be_started_again) {
    tracked::reset();
    bool ran = false;
    thread t([&ran](const tracked&) { ran = true; }, tracked());
    const std::size_t others = concur::threading::active_count();
    {
        const support::injected no_thread(support::injected::system_call::thread, EAGAIN);
        EXPECT_EQ(refusal_of([&] { t.start(); }), std::errc::resource_unavailable_try_again);
    }
    EXPECT_FALSE(t.is_alive());
    EXPECT_EQ(t.native_id(), 0);
    EXPECT_EQ(tracked::live(), 1);
    EXPECT_EQ(concur::threading::active_count(), others);
    EXPECT_EQ(refusal_of([&] { t.join(); }), std::errc::invalid_argument);
    t.set_daemon(true);
    t.set_daemon(false);
    t.start();
    t.join();
    EXPECT_TRUE(ran);
    EXPECT_EQ(tracked::live(), 0);
}

TEST(thread_test, a_stack_too_small_for_a_thread_is_refused) {
    const auto nothing = [] {};
    for (const std::size_t small : {std::size_t{1}, std::size_t{32} * 1024 - 1}) {
        EXPECT_THROW(thread(thread_options{.stack_size = small}, nothing), std::invalid_argument);
        EXPECT_THROW(concur::threading::stack_size(small), std::invalid_argument);
        EXPECT_EQ(concur::threading::stack_size(), 0u);
    }
}

TEST(thread_test, a_stack_larger_than_the_memory_there_is_is_refused_at_the_start) {
    thread t({.stack_size = std::size_t{1} << 60}, [] {});
    EXPECT_THROW(t.start(), std::system_error);
    thread all({.stack_size = SIZE_MAX}, [] {});
    EXPECT_THROW(all.start(), std::system_error);
    EXPECT_FALSE(t.is_alive() || all.is_alive());
}

// A thread's own, as it sees it: it may be more than was asked for.
std::size_t stack_of(thread_options options) {
    std::size_t left = 0;
    thread t(std::move(options), [&left] { left = concur::platform::stack_left(); });
    t.start();
    t.join();
    return left;
}

TEST(thread_test, it_has_the_stack_that_it_was_given_or_else_that_of_stack_size) {
    constexpr std::size_t mib = std::size_t{1} << 20;
    EXPECT_EQ(concur::threading::stack_size(20 * mib), 0u);
    EXPECT_EQ(concur::threading::stack_size(), 20 * mib);
    EXPECT_GT(stack_of({}), 19 * mib);
    EXPECT_GT(stack_of({.stack_size = 40 * mib + 1}), 39 * mib);
    EXPECT_EQ(concur::threading::stack_size(0), 20 * mib);
    EXPECT_EQ(concur::threading::stack_size(), 0u);
}

TEST(thread_test, it_runs_on_the_processors_it_was_given_and_nowhere_else) {
    for (const int n : support::mask_here()) {
        std::vector<int> seen;
        thread t({.affinity = {n, 1 << 20}}, [&seen] { seen = support::mask_here(); });
        t.start();
        t.join();
        EXPECT_EQ(seen, std::vector<int>{n});
    }
}

TEST(thread_test, processors_of_which_the_process_may_use_none_are_refused) {
    EXPECT_THROW(thread(thread_options{.affinity = {1 << 20}}, [] {}), std::invalid_argument);
    EXPECT_THROW(thread(thread_options{.affinity = {-1}}, [] {}), std::invalid_argument);
}

TEST(thread_test, where_its_processors_are_taken_away_before_it_starts_it_is_as_before) {
    const auto all = support::mask_here();
    if (all.size() < 2) GTEST_SKIP() << "one processor alone cannot be taken away";
    bool ran = false;
    thread t({.affinity = {all.back()}}, [&ran] { ran = true; });
    support::waiting_thread([&] {
        cpu_set_t first;
        CPU_ZERO(&first);
        CPU_SET(static_cast<std::size_t>(all.front()), &first);
        ASSERT_EQ(::sched_setaffinity(0, sizeof first, &first), 0);
        EXPECT_EQ(refusal_of([&] { t.start(); }), std::errc::invalid_argument);
    }).join();
    EXPECT_FALSE(ran);
    EXPECT_FALSE(t.is_alive());
    EXPECT_EQ(refusal_of([&] { t.join(); }), std::errc::invalid_argument);
    t.start();
    t.join();
    EXPECT_TRUE(ran);
}

TEST(thread_test, one_that_has_no_name_gets_a_number) {
    const thread first([] {}), second([] {});
    EXPECT_EQ(first.name().substr(0, 7), "Thread-");
    EXPECT_NE(first.name(), second.name());
}

TEST(thread_test, its_name_can_be_changed_and_the_system_sees_it) {
    std::string first_seen, then_seen;
    gate renamed;
    thread t({.name = "reader"}, [&] {
        first_seen = support::thread_name();
        renamed.wait();
        current_thread().set_name("a name too long for it_7");
        then_seen = support::thread_name();
    });
    EXPECT_EQ(t.name(), "reader");
    t.start();
    t.set_name("by another");
    EXPECT_EQ(t.name(), "by another");
    renamed.open();
    t.join();
    EXPECT_EQ(t.name(), "a name too long for it_7");
    EXPECT_EQ(first_seen, "reader");
    EXPECT_EQ(then_seen.size(), 15u);
    EXPECT_EQ(then_seen.substr(13), "_7");
}

TEST(thread_test, its_ids_are_known_once_it_was_started) {
    std::thread::id seen;
    std::int64_t seen_by_system = 0;
    thread t([&] {
        seen = concur::threading::get_ident();
        seen_by_system = concur::threading::get_native_id();
    });
    EXPECT_EQ(t.ident(), std::thread::id());
    EXPECT_EQ(t.native_id(), 0);
    t.start();
    const auto id = t.ident();
    t.join();
    EXPECT_EQ(seen, id);
    EXPECT_EQ(t.native_id(), seen_by_system);
    EXPECT_NE(t.native_id(), concur::threading::get_native_id());
}

TEST(thread_test, it_is_a_daemon_where_the_thread_that_makes_it_is_one) {
    std::vector<bool> seen;
    thread t({.daemon = true}, [&] {
        seen.push_back(thread([] {}).daemon());
        seen.push_back(thread(thread_options{.daemon = false}, [] {}).daemon());
    });
    t.start();
    t.join();
    EXPECT_EQ(seen, (std::vector<bool>{true, false}));
    EXPECT_FALSE(thread([] {}).daemon());
}

}  // namespace
