// Pieces of work in which the pools themselves come and go, are full, held up, resized or shut down.
#include "concur/core/aside.hpp"
#include "concur/futures.hpp"
#include "soak.hpp"
#include "support/gate.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace soak {
namespace {

using concur::future;
using concur::thread_pool_executor;
using std::chrono::microseconds;
using support::long_enough;

// One worker, which stays in its first task until it is let go.
class held_pool {
public:
    explicit held_pool(pools& p, std::optional<long> max_pending = {})
        : pool_(concur::thread_pool_options{.max_workers = 1, .max_pending = max_pending}) {
        ++p.made;
        const auto first = pool_.submit([this] { gate_.wait(); });
        require(gate_.until_came(1), "the first task does not begin");
    }
    ~held_pool() { let_go(); }
    held_pool(const held_pool&) = delete;
    held_pool& operator=(const held_pool&) = delete;

    void let_go() { gate_.open(); }
    thread_pool_executor* operator->() { return &pool_; }

private:
    support::gate gate_;
    thread_pool_executor pool_;
};

void cancelled_while_they_wait(pools& p, numbers& random) {
    std::atomic<std::size_t> ran{0};
    std::size_t cancelled = 0;
    held_pool pool(p);
    std::vector<future<void>> all(up_to(random, 100));
    const auto argument = std::make_shared<int>(1);
    for (auto& f : all) f = pool->submit([&ran, argument] { ++ran; });
    for (std::size_t i = 0; i < all.size(); i += 2, ++cancelled)
        require(all[i].cancel(), "what waits can be cancelled");
    const auto owners = static_cast<std::size_t>(argument.use_count());
    require(owners == all.size() - cancelled + 1, "what is cancelled has no argument any more");
    pool.let_go();
    pool->shutdown();
    require(ran == all.size() - cancelled, "a task that was cancelled has run");
    p.tasks += all.size();
}

// In their order while there are fewer than make anybody's turn come before it.
void priorities(pools& p, numbers& random) {
    std::vector<std::pair<int, int>> order;
    held_pool pool(p, 100);
    for (int i = 0; i < 25; ++i) {
        const int priority = static_cast<int>(random() % 5);
        pool->submit(concur::task_options{.priority = priority},
                     [&order, priority, i] { order.emplace_back(-priority, i); });
    }
    pool.let_go();
    pool->shutdown();
    require(order.size() == 25 && std::ranges::is_sorted(order), "the most urgent goes first");
    p.tasks += 25;
}

void timeouts(pools& p, numbers& random) {
    held_pool pool(p);
    const auto late = pool->submit({.timeout = microseconds(up_to(random, 500))}, [] {});
    require(late.wait_for(long_enough), "a task is lost");
    bool told = false;
    try {
        late.result();
    } catch (const concur::timeout_error&) {
        told = true;
    }
    require(told, "a task that nobody can begin has its time-out");
    const auto stopped = p.usual.submit({.timeout = microseconds(up_to(random, 500))}, [](std::stop_token stop) {
        support::gate asked;
        const std::stop_callback call(std::move(stop), [&] { asked.open(); });
        return asked.wait_for(long_enough);
    });
    require(stopped.wait_for(2 * long_enough), "a task is lost");
    require(stopped.exception() != nullptr || stopped.result(), "a task that runs is asked to stop");
    p.tasks += 2;
}

void full_ones(pools& p, numbers& random) {
    std::vector<future<std::size_t>> taken;
    std::size_t refused = 0;
    const std::size_t n = up_to(random, 300);
    for (std::size_t i = 0; i < n; ++i) {
        try {
            taken.push_back(p.refusing.submit([i] { return i; }));
        } catch (const concur::queue_full&) {
            refused += i;
        }
    }
    std::size_t sum = refused;
    for (auto& f : taken) sum += had(std::move(f));
    require(sum == sum_below(n), "each task runs or is refused");
    p.tasks += taken.size();
}

void resizes(pools& p, numbers& random) {
    for (std::size_t i = up_to(random, 5); i > 0; --i) {
        p.usual.resize(up_to(random, 6));
        const std::size_t n = up_to(random, 2000);
        std::size_t sum = 0;
        for (auto& f : numbered(p, p.usual, n)) sum += had(std::move(f));
        require(sum == sum_below(n), "a result is wrong");
    }
}

void pools_come_and_go(pools& p, numbers& random) {
    std::atomic<std::size_t> ran{0}, begun{0}, ended{0};
    std::vector<future<void>> all(up_to(random, 200));
    {
        thread_pool_executor mine(concur::thread_pool_options{.max_workers = static_cast<long>(up_to(random, 4)),
                                                              .initializer = [&] { ++begun; },
                                                              .on_worker_exit = [&] { ++ended; }});
        for (auto& f : all) f = mine.submit([&] { ++ran; });
        mine.resize(up_to(random, 4));
        if (random() % 2 == 0) mine.shutdown({.wait = random() % 2 == 0, .cancel_futures = random() % 2 == 0});
    }
    const auto cancelled = static_cast<std::size_t>(std::ranges::count_if(all, &future<void>::cancelled));
    require(ran + cancelled == all.size(), "each task of a pool that goes runs or is cancelled");
    require(begun == ended, "each worker that begins ends");
    p.tasks += all.size();
    ++p.made;
}

// Its workers leave at once, and the next task finds them gone, leaving or there.
void workers_come_and_go(pools& p, numbers& random) {
    thread_pool_executor mine(
        concur::thread_pool_options{.max_workers = 2, .idle_timeout = microseconds(random() % 50)});
    for (std::size_t i = up_to(random, 40); i > 0; --i)
        require(had(mine.submit([i] { return i; })) == i, "a result is another task's");
    ++p.made;
}

// From the last one back, so that it meets some that nobody has begun.
void callers_help(pools& p, numbers& random) {
    thread_pool_executor mine(concur::thread_pool_options{.max_workers = 1, .callers_help = true});
    const auto all = numbered(p, mine, up_to(random, 300));
    std::size_t sum = 0;
    for (auto f = all.rbegin(); f != all.rend(); ++f) sum += f->result();
    require(sum == sum_below(all.size()), "a result is wrong");
    ++p.made;
}

constexpr std::array all{
    act{"cancelled while they wait", cancelled_while_they_wait},
    act{"priorities", priorities},
    act{"time-outs", timeouts},
    act{"full pools", full_ones},
    act{"resize", resizes},
    act{"callers help", callers_help},
    act{"pools come and go", pools_come_and_go},
    act{"workers come and go", workers_come_and_go},
};

}  // namespace

std::span<const act> acts_of_pools() { return all; }

void start_lasting_threads() {
    constexpr auto most = static_cast<std::size_t>(concur::most_aside);
    support::gate first, callback;
    std::atomic<std::size_t> left = most;
    const concur::promise<void> last;
    thread_pool_executor pool(1);
    pool.submit([&] { first.wait(); });
    const auto here = std::this_thread::get_id();
    for (std::size_t to_come = 0; to_come < most;) {
        bool at_once = false;  // the time was over before there was a callback, which is run here then
        const auto late = pool.submit({.timeout = microseconds(1000)}, [] {});
        late.add_done_callback([&](const future<void>& f) {
            require(f.exception() != nullptr, "what nobody can begin is late");
            if (std::this_thread::get_id() == here) return static_cast<void>(at_once = true);
            callback.wait();
            if (left.fetch_sub(1) == 1) last.set_result();
        });
        if (!at_once) ++to_come;
    }
    require(callback.until_came(most), "the callbacks of what is late do not come");
    callback.open();
    had(last.get_future());
    first.open();
}

}  // namespace soak
