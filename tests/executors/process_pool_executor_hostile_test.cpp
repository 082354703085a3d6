// Pools with a worker that was taken over: it can fail its own tasks, and nothing else.
#include "concur/executors/process_pool_executor.hpp"

#include "concur/core/process_error.hpp"
#include "concur/platform/shared_memory.hpp"
#include "multiprocessing/taken_over.hpp"
#include "support/held.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace concur;
using namespace std::chrono_literals;
using multiprocessing::answer_kind;
using multiprocessing::channel_layout;
using multiprocessing::message_place;
using multiprocessing::wake_by;
using multiprocessing::worker_packet;
namespace taken_over = support::taken_over;

int add(int a, int b) { return a + b; }

struct hostile_worker_test : testing::Test {
    // It goes on as if nothing had been.
    void serves() {
        std::vector<future<int>> sums;
        for (int i = 0; i < 50; ++i) sums.push_back(pool.submit(add, i, 1));
        for (int i = 0; i < 50; ++i) ASSERT_EQ(sums[static_cast<std::size_t>(i)].result(30s), i + 1);
    }
    // What a task comes to that ends its own worker.
    template <class F, class... A>
    std::string death(F attack, A... args) {
        const auto f = pool.submit(attack, args...);
        try {
            f.result(30s);
        } catch (const worker_died& e) {
            return e.what();
        } catch (const std::exception& e) {
            return std::string("not that: ") + e.what();
        }
        return "none";
    }

    process_pool_executor pool{2};
};

bool says(const std::string& text, const char* what) { return text.find(what) != text.npos; }

TEST_F(hostile_worker_test, is_killed_when_it_answers_more_than_it_was_asked) {
    const std::string text = death([] {
        taken_over::channel().answered.fetch_add(1000);
        taken_over::send({.what = worker_packet::kind::wake});
        taken_over::sleep_for_ever();
    });
    EXPECT_TRUE(says(text, "it answered what it was not asked")) << text;
    serves();
}

TEST_F(hostile_worker_test, is_killed_when_it_takes_answers_back) {
    pool.submit(add, 1, 2).result(30s);
    const auto attack = [] {
        auto& c = taken_over::channel();
        c.answered.store(c.answered.load() - 1000);
        taken_over::send({.what = worker_packet::kind::wake});
        taken_over::sleep_for_ever();
    };
    EXPECT_TRUE(says(death(attack), "it answered what it was not asked"));
    serves();
}

// The truth and a lie in turn, so that what was checked is not what is used.
TEST_F(hostile_worker_test, gains_nothing_from_changing_its_mind) {
    const auto attack = [] {
        auto& c = taken_over::channel();
        const std::uint32_t truth = c.answered.load();
        const auto end = std::chrono::steady_clock::now() + 200ms;
        while (std::chrono::steady_clock::now() < end) {
            c.answered.store(truth + (1u << 31));
            c.answered.store(truth);
            c.taken.store(c.taken.load() + 1000);
            if (c.parent_sleeps.load() != wake_by::none) taken_over::send({.what = worker_packet::kind::wake});
        }
        ::_exit(1);
    };
    EXPECT_TRUE(says(death(attack), "worker")) << "however it ended";
    serves();
}

TEST_F(hostile_worker_test, writes_over_the_numbers_of_the_pool_for_nothing) {
    const auto attack = [] {
        auto& c = taken_over::channel();
        c.taken.store(~0u - 7);
        c.sent.store(12345);
        c.notices.store(~0u);
        c.worker_sleeps.store(~0u);
        c.stop_asked.store(~0u);
        for (auto& claim : c.claims) claim.store(multiprocessing::claim{99});
        ::_exit(3);
    };
    EXPECT_TRUE(says(death(attack), "3"));
    serves();
}

// --- answers that are none ----------------------------------------------------------------------------

template <class R>
R answer_with(const message_place& place, answer_kind kind, const std::string& bytes) {
    auto& slot = taken_over::slot();
    slot.place = place;
    slot.kind = kind;
    std::memcpy(slot.bytes.data(), bytes.data(), bytes.size());
    taken_over::say_answered();
    taken_over::sleep_for_ever();
}

