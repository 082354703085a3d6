// Of stack_trace.hpp: where a process crashed.
#include "concur/platform/stack_trace.hpp"

#include "support/child.hpp"
#include "support/gate.hpp"

#include <csignal>
#include <cstdlib>
#include <dlfcn.h>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <new>
#include <string>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace app {

struct image {
    int* pixel = nullptr;
};

[[gnu::noinline]] void decode(image* picture, int value) {
    *picture->pixel = value;
    asm volatile("" : : : "memory");
}
[[gnu::noinline]] void decode_all(image* pictures) {
    decode(pictures, 3);
    asm volatile("" : : : "memory");
}
// With much room in each frame, since a sanitizer has its own limit of frames.
[[gnu::noinline]] int descend(volatile int* depth) {
    volatile int here[500] = {*depth + 1};
    return here[0] > 0 ? descend(here) + here[0] : 0;
}
[[gnu::noinline]] void give_up() {
    std::abort();
    asm volatile("" : : : "memory");
}
[[gnu::noinline]] void call(void (*fn)()) {
    fn();
    asm volatile("" : : : "memory");
}
[[gnu::noinline]] void send(int signal) {
    ::syscall(SYS_tgkill, ::getpid(), ::gettid(), signal);
    asm volatile("" : : : "memory");
}

}  // namespace app

