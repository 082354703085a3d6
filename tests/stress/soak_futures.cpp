// Pieces of work that ask a pool for results, in each of the ways in which that can be done.
#include "soak.hpp"

#include "concur/futures.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <stop_token>
#include <utility>
#include <vector>

namespace soak {
namespace {

using concur::future;
using concur::promise;
using concur::return_when;
using concur::thread_pool_executor;
using std::chrono::microseconds;
using support::long_enough;

long fib_of(int n) {
    long a = 0;
    for (long b = 1; n > 0; --n) a = std::exchange(b, a + b);
    return a;
}

void burst(pools& p, numbers& random) {
    auto all = numbered(p, any_of(p, random), up_to(random, 2000));
    for (std::size_t i = 0; i < all.size(); ++i) require(had(std::move(all[i])) == i, "a result is another task's");
}

void fire_and_forget(pools& p, numbers& random) {
    std::atomic<std::size_t> left = up_to(random, 1000);
    const promise<void> last;
    auto& pool = any_of(p, random);
    p.tasks += left;
    for (std::size_t i = left; i > 0; --i)
        pool.submit([&] {
            if (left.fetch_sub(1) == 1) last.set_result();
        });
    had(last.get_future());
}

long fib(thread_pool_executor& pool, int n) {
    if (n < 2) return n;
    const auto one = pool.submit(fib, std::ref(pool), n - 1);
    const long other = fib(pool, n - 2);
    return other + one.result(long_enough);
}

void nested_waits(pools& p, numbers& random) {
    const int n = static_cast<int>(up_to(random, 12));
    auto& pool = any_of(p, random);
    require(had(pool.submit(fib, std::ref(pool), n)) == fib_of(n), "a recursion went wrong");
}

void chains(pools& p, numbers& random) {
    for (std::size_t i = up_to(random, 50); i > 0; --i) {
        auto f = p.usual.submit([i] { return i; });
        f = std::move(f).then([](std::size_t x) { return x + 1; });
        f = std::move(f).then(p.leaving, [&p](std::size_t x) { return p.usual.submit([x] { return 2 * x; }); });
        require(had(std::move(f)) == 2 * (i + 1), "what follows got another value");
        const auto failed = p.usual.submit([]() -> int { throw std::runtime_error("it failed"); });
        const auto mended = failed.then([](const future<int>& g) { return g.exception() != nullptr ? -1 : 0; });
        require(had(mended) == -1, "an exception did not come");
        p.tasks += 4;
    }
}

void gathering(pools& p, numbers& random) {
    const std::size_t n = up_to(random, 300);
    const auto whole = concur::when_all(numbered(p, any_of(p, random), n)).then(p.usual, [](const auto& all) {
        std::size_t sum = 0;
        for (const auto& f : all) sum += f.result();
        return sum;
    });
    require(had(whole) == sum_below(n), "when_all has not all");
    const auto any = had(concur::when_any(numbered(p, any_of(p, random), n)));
    require(any.futures[any.index].done(), "when_any names one that is not done");
}

void completed_ones(pools& p, numbers& random) {
    const std::size_t n = up_to(random, 500);
    auto all = numbered(p, any_of(p, random), n);
    std::size_t sum = 0;
    for (const auto& f : concur::as_completed(all, long_enough)) sum += f.result();
    require(sum == sum_below(n), "as_completed does not give each once");
    const promise<std::size_t> never;
    all.push_back(never.get_future());
    bool late = false;
    std::size_t came = 0;
    try {
        for (const auto& f : concur::as_completed(all, microseconds(random() % 500))) came += f.done() ? 1 : 0;
    } catch (const concur::timeout_error&) {
        late = true;
    }
    require(late && came == n, "as_completed with a time-out gives what is done, and throws");
}

void waits(pools& p, numbers& random) {
    auto left = numbered(p, any_of(p, random), up_to(random, 500));
    const promise<std::size_t> never;
    left.push_back(never.get_future());
    while (left.size() > 1) {
        const auto policy = static_cast<return_when>(random() % 3);
        const std::size_t before = left.size();
        auto [done, not_done] = concur::wait(std::move(left), microseconds(random() % 300), policy);
        require(done.size() + not_done.size() == before, "wait gives each future once");
        for (const auto& f : done) require(f.done(), "what wait calls done is not");
        left = std::move(not_done);
    }
    require(!left.empty() && !left[0].done(), "wait calls done what is not");
}

// Against the start: one of the two has each.
void cancelled_or_run(pools& p, numbers& random) {
    std::atomic<std::size_t> ran{0};
    std::size_t cancelled = 0;
    std::vector<future<void>> all(up_to(random, 500));
    auto& pool = any_of(p, random);
    p.tasks += all.size();
    for (auto& f : all) f = pool.submit([&] { ++ran; });
    for (const auto& f : all)
        if (random() % 2 == 0 && f.cancel()) ++cancelled;
    require(concur::wait(all, long_enough).not_done.empty(), "a task is lost");
    require(ran + cancelled == all.size(), "each task runs or is cancelled");
}

void runs_in_time_or_fails(pools& p, numbers& random) {
    std::atomic<std::size_t> ran{0};
    std::size_t late = 0;
    std::vector<future<void>> all(up_to(random, 300));
    auto& pool = any_of(p, random);
    for (auto& f : all) f = pool.submit({.timeout = microseconds(random() % 300)}, [&] { ++ran; });
    require(concur::wait(all, long_enough).not_done.empty(), "a task is lost");
    for (const auto& f : all) late += f.exception() != nullptr ? 1 : 0;
    require(ran + late == all.size(), "each task runs or is late");
    p.tasks += all.size();
}

void branches(pools& p, numbers& random) {
    auto& pool = any_of(p, random);
    const std::function<long(int)> fork = [&](int n) -> long {
        if (n < 2) return n;
        const auto [a, b] = concur::invoke(pool, [&] { return fork(n - 1); }, [&] { return fork(n - 2); });
        return a + b;
    };
    const int n = static_cast<int>(up_to(random, 16));
    const auto [one, other] = concur::invoke(pool, [&] { return fork(n); }, [&] { return fork(n); });
    require(one == fib_of(n) && other == one, "a branch went wrong");
}

void loops(pools& p, numbers& random) {
    std::vector<int> all(up_to(random, 50'000));
    auto& pool = any_of(p, random);
    std::stop_source enough;
    require(concur::for_each(pool, {.stop = enough.get_token()}, all, [](int& x) { ++x; }), "a loop is stopped");
    require(concur::for_each(pool, all, [](int& x) { ++x; }), "a loop is stopped");
    require(std::ranges::all_of(all, [](int x) { return x == 2; }), "an element was left out, or taken twice");
    bool failed = false;
    try {
        concur::for_each(pool, {.chunksize = 7}, all, [](int&) { throw std::domain_error("no"); });
    } catch (const std::domain_error&) {
        failed = true;
    }
    require(failed, "what a loop throws is lost");
}

void maps(pools& p, numbers& random) {
    std::vector<std::size_t> in(up_to(random, 1000));
    std::iota(in.begin(), in.end(), std::size_t{0});
    const auto twice = [](std::size_t x) { return 2 * x; };
    auto& pool = any_of(p, random);
    std::size_t at = 0;
    for (const std::size_t x : pool.map({.timeout = long_enough, .chunksize = 10}, twice, in))
        require(x == 2 * at++, "map keeps the order");
    std::size_t sum = 0;
    for (const std::size_t x : pool.map({.timeout = long_enough, .buffersize = 8, .ordered = false}, twice, in))
        sum += x;
    require(at == in.size() && sum == 2 * sum_below(in.size()), "map gives each");
    for (const std::size_t x : pool.map(twice, in))
        if (x > 0) break;
    p.tasks += 3 * in.size();
}

void callbacks(pools& p, numbers& random) {
    std::atomic<std::size_t> left = up_to(random, 200);
    const promise<void> last;
    for (auto& f : numbered(p, any_of(p, random), left))
        f.add_done_callback([&](const future<std::size_t>&) {
            if (left.fetch_sub(1) == 1) last.set_result();
        });
    had(last.get_future());
}

constexpr std::array all{
    act{"burst", burst},
    act{"fire and forget", fire_and_forget},
    act{"nested waits", nested_waits},
    act{"then", chains},
    act{"when_all, when_any", gathering},
    act{"as_completed", completed_ones},
    act{"wait", waits},
    act{"cancelled or run", cancelled_or_run},
    act{"in time or late", runs_in_time_or_fails},
    act{"invoke", branches},
    act{"for_each", loops},
    act{"map", maps},
    act{"callbacks", callbacks},
};

}  // namespace

std::span<const act> acts_of_futures() { return all; }

}  // namespace soak