struct hostile_answer_test : hostile_worker_test {
    template <class R>
    void is_refused(const message_place& place, answer_kind kind = answer_kind::value,
                    const std::string& bytes = std::string(200, '\xff')) {
        process_pool_executor one(1);
        const auto f = one.submit(
            [](std::uint32_t segment, std::uint64_t offset, std::uint64_t size, std::uint32_t k, std::string b) {
                return answer_with<R>({.segment = segment, .offset = offset, .size = size}, static_cast<answer_kind>(k),
                                      b);
            },
            place.segment, place.offset, place.size, static_cast<std::uint32_t>(kind), bytes);
        EXPECT_THROW(f.result(30s), pickling_error);
        one.kill_workers();
    }
};

TEST_F(hostile_answer_test, is_an_error_where_it_lies_nowhere) {
    is_refused<int>({.segment = 9, .offset = 0, .size = 4});
    is_refused<int>({.segment = 0, .offset = 0, .size = 225});
    is_refused<int>({.segment = 0, .offset = 0, .size = ~std::uint64_t{0}});
    is_refused<int>({.segment = ~0u, .offset = ~std::uint64_t{0}, .size = ~std::uint64_t{0}});
}

TEST_F(hostile_answer_test, is_an_error_where_it_is_no_value_of_its_type) {
    is_refused<int>({.size = 3});
    is_refused<int>({.size = 200});
    is_refused<bool>({.size = 1});
    is_refused<std::vector<std::string>>({.size = 200});
    is_refused<std::string>({.size = 200}, answer_kind::value, std::string("\xff\xff\xff\x7f", 4));
}

TEST_F(hostile_answer_test, is_an_error_where_it_is_no_exception) {
    is_refused<int>({.size = 200}, answer_kind::exception);
    is_refused<int>({.size = 0}, answer_kind::exception);
}

TEST_F(hostile_answer_test, is_an_error_where_it_is_of_no_kind) {
    is_refused<std::vector<int>>({.size = 200}, static_cast<answer_kind>(77));
}