namespace {

using namespace concur::platform;
using support::child::outcome;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// A page that a child of fork() shares with us.
struct shared_page {
    shared_page()
        : page(new(::mmap(nullptr, sizeof(crash_page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
                   crash_page) {}
    ~shared_page() { ::munmap(page, sizeof *page); }
    shared_page(const shared_page&) = delete;
    shared_page& operator=(const shared_page&) = delete;

    std::string trace() const { return describe(page->trace); }

    crash_page* page;
};

outcome crash(const shared_page& shared, const std::function<void()>& fn) {
    return support::child::run([&] {
        const rlimit no_core{0, 0};
        ::setrlimit(RLIMIT_CORE, &no_core);
        report_crashes_to(shared.page);
        fn();
        return 0;
    });
}

TEST(crash_report_test, a_bad_pointer_is_reported_with_its_address_and_the_stack) {
    const shared_page shared;
    const outcome o = crash(shared, [] {
        app::image picture{reinterpret_cast<int*>(0x1234)};
        app::decode_all(&picture);
    });
    EXPECT_EQ(o.signal, SIGSEGV);
    EXPECT_EQ(shared.page->signal, SIGSEGV);
    EXPECT_EQ(shared.page->has_address, 1);
    EXPECT_EQ(shared.page->address, 0x1234u);
    EXPECT_THAT(shared.trace(), AllOf(StartsWith("#0 app::decode(app::image*, int) at platform_test+0x"),
                                      HasSubstr("\n#1 app::decode_all(app::image*) at platform_test+0x"),
                                      HasSubstr(" main at platform_test+0x")));
}

TEST(crash_report_test, a_stack_that_is_used_up_is_reported) {
    const shared_page shared;
    const outcome o = crash(shared, [] {
        volatile int depth = 0;
        app::descend(&depth);
    });
    EXPECT_EQ(o.signal, SIGSEGV) << o.err;
    EXPECT_EQ(shared.page->signal, SIGSEGV);
    EXPECT_EQ(shared.page->trace.count, raw_trace::most);
    EXPECT_THAT(shared.trace(), HasSubstr("#40 app::descend(int volatile*)"));
}

TEST(crash_report_test, abort_is_reported) {
    const shared_page shared;
    EXPECT_EQ(crash(shared, [] { app::give_up(); }).signal, SIGABRT);
    EXPECT_EQ(shared.page->signal, SIGABRT);
    EXPECT_EQ(shared.page->has_address, 0);
    EXPECT_THAT(shared.trace(), HasSubstr(" app::give_up() at platform_test+0x"));
}

TEST(crash_report_test, a_call_to_where_no_code_is_is_reported_with_its_caller) {
    const shared_page shared;
    const outcome o = crash(shared, [] {
        void (*volatile nowhere)() = nullptr;
        app::call(nowhere);
    });
    EXPECT_EQ(o.signal, SIGSEGV);
    EXPECT_EQ(shared.page->address, 0u);
    EXPECT_THAT(shared.trace(), StartsWith("#0 ? at 0x0\n#1 app::call(void (*)()) at platform_test+0x"));
}

TEST(crash_report_test, a_jump_with_no_stack_to_return_to_is_still_the_same_death) {
    const shared_page shared;
    const outcome o = crash(shared, [] {
#if defined(__x86_64__)
        asm volatile("mov $16, %rsp\n jmp *%rsp");
#elif defined(__aarch64__)
        asm volatile("mov x30, 16\n mov sp, x30\n br x30");
#endif
    });
    EXPECT_EQ(o.signal, SIGSEGV);
    EXPECT_EQ(shared.page->signal, SIGSEGV);
}

TEST(crash_report_test, each_of_these_signals_is_reported_and_stays_the_cause_of_death) {
    for (const int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS}) {
        const shared_page shared;
        EXPECT_EQ(crash(shared, [signal] { app::send(signal); }).signal, signal);
        EXPECT_EQ(shared.page->signal, signal);
        EXPECT_EQ(shared.page->has_address, 0) << "somebody sent it";
        EXPECT_EQ(shared.page->system_call, -1);
        EXPECT_THAT(shared.trace(), HasSubstr(" app::send(int) at platform_test+0x"));
    }
}

TEST(crash_report_test, other_deaths_are_no_crash) {
    const shared_page shared;
    EXPECT_EQ(crash(shared, [] { app::send(SIGTERM); }).signal, SIGTERM);
    EXPECT_EQ(crash(shared, [] { ::_exit(3); }).exit_code, 3);
    EXPECT_EQ(shared.page->signal, 0);
}

TEST(crash_report_test, a_thread_that_was_lent_a_stack_may_use_its_own_up) {
    const shared_page shared;
    const outcome o = crash(shared, [] {
        std::thread([] {
            report_crashes_to(nullptr);
            volatile int depth = 0;
            app::descend(&depth);
        }).join();
    });
    EXPECT_EQ(o.signal, SIGSEGV);
    EXPECT_EQ(shared.page->signal, SIGSEGV);
    EXPECT_THAT(shared.trace(), HasSubstr("#40 app::descend(int volatile*)"));
}

TEST(crash_report_test, threads_come_and_go_with_their_stacks) {
    const shared_page shared;
    const outcome o = crash(shared, [] {
        for (int i = 0; i < 100; ++i) std::thread([] { report_crashes_to(nullptr); }).join();
    });
    EXPECT_EQ(o.exit_code, 0) << o.err;
}

TEST(crash_report_test, of_threads_that_crash_at_once_one_is_reported_in_whole) {
    for (int i = 0; i < 20; ++i) {
        const shared_page shared;
        const outcome o = crash(shared, [] {
            support::gate all;
            const auto fall = [&all](std::uintptr_t address) {
                all.wait();
                app::image picture{reinterpret_cast<int*>(address)};
                app::decode_all(&picture);
            };
            std::thread one(fall, 0x1000), two(fall, 0x2000), three(fall, 0x3000);
            all.open();
            one.join();
            two.join();
            three.join();
        });
        EXPECT_EQ(o.signal, SIGSEGV) << o.err;
        EXPECT_THAT(shared.trace(), AllOf(StartsWith("#0 app::decode"), HasSubstr("\n#1 app::decode_all"),
                                          Not(HasSubstr("\n#8 app::decode"))))
            << o.err;
    }
}

TEST(crash_report_test, the_crash_of_a_child_of_fork_is_not_its_parent_s) {
    const shared_page shared;
    const outcome o = crash(shared, [] {
        const outcome inner = support::child::run([] {
            app::give_up();
            return 0;
        });
        std::_Exit(inner.signal == SIGABRT ? 5 : 6);
    });
    EXPECT_EQ(o.exit_code, 5);
    EXPECT_EQ(shared.page->signal, 0);
}

TEST(crash_report_test, a_library_that_was_loaded_meanwhile_is_named_after_the_next_call) {
    for (const bool again : {false, true}) {
        const shared_page shared;
        const outcome o = crash(shared, [again] {
            void* const library = dlopen(TEST_PLUGINS "/plugin_1.so", RTLD_NOW);
            void* const code = library != nullptr ? dlsym(library, "plugin_crash") : nullptr;
            if (code == nullptr) return;
            if (again) report_crashes_to(nullptr);
            app::call(reinterpret_cast<void (*)()>(code));
        });
        EXPECT_EQ(o.signal, SIGSEGV) << o.exit_code.value_or(-1);
        if (again)
            EXPECT_THAT(shared.trace(),
                        AllOf(StartsWith("#0 ? at plugin_1.so+0x"), HasSubstr("\n#1 app::call(void (*)())")));
        else EXPECT_THAT(shared.trace(), StartsWith("#0 ? at 0x"));
    }
}

}  // namespace
