#include "concur/platform/sandbox.hpp"

#include "concur/platform/stack_trace.hpp"
#include "support/child.hpp"
#include "support/refused_call.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <mutex>
#include <new>
#include <random>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace app {

[[gnu::noinline]] void call_home() {
    ::syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
    asm volatile("" : : : "memory");
}

}  // namespace app

namespace {

using namespace concur::platform;
using support::child::outcome;
using testing::HasSubstr;

constexpr int not_entered = 90;
constexpr std::chrono::milliseconds one_ms{1};

// Runs `fn` in a sandbox, in a child.
outcome in_sandbox(const std::function<int()>& fn) {
    return support::child::run([&fn] {
        const rlimit no_core{0, 0};
        ::setrlimit(RLIMIT_CORE, &no_core);
        return enter_strict_sandbox() ? fn() : not_entered;
    });
}

class sandbox_test : public testing::Test {
protected:
    void SetUp() override {
        if (const std::string missing = missing_for_sandbox(); !missing.empty()) GTEST_SKIP() << "no " << missing;
    }
};

// 0, or what is wrong.
int expect_error(int error, bool failed) { return failed && errno == error ? 0 : 1; }

TEST_F(sandbox_test, computing_and_memory_work) {
    const outcome o = in_sandbox([] {
        std::vector<double> numbers(10'000'000, 0.5);
        double sum = 0;
        for (const double n : numbers) sum += n;
        std::random_device dice;
        const bool two = dice() != dice() || dice() != dice();
        try {
            throw std::runtime_error("caught");
        } catch (const std::exception&) {
            return two && sum == 5'000'000 ? 0 : 1;
        }
    });
    EXPECT_EQ(o.exit_code, 0) << o.err;
}

TEST_F(sandbox_test, threads_can_be_started_and_wait_for_each_other) {
    const outcome o = in_sandbox([] {
        std::mutex m;
        std::condition_variable changed;
        int done = 0;
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                std::this_thread::sleep_for(one_ms);  // sleeps: it is one of the calls in question
                const std::lock_guard lock(m);
                ++done;
                changed.notify_one();
            });
        std::unique_lock lock(m);
        const bool all = changed.wait_for(lock, std::chrono::seconds(20), [&done] { return done == 4; });
        lock.unlock();
        for (auto& t : threads) t.join();
        return all ? 0 : 1;
    });
    EXPECT_EQ(o.exit_code, 0) << o.err;
}