// Bytes that change while they are decoded.
TEST_F(hostile_worker_test, changes_an_answer_while_it_is_read_for_nothing) {
    const auto attack = [](int seed) {
        std::vector<std::string> words(2000, std::string(30, 'x'));
        // A thread that goes on when the answer has been sent.
        std::thread([seed] {
            std::mt19937 chance(static_cast<unsigned>(seed));
            std::vector<std::pair<std::uintptr_t, std::uintptr_t>> mine;
            std::ifstream maps("/proc/self/maps");
            for (std::string line; std::getline(maps, line);) {
                std::uintptr_t from = 0, to = 0;
                if (line.find(" rw-s ") == line.npos || line.find("/memfd:concur") == line.npos) continue;
                if (std::sscanf(line.c_str(), "%lx-%lx", &from, &to) == 2 && to - from >= 65536)
                    mine.emplace_back(from, to);
            }
            for (;;)
                for (const auto& [from, to] : mine)
                    *reinterpret_cast<volatile std::uint8_t*>(from +
                                                              chance() % std::min(to - from, std::uintptr_t{90'000})) =
                        static_cast<std::uint8_t>(chance());
        }).detach();
        return words;
    };
    process_pool_executor one(1);
    one.submit([] { return std::string(100'000, 'x'); }).result(30s);  // its segment is there
    for (int seed = 0; seed < 30; ++seed) {
        const auto f = one.submit(attack, seed);
        try {
            f.result(30s);
        } catch (const pickling_error&) {
        } catch (const std::bad_alloc&) {
        }
    }
    one.kill_workers();
    serves();
}

// --- its socket, its words, its death -----------------------------------------------------------------

TEST_F(hostile_worker_test, hangs_up_and_is_ended) {
    const auto attack = [] {
        ::shutdown(taken_over::socket(), SHUT_RDWR);
        taken_over::sleep_for_ever();
    };
    EXPECT_FALSE(death(attack).empty());
    serves();
}

TEST_F(hostile_worker_test, talks_nonsense_and_is_ended) {
    const auto attack = [] {
        taken_over::send({.what = worker_packet::kind{77}});
        taken_over::sleep_for_ever();
    };
    EXPECT_FALSE(death(attack).empty());
    serves();
}

TEST_F(hostile_worker_test, cannot_make_the_pool_map_without_end) {
    const support::held before;
    const auto attack = [] {
        const platform::segment made = platform::create_segment(4096);
        for (std::uint32_t serial = 1; serial < 10'000; ++serial)
            taken_over::send({.what = worker_packet::kind::segment, .serial = serial, .size = 4096}, {made.file.get()});
        taken_over::sleep_for_ever();
    };
    EXPECT_FALSE(death(attack).empty());
    serves();
    EXPECT_LE(support::held().segments, before.segments + 20);
}

TEST_F(hostile_worker_test, keeps_nobody_waiting_however_much_it_says) {
    const auto attack = [](bool loudly) {
        std::thread([] {
            for (;;) taken_over::send({.what = worker_packet::kind::wake});
        }).detach();
        const std::string line(1000, '.');
        while (loudly) static_cast<void>(!::write(2, line.data(), line.size()));
        taken_over::sleep_for_ever();
    };
    const auto endless = pool.submit(attack, false);
    serves();
    EXPECT_FALSE(endless.done());
    pool.kill_workers();
    EXPECT_THROW(endless.result(30s), worker_died);
}

// Answers the task that calls it, and does nothing any more.
void fall_silent() {
    auto& slot = taken_over::slot();
    slot.place = {};
    slot.kind = answer_kind::value;
    taken_over::say_answered();
    taken_over::sleep_for_ever();
}

TEST_F(hostile_worker_test, is_ended_when_it_does_not_go) {
    {
        process_pool_executor one(1);
        one.submit(fall_silent).result(30s);
    }
    serves();
}

TEST_F(hostile_worker_test, is_ended_when_it_says_nothing_of_a_task_that_was_cancelled) {
    {
        process_pool_executor one(1);
        one.submit(fall_silent).result(30s);
        const auto behind = one.submit(add, 1, 2);
        one.shutdown({.wait = false});
        EXPECT_TRUE(behind.cancel());
    }
    serves();
}

TEST_F(hostile_worker_test, is_replaced_when_it_has_served_and_does_not_go) {
    process_pool_executor one({.max_workers = 1, .max_tasks_per_child = 1});
    one.submit(fall_silent).result(30s);
    EXPECT_EQ(one.submit(add, 1, 2).result(30s), 3);
}

TEST_F(hostile_worker_test, lies_about_where_it_crashed) {
    for (const int seed : {1, 2, 3, 4, 5, 6, 7, 8}) {
        const std::string text = death(
            [](int s) {
                auto& crash = taken_over::channel().crash;
                std::mt19937 chance(static_cast<unsigned>(s));
                auto* const bytes = reinterpret_cast<volatile std::uint8_t*>(&crash);
                for (std::size_t i = 0; i < sizeof crash; ++i) bytes[i] = static_cast<std::uint8_t>(chance());
                if (s > 4) crash.trace.count = 10, crash.trace.image_count = 3;
                crash.signal = SIGKILL;
                ::kill(::getpid(), SIGKILL);
            },
            seed);
        EXPECT_TRUE(says(text, "SIGKILL")) << text;
        EXPECT_EQ(text.find('\x1b'), text.npos) << "nothing of it reaches a terminal";
    }
    serves();
}

// Anything at all, anywhere in the page, at any time.
TEST_F(hostile_worker_test, writes_at_random_into_all_that_it_shares) {
    const auto attack = [](int seed) {
        auto* const page = reinterpret_cast<volatile std::uint32_t*>(&taken_over::channel());
        std::mt19937 chance(static_cast<unsigned>(seed));
        const auto end = std::chrono::steady_clock::now() + 20ms;
        while (std::chrono::steady_clock::now() < end) {
            const std::size_t words = chance() % 4 == 0 ? sizeof(channel_layout) / 4 : 256 / 4 + 256;
            for (int i = 0; i < 100; ++i) {
                const auto any = static_cast<std::uint32_t>(chance());
                page[chance() % words] = chance() % 8 == 0 ? any : any % 70;
            }
            const auto serial = static_cast<std::uint32_t>(chance() % 9);
            if (chance() % 4 == 0)
                taken_over::send({.what = static_cast<worker_packet::kind>(chance() % 3), .serial = serial});
        }
        ::_exit(1);
    };
    for (int seed = 0; seed < 40; ++seed) {
        const auto f = pool.submit(attack, seed);
        try {
            f.result(30s);
        } catch (const std::exception&) {
            continue;  // whatever it is
        }
    }
    serves();
}

}  // namespace
