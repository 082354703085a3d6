// Pools where the limits of a process leave them little: they work, or say which limit to raise, and nothing is left
// behind. Most of these tests look at a child process, which takes its limits with it.
#include "concur/core/process_error.hpp"
#include "executors/pool_in_need.hpp"
#include "support/census.hpp"
#include "support/child.hpp"
#include "support/confined.hpp"
#include "support/process_gate.hpp"
#include "support/processes.hpp"
#include "support/sanitized.hpp"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iostream>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace in_need = support::in_need;
using concur::process_pool_executor;
using concur::start_method;
using support::census;
using support::long_enough;

namespace {

constexpr int cannot_be_tried = 77;
constexpr std::chrono::seconds hang{20};  // as long as one has to last to be one

using resource = decltype(RLIMIT_AS);

// Until the end of a scope a limit is lower, if it can be.
class lowered {
public:
    lowered(resource what, std::uint64_t limit) : what_(what) {
        ::getrlimit(what, &before_);
        rlimit now = before_;
        now.rlim_cur = std::min<rlim_t>(limit, before_.rlim_max);
        ::setrlimit(what, &now);
    }
    ~lowered() { ::setrlimit(what_, &before_); }
    lowered(const lowered&) = delete;
    lowered& operator=(const lowered&) = delete;

private:
    resource what_;
    rlimit before_{};
};

// A limit of processes concerns a user, and does not concern root: the child becomes one that nobody else is.
bool becomes_a_user_of_its_own() {
    const auto nobody_else = static_cast<uid_t>(2'000'000 + ::getpid());
    return ::setresgid(nobody_else, nobody_else, nobody_else) == 0 &&
           ::setresuid(nobody_else, nobody_else, nobody_else) == 0 && ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
}

int highest_descriptor() {
    int highest = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
        highest = std::max(highest, std::stoi(entry.path().filename()));
    return highest;
}

std::uint64_t address_space() {
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * 4096;
}

bool names_one(const std::string& text, const std::vector<std::string_view>& mends) {
    return std::ranges::any_of(mends, [&](std::string_view mend) { return text.find(mend) != text.npos; });
}

// Uses a pool under that limit. False: it is not as it should be, and standard error says what.
bool is_well_under(resource what, std::uint64_t limit, start_method how, const std::vector<std::string_view>& mends) {
    const census before = census::now();
    std::vector<std::string> said;
    std::string harm;
    {
        const lowered now(what, limit);
        try {
            const auto o = in_need::use_a_pool({.max_workers = 3, .start_method = how}, hang);
            if (o.all() != in_need::tasks) harm += "a task is lost; ";
            said = o.refused;
            said.insert(said.end(), o.failed.begin(), o.failed.end());
        } catch (const concur::timeout_error&) {
            harm += "a hang; ";
        } catch (const std::exception& e) {
            said.emplace_back(e.what());
        }
    }
    for (const std::string& text : said)
        if (!names_one(text, mends) && text.find("exited with code 3") == text.npos) harm += "says '" + text + "'; ";
    if (!census::comes_back_to(before)) harm += "something is left; ";
    if (harm.empty()) return true;
    std::cerr << limit << (how == start_method::fork ? ", fork: " : ": ") << harm << "before: " << before
              << "; after: " << census::now() << '\n';
    return false;
}

// For each limit from `least` on, and at the end without.
int sweep(resource what, std::uint64_t least, std::uint64_t step, int count,
          const std::vector<std::string_view>& mends) {
    bool well = true;
    for (const start_method how : {start_method::forkserver, start_method::fork, start_method::spawn}) {
        for (int i = 0; i < count; ++i)
            well &= is_well_under(what, least + step * static_cast<unsigned>(i), how, mends);
        const auto at_the_end = in_need::use_a_pool({.max_workers = 3, .start_method = how}, hang);
        well &= at_the_end.answered == in_need::tasks - in_need::deaths;
    }
    return well ? 0 : 1;
}

void expect_well(const std::function<int()>& fn) {
    if (support::is_sanitized()) GTEST_SKIP() << "a sanitizer needs more than the limits leave";
    const auto child = support::child::run(fn, std::chrono::seconds{50});
    if (child.exit_code == cannot_be_tried) GTEST_SKIP() << "only root can become a user of its own";
    EXPECT_FALSE(child.timed_out) << "it hung";
    EXPECT_FALSE(child.signal.has_value()) << "it died of signal " << *child.signal;
    EXPECT_EQ(child.exit_code.value_or(0), 0) << child.err;
}

}  // namespace

TEST(process_pool_scarcity_test, where_processes_are_scarce_a_pool_works_or_names_the_limit) {
    expect_well([] {
        if (!becomes_a_user_of_its_own()) return cannot_be_tried;
        return sweep(RLIMIT_NPROC, 1, 1, 8, {"ulimit -u", "the limit of threads"});
    });
}

