// process_pool_gigabyte [MEBIBYTES]: workers that die in the middle of a result, or of an argument, of a gigabyte. Each
// death costs its task alone: the other worker answers all the while, and what was taken comes back.
//
// One message of that size is there at a time.
#include "concur/core/process_error.hpp"
#include "concur/executors/process_pool_executor.hpp"
#include "concur/futures.hpp"
#include "support/census.hpp"
#include "support/process_gate.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <type_traits>
#include <unistd.h>

using concur::process_pool_executor;
using support::census;
using clock_type = std::chrono::steady_clock;

namespace {

enum class deed { none, be_killed, crash, leave, stop, wait_for_death };

// So many mebibytes in a message, and hardly any in memory. At one of them the worker does something.
struct flood {
    std::uint32_t pieces = 0, at = 0;
    deed what = deed::none;
    std::int64_t home = ::getpid();
    support::door gate = {};
};

void do_it(const flood& v) {
    v.gate.come(static_cast<unsigned>(::getpid()));
    switch (v.what) {
        case deed::none: return;
        case deed::be_killed: std::raise(SIGKILL); break;
        case deed::crash: std::raise(SIGSEGV); break;
        case deed::leave: ::_exit(0);
        case deed::stop: std::raise(SIGSTOP); break;
        case deed::wait_for_death: break;
    }
    for (;;) ::pause();
}

template <class Archive>
void concur_serialize(Archive& ar, flood& v) {
    ar(v.pieces, v.at, v.what, v.home, v.gate.path);
    std::string piece(std::size_t{1} << 20U, 'x');
    const bool counts = std::is_same_v<Archive, concur::pickle::sizer>;
    for (std::uint32_t i = 0; i < v.pieces; ++i) {
        if (!counts && i == v.at && v.home != ::getpid()) do_it(v);
        ar(piece);
    }
}

std::uint32_t take(const flood& v) { return v.pieces; }
flood give(std::uint32_t pieces, std::uint32_t at, deed what, std::int64_t home, const std::string& gate) {
    return {.pieces = pieces, .at = at, .what = what, .home = home, .gate = {gate}};
}
int add(int a, int b) { return a + b; }

struct scene {
    const char* name;
    deed what;
    std::uint32_t eighths;  // of its way
    bool in_argument = false;
};

constexpr scene scenes[] = {
    {"a result that arrives", deed::none, 0},
    {"killed at the first byte of a result", deed::be_killed, 0},
    {"killed half-way", deed::be_killed, 4},
    {"killed by somebody else", deed::wait_for_death, 5},
    {"a crash", deed::crash, 3},
    {"exit(0) near the end", deed::leave, 7},
    {"stopped, until its time is over", deed::stop, 2},
    {"an argument that arrives", deed::none, 0, true},
    {"killed half-way through an argument", deed::be_killed, 4, true},
    {"a crash in an argument", deed::crash, 7, true},
};

bool wrong(const scene& s, const std::string& what) {
    std::printf("process_pool_gigabyte: WRONG: %s: %s\n", s.name, what.c_str());
    return false;
}

concur::future<std::uint32_t> submitted(process_pool_executor& pool, const scene& s, std::uint32_t pieces,
                                        const support::door& gate) {
    using namespace std::chrono_literals;
    const concur::task_options options =
        s.what == deed::stop ? concur::task_options{.timeout = 5s} : concur::task_options{};
    const std::uint32_t at = pieces * s.eighths / 8;
    if (s.in_argument)
        return pool.submit(options, take, flood{.pieces = pieces, .at = at, .what = s.what, .gate = gate});
    return pool.submit(options, give, pieces, at, s.what, std::int64_t{::getpid()}, gate.path).then(take);
}

// The other worker is asked, again and again; the longest that an answer took, in milliseconds.
double answered_meanwhile(process_pool_executor& pool, const concur::future<std::uint32_t>& f, const scene& s,
                          const support::door& gate) {
    double longest = 0;
    while (!f.done()) {
        const auto begin = clock_type::now();
        if (pool.submit(add, 1, 2).result(support::long_enough) != 3) longest = std::numeric_limits<double>::infinity();
        const std::chrono::duration<double, std::milli> took = clock_type::now() - begin;
        longest = std::max(longest, took.count());
        if (s.what == deed::wait_for_death && gate.came() != 0) support::send_signal(gate.came(), SIGKILL);
    }
    return longest;
}

// Empty: it ended as it should.
std::string strange_end(const concur::future<std::uint32_t>& f, deed what, std::uint32_t pieces) {
    try {
        const bool whole = f.result() == pieces && what == deed::none;
        return whole ? "" : "there is a result";
    } catch (const concur::worker_died& e) {
        const std::optional<int> signal = what == deed::crash                                       ? SIGSEGV
                                          : what == deed::be_killed || what == deed::wait_for_death ? SIGKILL
                                                                                                    : 0;
        const bool as_told = what == deed::leave ? e.exit_code() == 0 : e.signal() == signal;
        return as_told ? "" : e.what();
    } catch (const concur::timeout_error& e) {
        return what == deed::stop ? "" : e.what();
    } catch (const std::exception& e) {
        return e.what();
    }
}

bool is_well(const scene& s, std::uint32_t pieces) {
    const census before = census::now();
    const auto begin = clock_type::now();
    double longest = 0;
    {
        const support::process_gate gate;
        process_pool_executor pool{2};
        const auto f = submitted(pool, s, pieces, gate.door);
        longest = answered_meanwhile(pool, f, s, gate.door);
        if (const std::string what = strange_end(f, s.what, pieces); !what.empty()) return wrong(s, what);
        for (int i = 0; i < 100; ++i)
            if (pool.submit(add, i, 1).result(support::long_enough) != i + 1) return wrong(s, "what came after it");
    }
    const std::chrono::duration<double> took = clock_type::now() - begin;
    if (!census::comes_back_to(before)) {
        std::ostringstream text;
        text << "before: " << before << "; after: " << census::now();
        return wrong(s, text.str());
    }
    std::printf("process_pool_gigabyte: %s: %.1f s; the other worker's answers took %.1f ms at most\n", s.name,
                took.count(), longest);
    std::fflush(stdout);
    return true;
}

// Beside what is there already, in mebibytes.
std::uint64_t free_memory() {
    std::ifstream all("/proc/meminfo");
    for (std::string name; all >> name;)
        if (std::uint64_t kib = 0; name == "MemAvailable:" && all >> kib) return kib / 1024;
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const auto pieces = static_cast<std::uint32_t>(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1024);
    if (free_memory() < std::uint64_t{pieces} * 2) {
        std::printf("process_pool_gigabyte: there is not memory enough: %u MiB twice\n", pieces);
        return 1;
    }
    constexpr rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    // The timer's thread stays, once there is one.
    process_pool_executor(1).submit({.timeout = support::long_enough}, add, 1, 1).result();
    const bool well = std::ranges::all_of(scenes, [&](const scene& s) { return is_well(s, pieces); });
    std::printf("process_pool_gigabyte: %s\n", well ? "each death cost its task alone" : "failed");
    return well ? 0 : 1;
}
