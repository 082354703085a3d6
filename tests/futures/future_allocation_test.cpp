// Out of memory at each point where a call could be: what was begun is taken back, and nothing leaks.
#include "concur/core/alarm.hpp"
#include "concur/core/recycled.hpp"
#include "concur/core/unhandled_exception.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/as_completed.hpp"
#include "concur/futures/promise.hpp"
#include "concur/futures/wait.hpp"
#include "concur/futures/when.hpp"
#include "support/allocations.hpp"
#include "support/gate.hpp"
#include "support/manual_executor.hpp"
#include "support/ready.hpp"
#include "support/tracked.hpp"

#include <array>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace concur;
using namespace std::chrono_literals;
using support::manual_executor;
using support::tracked;

// Continuations that nobody reads fail here, too.
class future_allocation_test : public testing::Test {
    const recycling_pause every_block_is_new_;
    unhandled_exception_hook before_ = set_unhandled_exception_hook([](std::exception_ptr) {});

public:
    ~future_allocation_test() override { set_unhandled_exception_hook(std::move(before_)); }
};

// A promise that leaves nothing open: one that goes without a result needs memory to say so.
template <class T>
struct closed_at_end : promise<T> {
    ~closed_at_end() { this->get_future().cancel(); }
};

// Runs what is left in an executor's line.
struct run_at_end {
    ~run_at_end() { executor.run_all(); }
    manual_executor& executor;
};

// The task that this is of is not left in its pool's line.
struct wait_at_end {
    ~wait_at_end() { task.wait(); }
    const future<tracked>& task;
};

// It takes memory, once, and gives some of it back when it runs.
void start_timer_thread() {
    struct opener : timer_alarm {
        opener() : timer_alarm([](timer_alarm& a) noexcept { static_cast<opener&>(a).rung.open(); }) {}
        support::gate rung;
    } first;
    first.set(deadline::past());
    EXPECT_TRUE(first.rung.wait_for(support::long_enough));
}

// Runs `fn` with each of its allocations failing in turn. However it ends, all must be as before.
// Gives how many allocations it has.
template <class Fn>
std::size_t sweep(Fn fn) {
    fn();  // what is made once for the whole program
    const std::size_t blocks = support::allocations::live();
    const int values = tracked::live();
    std::size_t runs = 0, first_leak = 0, blocks_lost = 0;
    int values_lost = 0;
    const auto look = [&] {
        ++runs;
        if (blocks_lost + static_cast<std::size_t>(values_lost) != 0) return;
        blocks_lost = support::allocations::live() - blocks;
        values_lost = tracked::live() - values;
        first_leak = runs;
    };
    const std::size_t points = support::allocations::sweep(fn, look);
    look();
    EXPECT_EQ(blocks_lost, 0u) << "run " << first_leak << " of " << points;
    EXPECT_EQ(values_lost, 0) << "run " << first_leak << " of " << points;
    return points;
}

TEST_F(future_allocation_test, a_call_that_cannot_be_submitted_leaves_nothing) {
    manual_executor executor;
    const auto points = sweep([&] {
        const int posted = executor.posted;
        try {
            executor.submit([t = tracked(1)](const tracked&) {}, tracked(2));
        } catch (const std::bad_alloc&) {
            EXPECT_EQ(executor.posted, posted);
            throw;
        }
        EXPECT_EQ(executor.run_all(), 1);
    });
    EXPECT_EQ(points, 1u);
}

TEST_F(future_allocation_test, a_call_with_options_that_cannot_be_submitted_leaves_nothing) {
    manual_executor executor;
    start_timer_thread();
    const std::string name(100, 'x');
    const auto points = sweep([&] {
        executor.submit(task_options{.timeout = 1h, .priority = 3, .name = name}, [t = tracked(1)] {});
        EXPECT_EQ(executor.run_all(), 1);
    });
    EXPECT_GE(points, 2u);
}

TEST_F(future_allocation_test, a_pool_without_memory_for_its_first_thread_can_be_used_once_there_is_some) {
    const auto points = sweep([&] {
        thread_pool_executor pool{1};
        future<int> f;
        try {
            f = pool.submit(task_options{.priority = 1}, [t = tracked(3)] { return t.value; });
        } catch (const std::bad_alloc&) {
            EXPECT_EQ(pool.submit([] { return 4; }).result(), 4);
            throw;
        }
        EXPECT_EQ(f.result(), 3);
    });
    EXPECT_GE(points, 3u);
}

TEST_F(future_allocation_test, a_result_that_cannot_be_copied_leaves_the_future_pending) {
    const std::string value(100, 'x');
    const auto points = sweep([&] {
        const promise<std::string> p;
        try {
            p.set_result(value);
        } catch (const std::bad_alloc&) {
            EXPECT_FALSE(p.get_future().done());
            p.set_result("short");
            throw;
        }
        EXPECT_EQ(p.get_future().result(), value);
    });
    EXPECT_EQ(points, 2u);
}

