// The second half of child_process.hpp: what a child does to itself.
#include "concur/platform/child_process.hpp"
#include "support/child.hpp"
#include "support/held.hpp"
#include "support/injected.hpp"
#include "support/refused_call.hpp"
#include "support/sanitized.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <functional>
#include <gtest/gtest.h>
#include <new>
#include <poll.h>
#include <string>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace concur::platform;
using support::injected;

bool is_open(int number) { return ::fcntl(number, F_GETFD) >= 0; }
bool goes_through_exec(int number) { return (::fcntl(number, F_GETFD) & FD_CLOEXEC) == 0; }

int exit_code_of(const std::function<int()>& fn) { return support::child::run(fn).exit_code.value_or(-1); }

[[noreturn]] void stay() {
    for (;;) ::pause();
}

// A worker that settles and holds `held`; says whether its parent was there.
[[noreturn]] void be_worker(const fd& held, std::int64_t parent) {
    const char answer = settle_as_worker(parent) ? 'y' : 'n';
    write_all(held.get(), &answer, 1);
    stay();
}

// Waits for one byte; 0: the end, '-': too late.
char next_byte(const fd& file) {
    pollfd ready{file.get(), POLLIN, 0};
    if (::poll(&ready, 1, 30'000) <= 0) return '-';
    char byte = 0;
    return ::read(file.get(), &byte, 1) == 1 ? byte : '\0';
}

TEST(child_setup_test, a_settled_worker_dies_with_its_parent) {
    auto [read, write] = make_pipe();
    const child_process parent = fork_self();
    if (parent.pid == 0) {
        const std::int64_t me = this_pid();
        if (fork_self().pid == 0) be_worker(write, me);
        write.reset();
        stay();
    }
    write.reset();
    EXPECT_EQ(next_byte(read), 'y');
    EXPECT_TRUE(send_signal(parent.pidfd, SIGKILL));
    EXPECT_EQ(next_byte(read), '\0');
    EXPECT_TRUE(reap(parent, true));
}

TEST(child_setup_test, a_worker_learns_that_its_parent_is_gone_already) {
    EXPECT_EQ(exit_code_of([] { return settle_as_worker(1'000'000'000) ? 1 : 0; }), 0);
    EXPECT_EQ(exit_code_of([] { return settle_as_worker(::getppid()) ? 0 : 1; }), 0);
}

TEST(child_setup_test, a_settled_worker_leads_its_group_and_has_no_handler) {
    EXPECT_EQ(exit_code_of([] {
                  std::signal(SIGTERM, [](int) {});
                  std::signal(SIGPIPE, SIG_IGN);
                  sigset_t all;
                  sigfillset(&all);
                  pthread_sigmask(SIG_BLOCK, &all, nullptr);
                  settle_as_worker(::getppid());
                  std::raise(SIGINT);  // is its parent's to handle
                  struct sigaction now{};
                  int wrong = 0;
                  for (const int signal : {SIGTERM, SIGPIPE, SIGSEGV, SIGCHLD})
                      wrong += ::sigaction(signal, nullptr, &now) != 0 || now.sa_handler != SIG_DFL ? 1 : 0;
                  pthread_sigmask(SIG_SETMASK, nullptr, &all);
                  for (int signal = 1; signal < 32; ++signal) wrong += ::sigismember(&all, signal);
                  return wrong + (::getpgrp() == ::getpid() ? 0 : 100);
              }),
              0);
}

TEST(child_setup_test, all_descriptors_but_the_kept_ones_are_closed) {
    EXPECT_EQ(exit_code_of([] {
                  for (const int number : {10, 11, 12, 40, 41, 200}) ::dup2(2, number);
                  close_all_but({41, 11, 200, 11});
                  for (const int number : {1, 2, 11, 41, 200})
                      if (!is_open(number)) return number;
                  return support::open_files() == (is_open(0) ? 6 : 5) ? 0 : 250;
              }),
              0);
    EXPECT_EQ(exit_code_of([] {
                  ::dup2(2, 10);
                  close_all_but({});
                  return is_open(2) && !is_open(3) && !is_open(10) ? 0 : 1;
              }),
              0);
}

TEST(child_setup_test, a_kernel_without_close_range_closes_them_one_by_one) {
    EXPECT_EQ(exit_code_of([] {
                  if (!support::refuse_call(SYS_close_range, ENOSYS)) return 77;
                  for (const int number : {10, 11, 12, 200}) ::dup2(2, number);
                  close_all_but({11});
                  return is_open(2) && !is_open(10) && is_open(11) && !is_open(12) && !is_open(200) ? 0 : 1;
              }),
              0);
}

TEST(child_setup_test, a_descriptor_takes_the_place_of_another) {
    EXPECT_EQ(exit_code_of([] {
                  auto [read, write] = make_pipe();
                  if (!replace_fd(write.get(), 2) || !goes_through_exec(2)) return 1;
                  if (!replace_fd(write.get(), 50) || goes_through_exec(50)) return 2;
                  write_all(2, "a", 1);
                  write_all(50, "b", 1);
                  return next_byte(read) == 'a' && next_byte(read) == 'b' ? 0 : 3;
              }),
              0);
}

TEST(child_setup_test, a_descriptor_in_its_own_place_only_changes_at_exec) {
    EXPECT_EQ(exit_code_of([] {
                  ::dup2(2, 50);
                  if (!goes_through_exec(50) || !replace_fd(50, 50) || goes_through_exec(50)) return 1;
                  ::fcntl(2, F_SETFD, FD_CLOEXEC);
                  return replace_fd(2, 2) && goes_through_exec(2) && !replace_fd(1000, 51) ? 0 : 2;
              }),
              0);
}

TEST(child_setup_test, a_pipe_is_close_on_exec_and_its_reading_end_does_not_block) {
    const auto [read, write] = make_pipe();
    EXPECT_FALSE(goes_through_exec(read.get()));
    EXPECT_FALSE(goes_through_exec(write.get()));
    char byte = 0;
    EXPECT_EQ(::read(read.get(), &byte, 1), -1);
    EXPECT_EQ(errno, EAGAIN);
    EXPECT_EQ(::fcntl(write.get(), F_GETFL) & O_NONBLOCK, 0);
}

TEST(child_setup_test, no_pipe_is_made_where_the_system_has_none_to_give) {
    const support::held before;
    const injected failing(injected::system_call::pipe, EMFILE);
    EXPECT_THROW(make_pipe(), std::system_error);
    EXPECT_EQ(support::held(), before);
}

TEST(child_setup_test, beyond_the_limit_of_memory_there_is_none) {
    EXPECT_EQ(exit_code_of([] {
                  if (!limit_memory(std::int64_t{64} << 20U)) return 1;
                  const auto map = [](std::size_t mebibytes) {
                      return ::mmap(nullptr, mebibytes << 20U, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                  };
                  if (map(32) == MAP_FAILED) return 2;
                  if (map(64) != MAP_FAILED || errno != ENOMEM) return 3;
                  return 0;
              }),
              0);
}

TEST(child_setup_test, a_limit_of_nothing_is_no_limit_and_none_can_be_raised_again) {
    EXPECT_EQ(exit_code_of([] {
                  rlimit before{}, now{};
                  ::getrlimit(RLIMIT_AS, &before);
                  if (!limit_memory(0) || !limit_cpu(0) || !limit_files(0)) return 1;
                  ::getrlimit(RLIMIT_AS, &now);
                  if (now.rlim_cur != before.rlim_cur || now.rlim_max != before.rlim_max) return 2;
                  if (!limit_files(20) || !limit_files(30)) return 3;
                  ::getrlimit(RLIMIT_NOFILE, &now);
                  return now.rlim_cur == 20 && now.rlim_max == 20 ? 0 : 4;
              }),
              0);
}

TEST(child_setup_test, beyond_the_limit_of_files_none_is_opened) {
    EXPECT_EQ(exit_code_of([] {
                  if (!limit_files(20)) return 1;
                  for (int i = 0; i < 20; ++i)
                      if (::dup(2) < 0) return errno == EMFILE ? 0 : 2;
                  return 3;
              }),
              0);
}

TEST(child_setup_test, beyond_the_limit_of_processor_time_death_comes) {
    const auto child = support::child::run([] {
        if (!limit_cpu(100'000'000)) return 1;
        for (volatile unsigned turns = 0;;) turns = turns + 1;
    });
    EXPECT_EQ(child.signal, SIGXCPU);
}

TEST(child_setup_test, the_threads_of_the_process_are_counted) {
    const int before = thread_count();
    EXPECT_GE(before, 1);
    auto [read, write] = make_pipe();
    {
        std::jthread waiting([&, end = std::move(read)] { next_byte(end); });
        EXPECT_EQ(thread_count(), before + 1);
        write.reset();
    }
    for (int i = 0; i < 50; ++i) {
        std::thread([] {}).join();
        EXPECT_EQ(thread_count(), before);
    }
}

TEST(child_setup_test, beyond_the_limit_of_memory_there_is_bad_alloc_and_life_goes_on) {
    if (support::is_sanitized()) GTEST_SKIP() << "a sanitizer has its own heap";
    for (const bool kept : {false, true}) {
        const auto child = support::child::run([kept] {
            if (kept) keep_freed_memory();
            if (!limit_memory(std::int64_t{64} << 20U)) return 1;
            const std::vector<char> fits(std::size_t{40} << 20U);
            try {
                const std::vector<char> too_much(std::size_t{80} << 20U);
                return 2;
            } catch (const std::bad_alloc&) {
            }
            return std::vector<char>(1000).size() == 1000 ? 0 : 3;
        });
        EXPECT_EQ(child.exit_code, 0) << kept;
    }
}

long page_faults() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return used.ru_minflt;
}

TEST(child_setup_test, freed_memory_is_kept_and_given_out_again) {
    if (support::is_sanitized()) GTEST_SKIP() << "a sanitizer has its own heap";
    EXPECT_EQ(exit_code_of([] {
                  keep_freed_memory();
                  constexpr std::size_t size = std::size_t{100} << 20U;
                  const auto use = [] {
                      const long before = page_faults();
                      const std::vector<char> block(size, 'x');
                      return page_faults() - before;
                  };
                  const long first = use();
                  return first > 100 && use() < 10 && use() < 10 ? 0 : 1;
              }),
              0);
}

TEST(child_setup_test, leaving_runs_no_exit_handler) {
    const auto child = support::child::run([]() -> int {
        std::atexit([] { ::write(1, "handler", 7); });
        leave(5);
    });
    EXPECT_EQ(child.exit_code, 5);
    EXPECT_EQ(child.out, "");
}

}  // namespace
