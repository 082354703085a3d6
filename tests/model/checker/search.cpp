#include "search.hpp"

#include "engine.hpp"

#include <chrono>
#include <cstdio>

namespace concur::model {
namespace {

using clock = std::chrono::steady_clock;

struct found {
    std::uint64_t schedules = 0;
    bool failed = false;
    bool complete = false;
};

found by_chance(const scenario& s, const search_options& options) {
    found f;
    engine& e = *the_engine;
    while (f.schedules < options.random) {
        e.search.start_random(options.seed * 0x100000001b3U + f.schedules);
        ++f.schedules;
        if (e.run_schedule(s.body)) continue;
        f.failed = true;
        break;
    }
    return f;
}

int preemptions_of(const scenario& s, const search_options& options) {
    return std::min(s.preemptions, options.preemptions);
}

found in_turn(const scenario& s, const search_options& options) {
    found f;
    engine& e = *the_engine;
    e.search.start_bounded(preemptions_of(s, options));
    while (f.schedules < options.bounded_cap) {
        ++f.schedules;
        if (!e.run_schedule(s.body)) {
            f.failed = true;
            return f;
        }
        if (e.search.next_bounded()) continue;
        f.complete = true;
        return f;
    }
    return f;
}

unsigned long long shown(std::uint64_t n) { return n; }

// The failed schedule, and whether writing it down and following it fails in the same way.
bool report_failure(const scenario& s, const found& f, const char* how, const char* program) {
    engine& e = *the_engine;
    const std::string failure = e.failure();
    const std::string events = e.log.text();
    const std::string trace = e.search.trace();
    std::printf("%s: fails at schedule %llu (%s)\n%s\n", s.name, shown(f.schedules), how,
                finished(failure + "\nlast events (thread, what, where):\n" + events).c_str());
    std::printf("replay: %s --only=%s --replay=%s\n", program, s.name, trace.c_str());
    e.forget_stacks();
    e.search.start_replay(trace);
    const bool passed = e.run_schedule(s.body);
    e.forget_stacks();
    const bool same = !passed && e.failure() == failure;
    if (!same)
        std::printf("the replay differs: is the scenario's only chance the schedule? %s\n",
                    passed ? "it passed" : finished(e.failure()).c_str());
    std::fflush(stdout);
    return same;
}

bool failed(const scenario& s, const search_options& options, const found& f, const char* how, const char* program) {
    const bool same = report_failure(s, f, how, program);
    return options.expect_failure && same;
}

}  // namespace

bool check(const scenario& s, const search_options& options, const char* program) {
    const auto began = clock::now();
    const found random = by_chance(s, options);
    const std::chrono::duration<double> took = clock::now() - began;
    if (random.failed) return failed(s, options, random, "random", program);
    const found all = in_turn(s, options);
    if (all.failed) return failed(s, options, all, "bounded", program);
    const double rate = static_cast<double>(random.schedules) / std::max(took.count(), 1e-9);
    std::printf("%s: %llu random (%.0f/s), bounded %s %llu schedules with %d preemptions\n", s.name,
                shown(random.schedules), rate, all.complete ? "complete after" : "NOT complete after",
                shown(all.schedules), preemptions_of(s, options));
    std::fflush(stdout);
    if (options.expect_failure) std::printf("%s: no schedule fails, but one must\n", s.name);
    return !options.expect_failure && (all.complete || options.allow_incomplete);
}

bool replay(const scenario& s, const search_options& options) {
    engine& e = *the_engine;
    e.search.start_replay(options.replay);
    if (e.run_schedule(s.body)) {
        std::printf("%s: this schedule holds\n%s", s.name, finished(e.log.text()).c_str());
        return !options.expect_failure;
    }
    std::printf("%s: fails\n%s\n", s.name,
                finished(e.failure() + "\nlast events (thread, what, where):\n" + e.log.text()).c_str());
    e.forget_stacks();
    return options.expect_failure;
}

}  // namespace concur::model
