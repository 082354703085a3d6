#include "concur/multiprocessing/channel.hpp"

#include "concur/platform/child_process.hpp"
#include "concur/platform/local_socket.hpp"
#include "concur/platform/shared_memory.hpp"
#include "support/asleep.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <limits>
#include <memory>
#include <new>
#include <thread>

namespace {

using namespace concur::multiprocessing;
namespace platform = concur::platform;

constexpr std::uint32_t last_number = std::numeric_limits<std::uint32_t>::max();

std::unique_ptr<channel_layout> page_at(std::uint32_t number) {
    auto page = std::make_unique<channel_layout>();
    page->sent.store(number);
    page->answered.store(number);
    page->taken.store(number);
    return page;
}

// True: it has run.
bool serve(worker_end& worker) {
    EXPECT_TRUE(worker.wait_for_request());
    const bool runs = worker.start();
    worker.answer().place.offset = 2 * worker.request().place.offset;
    worker.answer().kind = runs ? answer_kind::value : answer_kind::withdrawn;
    worker.send();
    return runs;
}

// Both ends in one process.
struct channel_test : testing::Test {
    std::uint32_t ask(std::uint64_t what) {
        parent.next_slot().place.offset = what;
        return parent.send();
    }
    bool serve() { return ::serve(worker); }
    std::uint64_t take() {
        EXPECT_TRUE(parent.answer_waits());
        const std::uint64_t got = parent.answer(0).place.offset;
        parent.take(1);
        return got;
    }

