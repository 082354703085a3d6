#include "concur/platform/poller.hpp"

#include "concur/platform/child_process.hpp"
#include "concur/platform/clock.hpp"
#include "concur/platform/local_socket.hpp"
#include "support/asleep.hpp"
#include "support/child.hpp"
#include "support/held.hpp"
#include "support/injected.hpp"
#include "support/interruptions.hpp"
#include "support/refused_call.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <gtest/gtest.h>
#include <memory>
#include <sys/syscall.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace concur::platform;
using support::injected;

using events = std::array<poller::event, poller::most_events>;

constexpr std::int64_t long_enough = 30'000'000'000;

TEST(poller_test, nothing_happens_where_nothing_is_watched) {
    poller p;
    events found;
    EXPECT_EQ(p.wait(found, 0), 0);
}

TEST(poller_test, it_waits_for_the_time_it_was_told_and_not_less) {
    poller p;
    events found;
    const std::int64_t begin = steady_ns();
    EXPECT_EQ(p.wait(found, 3'000'000), 0);
    EXPECT_GE(steady_ns() - begin, 3'000'000);
}

TEST(poller_test, what_can_be_read_is_told_until_it_was_read) {
    poller p;
    const auto [here, there] = make_socket_pair();
    p.add(here.get(), 42);
    events found;
    EXPECT_EQ(p.wait(found, 0), 0);
    EXPECT_EQ(send_packet(there.get(), "x", 1), transfer::done);
    for (int i = 0; i < 2; ++i) {
        ASSERT_EQ(p.wait(found, long_enough), 1);
        EXPECT_EQ(found[0].token, 42U);
        EXPECT_TRUE(found[0].readable);
        EXPECT_FALSE(found[0].hung_up);
    }
    char byte = 0;
    packet got;
    EXPECT_EQ(receive_packet(here.get(), &byte, 1, got), transfer::done);
    EXPECT_EQ(p.wait(found, 0), 0);
}

TEST(poller_test, a_side_that_went_is_told_with_what_it_left) {
    poller p;
    auto [here, there] = make_socket_pair();
    p.add(here.get(), 1);
    EXPECT_EQ(send_packet(there.get(), "x", 1), transfer::done);
    there.reset();
    events found;
    ASSERT_EQ(p.wait(found, long_enough), 1);
    EXPECT_TRUE(found[0].readable);
    EXPECT_TRUE(found[0].hung_up);
}

TEST(poller_test, what_was_removed_is_not_told) {
    poller p;
    auto [here, there] = make_socket_pair();
    p.add(here.get(), 1);
    there.reset();
    p.remove(here.get());
    events found;
    EXPECT_EQ(p.wait(found, 0), 0);
    p.remove(here.get());
}

TEST(poller_test, a_file_is_watched_once) {
    poller p;
    const auto [here, there] = make_socket_pair();
    p.add(here.get(), 1);
    EXPECT_THROW(p.add(here.get(), 2), std::system_error);
    EXPECT_THROW(p.add(-1, 2), std::system_error);
}

TEST(poller_test, more_than_it_tells_at_once_is_told_the_next_time) {
    poller p;
    std::vector<socket_pair> pairs(poller::most_events + 6);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        pairs[i] = make_socket_pair();
        p.add(pairs[i].here.get(), i);
        EXPECT_EQ(send_packet(pairs[i].there.get(), "x", 1), transfer::done);
    }
    std::vector<int> told(pairs.size());
    events found;
    const auto all_told = [&] { return std::ranges::count(told, 0) == 0; };
    for (int turn = 0; turn < 10 && !all_told(); ++turn)
        for (int i = p.wait(found, 0); i-- > 0;) told[found[static_cast<std::size_t>(i)].token] = 1;
    EXPECT_TRUE(all_told());
}

TEST(poller_test, a_wake_before_a_wait_ends_it_once) {
    poller p;
    events found;
    p.wake();
    p.wake();
    EXPECT_EQ(p.wait(found), 0);
    const std::int64_t begin = steady_ns();
    EXPECT_EQ(p.wait(found, 2'000'000), 0);
    EXPECT_GE(steady_ns() - begin, 2'000'000);
}

