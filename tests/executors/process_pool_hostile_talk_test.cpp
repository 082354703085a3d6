// Workers that were taken over: whatever one of them sends, and however it dies, the program stays well, and so do the others.
#include "concur/core/process_error.hpp"
#include "concur/platform/shared_memory.hpp"
#include "executors/hostile_pool.hpp"
#include "support/ended_with.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <span>
#include <string>
#include <sys/mman.h>
#include <vector>

namespace evil = support::taken_over;
using concur::future;
using concur::process_pool_executor;
using concur::worker_died;
using concur::multiprocessing::answer_kind;
using concur::multiprocessing::worker_packet;
using support::census;
using support::door;
using support::ended_with;
using support::long_enough;
using testing::HasSubstr;

namespace {

using process_pool_hostile_talk_test = support::hostile_pool;
using support::answer;
using support::ends;
using support::scribble;
using support::shared_memory;

void announce(std::uint64_t size, std::initializer_list<int> files) {
    evil::send({.what = worker_packet::kind::segment, .serial = 1, .size = size}, files);
    evil::sleep_for_ever();
}

}  // namespace

// --- what it sends ----------------------------------------------------------------------------------

TEST_F(process_pool_hostile_talk_test, one_that_sends_nonsense_is_killed_and_says_why) {
    using deed = void (*)();
    const auto add = [](std::initializer_list<deed> all) { return std::vector<deed>(all); };
    const auto deeds =
        add({[] { concur::platform::send_packet(evil::socket(), "x", 1, {}, true), evil::sleep_for_ever(); },
             [] {
                 const std::vector<char> much(60'000, 'x');
                 concur::platform::send_packet(evil::socket(), much.data(), much.size(), {}, true);
                 evil::sleep_for_ever();
             },
             [] { evil::send({.what = worker_packet::kind{77}}), evil::sleep_for_ever(); }, [] { announce(4096, {}); },
             [] { announce(4096, {0, 1, 2, 0, 1, 2}); }, [] { announce(4096, {evil::socket()}); },
             [] { announce(0, {::memfd_create("", MFD_ALLOW_SEALING)}); },
             [] { announce(16, {::open("/dev/zero", O_RDONLY)}); },
             [] { ::shutdown(evil::socket(), SHUT_RDWR), evil::sleep_for_ever(); },
             [] { ::close(evil::socket()), evil::sleep_for_ever(); }});
    process_pool_executor many(static_cast<int>(deeds.size()));  // it takes a moment until one is killed
    std::vector<future<void>> all;
    for (const deed each : deeds) all.push_back(many.submit(each));
    for (std::size_t i = 0; i < deeds.size(); ++i)
        EXPECT_THAT(ended_with<worker_died>(all[i]).what(), HasSubstr("it closed its connection")) << i;
}

TEST_F(process_pool_hostile_talk_test, a_segment_cannot_be_cut_short_under_the_pool) {
    const auto cut = [] {
        const int file = ::memfd_create("mine", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        ::fallocate(file, 0, 0, 1 << 20);
        ::fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
        evil::send({.what = worker_packet::kind::segment, .serial = 9, .size = 1 << 20}, {file});
        if (::ftruncate(file, 0) == 0) std::abort();
        ::fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1 << 20);
        answer({.segment = 9, .size = 1 << 20}, answer_kind::value);
        return std::string();
    };
    EXPECT_THROW(pool->submit(cut).result(long_enough), concur::pickling_error) << "zeros, and no fault";
}

TEST_F(process_pool_hostile_talk_test, a_channel_cannot_be_cut_short_under_the_pool) {
    const auto cut_the_channel = [] {
        for (const auto memory : shared_memory()) {
            std::array<char, 100> path;
            std::snprintf(path.data(), path.size(), "/proc/self/map_files/%lx-%lx",
                          reinterpret_cast<std::uintptr_t>(memory.data()),
                          reinterpret_cast<std::uintptr_t>(memory.data() + memory.size()));
            if (::truncate(path.data(), 0) == 0) return false;
        }
        return true;
    };
    EXPECT_TRUE(pool->submit(cut_the_channel).result(long_enough));
}

TEST_F(process_pool_hostile_talk_test, one_that_announces_segments_without_end_is_killed_before_the_program_has_many) {
    auto f = pool->submit([] {
        const auto made = concur::platform::create_segment(4096);
        for (std::uint32_t serial = 1;; ++serial)
            evil::send({.what = worker_packet::kind::segment, .serial = serial, .size = 4096}, {made.file.get()});
    });
    std::size_t most = 0;
    while (!ends(f, std::chrono::milliseconds{1})) most = std::max(most, census::now().segments);
    EXPECT_LT(most, before.segments + 100);
    EXPECT_THAT(ended_with<worker_died>(f).what(), HasSubstr("it closed its connection"));
}

TEST_F(process_pool_hostile_talk_test, one_that_floods_its_socket_holds_nobody_up) {
    process_pool_executor two{2};
    auto flood = two.submit(
        [](const door& d) {
            d.come();
            for (;;) {
                const worker_packet packet{.what = worker_packet::kind::wake};
                concur::platform::send_packet(evil::socket(), &packet, sizeof packet, {0, 1, 2, 0, 1, 2});
            }
        },
        gate.door);
    ASSERT_TRUE(gate.door.until_came(2));
    for (int i = 0; i < 200; ++i) EXPECT_EQ(two.submit([](int n) { return n; }, i).result(long_enough), i);
    two.kill_workers();
    EXPECT_THROW(flood.result(long_enough), worker_died);
}

// --- how it dies ------------------------------------------------------------------------------------

TEST_F(process_pool_hostile_talk_test, a_report_of_its_crash_that_is_made_up_is_shown_without_harm) {
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        auto f = pool->submit(
            [](std::uint64_t s) {
                std::mt19937_64 random(s);
                auto& page = evil::channel().crash;
                const auto bytes = std::as_writable_bytes(std::span(&page, 1));
                if (s % 3 == 0) std::memset(bytes.data(), static_cast<int>(s % 2 == 0 ? 0xff : '\x1b'), bytes.size());
                else scribble(bytes, random, 3000);
                page.trace.count = s % 4 == 0 ? 48 : static_cast<std::uint32_t>(random() % 100);
                page.trace.image_count = s % 5 == 0 ? 8 : static_cast<std::uint32_t>(random() % 20);
                page.signal = SIGKILL;
                std::raise(SIGKILL);
            },
            seed);
        const auto e = ended_with<worker_died>(f);
        EXPECT_EQ(e.signal(), SIGKILL);
        EXPECT_EQ(std::string(e.what()).find('\x1b'), std::string::npos) << "nothing of it reaches a terminal";
        EXPECT_LT(std::string(e.what()).size(), 100'000U);
    }
}

TEST_F(process_pool_hostile_talk_test, one_that_stops_for_ever_is_ended_by_its_tasks_time_out) {
    const auto stop = [] { std::raise(SIGSTOP); };
    EXPECT_THROW(pool->submit({.timeout = std::chrono::milliseconds{50}}, stop).result(long_enough),
                 concur::timeout_error);
}

TEST_F(process_pool_hostile_talk_test, one_that_is_stopped_is_ended_by_terminate_workers) {
    process_pool_executor other{1};
    auto f = other.submit([] { std::raise(SIGSTOP); });
    ASSERT_TRUE(support::until([&] { return !other.worker_pids().empty(); }));
    const auto pid = std::to_string(other.worker_pids().front());
    ASSERT_TRUE(support::until([&] { return support::status_of(pid).at(0) == "T"; }));
    other.terminate_workers();
    EXPECT_EQ(ended_with<worker_died>(f).signal(), SIGTERM);
}

// --- it does not end ----------------------------------------------------------------------------------

namespace {

// Answers the task that calls it, and does nothing any more.
void fall_silent() {
    evil::slot().place = {};
    evil::slot().kind = answer_kind::value;
    evil::say_answered();
    evil::sleep_for_ever();
}

}  // namespace

TEST_F(process_pool_hostile_talk_test, one_that_does_not_go_when_its_pool_ends_is_ended) {
    process_pool_executor one{1};
    one.submit(fall_silent).result(long_enough);
}

TEST_F(process_pool_hostile_talk_test, one_that_says_nothing_of_a_task_that_was_cancelled_is_ended) {
    process_pool_executor one{1};
    one.submit(fall_silent).result(long_enough);
    const auto behind = one.submit([] { return 3; });
    one.shutdown({.wait = false});
    EXPECT_TRUE(behind.cancel());
}

TEST_F(process_pool_hostile_talk_test, one_that_has_served_and_does_not_go_is_replaced) {
    process_pool_executor one{{.max_workers = 1, .max_tasks_per_child = 1}};
    one.submit(fall_silent).result(long_enough);
    EXPECT_EQ(one.submit([] { return 3; }).result(long_enough), 3);
}
