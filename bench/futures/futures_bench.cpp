// What one future costs in the calls that take many: if a call is O(1) for each, the figures for n and
// for 2n are alike. One line of JSON, nanoseconds for each future.
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

double median(std::array<double, 5> seen) {
    std::sort(seen.begin(), seen.end());
    return seen[2];
}

struct measured {
    const char* name;
    double (*once)(std::size_t);
};

}  // namespace

int main(int argc, char**) {
    const std::size_t n = argc > 1 ? 100 : 100'000;
    constexpr std::array cases{measured{"wait, all pending", wait_pending},
                               measured{"wait, all done", wait_done},
                               measured{"as_completed", as_completed},
                               measured{"when_all", when_all},
                               measured{"then", then},
                               measured{"add_done_callback", done_callback}};
    const char* between = "{";
    for (const auto& [name, once] : cases) {
        std::array<double, 5> at_n{};
        std::array<double, 5> at_2n{};
        for (std::size_t i = 0; i < at_n.size(); ++i) at_n[i] = once(n), at_2n[i] = once(2 * n);
        std::printf("%s\"%s\": [%.2f, %.2f]", between, name, median(at_n), median(at_2n));
        between = ", ";
    }
    std::puts("}");
}
