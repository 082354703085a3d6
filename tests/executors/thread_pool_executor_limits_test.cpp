// What the system does not give: threads, processors.
#include "concur/executors/thread_pool_executor.hpp"
#include "support/child.hpp"
#include "support/gate.hpp"
#include "support/tracked.hpp"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <sched.h>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

using concur::future;
using concur::process_cpu_count;
using concur::thread_pool_executor;
using support::gate;
using support::opened_at_end;
using support::tracked;

namespace {

constexpr int cannot_be_tried = 77;

// From now on threads cannot be started by this process, or can again.
void allow_threads(bool allowed) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NPROC, &limit);
    limit.rlim_cur = allowed ? limit.rlim_max : 0;
    ::setrlimit(RLIMIT_NPROC, &limit);
}

bool a_thread_can_be_started() {
    try {
        std::thread([] {}).join();
        return true;
    } catch (const std::system_error&) {
        return false;
    }
}

// Runs `fn` in a child whom the limit of threads concerns (it does not concern root).
void in_a_child_with_limits(const std::function<int()>& fn) {
    const auto child = support::child::run([&fn] {
        if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) return cannot_be_tried;
        allow_threads(false);
        if (a_thread_can_be_started()) return cannot_be_tried;
        allow_threads(true);
        if (!a_thread_can_be_started()) return cannot_be_tried;
        return fn();
    });
    if (child.exit_code == cannot_be_tried) GTEST_SKIP() << "the limit of threads cannot be set here";
    EXPECT_FALSE(child.timed_out) << "it hung";
    EXPECT_EQ(child.exit_code.value_or(-1), 0) << child.err;
}

// 0 where it is so.
int expect(bool so, const char* what) {
    if (!so) std::fprintf(stderr, "not so: %s\n", what);
    return so ? 0 : 1;
}

template <class F>
bool is_told_that_there_is_no_thread(F fn) {
    try {
        fn();
        return false;
    } catch (const std::system_error& e) {
        return e.code().value() == EAGAIN && std::string(e.what()).find("thread") != std::string::npos;
    }
}

}  // namespace

// fact 62
TEST(thread_pool_executor_test, where_the_first_thread_cannot_be_started_submit_throws_and_nothing_is_left) {
    in_a_child_with_limits([] {
        thread_pool_executor pool{4};
        int wrong = 0;
        allow_threads(false);
        for (int i = 0; i < 3; ++i) {
            wrong += expect(is_told_that_there_is_no_thread([&] { pool.submit([](const tracked&) {}, tracked(1)); }),
                            "submit throws EAGAIN");
            wrong += expect(pool.worker_count() == 0, "no worker is counted");
            wrong += expect(tracked::live() == 0, "the arguments are gone");
        }
        const std::vector items{1, 2};
        wrong += expect(is_told_that_there_is_no_thread([&] { pool.map([](int) {}, items); }), "map throws EAGAIN");
        allow_threads(true);
        wrong += expect(pool.submit([] { return 5; }).result() == 5, "it works when there are threads again");
        wrong += expect(pool.worker_count() == 1, "one worker is counted");
        return wrong;
    });
}

// fact 62
TEST(thread_pool_executor_test, where_a_later_thread_cannot_be_started_the_others_do_the_work) {
    in_a_child_with_limits([] {
        gate door, second;
        thread_pool_executor pool{4};
        const opened_at_end guard(door);
        pool.submit([&] { door.wait(); });
        door.until_came(1);
        allow_threads(false);
        std::vector<future<int>> all;
        for (int i = 0; i < 20; ++i) all.push_back(pool.submit([i] { return i; }));
        int wrong = expect(pool.worker_count() == 1, "one worker is counted");
        door.open();
        int sum = 0;
        for (auto& f : all) sum += f.result();
        wrong += expect(sum == 190, "all was done by the one");
        allow_threads(true);
        const opened_at_end second_guard(second);
        for (int i = 0; i < 3; ++i) pool.submit([&] { second.wait(); });
        wrong += expect(second.until_came(3), "more workers when there are threads again");
        wrong += expect(pool.worker_count() >= 3, "three workers are counted");
        return wrong;
    });
}