    std::unique_ptr<channel_layout> shared = page_at(0);
    parent_end parent{*shared};
    worker_end worker{*shared};
};

TEST_F(channel_test, carries_requests_there_and_answers_back_in_order) {
    for (std::uint64_t i = 1; i <= 3; ++i) ask(i);
    EXPECT_FALSE(parent.answer_waits());
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(serve());
    EXPECT_EQ(parent.answers(), 3u);
    EXPECT_EQ(parent.answer(2).place.offset, 6u);
    for (std::uint64_t i = 1; i <= 3; ++i) EXPECT_EQ(take(), 2 * i);
    EXPECT_FALSE(parent.answer_waits());
}

TEST_F(channel_test, numbers_requests_on_both_sides_alike) {
    EXPECT_EQ(ask(1), 0u);
    EXPECT_EQ(ask(2), 1u);
    EXPECT_EQ(parent.sent(), 2u);
    EXPECT_EQ(worker.number(), 0u);
    serve();
    EXPECT_EQ(worker.number(), 1u);
    EXPECT_EQ(parent.next_answer(), 0u);
    take();
    EXPECT_EQ(parent.next_answer(), 1u);
}

TEST_F(channel_test, frees_a_slot_when_its_answer_was_taken_and_not_before) {
    for (std::uint32_t i = 0; i < ring_size; ++i) {
        EXPECT_EQ(parent.room(), ring_size - i);
        ask(i);
    }
    EXPECT_EQ(parent.room(), 0u);
    serve();
    EXPECT_EQ(parent.room(), 0u);
    take();
    EXPECT_EQ(parent.room(), 1u);
}

TEST_F(channel_test, takes_several_answers_at_once) {
    for (std::uint32_t i = 0; i < 5; ++i) ask(i);
    for (int i = 0; i < 4; ++i) serve();
    parent.take(3);
    EXPECT_EQ(parent.answers(), 1u);
    EXPECT_EQ(take(), 6u);
    EXPECT_EQ(parent.room(), ring_size - 1);
}

TEST_F(channel_test, does_not_run_what_was_withdrawn) {
    ask(1);
    const std::uint32_t second = ask(2);
    EXPECT_EQ(parent.state_of(second), claim::queued);
    EXPECT_TRUE(parent.withdraw(second));
    EXPECT_FALSE(parent.withdraw(second)) << "once";
    EXPECT_EQ(parent.state_of(second), claim::withdrawn);
    EXPECT_TRUE(serve());
    EXPECT_FALSE(serve());
    EXPECT_EQ(parent.answer(1).kind, answer_kind::withdrawn);
}

TEST_F(channel_test, withdraws_nothing_that_has_begun) {
    const std::uint32_t number = ask(1);
    EXPECT_TRUE(worker.wait_for_request());
    EXPECT_TRUE(worker.start());
    EXPECT_EQ(parent.state_of(number), claim::running);
    EXPECT_FALSE(parent.withdraw(number));
}

TEST_F(channel_test, forgets_a_claim_when_its_slot_is_used_again) {
    for (std::uint32_t i = 0; i < ring_size; ++i) ask(i);
    parent.withdraw(0);
    serve();
    take();
    EXPECT_EQ(ask(1), ring_size);
    EXPECT_EQ(parent.state_of(ring_size), claim::queued);
}

TEST_F(channel_test, tells_whether_the_answer_of_one_request_has_come) {
    const std::uint32_t first = ask(1);
    const std::uint32_t second = ask(2);
    EXPECT_FALSE(parent.has_answer(first));
    serve();
    EXPECT_TRUE(parent.has_answer(first));
    EXPECT_FALSE(parent.has_answer(second));
    take();
    EXPECT_TRUE(parent.has_answer(first)) << "it came, and was taken";
    EXPECT_FALSE(parent.has_answer(second));
}

TEST_F(channel_test, tells_the_worker_of_a_notice_first) {
    ask(1);
    parent.note();
    EXPECT_FALSE(worker.wait_for_request());
    EXPECT_TRUE(worker.wait_for_request());
    parent.note();
    parent.note();
    EXPECT_FALSE(worker.wait_for_request()) << "two notices in a row are one";
    EXPECT_TRUE(worker.wait_for_request());
}

TEST_F(channel_test, marks_the_request_that_is_to_stop_until_its_slot_is_used_again) {
    const std::uint32_t first = ask(1);
    const std::uint32_t second = ask(2);
    parent.ask_to_stop(second);
    parent.ask_to_stop(first);
    EXPECT_EQ(shared->stop_asked.load(), 2u);
    EXPECT_EQ(shared->stop[first].load(), 1u);
    EXPECT_EQ(shared->stop[second].load(), 1u);
    serve();
    take();
    while (parent.room() > 0) ask(3);
    EXPECT_EQ(shared->stop[first].load(), 0u);
    EXPECT_EQ(shared->stop[second].load(), 1u);
}

// A packet for each time that the parent goes to sleep, and none while it is awake.
TEST_F(channel_test, asks_for_a_packet_only_where_the_parent_sleeps) {
    for (std::uint32_t i = 0; i < 6; ++i) ask(i);
    EXPECT_TRUE(worker.start());
    EXPECT_FALSE(worker.send()) << "nobody sleeps";
    EXPECT_FALSE(parent.may_sleep()) << "an answer waits";
    parent.take(1);
    EXPECT_TRUE(parent.may_sleep());
    EXPECT_TRUE(worker.start());
    EXPECT_TRUE(worker.send());
    EXPECT_TRUE(worker.start());
    EXPECT_FALSE(worker.send()) << "it was told already";
    parent.take(2);
    EXPECT_TRUE(parent.may_sleep());
    parent.is_awake();
    EXPECT_TRUE(worker.start());
    EXPECT_FALSE(worker.send());
}

TEST_F(channel_test, wakes_the_thread_that_waits_for_an_answer_without_a_packet) {
    ask(21);
    std::atomic<int> id = 0;
    std::thread waiting([&] {
        id = support::this_thread_id();
        while (parent.may_sleep_here())
            platform::shared_futex_wait(parent.bell(), static_cast<std::uint32_t>(wake_by::word));
        EXPECT_EQ(take(), 42u);
    });
    while (id == 0) std::this_thread::yield();
    EXPECT_TRUE(support::until_asleep(id));
    EXPECT_TRUE(worker.start());
    worker.answer().place.offset = 42;
    EXPECT_FALSE(worker.send()) << "nobody reads a packet";
    waiting.join();
}

TEST_F(channel_test, wakes_a_worker_that_sleeps) {
    std::atomic<int> id = 0;
    std::thread waiting([&] {
        id = support::this_thread_id();
        serve();
    });
    while (id == 0) std::this_thread::yield();
    EXPECT_TRUE(support::until_asleep(id));
    ask(21);
    waiting.join();
    EXPECT_EQ(take(), 42u);
}

TEST_F(channel_test, wakes_a_worker_that_waits_for_an_answer_to_be_taken) {
    ask(1);
    const std::uint64_t first = worker.number();
    worker.answer().holds_memory = 1;
    serve();
    EXPECT_FALSE(worker.was_taken(first));
    std::atomic<int> id = 0;
    std::thread waiting([&] {
        id = support::this_thread_id();
        worker.wait_until_taken(first);
    });
    while (id == 0) std::this_thread::yield();
    EXPECT_TRUE(support::until_asleep(id));
    take();
    waiting.join();
    EXPECT_TRUE(worker.was_taken(first));
    worker.wait_until_taken(first);
}

TEST(channel_numbers_test, go_on_where_they_wrap) {
    const auto shared = page_at(last_number - 100);
    parent_end parent(*shared);
    worker_end worker(*shared);
    for (std::uint32_t i = 0; i < 300; ++i) {
        parent.next_slot().place.offset = i;
        const std::uint32_t number = parent.send();
        EXPECT_EQ(number, last_number - 100 + i);
        EXPECT_FALSE(parent.has_answer(number));
        const std::uint64_t done = worker.number();
        serve(worker);
        EXPECT_TRUE(parent.has_answer(number));
        EXPECT_FALSE(worker.was_taken(done));
        ASSERT_EQ(parent.answers(), 1u);
        EXPECT_EQ(parent.answer(0).place.offset, 2 * i);
        parent.take(1);
        EXPECT_TRUE(worker.was_taken(done));
        EXPECT_TRUE(parent.has_answer(number));
    }
}

// However long ago it was: the worker's memory must not be lost to it.
TEST(channel_numbers_test, tell_that_an_answer_was_taken_long_ago) {
    const auto shared = page_at(last_number);
    worker_end worker(*shared);
    for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{1} << 31, std::uint64_t{last_number} - 1})
        EXPECT_TRUE(worker.was_taken(number)) << number;
    EXPECT_FALSE(worker.was_taken(last_number));
}

