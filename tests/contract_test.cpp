// Every name and form of call that the public surface promises, as a stranger would write it.
#include <concur/futures.hpp>
#include <concur/queue.hpp>
#include <concur/threading.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <coroutine>
#include <exception>
#include <functional>
#include <future>
#include <gtest/gtest.h>
#include <list>
#include <memory>
#include <optional>
#include <ranges>
#include <set>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using concur::executor;
using concur::future;
using concur::map_options;
using concur::overflow;
using concur::promise;
using concur::return_when;
using concur::shutdown_options;
using concur::task_options;
using concur::thread_pool_executor;

// What is compiled once has a shape that does not change unseen.
static_assert(sizeof(future<int>) == sizeof(void*) && sizeof(future<std::string>) == sizeof(void*),
              "a future is one pointer");
static_assert(sizeof(promise<int>) == sizeof(void*), "a promise is one pointer");
static_assert(sizeof(thread_pool_executor) <= 64, "an executor is a handle on its pool");
static_assert(sizeof(concur::job) == 4 * sizeof(void*), "a job is what to run, what to refuse, and two neighbours");
static_assert(sizeof(concur::lock_word) == 4, "one 32-bit word, for the futex");
static_assert(sizeof(concur::threading::lock) == 4 && sizeof(concur::threading::event) == 4 &&
                  sizeof(concur::threading::shared_lock) == 4,
              "waiters bring their own room");
static_assert(sizeof(concur::threading::semaphore) == 8, "the permits, and how many there may be");
static_assert(sizeof(concur::simple_queue<int>) <= 256, "a queue without items is three cache lines and a segment");
static_assert(sizeof(concur::parker) == 20, "likewise, and what its thread has learned from its sleeps");
static_assert(sizeof(concur::future_core) <= 88, "a future's state is not to grow unseen");
static_assert(std::is_nothrow_move_constructible_v<future<std::string>> && std::copyable<future<std::string>>);
static_assert(std::copyable<future<void>> && std::copyable<future<int&>> &&
              std::copyable<future<std::unique_ptr<int>>>);
static_assert(std::is_abstract_v<executor> && std::derived_from<thread_pool_executor, executor>);

// All errors are concur::error, and that is a std::runtime_error.
static_assert(std::derived_from<concur::error, std::runtime_error>);
static_assert(std::derived_from<concur::cancelled_error, concur::error>);
static_assert(std::derived_from<concur::timeout_error, concur::error>);
static_assert(std::derived_from<concur::invalid_state_error, concur::error>);
static_assert(std::derived_from<concur::executor_shutdown, concur::error>);
static_assert(std::derived_from<concur::broken_executor, concur::error>);
static_assert(std::derived_from<concur::broken_barrier_error, concur::error>);
static_assert(std::derived_from<concur::broken_thread_pool, concur::broken_executor>);
static_assert(std::derived_from<concur::queue_empty, concur::error>);
static_assert(std::derived_from<concur::queue_full, concur::error>);
static_assert(std::derived_from<concur::queue_shut_down, concur::error>);

template <class Q>
concept is_queue = requires(Q q, int i, std::stop_token s) {
    (q.put(i, 1s, s), q.put_nowait(i), q.try_put(i, 1s, s), q.async_put(i, 1s, s), q.put_range(std::vector{i}, 1s, s));
    (q.get(1s, s), q.get_nowait(), q.try_get(1s, s), q.async_get(1s, s), q.get_some(2, 1s, s), q.begin());
    (q.qsize(), q.empty(), q.full(), q.maxsize(), q.task_done(), q.join(), q.shutdown(true), q.is_shutdown());
};
static_assert(is_queue<concur::queue<int>> && is_queue<concur::lifo_queue<int>> &&
              is_queue<concur::priority_queue<int, std::greater<int>>>);

// Options are aggregates.
static_assert(std::is_aggregate_v<task_options> && std::is_aggregate_v<map_options> &&
              std::is_aggregate_v<shutdown_options> && std::is_aggregate_v<concur::thread_pool_options>);

