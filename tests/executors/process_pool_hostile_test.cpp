// Workers that were taken over: whatever one of them answers, the program stays well, and so do the others.
#include "concur/core/process_error.hpp"
#include "executors/hostile_pool.hpp"
#include "support/ended_with.hpp"
#include "support/sanitized.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace evil = support::taken_over;
using concur::future;
using concur::process_pool_executor;
using concur::worker_died;
using concur::multiprocessing::answer_kind;
using concur::multiprocessing::answer_slot;
using concur::multiprocessing::claim;
using concur::multiprocessing::message_place;
using concur::multiprocessing::ring_size;
using concur::multiprocessing::worker_packet;
using support::ended_with;
using support::long_enough;
using testing::HasSubstr;

namespace {

using process_pool_hostile_test = support::hostile_pool;
using support::answer;
using support::ends;
using support::expect_some_end;
using support::scribble;
using support::shared_memory;
using support::wake_the_pool;

// Writes all over the answers, in slots and in segments, from now on.
void write_answers_for_ever(std::uint64_t seed) {
    std::thread([seed] {
        auto& c = evil::channel();
        std::mt19937_64 random(seed);
        for (;;) {
            scribble(std::as_writable_bytes(std::span(c.answers)), random, 20);
            for (const auto memory : shared_memory())
                if (memory.data() != reinterpret_cast<std::byte*>(&c)) scribble(memory, random, 2000);
        }
    }).detach();
}

// Of segments that are gone or never were; rarely, and as nonsense, of one that comes.
void say_anything(std::mt19937_64& random) {
    const auto kind = random() % 8 == 0 ? worker_packet::kind{77} : worker_packet::kind::dropped;
    evil::send({.what = kind, .serial = static_cast<std::uint32_t>(random() % 9)});
}

using tree = std::map<std::string, std::vector<std::variant<int, std::string, std::optional<std::vector<double>>>>>;

struct shared {
    std::shared_ptr<std::string> first, second;
    std::vector<std::unique_ptr<int>> many;
};

}  // namespace

// --- what it says that it has answered ------------------------------------------------------------

TEST_F(process_pool_hostile_test, one_that_claims_answers_to_what_it_was_not_asked_is_killed) {
    for (const std::uint32_t more : {64u, 65u, 1000u, 0x7fffffffu, 0x80000000u, 0u - 1000u, 0xffffffffu}) {
        const auto lie = [](std::uint32_t n) {
            evil::channel().answered = evil::channel().answered + n;
            wake_the_pool();
            evil::sleep_for_ever();
        };
        auto f = pool->submit(lie, more);
        EXPECT_THAT(ended_with<worker_died>(f).what(), HasSubstr("it answered what it was not asked")) << more;
        expect_queued_are_done(5);
    }
}

TEST_F(process_pool_hostile_test, one_that_lies_only_for_moments_gains_nothing) {
    auto f = pool->submit([] {
        auto& c = evil::channel();
        const std::uint32_t truth = c.answered;
        for (int i = 0; i < 200'000; ++i) {
            c.answered = truth + 0x80000000u;
            c.answered = truth;
            c.taken = c.taken + 1000;
            if (i % 100 == 0) wake_the_pool();
        }
        std::raise(SIGKILL);
    });
    expect_queued_are_done(20);
    EXPECT_EQ(ended_with<worker_died>(f).signal(), SIGKILL);
}

TEST_F(process_pool_hostile_test, one_that_answers_for_what_waits_behind_it_answers_for_its_own_tasks_alone) {
    auto first = pool->submit([] {
        auto& c = evil::channel();
        const std::uint32_t n = c.answered;
        for (std::uint32_t i = 0; i < ring_size; ++i) {
            c.answers[i].place = {.size = sizeof(int)};
            c.requests[i].claimed = claim::running;
        }
        while (c.sent == n + 1) std::this_thread::yield();
        c.answered = n + 2;
        c.answered = n + 1;
        c.answered = n + 2;
        wake_the_pool();
        evil::sleep_for_ever();
        return 1;
    });
    std::vector<future<int>> others;
    for (int i = 0; i < 4; ++i) others.push_back(pool->submit([] { return 2; }));
    expect_some_end(first);
    EXPECT_TRUE(support::until([&] { return std::ranges::any_of(others, [](const auto& f) { return f.done(); }); }));
    kill_the_other();
    for (const auto& f : others) expect_some_end(f);
}

