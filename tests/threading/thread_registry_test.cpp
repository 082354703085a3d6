#include "concur/threading/thread_registry.hpp"

#include "concur/executors/thread_pool_executor.hpp"
#include "concur/threading/thread.hpp"
#include "executors/exit_in_child.hpp"
#include "support/allocations.hpp"
#include "support/child.hpp"
#include "support/gate.hpp"
#include "support/sanitized.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using concur::threading::active_count;
using concur::threading::current_thread;
using concur::threading::enumerate;
using concur::threading::main_thread;
using concur::threading::thread;
using support::gate;
using support::opened_at_end;

// Without a buffer: what was said is seen however the program ends.
void say(std::string_view text) { [[maybe_unused]] const auto n = ::write(STDOUT_FILENO, text.data(), text.size()); }

bool among(const std::vector<thread>& all, const thread& t) { return std::ranges::find(all, t) != all.end(); }

TEST(thread_registry_test, a_thread_knows_itself_wherever_it_asks) {
    thread* outside = nullptr;
    bool same = false;
    thread t([&] { same = current_thread() == *outside; });
    outside = &t;
    t.start();
    t.join();
    EXPECT_TRUE(same);
    EXPECT_EQ(current_thread(), current_thread());
    EXPECT_NE(current_thread(), t);
}

TEST(thread_registry_test, the_main_thread_is_known_from_everywhere) {
    const auto child = support::child::run([]() -> int {  // where nobody has asked before
        std::string name;
        bool alive = false, daemon = true, same_id = false, can_join = true;
        const auto main_id = std::this_thread::get_id();
        std::thread([&] {
            thread main = main_thread();
            name = main.name();
            alive = main.is_alive();
            daemon = main.daemon();
            same_id = main.ident() == main_id && main.native_id() == ::getpid();
            try {
                main.join();
            } catch (const std::system_error&) {
                can_join = false;
            }
        }).join();
        const bool here = current_thread() == main_thread();
        return name == "MainThread" && alive && !daemon && same_id && !can_join && here ? 0 : 1;
    });
    EXPECT_EQ(child.exit_code, 0) << child.err;
}

TEST(thread_registry_test, a_thread_that_others_have_started_is_known_from_its_first_question_to_its_end) {
    const std::size_t before = active_count();
    gate held;
    std::string name;
    std::thread other([&] {
        const thread me = current_thread();
        name = me.name();
        EXPECT_TRUE(me.is_alive() && me.daemon());
        EXPECT_EQ(me.ident(), std::this_thread::get_id());
        EXPECT_FALSE(thread([] {}).daemon()) << "it is not asked whether those it makes are";
        EXPECT_TRUE(among(enumerate(), me));
        held.wait();
    });
    EXPECT_TRUE(held.until_came(1));
    EXPECT_EQ(active_count(), before + 1);
    held.open();
    other.join();
    EXPECT_EQ(name.substr(0, 6), "Dummy-");
    EXPECT_EQ(active_count(), before);
}

TEST(thread_registry_test, a_stranger_can_neither_be_joined_nor_asked_to_stop) {
    std::thread([] {
        thread me = current_thread();
        EXPECT_THROW(me.join(), std::system_error);
        EXPECT_THROW(me.start(), std::logic_error);
        EXPECT_THROW(me.set_daemon(false), std::logic_error);
        EXPECT_FALSE(me.request_stop());
        EXPECT_FALSE(me.get_stop_token().stop_possible());
    }).join();
}

TEST(thread_registry_test, a_handle_on_a_stranger_outlives_it) {
    std::vector<thread> kept;
    std::thread([&] { kept.push_back(current_thread()); }).join();
    EXPECT_FALSE(kept.front().is_alive());
    EXPECT_EQ(kept.front().name().substr(0, 6), "Dummy-");
}

TEST(thread_registry_test, all_that_live_are_listed_the_main_one_first) {
    static_cast<void>(main_thread());
    gate held;
    const std::size_t before = active_count();
    thread first([&] { held.wait(); }), daemon({.daemon = true}, [&] { held.wait(); }), never([] {});
    first.start();
    const opened_at_end sure(held);
    daemon.start();
    const std::vector<thread> all = enumerate();
    EXPECT_EQ(all.size(), before + 2);
    EXPECT_EQ(all.front(), main_thread());
    EXPECT_TRUE(among(all, first) && among(all, daemon));
    EXPECT_FALSE(among(all, never));
    held.open();
    first.join();
    daemon.join();
    EXPECT_EQ(active_count(), before);
    EXPECT_FALSE(among(enumerate(), first));
}

TEST(thread_registry_test, where_there_is_no_memory_for_a_list_or_a_handle_nothing_is_lost) {
    const std::size_t before = active_count();
    support::allocations::sweep([] { static_cast<void>(enumerate()); }, [&] { EXPECT_EQ(active_count(), before); });
    std::thread([] {
        support::allocations::sweep([] { static_cast<void>(current_thread()); }, [] {});
        support::allocations::sweep([] { thread([] {}).start(); }, [] {});
    }).join();
    EXPECT_EQ(active_count(), before);
}

