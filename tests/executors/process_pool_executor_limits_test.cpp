// What a worker may use, and what it may do.
#include "concur/core/process_error.hpp"
#include "concur/executors/process_pool_executor.hpp"
#include "concur/futures.hpp"
#include "concur/platform/sandbox.hpp"
#include "support/child.hpp"
#include "support/ended_with.hpp"
#include "support/processes.hpp"
#include "support/sanitized.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <memory>
#include <new>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

using concur::process_pool_executor;
using concur::worker_died;
using concur::literals::operator""_MiB;
using support::ended_with;
using support::long_enough;
using testing::HasSubstr;
using namespace std::chrono_literals;

namespace {

int own_pid() { return ::getpid(); }

std::size_t use_memory(std::size_t bytes) {
    std::vector<char> all(bytes, 'm');
    return static_cast<std::size_t>(std::count(all.begin(), all.end(), 'm'));
}

void burn() {
    for (;;) asm volatile("");
}

// How many more files can be opened.
int files_left() {
    std::vector<int> all;
    for (int file = 0; (file = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) all.push_back(file);
    const int error = errno;
    for (const int file : all) ::close(file);
    return error == EMFILE ? static_cast<int>(all.size()) : -error;
}

// The system refuses these calls with EPERM from now on, as containers do.
bool refuse_questions() {
    const std::array<std::uint32_t, 6> calls{SYS_sched_getaffinity, SYS_prlimit64, SYS_sysinfo,
                                             SYS_getrlimit,         SYS_getrusage, SYS_setrlimit};
    std::vector<sock_filter> code{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
    for (const std::uint32_t call : calls) {
        code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
        code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
    }
    code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    const sock_fprog filter{static_cast<unsigned short>(code.size()), code.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// What fork() asks of the system. Around that, ThreadSanitizer's fork() holds what its handler of a signal needs.
int copy_this_process() {
    const auto pid = static_cast<int>(::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
    if (pid == 0) ::_exit(0);
    return pid;
}

}  // namespace

TEST(process_pool_executor_test, a_task_that_wants_more_memory_than_its_limit_gets_bad_alloc) {
    if (support::is_sanitized()) GTEST_SKIP() << "a sanitizer ends the program instead";
    process_pool_executor pool{{.max_workers = 1, .limits = {.memory = 64_MiB}}};
    const int pid = pool.submit(own_pid).result(long_enough);
    EXPECT_THROW(pool.submit(use_memory, std::size_t{500} << 20U).result(long_enough), std::bad_alloc);
    EXPECT_EQ(pool.submit(use_memory, std::size_t{10} << 20U).result(long_enough), std::size_t{10} << 20U);
    EXPECT_EQ(pool.submit(own_pid).result(long_enough), pid) << "its worker lives";
    EXPECT_THROW(pool.submit(use_memory, std::size_t{100} << 20U).result(long_enough), std::bad_alloc);
}

TEST(process_pool_executor_test, a_worker_that_dies_because_memory_is_out_says_so) {
    if (support::is_sanitized()) GTEST_SKIP() << "a sanitizer ends the program instead";
    process_pool_executor pool{{.max_workers = 1, .limits = {.memory = 32_MiB}}};
    const auto careless = []() noexcept { return use_memory(std::size_t{200} << 20U); };
    const auto e = ended_with<worker_died>(pool.submit(careless));
    EXPECT_EQ(e.signal(), SIGABRT);
    EXPECT_THAT(e.what(), HasSubstr("bad_alloc"));
}

TEST(process_pool_executor_test, a_task_that_uses_up_its_processor_time_is_ended_by_sigxcpu) {
    process_pool_executor pool{{.max_workers = 1, .limits = {.cpu = 100ms}}};  // whole seconds, rounded up
    const int pid = pool.submit(own_pid).result(long_enough);
    const auto e = ended_with<worker_died>(pool.submit({.name = "busy"}, burn));
    EXPECT_EQ(e.signal(), SIGXCPU);
    EXPECT_EQ(e.pid(), pid);
    EXPECT_THAT(e.what(), HasSubstr("SIGXCPU"));
    EXPECT_THAT(e.what(), HasSubstr("'busy'"));
    EXPECT_NE(pool.submit(own_pid).result(long_enough), pid);
}

TEST(process_pool_executor_test, a_worker_has_no_more_files_than_its_limit) {
    process_pool_executor pool{{.max_workers = 1, .limits = {.files = 24}}};
    const int left = pool.submit(files_left).result(long_enough);
    EXPECT_GT(left, 0);
    EXPECT_LE(left, 24);
    EXPECT_EQ(pool.submit([](std::string s) { return s; }, std::string(500'000, 'x')).result(long_enough).size(),
              500'000U)
        << "messages go on";
}

TEST(process_pool_executor_test, a_limit_of_files_that_is_too_low_for_a_large_argument_is_named) {
    if (support::is_sanitized() && !support::under_tsan())
        GTEST_SKIP() << "to see whether memory can be read the sanitizer needs a pipe of its own";
    process_pool_executor pool{{.max_workers = 1, .limits = {.files = 1}}};
    const auto large = pool.submit([](const std::string& s) { return s.size(); }, std::string(500'000, 'x'));
    EXPECT_THAT(ended_with<concur::pickling_error>(large).what(), HasSubstr("raise limits.files"));
    EXPECT_GT(pool.submit(own_pid).result(long_enough), 0) << "small ones need none";
}

TEST(process_pool_executor_test, limits_hold_for_each_worker_and_for_those_that_come_later) {
    process_pool_executor pool{{.max_workers = 1, .limits = {.files = 24}}};
    for (int i = 0; i < 3; ++i) {
        EXPECT_LE(pool.submit(files_left).result(long_enough), 24);
        ended_with<worker_died>(pool.submit([] { std::raise(SIGKILL); }));
    }
}

TEST(process_pool_executor_test, an_argument_larger_than_the_machine_is_an_exception_here) {
    if (support::is_sanitized()) GTEST_SKIP() << "a sanitizer ends the program instead";
    process_pool_executor pool{1};
    const std::size_t huge = std::size_t{1} << 45U;
    void* const at = ::mmap(nullptr, huge, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ASSERT_NE(at, MAP_FAILED);
    const std::string_view all(static_cast<const char*>(at), huge);
    auto f = pool.submit([](std::string_view s) { return s.size(); }, all);
    ASSERT_TRUE(f.done());
    EXPECT_THROW(f.result(), std::exception);
    ::munmap(at, huge);
    EXPECT_EQ(pool.submit([](std::string_view s) { return s.size(); }, "small").result(long_enough), 5U);
}

TEST(process_pool_executor_test, in_the_strict_sandbox_tasks_compute_and_answer) {
    if (!concur::platform::missing_for_sandbox().empty()) GTEST_SKIP() << concur::platform::missing_for_sandbox();
    process_pool_executor pool{{.max_workers = 2, .sandbox = concur::sandbox::strict}};
    EXPECT_EQ(pool.submit([](int n) { return 2 * n; }, 21).result(long_enough), 42);
    EXPECT_EQ(pool.submit([](std::string s) { return s + s; }, std::string(3'000'000, 'x')).result(long_enough).size(),
              6'000'000U);
    EXPECT_THROW(pool.submit([] { throw std::out_of_range("x"); }).result(long_enough), std::out_of_range);
    EXPECT_EQ(ended_with<concur::remote_error>(pool.submit([] { throw 1.5F; })).type_name(), "float");
    const auto with_thread = [] {
        int n = 0;
        std::thread([&n] { n = 7; }).join();
        return n;
    };
    EXPECT_EQ(pool.submit(with_thread).result(long_enough), 7);
    const auto sum = [](std::vector<double> v) { return v.size(); };
    EXPECT_EQ(pool.submit(sum, std::vector<double>(1'000'000)).result(long_enough), 1'000'000U);
}

TEST(process_pool_executor_test, in_the_strict_sandbox_what_is_not_computing_is_refused_or_ends_the_worker) {
    if (!concur::platform::missing_for_sandbox().empty()) GTEST_SKIP() << concur::platform::missing_for_sandbox();
    process_pool_executor pool{{.max_workers = 1, .sandbox = concur::sandbox::strict}};
    // 0: it went through.
    const auto refused = [&](auto fn) {
        try {
            return pool.submit(fn).result(long_enough) < 0;
        } catch (const worker_died& e) {
            EXPECT_EQ(e.signal(), SIGSYS) << e.what();
            return true;
        }
    };
    EXPECT_TRUE(refused([] { return ::open("/etc/passwd", O_RDONLY); }));
    EXPECT_TRUE(refused([] { return ::open("/tmp/concur_sandbox_test", O_CREAT | O_WRONLY, 0600); }));
    EXPECT_TRUE(refused([] { return ::socket(AF_INET, SOCK_STREAM, 0); }));
    EXPECT_TRUE(refused([] { return ::socket(AF_UNIX, SOCK_STREAM, 0); }));
    EXPECT_TRUE(refused(copy_this_process));
    EXPECT_TRUE(refused([] { return ::execl("/bin/true", "true", nullptr); }));
    EXPECT_TRUE(refused([] { return ::kill(::getppid(), 0); }));
    EXPECT_TRUE(refused([] { return static_cast<int>(::syscall(SYS_ptrace, 0, 0, 0, 0)); }));
    EXPECT_FALSE(refused([] { return 1; })) << "the pool goes on";
}

TEST(process_pool_executor_test, in_the_strict_sandbox_a_crash_is_reported_as_elsewhere) {
    if (!concur::platform::missing_for_sandbox().empty()) GTEST_SKIP() << concur::platform::missing_for_sandbox();
    process_pool_executor pool{{.max_workers = 1, .sandbox = concur::sandbox::strict}};
    const auto e = ended_with<worker_died>(
        pool.submit({.name = "boxed"}, [] { *reinterpret_cast<volatile int*>(std::uintptr_t{0x40}) = 1; }));
    EXPECT_EQ(e.signal(), SIGSEGV);
    EXPECT_EQ(e.fault_address(), 0x40U);
    EXPECT_FALSE(e.stack_trace().empty());
}

// fact 87
TEST(process_pool_executor_test, where_the_system_refuses_to_tell_its_limits_a_pool_can_be_made_and_works) {
    if (support::is_sanitized()) GTEST_SKIP() << "a sanitizer asks the same questions";
    const auto child = support::child::run([] {
        if (!refuse_questions()) return 77;
        process_pool_executor pool;
        if (pool.max_workers() < 1) return 1;
        return pool.submit([](int n) { return n + 1; }, 1).result(long_enough) == 2 ? 0 : 2;
    });
    if (child.exit_code == 77) GTEST_SKIP() << "no seccomp";
    EXPECT_EQ(child.exit_code.value_or(-1), 0) << child.err;
}
