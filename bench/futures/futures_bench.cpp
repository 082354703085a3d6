// What one future costs in the calls that take many: if a call is O(1) for each, the figures for n and
// for 2n are alike. One line of JSON, nanoseconds for each future: for n, 2n, 5n and 10n.
#include "support/measure.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <concur/futures.hpp>
#include <cstdio>
#include <vector>

namespace {

using promises = std::vector<concur::promise<int>>;
using futures = std::vector<concur::future<int>>;

futures futures_of(promises& given) {
    futures all;
    all.reserve(given.size());
    for (auto& p : given) all.push_back(p.get_future());
    return all;
}

void finish(promises& given) {
    for (auto& p : given) p.set_result(1);
}

double wait_pending(std::size_t n) {
    promises given(n);
    const futures all = futures_of(given);
    return bench::measure(n, [&] { concur::wait(all, std::chrono::seconds(0)); }).ns;
}

double wait_done(std::size_t n) {
    promises given(n);
    const futures all = futures_of(given);
    finish(given);
    return bench::measure(n, [&] { concur::wait(all); }).ns;
}

double as_completed(std::size_t n) {
    promises given(n);
    const futures all = futures_of(given);
    return bench::measure(n,
                          [&] {
                              auto line = concur::as_completed(all);
                              finish(given);
                              for (auto& f : line) static_cast<void>(f);
                          })
        .ns;
}

// Calls that time out leave nothing behind, so the next costs what the first did.
double wait_again(std::size_t n) {
    constexpr std::size_t times = 4;
    promises given(n);
    const futures all = futures_of(given);
    return bench::measure(times * n,
                          [&] {
                              for (std::size_t i = 0; i < times; ++i) concur::wait(all, std::chrono::seconds(0));
                          })
        .ns;
}

// The last one is done first.
double when_any(std::size_t n) {
    promises given(n);
    const futures all = futures_of(given);
    return bench::measure(n,
                          [&] {
                              const auto first = concur::when_any(all);
                              given.back().set_result(1);
                              first.wait();
                          })
        .ns;
}

double when_all(std::size_t n) {
    promises given(n);
    const futures all = futures_of(given);
    return bench::measure(n,
                          [&] {
                              const auto whole = concur::when_all(all);
                              finish(given);
                              whole.wait();
                          })
        .ns;
}

double then(std::size_t n) {
    promises given(n);
    const futures all = futures_of(given);
    return bench::measure(n,
                          [&] {
                              futures next;
                              next.reserve(n);
                              for (const auto& f : all) next.push_back(f.then([](int x) { return x + 1; }));
                              finish(given);
                          })
        .ns;
}

double done_callback(std::size_t n) {
    promises given(n);
    const futures all = futures_of(given);
    int calls = 0;
    return bench::measure(n,
                          [&] {
                              for (const auto& f : all)
                                  f.add_done_callback([&calls](const concur::future<int>&) { ++calls; });
                              finish(given);
                          })
        .ns;
}

constexpr std::array<std::size_t, 4> factors{1, 2, 5, 10};

// The medians of five rounds, in which the sizes take turns.
std::array<double, 4> medians(double (*once)(std::size_t), std::size_t n) {
    std::array<std::array<double, 5>, 4> seen{};
    for (std::size_t round = 0; round < 5; ++round)
        for (std::size_t i = 0; i < 4; ++i) seen[i][round] = once(factors[i] * n);
    std::array<double, 4> middle{};
    for (std::size_t i = 0; i < 4; ++i) {
        std::ranges::sort(seen[i]);
        middle[i] = seen[i][2];
    }
    return middle;
}

struct measured {
    const char* name;
    double (*once)(std::size_t);
};

}  // namespace

int main(int argc, char**) {
    const std::size_t n = argc > 1 ? 100 : 100'000;
    constexpr std::array cases{measured{"wait, all pending", wait_pending},
                               measured{"wait, all pending, again", wait_again},
                               measured{"wait, all done", wait_done},
                               measured{"as_completed", as_completed},
                               measured{"when_any", when_any},
                               measured{"when_all", when_all},
                               measured{"then", then},
                               measured{"add_done_callback", done_callback}};
    const char* between = "{";
    for (const auto& [name, once] : cases) {
        const auto ns = medians(once, n);
        std::printf("%s\"%s\": [%.2f, %.2f, %.2f, %.2f]", between, name, ns[0], ns[1], ns[2], ns[3]);
        between = ", ";
    }
    std::puts("}");
}