TEST(poller_test, a_wake_from_another_thread_ends_the_wait) {
    poller p;
    std::atomic<int> sleeper{0};
    int written = 0;  // before wake(), and read after wait()
    std::thread waiting([&] {
        sleeper = support::this_thread_id();
        events found;
        EXPECT_EQ(p.wait(found), 0);
        EXPECT_EQ(written, 1);
    });
    while (sleeper == 0) std::this_thread::yield();
    EXPECT_TRUE(support::until_asleep(sleeper));
    written = 1;
    p.wake();
    waiting.join();
}

// Many wakes fall between two steps of a wait(). One that was forgotten there would make all later ones
// look needless.
TEST(poller_test, no_wake_is_lost) {
    poller p;
    std::atomic<bool> enough{false};
    std::thread waking([&] {
        for (int i = 0; i < 200'000; ++i) p.wake();
        enough = true;
    });
    events found;
    while (!enough) p.wait(found, 0);
    waking.join();
    p.wait(found, 0);
    p.wake();
    const std::int64_t begin = steady_ns();
    EXPECT_EQ(p.wait(found, long_enough), 0);
    EXPECT_LT(steady_ns() - begin, long_enough);
}

TEST(poller_test, each_call_that_fails_leaves_nothing_behind) {
    int calls = 0;
    {
        const injected counting;
        const poller p;
        calls = injected::seen();
    }
    EXPECT_EQ(calls, 3);
    const support::held before;
    for (int nth = 1; nth <= calls; ++nth) {
        const injected failing(injected::any, EMFILE, nth);
        EXPECT_THROW(std::make_unique<poller>(), std::system_error) << nth;
        EXPECT_EQ(support::held(), before) << nth;
    }
}

TEST(poller_test, a_signal_ends_a_wait_early) {
    support::count_interruptions();
    poller p;
    std::atomic<int> sleeper{0};
    std::thread waiting([&] {
        sleeper = support::this_thread_id();
        events found;
        EXPECT_EQ(p.wait(found), 0);
    });
    while (sleeper == 0) std::this_thread::yield();
    EXPECT_TRUE(support::until_asleep(sleeper));
    support::interrupt(waiting.native_handle(), 1);
    waiting.join();
}

TEST(poller_test, the_largest_tokens_but_one_can_be_used) {
    poller p;
    const auto [here, there] = make_socket_pair();
    p.add(here.get(), UINT64_MAX - 1);
    EXPECT_EQ(send_packet(there.get(), "x", 1), transfer::done);
    p.wake();
    events found;
    ASSERT_EQ(p.wait(found, long_enough), 1);
    EXPECT_EQ(found[0].token, UINT64_MAX - 1);
}

TEST(poller_test, a_pipe_tells_that_its_last_writer_went) {
    poller p;
    auto [read, write] = make_pipe();
    p.add(read.get(), 3);
    write_all(write.get(), "x", 1);
    write.reset();
    events found;
    ASSERT_EQ(p.wait(found, long_enough), 1);
    EXPECT_TRUE(found[0].readable);
    EXPECT_TRUE(found[0].hung_up);
    char byte = 0;
    EXPECT_EQ(::read(read.get(), &byte, 1), 1);
    ASSERT_EQ(p.wait(found, long_enough), 1);
    EXPECT_FALSE(found[0].readable);
    EXPECT_TRUE(found[0].hung_up);
}

TEST(poller_test, a_kernel_that_counts_in_milliseconds_never_wakes_it_too_soon) {
    const auto child = support::child::run([] {
        if (!support::refuse_call(SYS_epoll_pwait2, ENOSYS)) return 77;
        poller p;
        events found;
        const std::int64_t begin = steady_ns();
        if (p.wait(found, 1'500'000) != 0 || steady_ns() - begin < 1'500'000) return 1;
        const auto [here, there] = make_socket_pair();
        p.add(here.get(), 5);
        send_packet(there.get(), "x", 1);
        return p.wait(found) == 1 && p.wait(found, 0) == 1 && p.wait(found, INT64_MAX) == 1 && found[0].token == 5 ? 0
                                                                                                                   : 2;
    });
    EXPECT_EQ(child.exit_code, 0);
}

}  // namespace
