#include "concur/threading/shared_lock.hpp"

#include "support/coroutine.hpp"
#include "support/homed.hpp"
#include "support/until.hpp"
#include "support/waiting_thread.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using concur::threading::shared_lock;
using support::homed;
using support::manual_home;
using support::task_coroutine;
using support::until;
using support::waiting_thread;

template <class F>
bool is_refused(F f, std::errc why = std::errc::operation_not_permitted) {
    try {
        f();
        return false;
    } catch (const std::system_error& e) {
        return e.code() == why;
    }
}

void expect_free(shared_lock& l) {
    EXPECT_TRUE(l.try_acquire());
    l.release();
    EXPECT_TRUE(concur::line_at(&l).empty());
}

static_assert(sizeof(shared_lock) == 4);

TEST(shared_lock_test, readers_have_it_together_and_a_writer_alone) {
    shared_lock l;
    EXPECT_TRUE(l.try_acquire_shared());
    EXPECT_TRUE(l.try_acquire_shared());
    EXPECT_FALSE(l.try_acquire());
    EXPECT_FALSE(l.acquire(1ms));
    l.release_shared();
    l.release_shared();
    EXPECT_TRUE(l.try_acquire());
    EXPECT_FALSE(l.try_acquire_shared());
    EXPECT_FALSE(l.acquire_shared(1ms));
    EXPECT_FALSE(l.try_acquire());
    l.release();
    expect_free(l);
}

TEST(shared_lock_test, what_nobody_has_cannot_be_let_go) {
    shared_lock l;
    EXPECT_TRUE(is_refused([&] { l.release(); }));
    EXPECT_TRUE(is_refused([&] { l.release_shared(); }));
    EXPECT_TRUE(is_refused([&] { l.downgrade(); }));
    EXPECT_TRUE(is_refused([&] { (void)l.upgrade(); }));
    l.acquire();
    EXPECT_TRUE(is_refused([&] { l.release_shared(); }));
    EXPECT_TRUE(is_refused([&] { (void)l.upgrade(); }));
    l.release();
    l.acquire_shared();
    EXPECT_TRUE(is_refused([&] { l.release(); }));
    EXPECT_TRUE(is_refused([&] { l.downgrade(); }));
    l.release_shared();
    expect_free(l);
}

TEST(shared_lock_test, it_goes_with_the_locks_of_the_standard) {
    shared_lock l;
    {
        const std::unique_lock alone(l);
        const std::shared_lock other(l, std::try_to_lock);
        EXPECT_FALSE(other.owns_lock());
    }
    {
        const std::shared_lock one(l);
        const std::shared_lock two(l, 1ms);
        const std::unique_lock alone(l, 1ms);
        EXPECT_TRUE(two.owns_lock());
        EXPECT_FALSE(alone.owns_lock());
    }
    const auto soon = std::chrono::system_clock::now() + 1ms;
    EXPECT_TRUE(l.try_lock_until(soon));
    EXPECT_FALSE(l.try_lock_shared_until(soon));
    l.unlock();
    expect_free(l);
}

TEST(shared_lock_test, a_reader_that_comes_after_a_writer_waits_behind_it) {
    shared_lock l;
    std::atomic<bool> written{false};
    l.acquire_shared();
    waiting_thread writer([&] {
        l.acquire();
        written = true;
        l.release();
    });
    EXPECT_TRUE(writer.sleeps());
    EXPECT_FALSE(l.try_acquire_shared());
    waiting_thread reader([&] {
        l.acquire_shared();
        EXPECT_TRUE(written);
        l.release_shared();
    });
    EXPECT_TRUE(reader.sleeps());
    l.release_shared();
    writer.join();
    reader.join();
    expect_free(l);
}

TEST(shared_lock_test, all_readers_at_the_front_come_in_together) {
    shared_lock l;
    std::atomic<int> inside{0};
    l.acquire();
    std::vector<std::unique_ptr<waiting_thread>> readers;
    for (int i = 0; i < 3; ++i) {
        readers.push_back(std::make_unique<waiting_thread>([&] {
            l.acquire_shared();
            ++inside;
            EXPECT_TRUE(until([&] { return inside == 3; }));
            l.release_shared();
        }));
        EXPECT_TRUE(readers.back()->sleeps());
    }
    l.release();
    for (auto& r : readers) r->join();
    expect_free(l);
}

TEST(shared_lock_test, a_writer_that_gives_up_lets_in_the_readers_behind_it) {
    shared_lock l;
    std::stop_source stop;
    l.acquire_shared();
    waiting_thread writer([&] { EXPECT_FALSE(l.acquire(concur::none, stop.get_token())); });
    EXPECT_TRUE(writer.sleeps());
    waiting_thread reader([&] {
        l.acquire_shared();
        l.release_shared();
    });
    EXPECT_TRUE(reader.sleeps());
    stop.request_stop();
    writer.join();
    reader.join();
    EXPECT_TRUE(l.try_acquire_shared());  // and whoever comes now
    l.release_shared();
    l.release_shared();
    expect_free(l);
}

TEST(shared_lock_test, the_only_reader_upgrades_at_once) {
    shared_lock l;
    l.acquire_shared();
    EXPECT_TRUE(l.try_upgrade());
    EXPECT_FALSE(l.try_acquire_shared());
    l.downgrade();
    EXPECT_TRUE(l.try_acquire_shared());
    EXPECT_FALSE(l.try_upgrade());
    EXPECT_FALSE(l.upgrade(1ms));
    EXPECT_FALSE(l.upgrade(0s));
    EXPECT_TRUE(l.try_acquire_shared());
    for (int i = 0; i < 3; ++i) l.release_shared();
    expect_free(l);
}

