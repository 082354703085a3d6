// A pool one of whose workers was taken over, and what that one does.
#pragma once
#include "concur/executors/process_pool_executor.hpp"
#include "concur/futures.hpp"
#include "multiprocessing/taken_over.hpp"
#include "support/census.hpp"
#include "support/process_gate.hpp"
#include "support/processes.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace support {

// A pool of two: one stands in a task, and must not be touched by what the other does.
class hostile_pool : public testing::Test {
protected:
    void SetUp() override {
        concur::process_pool_executor(1).submit({.timeout = long_enough}, [] {}).result();  // the timer's thread stays
        before = census::now();
        pool.emplace(2);
        neighbour = pool->submit([](const door& d) { return d.wait(), ::getpid(); }, gate.door);
        ASSERT_TRUE(gate.door.until_came(1) && until([&] { return !pool->worker_pids().empty(); }));
        neighbour_pid = pool->worker_pids().front();
    }
    void TearDown() override {
        for (int i = 0; i < 70; ++i) EXPECT_EQ(pool->submit([](int n) { return n + 1; }, i).result(long_enough), i + 1);
        EXPECT_FALSE(neighbour.done());
        gate.door.open();
        EXPECT_EQ(neighbour.result(long_enough), neighbour_pid);
        pool.reset();
        neighbour = {};  // a future has a share of its pool
        EXPECT_TRUE(census::comes_back_to(before)) << "before: " << before << "; after: " << census::now();
    }

    // What waits behind a hostile task is done by somebody.
    void expect_queued_are_done(int count) {
        std::vector<concur::future<int>> queued;
        for (int i = 0; i < count; ++i) queued.push_back(pool->submit([](int n) { return n; }, i));
        for (int i = 0; i < count; ++i) EXPECT_EQ(queued[static_cast<std::size_t>(i)].result(long_enough), i);
    }
    void kill_the_other() {
        for (const auto pid : pool->worker_pids())
            if (pid != neighbour_pid) send_signal(pid, SIGKILL);
    }

    process_gate gate;
    census before;
    std::optional<concur::process_pool_executor> pool;
    concur::future<int> neighbour;
    std::int64_t neighbour_pid = 0;
};

// Done in any way, in time; and its exception has been read.
template <class T>
bool ends(const concur::future<T>& f, std::chrono::milliseconds t) {
    try {
        f.exception(t);
        return true;
    } catch (const concur::timeout_error&) {
        return false;
    }
}
template <class T>
void expect_some_end(const concur::future<T>& f) {
    EXPECT_TRUE(ends(f, long_enough));
}

// --- in the worker ----------------------------------------------------------------------------------

inline void wake_the_pool() {
    const concur::multiprocessing::worker_packet packet{.what = concur::multiprocessing::worker_packet::kind::wake};
    concur::platform::send_packet(taken_over::socket(), &packet, sizeof packet);
}

// Answers the task that runs in its own way, and returns when that has been taken: what the task returns then is of no
// account.
inline void answer(const concur::multiprocessing::message_place& place, concur::multiprocessing::answer_kind kind,
                   std::span<const std::byte> in_slot = {}) {
    auto& c = taken_over::channel();
    const std::uint32_t n = c.answered;
    auto& slot = taken_over::slot();
    slot.place = place;
    slot.kind = kind;
    if (!in_slot.empty()) std::memcpy(slot.bytes.data(), in_slot.data(), std::min(in_slot.size(), slot.bytes.size()));
    c.newest = {.number = n, .kind = kind};
    if (place.segment == 0 && place.size <= concur::multiprocessing::short_answer::room) {
        c.newest.number = n + 1;
        c.newest.size = static_cast<std::uint32_t>(place.size);
        std::memcpy(c.newest.words.data(), slot.bytes.data(), sizeof c.newest.words);
    }
    c.answered = n + 1;
    wake_the_pool();
    while (c.taken == n) std::this_thread::yield();
}

// All shared memory that it can write.
inline std::vector<std::span<std::byte>> shared_memory() {
    std::vector<std::span<std::byte>> found;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        std::uintptr_t from = 0, to = 0;
        const bool ours = line.find(" rw-s ") != line.npos && line.find("/memfd:concur") != line.npos;
        if (ours && std::sscanf(line.c_str(), "%lx-%lx", &from, &to) == 2)
            found.emplace_back(reinterpret_cast<std::byte*>(from), to - from);
    }
    return found;
}

// A lot of values that are likely to be taken for a length, an index, a place. It races with all that reads them, and is
// meant to.
[[gnu::no_sanitize_thread]] inline void scribble(std::span<std::byte> memory, std::mt19937_64& random, int turns) {
    constexpr std::array<std::uint32_t, 10> favourites{0, 1, 2, 64, 225, 0x7fffffff, 0x80000000, 0xffffffff, 16, 4096};
    for (int i = 0; i < turns; ++i) {
        const std::size_t at = random() % (memory.size() / 4) * 4;
        const bool any = random() % 2 == 0;
        const auto value = any ? static_cast<std::uint32_t>(random()) : favourites[random() % favourites.size()];
        *reinterpret_cast<volatile std::uint32_t*>(memory.data() + at) = value;
    }
}

}  // namespace support
