// Where a value fails, dies or leaves at any step of its way: no hang, and nobody else is touched.
#include "executors/trouble.hpp"

#include "concur/core/process_error.hpp"
#include "concur/executors/process_pool_executor.hpp"
#include "concur/futures.hpp"
#include "support/ended_with.hpp"
#include "support/process_gate.hpp"
#include "support/processes.hpp"

#include <csignal>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

using concur::future;
using concur::process_pool_executor;
using concur::worker_died;
using support::ended_with;
using support::long_enough;
using support::process_gate;
using trouble::deed;
using trouble::step;
using trouble::value;

namespace {

constexpr std::size_t sizes[] = {0, 1'000, 5'000'000};

value made(step when, deed what, std::size_t size) {
    return {.when = when, .what = what, .before = std::string(size, 'b'), .after = std::string(size, 'a')};
}

std::size_t taken(const value& v) { return v.before.size() + v.after.size(); }
value given(step when, deed what, std::int64_t home, std::size_t size) {
    value v = made(when, what, size);
    v.home = home;
    return v;
}
int own_pid() { return ::getpid(); }

// Asks somebody when it is read here.
std::function<int()> asked;
struct asking {
    int answer = 0;
};
template <class Archive>
void concur_serialize(Archive& ar, asking& a) {
    ar(a.answer);
    if (Archive::is_loading && asked) a.answer = asked();
}

// A pool of two, one of whose workers stands in a task: that one must not be touched.
struct watched_pool {
    watched_pool() {
        neighbour = pool.submit([](const support::door& d) { return d.wait(), ::getpid(); }, gate.door);
        gate.door.until_came(1);
    }
    void expect_whole() {
        EXPECT_EQ(pool.submit([](int n) { return n + 1; }, 1).result(long_enough), 2) << "the pool goes on";
        EXPECT_FALSE(neighbour.done());
        gate.door.open();
        EXPECT_GT(neighbour.result(long_enough), 0);
    }

    process_pool_executor pool{2};
    process_gate gate;
    future<int> neighbour;
};

}  // namespace

TEST(process_pool_executor_test, a_value_with_a_hook_of_its_own_goes_there_and_back) {
    process_pool_executor pool{1};
    EXPECT_EQ(pool.submit(taken, made(step::never, deed::fail, 1'000)).result(long_enough), 2'000U);
    EXPECT_EQ(taken(pool.submit(given, step::never, deed::fail, 0, std::size_t{70'000}).result(long_enough)), 140'000U);
}

// fact 66
TEST(process_pool_executor_test, an_argument_that_cannot_be_written_fails_its_future_and_the_pool_goes_on) {
    watched_pool w;
    for (const step when : {step::sized_here, step::written_here})
        for (const std::size_t size : sizes) {
            auto f = w.pool.submit(taken, made(when, deed::fail, size));
            EXPECT_TRUE(f.done()) << "at submit";
            EXPECT_STREQ(ended_with<trouble::error>(f).what(), "told to fail") << "as what it is: it has not travelled";
        }
    w.expect_whole();
}

// fact 67
TEST(process_pool_executor_test, an_argument_that_cannot_be_read_by_the_worker_fails_its_future_alone) {
    watched_pool w;
    for (const std::size_t size : sizes) {
        const auto e = ended_with<concur::remote_error>(w.pool.submit(taken, made(step::read_there, deed::fail, size)));
        EXPECT_STREQ(e.what(), "told to fail");
        EXPECT_EQ(e.type_name(), "trouble::error");
    }
    w.expect_whole();
}

// facts 67, 71
TEST(process_pool_executor_test, a_worker_that_ends_while_it_reads_an_argument_costs_that_task_alone) {
    watched_pool w;
    for (const std::size_t size : sizes) {
        const auto sent = [&](deed what) {
            return ended_with<worker_died>(w.pool.submit(taken, made(step::read_there, what, size)));
        };
        EXPECT_EQ(sent(deed::die).signal(), SIGKILL);
        EXPECT_EQ(sent(deed::leave).exit_code(), 7);
        EXPECT_EQ(sent(deed::leave_well).exit_code(), 0);
    }
    w.expect_whole();
}

// fact 68
TEST(process_pool_executor_test, a_call_that_ends_its_process_in_any_way_is_a_death_and_no_hang) {
    watched_pool w;
    EXPECT_EQ(ended_with<worker_died>(w.pool.submit([] { std::raise(SIGKILL); })).signal(), SIGKILL);
    EXPECT_EQ(ended_with<worker_died>(w.pool.submit([] { std::exit(0); })).exit_code(), 0);
    EXPECT_EQ(ended_with<worker_died>(w.pool.submit([] { std::exit(4); })).exit_code(), 4);
    w.expect_whole();
}

// fact 69
TEST(process_pool_executor_test, a_result_that_cannot_be_written_by_the_worker_fails_its_future_alone) {
    watched_pool w;
    const int before = w.pool.submit(own_pid).result(long_enough);
    for (const step when : {step::sized_there, step::written_there})
        for (const std::size_t size : sizes) {
            auto f = w.pool.submit(given, when, deed::fail, std::int64_t{::getpid()}, size);
            EXPECT_EQ(ended_with<concur::remote_error>(f).type_name(), "trouble::error");
        }
    EXPECT_EQ(w.pool.submit(own_pid).result(long_enough), before) << "it is no death";
    w.expect_whole();
}

// facts 69, 71
TEST(process_pool_executor_test, a_worker_that_ends_in_the_middle_of_a_result_costs_that_task_alone) {
    watched_pool w;
    for (const step when : {step::sized_there, step::written_there})
        for (const std::size_t size : sizes) {
            const auto sent = [&](deed what) {
                return ended_with<worker_died>(w.pool.submit(given, when, what, std::int64_t{::getpid()}, size));
            };
            EXPECT_EQ(sent(deed::die).signal(), SIGKILL);
            EXPECT_EQ(sent(deed::leave_well).exit_code(), 0);
        }
    w.expect_whole();
}

// fact 70
TEST(process_pool_executor_test, a_result_that_cannot_be_read_here_fails_its_future_alone) {
    watched_pool w;
    const int before = w.pool.submit(own_pid).result(long_enough);
    for (const std::size_t size : sizes) {
        auto f = w.pool.submit(given, step::read_here, deed::fail, std::int64_t{::getpid()}, size);
        EXPECT_STREQ(ended_with<trouble::error>(f).what(), "told to fail");
    }
    EXPECT_EQ(w.pool.submit(own_pid).result(long_enough), before);
    w.expect_whole();
}

TEST(process_pool_executor_test, a_result_whose_reading_waits_for_the_same_pool_fails_and_hangs_nobody) {
    process_pool_executor pool{2}, other{1};
    asked = [&] { return pool.submit(own_pid).result(long_enough); };
    auto waits = pool.submit([] { return asking{}; });
    EXPECT_EQ(ended_with<std::system_error>(waits).code(), std::errc::resource_deadlock_would_occur);
    asked = [&] { return pool.shutdown(), 0; };
    auto shuts = pool.submit([] { return asking{}; });
    EXPECT_EQ(ended_with<std::system_error>(shuts).code(), std::errc::resource_deadlock_would_occur);
    asked = [&] { return other.submit(own_pid).result(long_enough); };
    EXPECT_GT(pool.submit([] { return asking{}; }).result(long_enough).answer, 0) << "another pool may be waited for";
}

TEST(process_pool_executor_test, tasks_queued_behind_a_death_in_the_middle_of_a_large_result_run_all) {
    process_pool_executor pool{1};
    const process_gate gate;
    const auto dying = [](const support::door& d, std::int64_t home) {
        d.wait();
        return given(step::written_there, deed::die, home, 20'000'000);
    };
    auto dies = pool.submit(dying, gate.door, std::int64_t{::getpid()});
    ASSERT_TRUE(gate.door.until_came(1));
    std::vector<future<std::string>> behind;
    for (std::size_t i = 0; i < 10; ++i)
        behind.push_back(pool.submit([](const std::string& s) { return s; }, std::string(i * 50'000, 'x')));
    gate.door.open();
    EXPECT_EQ(ended_with<worker_died>(dies).signal(), SIGKILL);
    for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(behind[i].result(long_enough).size(), i * 50'000);
}

// fact 73
TEST(process_pool_executor_test, shutdown_beside_calls_that_fail_to_be_written_does_not_lock_up) {
    for (int round = 0; round < 20; ++round) {
        process_pool_executor pool{1};
        std::vector<future<std::size_t>> all;
        std::jthread submitter([&] {
            try {
                for (int i = 0; i < 200; ++i)
                    all.push_back(
                        pool.submit(taken, made(i % 2 == 0 ? step::written_here : step::never, deed::fail, 50)));
            } catch (const concur::executor_shutdown&) {
            }
        });
        if (round % 2 == 0) std::this_thread::yield();
        pool.shutdown({.wait = round % 3 != 0, .cancel_futures = round % 5 == 0});
        submitter.join();
        EXPECT_TRUE(concur::wait(all, long_enough).not_done.empty());
    }
}

// fact 74
TEST(process_pool_executor_test, a_worker_that_dies_after_shutdown_was_called_lets_it_return_and_its_future_fails) {
    const process_gate gate;
    process_pool_executor pool{1};
    auto dies = pool.submit([](const support::door& d) { d.wait(), std::raise(SIGKILL); }, gate.door);
    auto behind = pool.submit([] { return 5; });
    ASSERT_TRUE(gate.door.until_came(1));
    std::jthread opener([&] {
        support::until([&] {
            try {
                return pool.submit([] {}), false;
            } catch (const concur::executor_shutdown&) {
                return true;
            }
        });
        gate.door.open();
    });
    pool.shutdown();
    EXPECT_EQ(ended_with<worker_died>(dies).signal(), SIGKILL);
    EXPECT_EQ(behind.result(), 5) << "what was queued behind it is finished first";
}

// fact 75
TEST(process_pool_executor_test, shutdown_without_wait_after_a_call_that_could_not_be_written_ends_the_pool) {
    const auto before = support::threads_of(::getpid());
    {
        process_pool_executor pool{2};
        auto f = pool.submit(taken, made(step::written_here, deed::fail, 100));
        auto well = pool.submit(taken, made(step::never, deed::fail, 100));
        pool.shutdown({.wait = false});
        EXPECT_STREQ(ended_with<trouble::error>(f).what(), "told to fail");
        EXPECT_EQ(well.result(long_enough), 200U);
        EXPECT_TRUE(support::until([&] { return support::descendants_of(::getpid()).empty(); }));
        EXPECT_TRUE(support::until([&] { return support::threads_of(::getpid()) == before; }));
    }
}