TEST(thread_registry_test, threads_are_listed_while_others_come_and_go) {
    std::atomic<bool> over{false};
    std::thread coming([&] {
        for (int i = 0; i < 200; ++i) {
            thread t([] {});
            t.start();
        }
        over = true;
    });
    while (!over)
        for (const thread& t : enumerate()) EXPECT_FALSE(t.name().empty());
    coming.join();
}

void expect_said(const support::child::outcome& child, const std::string& what) {
    EXPECT_FALSE(child.timed_out) << "it hung";
    EXPECT_EQ(child.exit_code.value_or(-1), 0) << child.err;
    EXPECT_EQ(child.out, what);
}

// Leaves it to the end of the program.
void leave(thread t) {
    t.start();
    t.detach();
}

TEST(thread_registry_test, the_end_of_the_program_waits_for_threads_that_are_no_daemons) {
    const auto child = support::child::run([] {
        static gate held;
        leave(thread([] {
            held.wait();
            leave(thread([] { say("the second"); }));
            say("the first, ");
        }));
        leave(thread({.daemon = true}, [] { std::this_thread::sleep_for(1h); }));  // sleeps: nobody waits for it
        std::thread([] {
            held.until_came(1);
            held.open();
        }).detach();
        exit_in_child::now();
        return 1;
    });
    EXPECT_EQ(child.out.size(), std::string_view("the first, the second").size()) << child.out;
    EXPECT_EQ(child.exit_code.value_or(-1), 0) << child.err;
    EXPECT_FALSE(child.timed_out);
}

struct said_at_the_end {
    explicit said_at_the_end(const char* w) : what(w) {}
    ~said_at_the_end() { say(what); }
    const char* what;
};

TEST(thread_registry_test, a_thread_may_use_what_is_destroyed_when_the_program_ends) {
    const auto child = support::child::run([] {
        static gate held;
        leave(thread([] {
            held.wait();
            say("a thread, ");
        }));
        static const said_at_the_end made_later("and then an object");
        held.open();
        exit_in_child::now();
        return 1;
    });
    expect_said(child, "a thread, and then an object");
}

TEST(thread_registry_test, where_a_thread_ends_the_program_the_others_are_not_waited_for) {
    const auto child = support::child::run([] {
        leave(thread([] { std::this_thread::sleep_for(1h); }));  // sleeps: nobody waits for it
        leave(thread([] { exit_in_child::now(); }));
        gate().wait();
        return 1;
    });
    expect_said(child, "");
}

TEST(thread_registry_test, a_task_of_a_pool_may_end_the_program_too) {
    const auto child = support::child::run([] {
        leave(thread([] { gate().wait(); }));
        concur::thread_pool_executor pool(1);
        pool.submit([] { exit_in_child::now(); }).wait();
        return 1;
    });
    expect_said(child, "");
}

// Left before main, and so after all that the library has for the end of the program.
constinit bool starts_late = false;
const bool late_start_is_tried = std::atexit([] {
                                     if (!starts_late) return;
                                     try {
                                         thread late([] {});
                                         late.start();
                                     } catch (const std::logic_error& e) {
                                         say(e.what());
                                     }
                                 }) == 0;

TEST(thread_registry_test, no_thread_is_started_once_the_program_has_waited_for_all) {
    const auto child = support::child::run([] {
        starts_late = late_start_is_tried;
        thread t([] {});
        t.start();
        t.join();
        exit_in_child::now();
        return 1;
    });
    expect_said(child, "start(): the program is ending, and waits for no thread any more");
}

TEST(thread_registry_test, a_child_of_fork_has_the_thread_that_forked_and_no_other) {
    gate held;
    thread t([&] { held.wait(); });
    t.start();
    const opened_at_end sure(held);
    int code = -1;
    thread forks({.name = "forks"}, [&] {
        code = support::child::run([&]() -> int {
                   const thread me = current_thread();
                   if (me.name() != "forks" || !me.is_alive() || me.native_id() != ::getpid()) return 1;
                   if (main_thread() != me || active_count() != 1 || enumerate().front() != me) return 2;
                   if (t.is_alive() || !t.join(0s)) return 3;
                   thread own([] {});
                   own.start();
                   own.join();
                   return 0;
               }).exit_code.value_or(-1);
    });
    forks.start();
    forks.join();
    EXPECT_EQ(code, 0);
    EXPECT_TRUE(t.is_alive());
}

TEST(thread_registry_test, a_child_of_fork_destroys_the_handles_it_has_got) {
    gate held;
    auto t = std::make_unique<thread>([&] { held.wait(); });
    auto never = std::make_unique<thread>([] {});
    auto over = std::make_unique<thread>([] {});
    t->start();
    const opened_at_end sure(held);
    over->start();
    over->join(support::long_enough);
    const auto child = support::child::run([&] {
        t.reset();
        over.reset();
        never->start();
        never->join();
        never.reset();
        exit_in_child::now();
        return 1;
    });
    expect_said(child, "");
}

}  // namespace