TEST_F(sandbox_test, descriptors_that_it_has_work) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends.data()), 0);
    const outcome o = in_sandbox([&ends] {
        std::puts("said");
        const int memory = ::memfd_create("answer", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (::ftruncate(memory, 4096) != 0) return 1;
        if (::fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) return 2;
        void* const at = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
        struct stat status{};
        if (at == MAP_FAILED || ::fstat(memory, &status) != 0 || status.st_size != 4096) return 3;
        return ::send(ends[0], "hello", 5, MSG_NOSIGNAL) == 5 ? 0 : 4;
    });
    EXPECT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(o.out, "said\n");
    std::array<char, 8> got{};
    EXPECT_EQ(::recv(ends[1], got.data(), got.size(), MSG_DONTWAIT), 5);
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST_F(sandbox_test, to_open_a_file_is_an_error_like_any_other) {
    const outcome o = in_sandbox([] {
        if (expect_error(EACCES, ::open("/etc/passwd", O_RDONLY) < 0) != 0) return 1;
        if (expect_error(EACCES, ::open("/tmp/concur_new", O_CREAT | O_RDWR, 0600) < 0) != 0) return 2;
        if (expect_error(EACCES, std::fopen("/dev/null", "r") == nullptr) != 0) return 3;
        if (expect_error(EACCES, ::access("/", R_OK) != 0) != 0) return 4;
        if (expect_error(EACCES, ::unlink("/tmp/concur_no_such_file") != 0) != 0) return 5;
        if (expect_error(EACCES, ::chdir("/") != 0) != 0) return 6;
        struct stat status{};
        if (expect_error(EACCES, ::stat("/etc/passwd", &status) != 0) != 0) return 7;
        return std::ifstream("/etc/hostname") ? 8 : 0;
    });
    EXPECT_EQ(o.exit_code, 0);
}

TEST_F(sandbox_test, to_change_what_the_pool_has_set_is_not_permitted) {
    const outcome o = in_sandbox([] {
        rlimit limit{};
        if (::getrlimit(RLIMIT_AS, &limit) != 0) return 1;
        if (expect_error(EPERM, ::setrlimit(RLIMIT_AS, &limit) != 0) != 0) return 2;
        if (expect_error(EPERM, ::setsid() < 0) != 0) return 3;
        if (expect_error(EPERM, ::setpgid(0, 0) != 0) != 0) return 4;
        if (expect_error(EPERM, ::prctl(PR_SET_PDEATHSIG, 0) != 0) != 0) return 5;
        if (expect_error(EPERM, ::fcntl(1, F_SETOWN, ::getppid()) != 0) != 0) return 6;
        if (expect_error(EPERM, ::fcntl(1, F_SETSIG, SIGKILL) != 0) != 0) return 7;
        struct sigaction ignore{};
        ignore.sa_handler = SIG_IGN;
        return expect_error(EPERM, ::syscall(SYS_rt_sigaction, SIGSYS, &ignore, nullptr, 8) != 0) == 0 ? 0 : 8;
    });
    EXPECT_EQ(o.exit_code, 0);
}

TEST_F(sandbox_test, a_program_asks_whether_it_writes_to_a_terminal_and_goes_on) {
    EXPECT_EQ(in_sandbox([] { return ::isatty(1) == 0 && errno == ENOTTY ? 0 : 1; }).exit_code, 0);
}

struct forbidden_call {
    const char* name;
    std::function<void()> make;
};

void call(long number, long a = 0, long b = 0, long c = 0, long d = 0) { ::syscall(number, a, b, c, d); }
long of(const char* text) { return reinterpret_cast<long>(text); }

std::vector<forbidden_call> ways_out() {
    return {
        {"socket", [] { call(SYS_socket, AF_UNIX, SOCK_STREAM); }},
        {"socketpair", [] { call(SYS_socketpair, AF_UNIX, SOCK_DGRAM); }},
        {"connect", [] { call(SYS_connect, 0); }},
        {"execve", [] { call(SYS_execve, of("/bin/true")); }},
        {"execveat", [] { call(SYS_execveat, AT_FDCWD, of("/bin/true")); }},
        {"fork", [] { call(SYS_clone, SIGCHLD); }},
        {"clone into a user namespace",
         [] { call(SYS_clone, CLONE_THREAD | CLONE_VM | CLONE_SIGHAND | CLONE_NEWUSER); }},
        {"unshare", [] { call(SYS_unshare, CLONE_NEWUSER); }},
        {"setns", [] { call(SYS_setns, 0); }},
        {"io_uring_setup", [] { call(425, 1); }},
        {"bpf", [] { call(SYS_bpf, 0); }},
        {"perf_event_open", [] { call(SYS_perf_event_open, 0); }},
        {"userfaultfd", [] { call(SYS_userfaultfd, 0); }},
        {"mount", [] { call(SYS_mount, 0); }},
        {"chroot", [] { call(SYS_chroot, of("/")); }},
        {"shmget", [] { call(SYS_shmget, 1, 1); }},
        {"keyctl", [] { call(SYS_keyctl, 0); }},
        {"seccomp", [] { call(SYS_seccomp, 0); }},
        {"a call that no kernel has yet", [] { call(4000); }},
#if defined(__x86_64__)
        {"fork by its own number", [] { call(SYS_fork); }},
        {"vfork", [] { call(SYS_clone, 0x4100 | SIGCHLD); }},
        {"x32", [] { call(0x40000000 | SYS_getpid); }},
        {"a call of 32 bits", [] { asm volatile("int $0x80"
                                                :
                                                : "a"(20)
                                                : "memory"); }},
#endif
    };
}

std::vector<forbidden_call> ways_to_others() {
    const long parent = ::getpid();
    return {
        {"ptrace", [parent] { call(SYS_ptrace, 16, parent); }},
        {"process_vm_readv", [parent] { call(SYS_process_vm_readv, parent); }},
        {"process_vm_writev", [parent] { call(SYS_process_vm_writev, parent); }},
        {"kill of the parent", [parent] { call(SYS_kill, parent, 0); }},
        {"kill of all", [] { call(SYS_kill, -1, 0); }},
        {"kill of the group", [] { call(SYS_kill, 0, 0); }},
        {"tgkill of the parent", [parent] { call(SYS_tgkill, parent, parent, 0); }},
        {"tkill", [parent] { call(SYS_tkill, parent, 0); }},
        {"rt_sigqueueinfo", [parent] { call(SYS_rt_sigqueueinfo, parent, 0); }},
        {"pidfd_open", [parent] { call(434, parent); }},
        {"pidfd_send_signal", [] { call(424, 0); }},
    };
}

TEST_F(sandbox_test, what_reaches_out_kills) {
    auto calls = ways_out();
    std::ranges::move(ways_to_others(), std::back_inserter(calls));
    for (const auto& forbidden : calls) {
        const outcome o = in_sandbox([&forbidden] {
            forbidden.make();
            return 0;
        });
        EXPECT_EQ(o.signal, SIGSYS) << forbidden.name << ": " << o.exit_code.value_or(-1);
    }
}

TEST_F(sandbox_test, a_thread_that_is_started_inside_is_inside) {
    EXPECT_EQ(in_sandbox([] {
                  std::thread(&app::call_home).join();
                  return 0;
              }).signal,
              SIGSYS);
}

TEST_F(sandbox_test, to_block_the_signal_does_not_help) {
    EXPECT_EQ(in_sandbox([] {
                  sigset_t all;
                  sigfillset(&all);
                  ::sigprocmask(SIG_BLOCK, &all, nullptr);
                  app::call_home();
                  return 0;
              }).signal,
              SIGSYS);
}

TEST_F(sandbox_test, signals_to_itself_are_its_own_matter) {
    const outcome o = in_sandbox([] {
        static volatile std::sig_atomic_t seen = 0;
        std::signal(SIGUSR1, [](int) { seen = seen + 1; });
        std::raise(SIGUSR1);
        ::kill(::getpid(), SIGUSR1);
        return seen == 2 ? 0 : 1;
    });
    EXPECT_EQ(o.exit_code, 0);
    EXPECT_EQ(in_sandbox([]() -> int { std::abort(); }).signal, SIGABRT);
}

// A page that a child of fork() shares with us.
crash_page* shared_page() {
    return new (::mmap(nullptr, sizeof(crash_page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
        crash_page;
}

TEST_F(sandbox_test, who_reached_out_is_reported) {
    crash_page* const page = shared_page();
    const outcome o = support::child::run([page] {
        report_crashes_to(page);
        if (!enter_strict_sandbox()) return not_entered;
        report_crashes_to(nullptr);  // changes nothing
        app::call_home();
        return 0;
    });
    EXPECT_EQ(o.signal, SIGSYS) << o.err;
    EXPECT_EQ(page->signal, SIGSYS);
    EXPECT_EQ(page->system_call, SYS_socket);
    EXPECT_THAT(describe(page->trace), HasSubstr(" app::call_home() at platform_test+0x"));
    ::munmap(page, sizeof *page);
}

TEST_F(sandbox_test, a_crash_inside_is_reported) {
    crash_page* const page = shared_page();
    const outcome o = support::child::run([page]() -> int {
        report_crashes_to(page);
        if (!enter_strict_sandbox()) return not_entered;
        std::abort();
    });
    EXPECT_EQ(o.signal, SIGABRT) << o.err;
    EXPECT_EQ(page->signal, SIGABRT);
    EXPECT_GT(page->trace.count, 1u);
    ::munmap(page, sizeof *page);
}

TEST_F(sandbox_test, the_kernel_has_noted_it) {
    const outcome o = support::child::run([] {
        const int status = ::open("/proc/self/status", O_RDONLY);
        if (!enter_strict_sandbox()) return not_entered;
        std::string text(1 << 14, '\0');
        const auto size = ::pread(status, text.data(), text.size(), 0);
        std::fwrite(text.data(), 1, size > 0 ? static_cast<std::size_t>(size) : 0, stdout);
        return 0;
    });
    EXPECT_EQ(o.exit_code, 0);
    EXPECT_THAT(o.out, testing::AllOf(HasSubstr("NoNewPrivs:\t1\n"), HasSubstr("Seccomp:\t2\n")));
}

TEST_F(sandbox_test, each_fence_alone_keeps_files_out) {
    for (const auto fence : {&fence_files, &fence_calls}) {
        const outcome o = support::child::run([fence] {
            if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !fence()) return not_entered;
            if (expect_error(EACCES, ::open("/etc/passwd", O_RDONLY) < 0) != 0) return 1;
            return expect_error(EACCES, ::open("/tmp/concur_new", O_CREAT | O_RDWR, 0600) < 0) == 0 ? 0 : 2;
        });
        EXPECT_EQ(o.exit_code, 0);
    }
}

TEST_F(sandbox_test, half_a_sandbox_is_none) {
    constexpr long landlock_restrict_self = 446;
    for (const long number : {landlock_restrict_self, long{SYS_prctl}}) {
        const outcome o = support::child::run([number] {
            if (!support::refuse_call(number, EPERM)) return 1;
            return enter_strict_sandbox() ? 2 : 0;
        });
        EXPECT_EQ(o.exit_code, 0) << number;
    }
}

TEST_F(sandbox_test, a_kernel_without_what_it_needs_is_told_and_refused) {
    struct lack {
        long number;
        const char* named;
    };
    for (const lack without : {lack{444, "landlock"}, lack{SYS_seccomp, "filters of system calls"}}) {
        const outcome o = support::child::run([&without] {
            if (!support::refuse_call(without.number, ENOSYS)) return 1;
            if (enter_strict_sandbox()) return 2;
            std::puts(missing_for_sandbox().c_str());
            return std::ifstream("/proc/self/status") ? 0 : 3;
        });
        EXPECT_EQ(o.exit_code, 0);
        EXPECT_THAT(o.out, HasSubstr(without.named));
    }
}

}  // namespace
