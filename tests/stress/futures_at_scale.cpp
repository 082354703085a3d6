// futures_at_scale: a million futures in one call, done or pending, cost twice what half a million do, and less than
// 2.3 times. Then wait() with a time-out, a thousand times over ten thousand futures: nothing stays.
//
// What fails by a neighbour's load is measured again, a few times. About twenty seconds, and 400 MiB at most.
#include "concur/futures.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <malloc.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;
using promises = std::vector<concur::promise<int>>;
using futures = std::vector<concur::future<int>>;

constexpr std::size_t half = 500'000;
constexpr double most = 2.3;

void require(bool held, const char* what) {
    if (held) return;
    std::printf("futures_at_scale: %s\n", what);
    std::exit(1);
}

futures futures_of(const promises& given) {
    futures all;
    all.reserve(given.size());
    for (const auto& p : given) all.push_back(p.get_future());
    return all;
}

void finish(const promises& given) {
    for (const auto& p : given) p.set_result(1);
}

// In an order that has nothing to do with where they lie.
void mix_up(futures& all) {
    std::size_t state = 1;
    for (std::size_t i = all.size(); i > 1; --i) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        std::swap(all[i - 1], all[(state >> 33) % i]);
    }
}

struct trial {
    promises given;
    futures all;
};

// The yardstick: each future is looked at, and no more.
void look(trial& t) {
    std::size_t done = 0;
    for (const auto& f : t.all) done += f.done() ? 1 : 0;
    require(done == t.all.size(), "all are done");
}

void wait_for_all(trial& t) { require(concur::wait(t.all).done.size() == t.all.size(), "wait gives all"); }

void wait_in_vain(trial& t) { require(concur::wait(t.all, 0s).done.empty(), "none is done"); }

void go_through(trial& t) {
    std::size_t came = 0;
    for (auto& f : concur::as_completed(t.all)) came += f.done() ? 1 : 0;
    require(came == t.all.size(), "as_completed gives each");
}

void go_through_pending(trial& t) {
    auto line = concur::as_completed(t.all);
    finish(t.given);
    std::size_t came = 0;
    for (auto& f : line) came += f.done() ? 1 : 0;
    require(came == t.all.size(), "as_completed gives each");
}

void gather_all(trial& t) { require(concur::when_all(t.all).done(), "when_all is done"); }

void gather_all_pending(trial& t) {
    const auto whole = concur::when_all(t.all);
    finish(t.given);
    require(whole.done(), "when_all is done");
}

void choose_one(trial& t) { require(concur::when_any(t.all).done(), "when_any is done"); }

void choose_one_pending(trial& t) {
    const auto any = concur::when_any(t.all);
    t.given[t.given.size() / 2].set_result(1);
    require(any.result().index == t.given.size() / 2, "when_any says which");
}

void follow(trial& t) {
    futures next;
    next.reserve(t.all.size());
    for (const auto& f : t.all) next.push_back(f.then([](int x) { return x + 1; }));
    if (!t.all.back().done()) finish(t.given);
    require(next.back().result() == 2, "then has run");
}

struct measured {
    const char* name;
    void (*call)(trial&);
    bool done;     // the futures are, when it begins
    bool mixed_up = false;
};

double seconds(const measured& m, std::size_t n) {
    trial t{promises(n), {}};
    t.all = futures_of(t.given);
    if (m.mixed_up) mix_up(t.all);
    if (m.done) finish(t.given);
    const auto begin = clock_type::now();
    m.call(t);
    return std::chrono::duration<double>(clock_type::now() - begin).count();
}

// How many times the smaller one's time, in the best of a few pairs.
double growth(const measured& m) {
    double best = 1e9;
    for (int pair = 0; pair < 5 && best >= most; ++pair) {
        const double small = seconds(m, half), large = seconds(m, 2 * half);
        best = std::min(best, large / small);
        std::printf("%-28s %6.1f ns each of %zu, %6.1f of %zu: %.2f times as long\n", m.name, 1e9 * small / half, half,
                    1e9 * large / (2 * half), 2 * half, large / small);
    }
    return best;
}

void wait_again_and_again() {
    const promises given(10'000);
    const futures all = futures_of(given);
    concur::wait(all, 2ms);
    const auto before = ::mallinfo2();
    for (int i = 0; i < 1'000; ++i) {
        const auto policy = static_cast<concur::return_when>(i % 3);
        require(concur::wait(all, 2ms, policy).not_done.size() == all.size(), "all are pending");
    }
    const auto after = ::mallinfo2();
    std::printf("%-28s %zu bytes more than before\n", "1,000 waits for 10,000",
                after.uordblks > before.uordblks ? after.uordblks - before.uordblks : 0);
    require(after.uordblks <= before.uordblks, "waits left memory behind");
    finish(given);
}

}  // namespace

int main() {
    // Memory that goes back to the system between two passes, as it does beyond some size, is paid for again.
    ::mallopt(M_MMAP_MAX, 0);
    ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
    constexpr std::array cases{measured{"looking at each", look, true},
                               measured{"wait, done", wait_for_all, true},
                               measured{"wait, done, in any order", wait_for_all, true, true},
                               measured{"wait, pending", wait_in_vain, false},
                               measured{"as_completed, done", go_through, true},
                               measured{"as_completed, pending", go_through_pending, false},
                               measured{"when_all, done", gather_all, true},
                               measured{"when_all, pending", gather_all_pending, false},
                               measured{"when_any, done", choose_one, true},
                               measured{"when_any, pending", choose_one_pending, false},
                               measured{"then, done", follow, true},
                               measured{"then, pending", follow, false}};
    seconds(cases.back(), 2 * half);  // the memory is there from now on
    for (const measured& m : cases) require(growth(m) < most, "that grows faster than the number of futures");
    wait_again_and_again();
    std::puts("futures_at_scale: each costs the same, however many there are");
}