TEST_F(process_pool_hostile_test, claims_that_change_at_will_cost_its_own_tasks_alone) {
    std::vector<future<void>> all;
    for (int i = 0; i < 10; ++i)
        all.push_back(pool->submit([] {
            auto& c = evil::channel();
            static std::mt19937_64 random(3);
            for (int n = 0; n < 20'000; ++n)
                c.requests[random() % ring_size].claimed = claim{static_cast<std::uint32_t>(random() % 5)};
            if (random() % 4 == 0) std::raise(SIGKILL);
        }));
    // One that skips a task because its claim says so hangs for ever after.
    for (const auto& f : all)
        while (!ends(f, std::chrono::milliseconds{300})) kill_the_other();
    kill_the_other();
    for (const auto& f : all) expect_some_end(f);
}

TEST_F(process_pool_hostile_test, one_that_writes_over_the_numbers_of_the_pool_gains_nothing) {
    auto f = pool->submit([] {
        auto& c = evil::channel();
        c.taken = 0u - 8;
        c.sent = 12345;
        c.notices = c.worker_sleeps = c.stop_asked = 0u - 1;
        for (auto& each : c.requests) each.claimed = claim{99};
        ::_exit(3);
    });
    EXPECT_EQ(ended_with<worker_died>(f).exit_code(), 3);
}

// --- what it answers --------------------------------------------------------------------------------

TEST_F(process_pool_hostile_test, an_answer_that_lies_nowhere_fails_its_future_alone) {
    constexpr std::uint64_t none = ~std::uint64_t{0}, half = none / 2;
    const std::vector<message_place> places = {{.size = answer_slot::room + 1},
                                               {.size = 1 << 20},
                                               {.size = none},
                                               {.size = half},
                                               {.offset = none, .size = none},
                                               {.segment = 1, .size = 1},
                                               {.segment = 77, .size = 0},
                                               {.segment = ~0u, .offset = none, .size = none},
                                               {.segment = 1, .offset = none, .size = 2},
                                               {.segment = 1, .offset = half, .size = half + 2}};
    for (const message_place& place : places) {
        auto f =
            pool->submit([](const message_place& p) { return answer(p, answer_kind::value), std::string(); }, place);
        EXPECT_THAT(ended_with<concur::pickling_error>(f).what(), HasSubstr("where it has no memory"));
    }
}

TEST_F(process_pool_hostile_test, an_answer_beyond_the_end_of_its_segment_fails_its_future_alone) {
    pool->submit([] { return std::string(300'000, 's'); }).result(long_enough);  // it has a segment now
    const auto lie = [](std::uint64_t offset, std::uint64_t size) {
        return answer({.segment = 1, .offset = offset, .size = size}, answer_kind::value), std::string();
    };
    constexpr std::uint64_t end = std::uint64_t{1} << 20;
    for (const auto& [offset, size] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
             {0, end}, {end, 1}, {end - 1, 2}, {1, ~std::uint64_t{0}}, {~std::uint64_t{0}, 1}, {0, ~std::uint64_t{0}}})
        EXPECT_THROW(pool->submit(lie, offset, size).result(long_enough), concur::pickling_error)
            << offset << ' ' << size;
}

template <class R>
void expect_refused(process_pool_executor& pool, std::uint64_t size, answer_kind kind, char filled_with = '\xff') {
    const auto lie = [](std::uint64_t n, answer_kind k, char c) {
        const std::vector<std::byte> bytes(answer_slot::room, static_cast<std::byte>(c));
        return answer({.size = n}, k, bytes), R();
    };
    EXPECT_THROW(pool.submit(lie, size, kind, filled_with).result(long_enough), concur::pickling_error) << size;
}

TEST_F(process_pool_hostile_test, bytes_that_are_no_value_of_the_type_are_a_pickling_error) {
    expect_refused<int>(*pool, 3, answer_kind::value);
    expect_refused<int>(*pool, 200, answer_kind::value);
    expect_refused<bool>(*pool, 1, answer_kind::value);
    expect_refused<std::string>(*pool, 200, answer_kind::value, '\x7f');
    expect_refused<std::vector<std::string>>(*pool, 200, answer_kind::value);
    expect_refused<int>(*pool, 200, answer_kind::exception);
    expect_refused<int>(*pool, 0, answer_kind::exception);
    expect_refused<std::vector<int>>(*pool, 200, answer_kind{77});
    EXPECT_EQ(pool->worker_pids().size(), 2U) << "that is no reason to kill it";
}

// What is short lies in front of the slot once more, and is looked at there.
TEST_F(process_pool_hostile_test, a_short_answer_that_is_longer_than_there_is_room_is_not_believed) {
    const auto lie = [](std::uint32_t size) {
        auto& c = support::taken_over::channel();
        const std::uint32_t n = c.answered;
        auto& slot = support::taken_over::slot();
        slot.place = {.size = sizeof(int)};
        slot.kind = answer_kind::value;
        const int truth = 7;
        std::memcpy(slot.bytes.data(), &truth, sizeof truth);
        c.newest = {.number = n + 1, .size = size, .kind = answer_kind::exception};
        c.answered = n + 1;
        support::wake_the_pool();
        while (c.taken == n) std::this_thread::yield();
        return 0;
    };
    for (const std::uint32_t size : {33U, 1U << 16U, ~0U})
        EXPECT_EQ(pool->submit(lie, size).result(long_enough), 7) << "its slot is looked at instead";
}

template <class R>
R garbage(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::array<std::byte, answer_slot::room> bytes;
    for (std::byte& b : bytes) b = random() % 3 == 0 ? std::byte{} : static_cast<std::byte>(random());
    // Lengths that are near the truth reach deeper.
    for (std::size_t at = 0; at < bytes.size() && random() % 4 != 0; at += 8)
        bytes[at] = static_cast<std::byte>(random() % 9);
    const std::uint64_t size = random() % 4 == 0 ? random() % 300 : random() % (answer_slot::room + 1);
    answer({.size = size}, static_cast<answer_kind>(random() % 4), bytes);
    return R();
}

TEST_F(process_pool_hostile_test, bytes_that_are_no_value_and_no_exception_fail_their_future_alone) {
    const std::uint64_t rounds = support::is_sanitized() ? 100 : 400;
    for (std::uint64_t seed = 0; seed < rounds; ++seed) {
        expect_some_end(pool->submit(garbage<int>, seed));
        expect_some_end(pool->submit(garbage<std::string>, seed));
        expect_some_end(pool->submit(garbage<tree>, seed));
        expect_some_end(pool->submit(garbage<shared>, seed));
    }
    EXPECT_EQ(pool->worker_pids().size(), 2U) << "that is no reason to kill it";
}

TEST_F(process_pool_hostile_test, an_answer_that_changes_while_it_is_read_harms_nobody) {
    pool->submit(write_answers_for_ever, std::uint64_t{5}).result(long_enough);
    std::vector<future<tree>> trees;
    std::vector<future<std::string>> texts;
    const auto grow = [](int n) {
        tree t;
        for (int i = 0; i < n; ++i)
            t[std::to_string(i)] = {i, std::string(static_cast<std::size_t>(i), 'x'), std::vector<double>(3)};
        return t;
    };
    const auto write = [](int n) { return std::string(static_cast<std::size_t>(n), 'y'); };
    for (int i = 0; i < 300; ++i) {
        trees.push_back(pool->submit(grow, i % 60));
        texts.push_back(pool->submit(write, i * 100));
    }
    for (const auto& f : trees) expect_some_end(f);
    for (const auto& f : texts) expect_some_end(f);
    kill_the_other();
}

TEST_F(process_pool_hostile_test, one_that_writes_all_over_its_channel_costs_its_own_tasks_alone) {
    for (std::uint64_t seed = 0; seed < (support::is_sanitized() ? 5 : 25); ++seed) {
        std::vector<future<int>> all;
        for (int i = 0; i < 10; ++i)
            all.push_back(pool->submit(
                [](std::uint64_t s) {
                    std::mt19937_64 random(s);
                    for (int n = 0; n < 100; ++n) {
                        for (const auto memory : shared_memory()) scribble(memory, random, 200);
                        if (n % 50 == 49) say_anything(random);
                        wake_the_pool();
                    }
                    return std::raise(random() % 2 == 0 ? SIGKILL : SIGSEGV);
                },
                seed));
        for (const auto& f : all)
            while (!ends(f, std::chrono::milliseconds{300})) kill_the_other();
        kill_the_other();
    }
}