namespace {

// The smallest coroutine: it starts at once and belongs to nobody.
struct started {
    struct promise_type {
        started get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
};

int add(int a, int b) { return a + b; }

started add_later(future<int> f, std::promise<int>& told) { told.set_value(co_await f + 1); }
started take_later(future<std::unique_ptr<int>> f, std::promise<int>& told) {
    const std::unique_ptr<int> mine = co_await std::move(f);
    told.set_value(*mine);
}

// A pool of one with nothing to do before `open`.
struct shut_door {
    std::promise<void> open;
    std::shared_future<void> opened = open.get_future().share();
    future<void> put_before(thread_pool_executor& pool) {
        auto f = pool.submit([door = opened] { door.wait(); });
        while (!f.running()) std::this_thread::yield();
        return f;
    }
};

}  // namespace

TEST(contract_test, future_cancel_cancelled_running_done) {
    shut_door door;
    thread_pool_executor pool{1};
    auto first = door.put_before(pool);
    auto second = pool.submit(add, 1, 2);
    EXPECT_TRUE(first.running());
    EXPECT_FALSE(first.cancel());
    EXPECT_FALSE(second.running() || second.done() || second.cancelled());
    EXPECT_TRUE(second.cancel());
    EXPECT_TRUE(second.cancelled() && second.done()) << "at the moment cancel() returns";
    EXPECT_TRUE(second.cancel()) << "again";
    EXPECT_THROW(second.result(), concur::cancelled_error);
    EXPECT_THROW(second.exception(), concur::cancelled_error);
    EXPECT_THROW(first.result(1ms), concur::timeout_error);
    door.open.set_value();
    first.result();
    EXPECT_TRUE(first.done() && !first.running() && !first.cancel());
}

TEST(contract_test, future_result_is_a_reference_on_an_lvalue_and_the_value_on_an_rvalue) {
    thread_pool_executor pool{1};
    auto f = pool.submit([] { return std::string("a value"); });
    static_assert(std::same_as<decltype(f.result()), const std::string&>);
    static_assert(std::same_as<decltype(std::move(f).result()), std::string>);
    static_assert(std::same_as<decltype(std::move(f).get()), std::string>);
    EXPECT_EQ(&f.result(), &f.result(2s)) << "repeatable";
    const auto copy = f;
    EXPECT_EQ(&copy.result(), &f.result()) << "one shared state";
    EXPECT_EQ(std::move(f).get(), "a value");
    auto g = pool.submit([] { return std::make_unique<int>(5); });
    EXPECT_EQ(*g.result(), 5);
    EXPECT_EQ(*std::move(g).result(), 5);
    static_assert(std::same_as<decltype(std::declval<future<int&>>().result()), int&>);
    static_assert(std::same_as<decltype(std::declval<const future<void>&>().result()), void>);
}

TEST(contract_test, future_exception_is_null_where_there_was_none) {
    thread_pool_executor pool{1};
    EXPECT_EQ(pool.submit(add, 1, 2).exception(), nullptr);
    const std::exception_ptr e = pool.submit([] { throw std::out_of_range("x"); }).exception(2s);
    EXPECT_THROW(std::rethrow_exception(e), std::out_of_range);
}

TEST(contract_test, future_wait_forms_say_whether_it_is_done) {
    shut_door door;
    thread_pool_executor pool{1};
    auto f = door.put_before(pool);
    static_assert(std::same_as<decltype(f.wait_for(2s)), bool>);
    EXPECT_FALSE(f.wait_for(1ms));
    EXPECT_FALSE(f.wait_for(0s));
    EXPECT_FALSE(f.wait_for(-1h)) << "negative polls";
    EXPECT_FALSE(f.wait_until(std::chrono::steady_clock::now() + 1ms));
    EXPECT_FALSE(f.wait_until(std::chrono::system_clock::now() - 1h));
    door.open.set_value();
    f.wait();
    EXPECT_TRUE(f.wait_for(0s));
    EXPECT_TRUE(f.wait_for(std::chrono::hours::max())) << "saturates";
    EXPECT_TRUE(f.wait_until(std::chrono::steady_clock::time_point::max()));
}

TEST(contract_test, future_callbacks_then_and_stop) {
    thread_pool_executor pool{1};
    std::promise<int> told;
    auto f = pool.submit(add, 1, 2);
    f.add_done_callback([&](concur::future<int> done) { told.set_value(done.result()); });
    EXPECT_EQ(told.get_future().get(), 3);
    future<std::string> next = f.then([](int value) { return std::to_string(value); });
    EXPECT_EQ(next.result(), "3");
    EXPECT_EQ(f.then(pool, [](int value) { return value * 2; }).result(), 6);
    auto endless = pool.submit([](std::stop_token stop) {
        while (!stop.stop_requested()) std::this_thread::yield();
    });
    EXPECT_TRUE(endless.request_stop());
    endless.result();
}

TEST(contract_test, future_can_be_awaited_in_any_coroutine_type) {
    thread_pool_executor pool{1};
    std::promise<int> a, b;
    add_later(pool.submit(add, 1, 2), a);
    EXPECT_EQ(a.get_future().get(), 4);
    take_later(pool.submit([] { return std::make_unique<int>(7); }), b);
    EXPECT_EQ(b.get_future().get(), 7);
}

TEST(contract_test, promise_sets_what_its_future_gets) {
    promise<int> p;
    future<int> f = p.get_future();
    EXPECT_FALSE(f.done());
    EXPECT_TRUE(p.set_running_or_notify_cancel());
    EXPECT_TRUE(f.running());
    p.set_result(3);
    EXPECT_EQ(f.result(), 3);
    EXPECT_THROW(p.set_result(4), concur::invalid_state_error) << "twice";
    promise<void> q;
    q.set_exception(std::make_exception_ptr(std::out_of_range("x")));
    EXPECT_THROW(q.get_future().result(), std::out_of_range);
    promise<std::unique_ptr<int>> r;
    r.set_result(std::make_unique<int>(1));
    EXPECT_EQ(*std::move(r.get_future()).result(), 1);
    promise<int> cancelled;
    EXPECT_TRUE(cancelled.get_future().cancel());
    EXPECT_FALSE(cancelled.set_running_or_notify_cancel());
}

TEST(contract_test, executor_submits_with_arguments_tokens_and_options) {
    thread_pool_executor pool{2};
    executor& any = pool;
    EXPECT_EQ(any.submit(add, 1, 2).result(), 3);
    EXPECT_FALSE(any.submit([](std::stop_token stop, int) { return stop.stop_requested(); }, 1).result());
    EXPECT_EQ(any.submit(task_options{.timeout = 2s, .priority = 1, .name = "parse"}, add, 3, 4).result(), 7);
    EXPECT_EQ(any.submit({.name = "short"}, add, 5, 6).result(), 11);
    int counter = 0;
    any.submit([](int& n) { ++n; }, std::ref(counter)).result();
    EXPECT_EQ(counter, 1) << "std::ref passes a reference to threads";
}

TEST(contract_test, executor_maps_over_ranges) {
    thread_pool_executor pool{2};
    executor& any = pool;
    const std::vector<int> a{1, 2, 3};
    std::vector<int> got;
    for (int n : any.map(add, a, std::list<int>{10, 20})) got.push_back(n);
    EXPECT_EQ(got, (std::vector{11, 22})) << "shortest range wins";
    got.clear();
    const map_options options{.timeout = 5s, .chunksize = 64, .buffersize = 256, .ordered = false};
    auto results = any.map(options, [](int n) { return n; }, a);
    static_assert(std::ranges::input_range<decltype(results)>);
    for (int n : results) got.push_back(n);
    std::ranges::sort(got);
    EXPECT_EQ(got, a);
}

TEST(contract_test, executor_shutdown_in_both_forms) {
    thread_pool_executor pool{1};
    pool.shutdown({.wait = true, .cancel_futures = false});
    pool.shutdown();
    executor& any = pool;
    any.shutdown();
    any.shutdown({.wait = false});
    EXPECT_THROW(any.submit(add, 1, 2), concur::executor_shutdown);
}

TEST(contract_test, leaving_scope_is_shutdown_with_wait) {
    future<int> f;
    {
        thread_pool_executor pool{1};
        f = pool.submit(add, 1, 2);
    }
    EXPECT_TRUE(f.done());
}

TEST(contract_test, thread_pool_executor_is_made_in_three_ways) {
    thread_pool_executor usual;
    thread_pool_executor five{5};
    std::promise<void> set_up;
    thread_pool_executor full{{.max_workers = 1,
                               .thread_name_prefix = "io",
                               .initializer = [&] { set_up.set_value(); },
                               .max_pending = 1000,
                               .when_full = overflow::block}};
    for (thread_pool_executor* pool : {&usual, &five, &full}) EXPECT_EQ(pool->submit(add, 1, 2).result(), 3);
    EXPECT_EQ(set_up.get_future().wait_for(0s), std::future_status::ready);
    EXPECT_GE(concur::process_cpu_count(), 1);
    static_assert(overflow::block != overflow::fail && overflow::caller_runs != overflow::discard);
}

TEST(contract_test, wait_takes_a_timeout_a_policy_or_both) {
    thread_pool_executor pool{2};
    std::vector futures{pool.submit(add, 1, 1), pool.submit(add, 2, 2)};
    futures.push_back(futures[0]);
    {
        auto [done, not_done] = concur::wait(futures);
        EXPECT_EQ(done, (std::vector{futures[0], futures[1]})) << "input order, duplicates once";
        EXPECT_TRUE(not_done.empty());
        static_assert(std::same_as<decltype(done), std::vector<future<int>>>);
    }
    EXPECT_EQ(concur::wait(futures, 2s).done.size(), 2U);
    EXPECT_EQ(concur::wait(futures, return_when::first_exception).done.size(), 2U);
    EXPECT_EQ(concur::wait(futures, 2s, return_when::all_completed).done.size(), 2U);
    auto [done, not_done] = concur::wait(futures, 2s, return_when::first_completed);
    EXPECT_GE(done.size(), 1U);
    EXPECT_TRUE(concur::wait(std::set<future<int>>(futures.begin(), futures.end())).not_done.empty());
    shut_door door;
    thread_pool_executor one{1};
    const std::vector held{door.put_before(one)};
    EXPECT_EQ(concur::wait(held, 1ms).not_done.size(), 1U) << "a timeout is not an error here";
    door.open.set_value();
}

TEST(contract_test, as_completed_gives_each_once_and_may_be_left_early) {
    thread_pool_executor pool{2};
    std::vector<future<int>> futures;
    for (int i = 0; i < 5; ++i) futures.push_back(pool.submit(add, i, i));
    int sum = 0;
    for (auto& f : concur::as_completed(futures, 2s)) sum += f.result();
    EXPECT_EQ(sum, 20);
    for (auto& f : concur::as_completed(futures)) {
        EXPECT_TRUE(f.done());
        break;
    }
    shut_door door;
    thread_pool_executor one{1};
    const std::vector held{door.put_before(one)};
    auto late = concur::as_completed(held, 1ms);
    EXPECT_THROW(static_cast<void>(*late.begin()), concur::timeout_error);
    door.open.set_value();
}

TEST(contract_test, when_all_and_when_any) {
    thread_pool_executor pool{2};
    auto f1 = pool.submit(add, 1, 2);
    auto f2 = pool.submit([] { return std::string("two"); });
    auto [a, b] = concur::when_all(f1, f2).result();
    EXPECT_EQ(a.result(), 3);
    EXPECT_EQ(b.result(), "two");
    const std::vector range{pool.submit(add, 1, 1), pool.submit(add, 1, 1)};
    for (const auto& f : concur::when_all(range).result()) EXPECT_EQ(f.result(), 2);
    const auto first = concur::when_any(range).result();
    EXPECT_EQ(first.futures.at(first.index).result(), 2);
}

TEST(contract_test, a_task_may_wait_for_tasks_of_its_own_pool) {
    thread_pool_executor pool{1};
    auto outer = pool.submit([&] { return pool.submit([&] { return pool.submit(add, 1, 2).result(); }).result(); });
    EXPECT_EQ(outer.result(), 3);
}

TEST(contract_test, a_misuse_that_could_have_been_avoided_is_an_invalid_argument) {
    EXPECT_THROW(thread_pool_executor{0}, std::invalid_argument);
    EXPECT_THROW((thread_pool_executor{{.max_pending = 0}}), std::invalid_argument);
    thread_pool_executor pool{1};
    EXPECT_THROW(pool.map({.chunksize = -1}, [](int n) { return n; }, std::vector{1}), std::invalid_argument);
    int (*nothing)(int, int) = nullptr;
    EXPECT_THROW(pool.submit(nothing, 1, 2), std::invalid_argument);
    EXPECT_THROW(pool.submit([&] { pool.shutdown(); }).result(), std::system_error);
    EXPECT_EQ(pool.submit(add, 1, 2).result(), 3) << "nothing has changed";
}

TEST(contract_test, broken_executor_carries_the_cause) {
    const auto before = concur::set_unhandled_exception_hook([](std::exception_ptr) {});
    {
        thread_pool_executor pool{{.max_workers = 1, .initializer = [] { throw std::out_of_range("cause"); }}};
        try {
            pool.submit(add, 1, 2).result();
            ADD_FAILURE() << "it ran";
        } catch (const concur::broken_executor& e) {
            EXPECT_THROW(std::rethrow_exception(e.cause()), std::out_of_range);
        }
    }
    concur::set_unhandled_exception_hook(before);
}

TEST(contract_test, futures_are_compared_hashed_and_told) {
    thread_pool_executor pool{1};
    const auto f = pool.submit(add, 1, 2);
    const auto g = f;
    EXPECT_EQ(f, g);
    EXPECT_NE(f, pool.submit(add, 1, 2));
    EXPECT_EQ((std::unordered_set<future<int>>{f, g}).size(), 1U);
    f.wait();
    EXPECT_NE(to_string(f).find("finished"), std::string::npos) << to_string(f);
}

TEST(contract_test, simple_queue_gives_what_was_put) {
    concur::simple_queue<std::unique_ptr<int>> q;
    q.put(std::make_unique<int>(1));
    q.put(std::make_unique<int>(2), 1s);
    q.put_nowait(std::make_unique<int>(3));
    EXPECT_EQ(q.qsize(), 3U);
    EXPECT_EQ(*q.get(), 1);
    EXPECT_EQ(*q.get(1s, std::stop_token()), 2);
    EXPECT_EQ(**q.try_get(), 3);
    EXPECT_EQ(q.try_get(1ms), std::nullopt);
    EXPECT_TRUE(q.empty());
    EXPECT_THROW(static_cast<void>(q.get_nowait()), concur::queue_empty);
    q.put(std::make_unique<int>(4));
    std::promise<int> told;
    [](auto& from, auto& to) -> started { to.set_value(*co_await from.async_get(1s)); }(q, told);
    EXPECT_EQ(told.get_future().get(), 4);
}