TEST(thread_pool_executor_test, where_the_timer_cannot_be_started_submit_throws_and_nothing_is_left) {
    in_a_child_with_limits([] {
        thread_pool_executor pool{1};
        pool.submit([] {}).result();
        allow_threads(false);
        int wrong = expect(is_told_that_there_is_no_thread([&] {
                               pool.submit({.timeout = std::chrono::hours{1}}, [](const tracked&) {}, tracked(1));
                           }),
                           "submit with a time-out throws EAGAIN");
        wrong += expect(tracked::live() == 0, "the arguments are gone");
        wrong += expect(pool.submit([] { return 1; }).result() == 1, "without one it works");
        allow_threads(true);
        wrong += expect(pool.submit({.timeout = std::chrono::hours{1}}, [] { return 2; }).result() == 2, "and later");
        return wrong;
    });
}

TEST(thread_pool_executor_test, nested_tasks_do_without_new_threads) {
    in_a_child_with_limits([] {
        thread_pool_executor pool{4};
        pool.submit([] {}).result();
        allow_threads(false);
        const std::function<int(int)> deep = [&](int left) {
            return left == 0 ? 0 : 1 + pool.submit(std::cref(deep), left - 1).result();
        };
        return expect(pool.submit(std::cref(deep), 300).result() == 300, "three hundred deep on one thread");
    });
}

TEST(thread_pool_executor_test, the_processors_are_those_of_the_affinity) {
    const auto child = support::child::run([] {
        cpu_set_t mine;
        CPU_ZERO(&mine);
        ::sched_getaffinity(0, sizeof mine, &mine);
        int wrong = expect(process_cpu_count() <= CPU_COUNT(&mine), "no more than the affinity has");
        int first = 0;
        while (!CPU_ISSET(first, &mine)) ++first;
        CPU_ZERO(&mine);
        CPU_SET(first, &mine);
        if (::sched_setaffinity(0, sizeof mine, &mine) != 0) return cannot_be_tried;
        wrong += expect(process_cpu_count() == 1, "one processor");
        thread_pool_executor pool;
        wrong += expect(pool.max_workers() == 5, "one and four workers");
        wrong += expect(pool.submit([&] { return pool.submit([] { return 3; }).result(); }).result() == 3, "it works");
        return wrong;
    });
    if (child.exit_code == cannot_be_tried) GTEST_SKIP() << "the affinity cannot be set here";
    EXPECT_EQ(child.exit_code.value_or(-1), 0) << child.err;
}

namespace {

// A group that may use half a processor; its directory, or nothing where none can be made.
std::filesystem::path half_a_processor() {
    const std::string name = "/concur-test-" + std::to_string(::getpid());
    const std::filesystem::path first = "/sys/fs/cgroup/cpu" + name, second = "/sys/fs/cgroup" + name;
    std::error_code failed;
    if (std::filesystem::exists("/sys/fs/cgroup/cpu") && std::filesystem::create_directory(first, failed)) {
        std::ofstream(first / "cpu.cfs_period_us") << 100000;
        if (std::ofstream(first / "cpu.cfs_quota_us") << 50000 << std::flush) return first;
        std::filesystem::remove(first, failed);
    }
    if (std::filesystem::exists("/sys/fs/cgroup/cgroup.procs") && std::filesystem::create_directory(second, failed)) {
        if (std::ofstream(second / "cpu.max") << "50000 100000" << std::flush) return second;
        std::filesystem::remove(second, failed);
    }
    return {};
}

}  // namespace

TEST(thread_pool_executor_test, the_processors_are_no_more_than_the_cgroups_quota) {
    if (process_cpu_count() == 1) GTEST_SKIP() << "there is one processor only";
    const auto group = half_a_processor();
    if (group.empty()) GTEST_SKIP() << "no cgroup with a quota can be made here";
    const auto child = support::child::run([&] {
        if (!(std::ofstream(group / "cgroup.procs") << ::getpid() << std::flush)) return cannot_be_tried;
        return expect(process_cpu_count() == 1, "half a processor, rounded up");
    });
    std::error_code ignored;
    std::filesystem::remove(group, ignored);
    if (child.exit_code == cannot_be_tried) GTEST_SKIP() << "the group cannot be entered";
    EXPECT_EQ(child.exit_code.value_or(-1), 0) << child.err;
}
