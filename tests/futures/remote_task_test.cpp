#include "concur/futures/remote_task.hpp"

#include "concur/futures/remote_call.hpp"
#include "support/gate.hpp"
#include "support/loopback.hpp"
#include "support/ready.hpp"
#include "support/reports.hpp"

#include <chrono>
#include <cstring>
#include <gtest/gtest.h>
#include <new>
#include <string>
#include <string_view>
#include <thread>

namespace {

using namespace concur;
using namespace std::chrono_literals;
using support::loopback;
using support::loopback_host;
using support::what_of;

int answer() { return 42; }

TEST(remote_request_test, lies_in_the_task_up_to_its_room_and_beyond_that_in_leased_memory) {
    loopback_host host;
    remote_request request(host);
    EXPECT_TRUE(request.is_small());
    EXPECT_EQ(request.size(), 0u);
    for (const std::size_t size : {std::size_t{1}, remote_request::room}) {
        std::memset(request.reserve(size), 1, size);
        EXPECT_TRUE(request.is_small());
        EXPECT_EQ(request.size(), size);
        EXPECT_EQ(request.small_bytes()[size - 1], std::byte{1});
        EXPECT_EQ(host.leased(), 0u);
    }
    std::byte* const at = request.reserve(remote_request::room + 1);
    EXPECT_FALSE(request.is_small());
    EXPECT_EQ(request.large().at, at);
    EXPECT_EQ(request.size(), remote_request::room + 1);
    EXPECT_EQ(host.leased(), 1u);
}

TEST(remote_request_test, gives_its_memory_back_when_it_is_written_anew_and_at_its_end) {
    loopback_host host;
    {
        remote_request request(host);
        request.reserve(1000);
        request.reserve(2000);
        EXPECT_EQ(host.leased(), 1u);
        request.reserve(10);
        EXPECT_EQ(host.leased(), 0u);
        request.reserve(1000);
        request.reset();
        EXPECT_EQ(host.leased(), 0u);
        EXPECT_TRUE(request.is_small());
        request.reserve(1000);
    }
    EXPECT_EQ(host.leased(), 0u);
}

TEST(remote_request_test, is_empty_where_there_was_no_memory) {
    loopback_host host;
    remote_request request(host);
    request.reserve(50);
    host.refuse_memory = true;
    EXPECT_THROW(request.reserve(1000), std::bad_alloc);
    EXPECT_EQ(request.size(), 0u);
    EXPECT_TRUE(request.is_small());
}

TEST(remote_request_test, is_aligned_for_what_messages_hold) {
    loopback_host host;
    remote_request request(host);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(request.reserve(10)) % pickle::most_align, 0u);
}

TEST(remote_task_test, has_a_share_of_its_host_as_long_as_it_lives) {
    loopback pool;
    {
        executor& e = pool;
        const auto f = e.submit(answer);
        EXPECT_EQ(pool.host.shares(), 1);
        pool.run_all();
        EXPECT_EQ(pool.host.shares(), 1) << "the future";
    }
    EXPECT_EQ(pool.host.shares(), 0);
}

TEST(remote_task_test, is_named_in_messages_as_its_options_say) {
    loopback pool;
    executor& e = pool;
    const auto nameless = e.submit(answer);
    EXPECT_EQ(pool.host.front().label(), "a task");
    EXPECT_EQ(pool.host.front().name(), "");
    EXPECT_EQ(pool.host.front().more(), nullptr);
    pool.run_all();
    const auto named = e.submit({.name = "tile 7"}, answer);
    EXPECT_EQ(pool.host.front().label(), "task 'tile 7'");
    EXPECT_EQ(pool.host.front().name(), "tile 7");
    pool.run_all();
}

TEST(remote_task_test, carries_what_its_options_say_to_the_host) {
    loopback pool;
    executor& e = pool;
    const auto f = e.submit({.priority = 7, .idempotent = true}, answer);
    remote_task& t = pool.host.front();
    EXPECT_EQ(t.priority, 7);
    ASSERT_NE(t.more(), nullptr);
    EXPECT_TRUE(t.more()->idempotent);
    EXPECT_EQ(t.more()->runs, 0);
    EXPECT_FALSE(t.more()->warned);
    EXPECT_FALSE(t.more()->overdue);
    pool.run_all();
}

TEST(remote_task_test, fails_when_its_time_is_over_before_it_has_begun) {
    support::gate overdue;
    loopback pool;
    executor& e = pool;
    pool.host.when_overdue = [&] { overdue.open(); };
    const auto f = e.submit({.timeout = 1ms, .name = "late"}, answer);
    EXPECT_NE(what_of(f.exception(30s)).find("task 'late'"), std::string::npos);
    EXPECT_TRUE(pool.host.empty()) << "it stands in no line any more";
    EXPECT_FALSE(overdue.is_open());
}

TEST(remote_task_test, whose_time_is_over_before_it_comes_to_its_host_stays_away) {
    loopback pool;
    executor& e = pool;
    pool.host.before_post = [](remote_task& t) {
        while (!t.core().done()) std::this_thread::yield();
    };
    const auto f = e.submit({.timeout = 1ms}, answer);
    EXPECT_THROW(f.result(), timeout_error);
    EXPECT_TRUE(pool.host.empty());
}

TEST(remote_task_test, is_the_hosts_to_end_when_its_time_is_over_while_it_runs) {
    support::gate overdue;
    loopback pool;
    executor& e = pool;
    pool.host.when_overdue = [&] { overdue.open(); };
    pool.host.begins_at_once = true;
    const auto f = e.submit({.timeout = 50ms}, answer);  // it begins before that
    EXPECT_TRUE(overdue.wait_for(support::long_enough));
    EXPECT_FALSE(f.done());
    pool.host.answer(*pool.host.newest);
    EXPECT_EQ(f.result(), 42);
}

TEST(remote_task_test, has_no_time_that_runs_once_it_is_done) {
    loopback pool;
    executor& e = pool;
    {
        const auto f = e.submit({.timeout = 1h}, answer);
        pool.run_all();
        EXPECT_EQ(f.result(), 42);
    }
    EXPECT_EQ(pool.host.shares(), 0) << "the timer holds none any more";
    {
        auto f = e.submit({.timeout = 1h}, answer);
        EXPECT_TRUE(f.cancel());
    }
    EXPECT_EQ(pool.host.shares(), 0);
}

TEST(remote_task_test, does_not_run_in_the_process_that_submitted_it) {
    loopback pool;
    executor& e = pool;
    const auto f = e.submit(answer);
    job& j = pool.host.front();
    j.run(j);
    EXPECT_FALSE(f.done());
    pool.run_all();
}

}  // namespace
