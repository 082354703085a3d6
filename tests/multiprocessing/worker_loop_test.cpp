#include "concur/multiprocessing/worker_loop.hpp"

#include "concur/platform/stderr.hpp"
#include "multiprocessing/hired.hpp"
#include "support/sanitized.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <new>
#include <poll.h>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace concur::multiprocessing;
using support::hired;
namespace platform = concur::platform;

int add(int a, int b) { return a + b; }

TEST(worker_loop_test, runs_one_request_after_another) {
    hired worker;
    for (int i = 0; i < 200; ++i) {
        worker.ask(add, i, 1);
        ASSERT_EQ(worker.value<int>(), i + 1);
    }
}

TEST(worker_loop_test, runs_what_was_sent_ahead_in_order) {
    hired worker;
    for (int i = 0; i < 60; ++i) worker.ask(add, i, i);
    for (int i = 0; i < 60; ++i) ASSERT_EQ(worker.value<int>(), 2 * i);
}

TEST(worker_loop_test, goes_home_when_it_is_told_to) {
    hired worker;
    worker.ask(add, 1, 2);
    worker.retire();
    EXPECT_EQ(worker.end().exit_code, 0);
    EXPECT_EQ(worker.value<int>(), 3) << "what it did before that is there";
    EXPECT_FALSE(worker.parent.answer_waits()) << "going home is no answer";
}

TEST(worker_loop_test, answers_with_what_the_call_throws) {
    hired worker;
    worker.ask([]() -> int { throw std::out_of_range("there is no fifth"); });
    EXPECT_THROW(worker.value<int>(), std::out_of_range);
    worker.ask(add, 1, 2);
    EXPECT_EQ(worker.value<int>(), 3) << "and goes on";
}

void until_stopped(std::stop_token t) {
    while (!t.stop_requested()) std::this_thread::yield();
}

TEST(worker_loop_test, says_that_a_request_was_withdrawn_and_runs_the_next) {
    hired worker;
    const std::uint32_t first = worker.ask_with({.takes_token = true}, until_stopped);
    const std::uint32_t second = worker.ask(add, 1, 2);
    worker.ask(add, 3, 4);
    EXPECT_TRUE(worker.parent.withdraw(second));
    worker.parent.ask_to_stop(first);
    worker.value<void>();
    EXPECT_EQ(worker.next().kind, answer_kind::withdrawn);
    worker.parent.take(1);
    EXPECT_EQ(worker.value<int>(), 7);
}

TEST(worker_loop_test, tells_how_long_a_task_took) {
    hired worker;
    worker.ask([] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); });  // sleeps: that is measured
    EXPECT_GE(worker.next().run_ns, 20'000'000u);
    worker.value<void>();
    worker.ask(add, 1, 2);
    EXPECT_LT(worker.next().run_ns, 20'000'000u);
}

// --- where messages lie -------------------------------------------------------------------------------

TEST(worker_loop_test, answers_in_the_slot_where_it_can_and_in_a_segment_beyond_that) {
    hired worker;
    const auto letters = [](std::size_t n) { return std::string(n, 'x'); };
    for (const std::size_t n : {std::size_t{1}, std::size_t{200}, std::size_t{300}, std::size_t{5'000'000}}) {
        worker.ask(letters, n);
        EXPECT_EQ(worker.next().place.segment == message_place::in_slot, n <= 200) << n;
        EXPECT_EQ(worker.value<std::string>(), std::string(n, 'x'));
    }
    EXPECT_GE(worker.announced, 1);
}

TEST(worker_loop_test, reads_a_request_where_its_packet_says) {
    hired worker;
    const auto size_of = [](const std::string& s) { return s.size(); };
    for (const std::size_t n : {std::size_t{500}, std::size_t{5'000'000}}) {
        worker.ask(size_of, std::string(n, 'x'));
        EXPECT_EQ(worker.value<std::size_t>(), n);
    }
}