TEST(shared_lock_test, a_reader_that_upgrades_goes_before_a_writer_that_waits) {
    shared_lock l;
    int value = 1;
    l.acquire_shared();
    l.acquire_shared();
    waiting_thread upgrader([&] {
        EXPECT_TRUE(l.upgrade());
        EXPECT_EQ(value, 1);
        value = 2;
        l.release();
    });
    EXPECT_TRUE(upgrader.sleeps());
    EXPECT_FALSE(l.try_acquire_shared());
    EXPECT_TRUE(is_refused([&] { (void)l.upgrade(); }, std::errc::resource_deadlock_would_occur));
    waiting_thread writer([&] {
        l.acquire();
        EXPECT_EQ(value, 2);
        l.release();
    });
    EXPECT_TRUE(writer.sleeps());
    l.release_shared();
    upgrader.join();
    writer.join();
    expect_free(l);
}

TEST(shared_lock_test, an_upgrade_that_is_given_up_lets_in_the_readers_that_waited_for_it) {
    shared_lock l;
    std::stop_source stop;
    l.acquire_shared();
    l.acquire_shared();
    waiting_thread upgrader([&] { EXPECT_FALSE(l.upgrade(concur::none, stop.get_token())); });
    EXPECT_TRUE(upgrader.sleeps());
    waiting_thread reader([&] {
        l.acquire_shared();
        l.release_shared();
    });
    EXPECT_TRUE(reader.sleeps());
    stop.request_stop();
    upgrader.join();
    reader.join();
    l.release_shared();
    l.release_shared();
    expect_free(l);
}

TEST(shared_lock_test, one_that_is_downgraded_lets_in_readers_and_no_writer) {
    shared_lock l;
    l.acquire();
    waiting_thread reader([&] {
        l.acquire_shared();
        l.release_shared();
    });
    EXPECT_TRUE(reader.sleeps());
    std::atomic<bool> written{false};
    waiting_thread writer([&] {
        l.acquire();
        written = true;
        l.release();
    });
    EXPECT_TRUE(writer.sleeps());
    l.downgrade();
    reader.join();
    EXPECT_FALSE(written);
    l.release_shared();
    writer.join();
    expect_free(l);
}

task_coroutine<bool> writes(shared_lock& l, concur::timeout t = concur::none) { co_return co_await l.async_acquire(t); }
task_coroutine<bool> reads(shared_lock& l, concur::timeout t = concur::none) {
    co_return co_await l.async_acquire_shared(t);
}

TEST(shared_lock_test, coroutines_and_threads_stand_in_the_same_line) {
    shared_lock l;
    l.acquire();
    auto first = reads(l);
    waiting_thread second([&] { l.acquire_shared(); });
    EXPECT_TRUE(second.sleeps());
    auto third = writes(l);
    EXPECT_FALSE(reads(l, 1ms).result());
    EXPECT_FALSE(writes(l, 1ms).result());
    l.release();
    EXPECT_TRUE(first.result());
    second.join();
    EXPECT_FALSE(third.done());
    l.release_shared();
    l.release_shared();
    EXPECT_TRUE(third.result());
    l.release();
    expect_free(l);
}

homed hold(manual_home&, shared_lock& l, bool shared, int& got) {
    const bool has = shared ? co_await l.async_acquire_shared() : co_await l.async_acquire();
    got = has ? 1 : 2;
}

// fact 148
TEST(shared_lock_test, what_was_on_its_way_to_a_coroutine_that_is_destroyed_is_the_next_ones) {
    for (const bool shared : {false, true}) {
        manual_home home;
        shared_lock l;
        int first = 0, second = 0;
        l.acquire();
        auto a = std::make_unique<homed>(hold(home, l, shared, first));
        auto b = std::make_unique<homed>(hold(home, l, false, second));
        l.release();
        a.reset();
        while (home.run_one()) continue;
        EXPECT_EQ(first, 0);
        EXPECT_EQ(second, 1);
        l.release();
        expect_free(l);
    }
}

// Two numbers that are always the same, but while a writer changes them.
struct pair_of_numbers {
    static constexpr int each = 3'000;

    void write() {
        for (int i = 0; i < each; ++i) {
            const std::scoped_lock held(l);
            ++a;
            ++b;
        }
    }
    void read() {
        for (int i = 0; i < each; ++i) {
            const std::shared_lock held(l);
            if (a != b) ++torn;
        }
    }
    void change_over() {
        for (int i = 0; i < each; ++i) {
            if (!l.acquire_shared(std::chrono::microseconds(i % 50))) continue;
            if (l.try_upgrade()) {
                ++a;
                ++b;
                l.downgrade();
            }
            l.release_shared();
        }
    }

    shared_lock l;
    int a = 0, b = 0;
    std::atomic<int> torn{0};
};

TEST(shared_lock_test, readers_and_writers_by_the_thousand_see_no_half_written_value) {
    pair_of_numbers p;
    {
        const auto write = [&] { p.write(); };
        const auto read = [&] { p.read(); };
        const auto change_over = [&] { p.change_over(); };
        std::jthread one(write), two(write), three(read), four(read), five(change_over), six(change_over);
    }
    EXPECT_EQ(p.a, p.b);
    EXPECT_GE(p.a, 2 * pair_of_numbers::each);
    EXPECT_EQ(p.torn, 0);
    expect_free(p.l);
}

TEST(shared_lock_test, a_writer_that_must_not_wait_keeps_no_reader_out) {
    shared_lock l;
    std::stop_source stop;
    stop.request_stop();
    l.acquire_shared();
    EXPECT_FALSE(l.acquire(support::long_enough, stop.get_token()));
    EXPECT_TRUE(l.try_acquire_shared());
    l.release_shared();
    l.release_shared();
    expect_free(l);
}

}  // namespace