TEST_F(future_allocation_test, a_callback_that_cannot_be_added_is_never_run) {
    const auto points = sweep([&] {
        const promise<int> p;
        int runs = 0;
        try {
            p.get_future().add_done_callback([&runs, t = tracked(1)](const future<int>&) { ++runs; });
        } catch (const std::bad_alloc&) {
            p.set_result(1);
            EXPECT_EQ(runs, 0);
            throw;
        }
        p.set_result(1);
        EXPECT_EQ(runs, 1);
    });
    EXPECT_EQ(points, 2u);
}

TEST_F(future_allocation_test, a_continuation_that_cannot_be_made_leaves_nothing) {
    manual_executor executor;
    const auto points = sweep([&] {
        const run_at_end rest{executor};
        const closed_at_end<tracked> p;
        const auto here = p.get_future().then([t = tracked(1)](const tracked& v) { return v.value; });
        const auto there =
            p.get_future().then(executor, [t = tracked(1)](const tracked& v) { return tracked(v.value); });
        const auto inner = here.then([](int i) { return support::ready(i); });
        p.set_result(tracked(5));
        executor.run_all();
        EXPECT_TRUE(there.done() && inner.done());
    });
    EXPECT_EQ(points, 5u);
}

TEST_F(future_allocation_test, a_wait_that_cannot_begin_leaves_no_notice_behind) {
    for (const auto policy : {return_when::first_completed, return_when::first_exception, return_when::all_completed}) {
        const auto points = sweep([&] {
            const closed_at_end<tracked> a, b;
            const std::array futures{a.get_future(), b.get_future(), support::ready(tracked(1))};
            EXPECT_FALSE(wait(futures, 0s, policy).done.empty());
            const std::array pending{a.get_future(), b.get_future(), a.get_future()};
            EXPECT_TRUE(wait(pending, 0s, policy).done.empty());
            a.set_result(tracked(2));
        });
        EXPECT_GE(points, 8u);
    }
}

TEST_F(future_allocation_test, as_completed_gives_back_what_it_cannot_hold) {
    const auto points = sweep([&] {
        const closed_at_end<tracked> a, b;
        auto range = as_completed(std::array{a.get_future(), b.get_future(), support::ready(tracked(1))}, 0s);
        auto it = range.begin();
        EXPECT_EQ(it->result().value, 1);
        a.set_result(tracked(2));
        EXPECT_EQ((*++it).result().value, 2);
    });
    EXPECT_GE(points, 8u);
}

TEST_F(future_allocation_test, a_whole_that_cannot_be_made_leaves_its_parts_alone) {
    const auto points = sweep([&] {
        const closed_at_end<tracked> a, b;
        const auto all = when_all(a.get_future(), b.get_future());
        const auto any = when_any(std::array{a.get_future(), b.get_future()});
        a.set_result(tracked(1));
        EXPECT_EQ(any.result().index, 0u);
        EXPECT_FALSE(all.done());
        EXPECT_TRUE(all.cancel());
    });
    EXPECT_GE(points, 6u);
}

TEST_F(future_allocation_test, a_map_that_cannot_be_held_leaves_nothing) {
    for (const bool ordered : {true, false}) {
        manual_executor executor;
        const auto points = sweep([&] {
            try {
                auto range = executor.map(
                    map_options{.timeout = 0s, .chunksize = 2, .ordered = ordered},
                    [t = tracked(1)](const tracked& v) { return tracked(v.value); },
                    std::array{tracked(1), tracked(2), tracked(3)});
                executor.run_all();
                int sum = 0;
                for (const auto& v : range) sum += v.value;
                EXPECT_EQ(sum, 6);
            } catch (...) {
                executor.run_all();
                throw;
            }
        });
        EXPECT_GE(points, 6u);
    }
}

TEST_F(future_allocation_test, a_worker_that_cannot_wait_leaves_nothing) {
    thread_pool_executor pool{1};
    pool.submit([&] {
            const auto points = sweep([&] {
                const auto a = pool.submit([] { return tracked(1); });
                const wait_at_end whatever_happens{a};
                const auto b = a.then([](const tracked& t) { return t.value; });
                const auto all = when_all(a, b);
                all.wait();
                EXPECT_EQ(b.result(), 1);
            });
            EXPECT_GE(points, 4u);
        })
        .result();
}

TEST_F(future_allocation_test, a_promise_that_goes_without_a_result_fails_its_future_even_so) {
    const auto points = sweep([] {
        future<int> f;
        {
            const promise<int> p;
            f = p.get_future();
        }
        EXPECT_TRUE(f.done());
        EXPECT_NE(f.exception(), nullptr);
    });
    EXPECT_GE(points, 1u);
}

TEST_F(future_allocation_test, waiting_reading_and_cancelling_need_no_memory) {
    const promise<int> set, cancelled, pending;
    const auto f = set.get_future();
    const std::size_t before = support::allocations::count_here();
    EXPECT_FALSE(pending.get_future().wait_for(1us));
    set.set_running_or_notify_cancel();
    set.set_result(1);
    EXPECT_EQ(f.result(), 1);
    EXPECT_EQ(f.exception(), nullptr);
    EXPECT_TRUE(cancelled.get_future().cancel());
    EXPECT_EQ(support::allocations::count_here(), before);
}

}  // namespace
