// Many who put and many who get, for about a second.
#include "concur/queue/simple_queue.hpp"
#include "support/tracked.hpp"

#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <random>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using concur::simple_queue;

constexpr int putters = 3, getters = 3;
constexpr auto length = 800ms;

struct numbered {
    int who;
    int number;
};

// What one getter has seen: of each putter, numbers that only rise.
class seen {
public:
    void note(numbered item) {
        if (item.number <= last_[item.who]) in_order_ = false;
        last_[item.who] = item.number;
        ++count_;
    }
    bool in_order() const { return in_order_; }
    long count() const { return count_; }

private:
    int last_[putters] = {};
    bool in_order_ = true;
    long count_ = 0;
};

// Gets with time-outs, without and not at all, until all is over and nothing is left.
void get_until(simple_queue<numbered>& q, const std::atomic<int>& putting, seen& mine, unsigned seed) {
    std::minstd_rand chance(seed);
    for (bool over = false; !over;) {
        over = putting == 0;
        try {
            for (;;) mine.note(q.get(std::chrono::microseconds(chance() % 3 == 0 ? chance() % 200 : 0)));
        } catch (const concur::queue_empty&) {
            if (chance() % 8 == 0) std::this_thread::yield();
        }
    }
}

TEST(simple_queue_stress_test, each_item_comes_out_once_and_those_of_one_thread_in_their_order) {
    simple_queue<numbered> q;
    std::atomic<int> putting{putters};
    std::atomic<long> put{0};
    seen all[getters];
    {
        std::vector<std::jthread> threads;
        for (int who = 0; who < putters; ++who)
            threads.emplace_back([&, who] {
                int n = 0;
                for (const auto end = std::chrono::steady_clock::now() + length;
                     std::chrono::steady_clock::now() < end;) {
                    for (int burst = n % 40; burst >= 0; --burst) q.put({who, ++n});
                    if (q.qsize() > 10'000) std::this_thread::yield();
                }
                put += n;
                --putting;
            });
        for (unsigned i = 0; i < getters; ++i) threads.emplace_back([&, i] { get_until(q, putting, all[i], i + 1); });
    }
    long got = 0;
    for (const seen& s : all) {
        EXPECT_TRUE(s.in_order());
        got += s.count();
    }
    EXPECT_EQ(got, put);
    EXPECT_TRUE(q.empty());
}

// Fails one move in 16.
struct moody {
    explicit moody(int n) : number(n) {}
    moody(moody&& other) : number(other.number) {
        if (moves.fetch_add(1) % 16 == 0) throw support::move_failed();
    }
    int number;
    inline static std::atomic<unsigned> moves{1};
};

TEST(simple_queue_stress_test, no_item_is_lost_whose_move_throws) {
    constexpr int each = 5'000;
    simple_queue<moody> q;
    std::atomic<long> sum{0}, count{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 2; ++t)
            threads.emplace_back([&] {
                for (int n = 1; n <= each;) {
                    try {
                        q.put(moody(n));
                        ++n;
                    } catch (const support::move_failed&) {
                    }
                }
            });
        for (int t = 0; t < 2; ++t)
            threads.emplace_back([&] {
                for (int n = 0; n < each;) {
                    try {
                        const moody got = q.get();
                        sum += got.number;
                        ++count;
                        ++n;
                    } catch (const support::move_failed&) {
                    }
                }
            });
    }
    EXPECT_EQ(count, 2 * each);
    EXPECT_EQ(sum, long{each} * (each + 1));
    EXPECT_TRUE(q.empty());
}

}  // namespace