// --- a worker that writes what it likes ---------------------------------------------------------------

TEST_F(channel_test, sees_through_a_worker_that_has_answered_more_than_it_was_asked) {
    EXPECT_FALSE(parent.is_lie(0));
    EXPECT_TRUE(parent.is_lie(1));
    for (std::uint32_t i = 0; i < 5; ++i) ask(i);
    EXPECT_FALSE(parent.is_lie(5));
    for (const std::uint32_t lie : {6u, ring_size, ring_size + 1, 1u << 31, last_number}) {
        shared->answered.store(lie);
        EXPECT_EQ(parent.answers(), lie);
        EXPECT_TRUE(parent.is_lie(parent.answers())) << lie;
    }
    serve();
    take();
    EXPECT_FALSE(parent.is_lie(4));
    EXPECT_TRUE(parent.is_lie(5)) << "one of those five was taken";
}

TEST_F(channel_test, keeps_its_own_numbers_where_a_worker_writes_over_those_in_the_page) {
    for (std::uint32_t i = 0; i < 5; ++i) ask(i);
    serve();
    take();
    for (const std::uint32_t lie : {0u, 3u, 1u << 31, last_number}) {
        shared->sent.store(lie);
        shared->taken.store(lie);
        EXPECT_EQ(parent.sent(), 5u);
        EXPECT_EQ(parent.next_answer(), 1u);
        EXPECT_EQ(parent.room(), ring_size - 4);
        EXPECT_EQ(parent.answers(), 0u);
    }
    ask(5);
    EXPECT_EQ(shared->sent.load(), 6u);
}

TEST_F(channel_test, cannot_be_made_to_withdraw_for_ever) {
    const std::uint32_t number = ask(1);
    for (const claim lie : {claim{77}, claim::running, claim::withdrawn}) {
        shared->requests[number].claimed.store(lie);
        EXPECT_FALSE(parent.withdraw(number));
        EXPECT_EQ(parent.state_of(number), lie);
    }
}

// --- two processes ------------------------------------------------------------------------------------

// What a worker does, without what it runs.
void be_worker(channel_layout& shared, int socket) {
    worker_end worker(shared);
    for (;;) {
        if (!worker.wait_for_request()) continue;
        const request_slot& request = worker.request();
        const bool runs = worker.start();
        if (runs && request.kind == request_kind::retire) platform::leave(7);
        answer_slot& answer = worker.answer();
        answer.kind = runs ? answer_kind::value : answer_kind::withdrawn;
        answer.place = {.size = 2 * request.place.size};
        if (worker.send()) platform::send_packet(socket, "!", 1);
    }
}

TEST(channel_processes_test, ask_answer_and_wake_each_other) {
    const platform::segment memory = platform::create_segment(sizeof(channel_layout));
    auto& shared = *::new (memory.memory.data()) channel_layout;
    const platform::socket_pair ends = platform::make_socket_pair();
    const platform::child_process child = platform::fork_self();
    if (child.pid == 0) be_worker(shared, ends.there.get());

    parent_end parent(shared);
    std::uint64_t asked = 0, answered = 0, withdrawn = 0;
    constexpr std::uint64_t all = 20'000;
    while (answered < all) {
        while (asked < all && parent.room() > 1) {
            parent.next_slot().place.size = asked;
            const std::uint32_t number = parent.send();
            if (++asked % 7 == 0 && parent.withdraw(number)) ++withdrawn;
        }
        if (!parent.answer_waits() && parent.may_sleep()) {
            char bell = 0;
            platform::packet from;
            ASSERT_EQ(platform::receive_packet(ends.here.get(), &bell, 1, from, true), platform::transfer::done);
        }
        const std::uint32_t count = parent.answers();
        ASSERT_FALSE(parent.is_lie(count));
        for (std::uint32_t i = 0; i < count; ++i, ++answered) {
            if (parent.answer(i).kind == answer_kind::withdrawn) --withdrawn;
            else ASSERT_EQ(parent.answer(i).place.size, 2 * answered);
        }
        parent.take(count);
    }
    EXPECT_EQ(withdrawn, 0u) << "what was withdrawn has not run, and all else has";
    parent.next_slot().kind = request_kind::retire;
    parent.send();
    const auto how = platform::reap(child, true);
    ASSERT_TRUE(how);
    EXPECT_EQ(how->exit_code, 7);
}

}  // namespace