TEST(process_pool_scarcity_test, where_descriptors_are_scarce_a_pool_works_or_names_the_limit) {
    expect_well(
        [] { return sweep(RLIMIT_NOFILE, static_cast<std::uint64_t>(highest_descriptor()), 1, 24, {"ulimit -n"}); });
}

TEST(process_pool_scarcity_test, where_address_space_is_scarce_a_pool_works_or_says_that_memory_is_out) {
    expect_well([] {
        return sweep(RLIMIT_AS, address_space(), std::uint64_t{1} << 20U, 40,
                     {"ulimit -v", "bad_alloc", "memory", "could not set itself up"});
    });
}

TEST(process_pool_scarcity_test, a_pool_that_was_refused_what_it_needs_has_it_when_there_is_more) {
    expect_well([] {
        if (!becomes_a_user_of_its_own()) return cannot_be_tried;
        process_pool_executor pool{2};
        {
            const lowered none(RLIMIT_NPROC, 1);
            try {
                pool.submit([] {});
                return 1;
            } catch (const std::system_error&) {
            }
        }
        return pool.submit([] { return 5; }).result(long_enough) == 5 ? 0 : 2;
    });
}

// More of them than there are descriptors.
TEST(process_pool_scarcity_test, large_tasks_in_the_line_hold_no_descriptor_each_and_nothing_is_left_of_a_burst) {
    expect_well([] {
        const census before = census::now();
        const lowered now(RLIMIT_NOFILE, static_cast<std::uint64_t>(highest_descriptor()) + 40);
        process_pool_executor pool{2};
        const auto length = [](const std::string& s) { return s.size(); };
        for (int burst = 0; burst < 2; ++burst) {
            const support::process_gate gate;
            const auto behind = [](const support::door& d) { d.wait(); };
            std::vector<concur::future<void>> first{pool.submit(behind, gate.door), pool.submit(behind, gate.door)};
            std::vector<concur::future<std::size_t>> all;
            for (std::size_t i = 0; i < 300; ++i) all.push_back(pool.submit(length, std::string(65'000 + i, 'x')));
            gate.door.open();
            for (std::size_t i = 0; i < all.size(); ++i)
                if (all[i].result(long_enough) != 65'000 + i) return 1;
        }
        if (census::now().files > before.files + 35) return 2;
        pool.shutdown();
        return support::until([&] { return census::now().segments == before.segments; }) ? 0 : 3;
    });
}

// The server is a process of its own, and has limits of its own.
TEST(process_pool_scarcity_test, where_no_more_workers_can_be_started_one_does_the_work_and_its_death_breaks_the_pool) {
    process_pool_executor pool{3};
    const support::process_gate gate;
    const auto pid_behind = [](const support::door& d) { return d.wait(), std::int64_t{::getpid()}; };
    auto first = pool.submit(pid_behind, gate.door);
    ASSERT_TRUE(gate.door.until_came(1) && support::until([&] { return pool.worker_pids().size() == 1; }));
    const auto worker = pool.worker_pids().front();
    constexpr rlimit none{3, 3};
    for (const auto pid : support::descendants_of(::getpid()))
        EXPECT_TRUE(pid == worker || ::prlimit(static_cast<pid_t>(pid), RLIMIT_NOFILE, &none, nullptr) == 0);
    std::vector<concur::future<std::int64_t>> queued;
    for (int i = 0; i < 10; ++i) queued.push_back(pool.submit(pid_behind, gate.door));
    gate.door.open();
    EXPECT_EQ(first.result(long_enough), worker);
    for (const auto& f : queued) EXPECT_EQ(f.result(long_enough), worker);
    support::send_signal(worker, SIGKILL);
    EXPECT_TRUE(support::until([&] {
        try {
            pool.submit(pid_behind, gate.door).exception(long_enough);
            return false;
        } catch (const concur::broken_process_pool& e) {
            EXPECT_THAT(e.what(), testing::HasSubstr("ulimit -n"));
            return true;
        }
    }));
}

TEST(process_pool_scarcity_test, where_nothing_can_be_made_in_dev_shm_a_pool_works) {
    const auto child = support::child::run([] {
        if (!support::confined::with_sealed_dev_shm()) return cannot_be_tried;
        std::thread([] {}).join();  // a sanitizer may start threads of its own with the first one
        const census before = census::now();
        for (const start_method how : {start_method::forkserver, start_method::fork, start_method::spawn}) {
            const auto o =
                in_need::use_a_pool({.max_workers = 2, .start_method = how, .force_fork = support::under_tsan()}, hang);
            if (o.answered != in_need::tasks - in_need::deaths) return 1;
        }
        return census::comes_back_to(before) ? 0 : 2;
    });
    if (child.exit_code == cannot_be_tried) GTEST_SKIP() << support::confined::reason;
    EXPECT_EQ(child.exit_code.value_or(-1), 0) << child.err;
}