TEST(worker_loop_test, shows_a_request_in_place_and_only_for_reading) {
    hired worker;
    worker.ask(
        [](std::string_view text) {
            ::signal(SIGSEGV, SIG_DFL);
            const_cast<char&>(text[0]) = 'y';
        },
        std::string(10'000, 'x'));
    EXPECT_EQ(worker.end().signal, SIGSEGV);
}

TEST(worker_loop_test, fails_a_request_whose_memory_has_not_come) {
    hired worker;
    request_slot& slot = worker.parent.next_slot();
    slot.kind = request_kind::task;
    slot.place = {.segment = 17, .offset = 0, .size = 100};
    worker.parent.send();
    EXPECT_THROW(worker.value<int>(), concur::pickling_error);
    worker.ask(add, 1, 2);
    EXPECT_EQ(worker.value<int>(), 3);
}

TEST(worker_loop_test, leaves_a_request_to_another_where_its_memory_cannot_come_any_more) {
    hired worker;
    worker.socket.reset();
    request_slot& slot = worker.parent.next_slot();
    slot.kind = request_kind::task;
    slot.place = {.segment = 17, .offset = 0, .size = 100};
    const std::uint32_t number = worker.parent.send();
    EXPECT_EQ(worker.end().exit_code, 73);
    EXPECT_TRUE(worker.parent.withdraw(number)) << "it has not begun";
}

TEST(worker_loop_test, fails_a_request_that_names_no_code) {
    hired worker;
    worker.ask_bytes({}, std::vector<std::byte>(50, std::byte{0x5a}));
    EXPECT_THROW(worker.value<int>(), concur::pickling_error);
    std::vector<std::byte> cut = support::written(add, 1, 2);
    cut.pop_back();
    worker.ask_bytes({}, cut);
    EXPECT_THROW(worker.value<int>(), concur::pickling_error);
    std::vector<std::byte> more = support::written(add, 1, 2);
    more.push_back(std::byte{0});
    worker.ask_bytes({}, more);
    EXPECT_THROW(worker.value<int>(), concur::pickling_error);
}

TEST(worker_loop_test, forgets_a_segment_when_it_is_told_and_reads_its_socket_when_it_sleeps) {
    hired worker;
    worker.ask([](const std::string& s) { return s.size(); }, std::string(500, 'x'));
    EXPECT_EQ(worker.value<std::size_t>(), 500u);
    const worker_packet gone{.what = worker_packet::kind::dropped, .serial = 1};
    platform::send_packet(worker.socket.get(), &gone, sizeof gone);
    worker.parent.note();
    request_slot& slot = worker.parent.next_slot();
    slot.kind = request_kind::task;
    slot.place = {.segment = 1, .offset = 0, .size = 100};
    worker.parent.send();
    EXPECT_THROW(worker.value<int>(), concur::pickling_error);
}

// What comes with a packet is closed where it is not wanted.
TEST(worker_loop_test, is_not_confused_by_packets_that_it_does_not_know) {
    hired worker;
    worker_packet odd{.what = worker_packet::kind{77}, .serial = 3, .size = 1};
    platform::send_packet(worker.socket.get(), &odd, sizeof odd);
    platform::send_packet(worker.socket.get(), "x", 1);
    platform::send_packet(worker.socket.get(), &odd, sizeof odd, {0, 1, 2});
    worker.parent.note();
    worker.ask(add, 1, 2);
    EXPECT_EQ(worker.value<int>(), 3);
}

// --- the first task -----------------------------------------------------------------------------------

int set_up = 0;

TEST(worker_loop_test, runs_an_initializer_that_came_in_its_memory) {
    const local_initializer initializer = [] { set_up = 42; };
    hired worker({.initializer = &initializer});
    worker.ask_bytes({.kind = request_kind::initializer}, {});
    worker.value<void>();
    worker.ask([] { return set_up; });
    EXPECT_EQ(worker.value<int>(), 42);
}

TEST(worker_loop_test, runs_an_initializer_that_travelled) {
    hired worker;
    worker.ask_with({.kind = request_kind::initializer}, [](int n) { set_up = n; }, 43);
    worker.value<void>();
    worker.ask([] { return set_up; });
    EXPECT_EQ(worker.value<int>(), 43);
}

TEST(worker_loop_test, ends_when_its_initializer_fails_and_says_why) {
    const local_initializer initializer = [] { throw std::runtime_error("no licence"); };
    hired worker({.initializer = &initializer});
    worker.ask_bytes({.kind = request_kind::initializer}, {});
    worker.ask(add, 1, 2);
    EXPECT_EQ(worker.end().exit_code, 72);
    try {
        worker.value<void>();
        ADD_FAILURE() << "it threw";
    } catch (const std::runtime_error& e) {
        EXPECT_EQ(std::string(e.what()), "no licence");
    }
    EXPECT_FALSE(worker.parent.answer_waits()) << "it did no task";
}

// --- stopping -----------------------------------------------------------------------------------------

TEST(worker_loop_test, hands_a_token_to_a_task_that_takes_one) {
    hired worker;
    const std::uint32_t number = worker.ask_with({.takes_token = true}, until_stopped);
    while (worker.parent.state_of(number) != claim::running) std::this_thread::yield();
    worker.parent.ask_to_stop(number);
    worker.value<void>();
    worker.ask_with({.takes_token = true}, [](std::stop_token t) { return t.stop_requested(); });
    EXPECT_FALSE(worker.value<bool>()) << "the next one is another's";
}

TEST(worker_loop_test, goes_home_in_peace_when_a_watcher_waits_for_wishes_to_stop) {
    hired worker;
    worker.ask_with({.takes_token = true}, [](std::stop_token) {});
    worker.value<void>();
    const std::uint32_t number = worker.retire();
    for (int i = 0; i < 1000; ++i) worker.parent.ask_to_stop(number);
    EXPECT_EQ(worker.end().exit_code, 0);
    EXPECT_EQ(worker.shared.crash.signal, 0);
}

// --- what it is to its process ------------------------------------------------------------------------

TEST(worker_loop_test, writes_its_standard_error_into_the_pipe) {
    hired worker;
    worker.ask([] { platform::write_stderr("it works\n"); });
    worker.value<void>();
    worker.retire();
    EXPECT_EQ(worker.words(), "it works\n");
}

TEST(worker_loop_test, leaves_word_of_where_it_crashed) {
    hired worker;
    worker.ask([] { ::raise(SIGABRT); });
    EXPECT_EQ(worker.end().signal, SIGABRT);
    EXPECT_EQ(worker.shared.crash.signal, SIGABRT);
    EXPECT_GT(worker.shared.crash.trace.count, 0u);
    EXPECT_FALSE(worker.parent.answer_waits());
    EXPECT_FALSE(worker.parent.withdraw(0)) << "it had begun";
}

TEST(worker_loop_test, holds_the_limits_that_were_set) {
    hired worker({.settings = {.files = 16}});
    worker.ask([] {
        std::vector<platform::fd> open;
        while (open.size() < 100 && (open.empty() || open.back()))
            open.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        return open.size();
    });
    EXPECT_LT(worker.value<std::size_t>(), 16u);
}

TEST(worker_loop_test, ends_a_task_that_uses_too_much_memory_with_an_exception) {
    if (support::is_sanitized()) GTEST_SKIP() << "a sanitizer has its own heap";
    hired worker({.settings = {.memory = 64 << 20}});
    worker.ask([](std::size_t n) { return std::vector<char>(n).size(); }, std::size_t{1} << 30);
    EXPECT_THROW(worker.value<std::size_t>(), std::bad_alloc);
    worker.ask(add, 1, 2);
    EXPECT_EQ(worker.value<int>(), 3);
}

TEST(worker_loop_test, does_not_begin_for_a_parent_that_is_gone) {
    hired worker({.parent = 1});
    EXPECT_EQ(worker.end().exit_code, 70);
}

TEST(worker_loop_test, does_not_begin_without_a_channel) {
    platform::pipe_ends pipe = platform::make_pipe();
    platform::pipe_ends other = platform::make_pipe();
    const std::int64_t me = platform::this_pid();
    const platform::child_process child = platform::fork_self();
    if (child.pid == 0)
        platform::leave(run_worker(std::move(pipe.read), platform::fd(), std::move(other.write), me, nullptr));
    EXPECT_EQ(platform::reap(child, true)->exit_code, 70);
}

TEST(worker_loop_test, dies_with_the_process_that_started_it) {
    platform::socket_pair ends = platform::make_socket_pair();
    const platform::child_process middle = platform::fork_self();
    if (middle.pid == 0) {
        ends.here.reset();
        hired worker;
        worker.ask([] {
            for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));  // sleeps: until it is killed
        });
        while (worker.parent.state_of(0) != claim::running) std::this_thread::yield();
        platform::send_packet(ends.there.get(), &worker.child.pid, sizeof worker.child.pid);
        char until_closed = 0;
        platform::packet from;
        platform::receive_packet(ends.there.get(), &until_closed, 1, from, true);
        platform::leave(0);
    }
    ends.there.reset();
    std::int64_t pid = 0;
    platform::packet from;
    ASSERT_EQ(platform::receive_packet(ends.here.get(), &pid, sizeof pid, from, true), platform::transfer::done);
    const platform::fd worker = platform::open_pidfd(pid);
    ASSERT_TRUE(worker);
    ends.here.reset();
    platform::reap(middle, true);
    pollfd ended{worker.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&ended, 1, 30'000), 1);
}

}  // namespace
