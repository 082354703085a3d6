#include "concur/threading/deadlock_watch.hpp"

#include "concur/threading/barrier.hpp"
#include "concur/threading/condition.hpp"
#include "concur/threading/event.hpp"
#include "concur/threading/lock.hpp"
#include "concur/threading/rlock.hpp"
#include "concur/threading/semaphore.hpp"
#include "concur/threading/shared_lock.hpp"
#include "concur/threading/thread.hpp"
#include "support/coroutine.hpp"
#include "support/until.hpp"
#include "support/waiting_thread.hpp"

#include <atomic>
#include <cstddef>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

namespace threading = concur::threading;

using namespace std::chrono_literals;
using concur::threading::deadlock_watch;
using concur::threading::event;
using concur::threading::lock;
using concur::threading::rlock;
using concur::threading::semaphore;
using concur::threading::set_deadlock_watch;
using concur::threading::set_name;
using concur::threading::shared_lock;
using support::task_coroutine;
using support::until;

// What is reported while it lives. It keeps what it gets with a lock that is not watched.
class watching {
public:
    explicit watching(concur::timeout longest_wait = concur::none) {
        set_deadlock_watch({.longest_wait = longest_wait, .report = [this](std::string_view text) {
                                const std::scoped_lock held(lock_);
                                texts_.emplace_back(text);
                            }});
    }
    ~watching() {
        set_deadlock_watch(false);
        concur::lock_watch::report_to({});
    }
    watching(const watching&) = delete;
    watching& operator=(const watching&) = delete;

    std::vector<std::string> texts() {
        const std::scoped_lock held(lock_);
        return texts_;
    }

private:
    std::mutex lock_;
    std::vector<std::string> texts_;
};

bool names(const std::string& text, const std::vector<std::string>& parts) {
    for (const std::string& part : parts)
        if (text.find(part) == std::string::npos) return false;
    return true;
}

template <class A, class B>
void take_both(A& first, B& second) {
    const std::scoped_lock one(first);
    const std::scoped_lock two(second);
}

TEST(deadlock_watch_test, it_is_off_until_it_is_turned_on) {
    EXPECT_FALSE(deadlock_watch());
    {
        const watching w;
        EXPECT_TRUE(deadlock_watch());
    }
    EXPECT_FALSE(deadlock_watch());
}

TEST(deadlock_watch_test, two_locks_that_are_taken_in_both_orders_are_reported_once_though_it_went_well) {
    watching w;
    lock tea, milk;
    set_name(tea, "tea");
    set_name(milk, "milk");
    take_both(tea, milk);
    take_both(tea, milk);
    EXPECT_TRUE(w.texts().empty());
    threading::thread drinker({.name = "drinker"}, [&] { take_both(milk, tea); });
    drinker.start();
    drinker.join();
    take_both(milk, tea);
    ASSERT_EQ(w.texts().size(), 1U);
    EXPECT_TRUE(names(w.texts()[0], {"circle", "lock 'tea'", "lock 'milk'", "thread 'drinker' (", "same order"}))
        << w.texts()[0];
}

TEST(deadlock_watch_test, a_report_names_the_lines_where_the_locks_were_taken) {
    watching w;
    lock a, b;
    const auto first = std::to_string(__LINE__ + 1);
    a.acquire();
    b.acquire();
    b.release();
    a.release();
    b.acquire();
    a.acquire();
    a.release();
    b.release();
    ASSERT_EQ(w.texts().size(), 1U);
    EXPECT_TRUE(names(w.texts()[0], {"deadlock_watch_test.cpp:" + first})) << w.texts()[0];
}

TEST(deadlock_watch_test, a_circle_of_three_of_different_kinds_is_found) {
    watching w;
    lock a;
    rlock b;
    shared_lock c;
    take_both(a, b);
    take_both(b, c);
    EXPECT_TRUE(w.texts().empty());
    c.acquire_shared();
    a.acquire();
    a.release();
    c.release_shared();
    EXPECT_EQ(w.texts().size(), 1U);
}

TEST(deadlock_watch_test, locks_that_are_only_tried_or_taken_together_close_no_circle) {
    watching w;
    lock a, b;
    take_both(a, b);
    {
        const std::scoped_lock held(b);
        EXPECT_TRUE(a.try_acquire());
        a.release();
    }
    {
        const std::scoped_lock together(b, a);
    }
    EXPECT_TRUE(w.texts().empty());
}

TEST(deadlock_watch_test, an_rlock_that_is_acquired_again_is_no_circle) {
    watching w;
    rlock r;
    lock l;
    const std::scoped_lock once(r);
    take_both(l, r);
    const std::scoped_lock again(r);
    EXPECT_TRUE(w.texts().empty() || w.texts().size() == 1U);
}

TEST(deadlock_watch_test, one_that_waits_for_itself_is_told_so_when_it_has_waited_too_long) {
    watching w(1ms);
    lock l;
    l.acquire();
    std::jthread rescue([&] {
        EXPECT_TRUE(until([&] { return w.texts().size() == 1; }));
        l.release();
    });
    l.acquire();
    l.release();
    EXPECT_TRUE(names(w.texts()[0], {"waits for itself", "rlock"})) << w.texts()[0];
}

TEST(deadlock_watch_test, a_lock_that_another_thread_lets_go_to_give_a_sign_is_no_circle) {
    watching w;
    lock sign;
    sign.acquire();
    std::jthread other([&] { sign.release(); });
    sign.acquire();
    sign.release();
    EXPECT_TRUE(w.texts().empty());
}

TEST(deadlock_watch_test, a_long_way_from_lock_to_lock_takes_no_deep_stack) {
    constexpr std::size_t many = 20'000;
    const auto locks = std::make_unique<lock[]>(many);
    watching w;
    locks[0].acquire();
    for (std::size_t i = 1; i < many; ++i) {  // hand over hand
        locks[i].acquire();
        locks[i - 1].release();
    }
    locks[0].acquire();
    locks[0].release();
    locks[many - 1].release();
    EXPECT_EQ(w.texts().size(), 1U);
}

TEST(deadlock_watch_test, a_lock_that_has_ended_leaves_no_order_behind) {
    watching w;
    lock a;
    for (int i = 0; i < 2; ++i) {
        const auto b = std::make_unique<lock>();
        if (i == 0) take_both(a, *b);
        else take_both(*b, a);
    }
    EXPECT_TRUE(w.texts().empty());
}

TEST(deadlock_watch_test, a_lock_that_another_thread_lets_go_is_held_no_more) {
    watching w;
    lock a, b;
    a.acquire();
    std::jthread([&] { a.release(); }).join();
    take_both(b, a);
    EXPECT_TRUE(w.texts().empty());
}

TEST(deadlock_watch_test, a_wait_that_lasts_too_long_is_reported_with_who_has_the_lock) {
    watching w(2ms);
    lock l;
    set_name(l, "door");
    l.acquire();
    std::jthread waits([&] {
        l.acquire();
        l.release();
    });
    EXPECT_TRUE(until([&] { return w.texts().size() == 1; }));
    l.release();
    waits.join();
    EXPECT_TRUE(names(w.texts()[0], {"has waited for", "lock 'door'", "has it from", "deadlock_watch_test.cpp"}))
        << w.texts()[0];
}

TEST(deadlock_watch_test, waits_for_events_and_others_are_watched_too) {
    watching w(2ms);
    event e;
    semaphore s(0);
    set_name(e, "ready");
    std::jthread one([&] { e.wait(); });
    std::jthread two([&] { s.acquire(); });
    EXPECT_TRUE(until([&] { return w.texts().size() == 2; }));
    e.set();
    s.release();
    const std::string both = w.texts()[0] + w.texts()[1];
    EXPECT_TRUE(names(both, {"event 'ready'", "semaphore "})) << both;
}

task_coroutine<bool> takes_both(lock& first, lock& second, bool& had_both) {
    co_await first.async_acquire();
    co_await second.async_acquire();
    had_both = true;
    second.release();
    first.release();
    co_return true;
}

TEST(deadlock_watch_test, coroutines_are_watched_like_threads) {
    watching w(2ms);
    lock a, b;
    bool had_both = false;
    EXPECT_TRUE(takes_both(a, b, had_both).result());
    b.acquire();
    auto one = takes_both(a, b, had_both);  // has the one, and waits for the other
    EXPECT_TRUE(until([&] { return w.texts().size() == 1; }));
    EXPECT_TRUE(names(w.texts()[0], {"coroutine ", "has waited", "has it from"})) << w.texts()[0];
    EXPECT_FALSE(a.acquire(1ms));  // the other way round
    b.release();
    EXPECT_TRUE(one.result());
    EXPECT_TRUE(until([&] { return w.texts().size() == 2; }));
    EXPECT_TRUE(names(w.texts()[1], {"circle", "coroutine ", "thread "})) << w.texts()[1];
}

TEST(deadlock_watch_test, what_is_destroyed_while_others_wait_for_it_is_reported) {
    watching w;
    auto e = std::make_unique<event>();
    auto waits = [](event& there) -> task_coroutine<bool> { co_return co_await there.async_wait(2ms); }(*e);
    e.reset();
    EXPECT_FALSE(waits.result());  // its time ends it, in the line that is still there
    ASSERT_EQ(w.texts().size(), 1U);
    EXPECT_TRUE(names(w.texts()[0], {"destroys event", "others wait"})) << w.texts()[0];
}

TEST(deadlock_watch_test, a_lock_that_was_had_when_the_watch_was_off_is_not_held_when_it_is_on_again) {
    lock l;
    {
        const watching w;
        l.acquire();
        set_deadlock_watch(false);
        l.release();
    }
    const watching w;
    std::jthread late;
    {
        l.acquire();
        late = std::jthread([&] {
            l.acquire();
            l.release();
            l.acquire();
            l.release();
        });
        EXPECT_TRUE(until([&] { return !concur::line_at(&l).empty(); }));
        set_deadlock_watch(false);
        l.release();
    }
    late.join();
    watching again;
    l.acquire();
    l.release();
    EXPECT_TRUE(again.texts().empty());
}

TEST(deadlock_watch_test, a_lower_limit_goes_for_waits_that_last_already) {
    event e;
    set_deadlock_watch({.longest_wait = 1h, .report = {}});
    std::jthread waits([&] { e.wait(); });
    EXPECT_TRUE(until([&] { return !concur::line_at(&e).empty(); }));
    watching w(2ms);
    EXPECT_TRUE(until([&] { return w.texts().size() == 1; }));
    e.set();
}

TEST(deadlock_watch_test, the_child_of_a_fork_begins_anew) {
    watching w(2ms);
    event e;
    std::jthread waits([&] { e.wait(); });
    EXPECT_TRUE(until([&] { return w.texts().size() == 1; }));
    const pid_t child = ::fork();
    if (child == 0) {
        event mine;
        std::atomic<bool> told{false};
        set_deadlock_watch({.longest_wait = 2ms, .report = [&](std::string_view) {
                                told = true;
                                mine.set();
                            }});
        ::_exit(mine.wait(support::long_enough) && told ? 0 : 1);
    }
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    e.set();
}

TEST(deadlock_watch_test, a_name_is_that_of_whatever_it_was_given_to_and_ends_with_it) {
    alignas(lock) std::byte room[sizeof(lock)];
    auto* first = ::new (room) lock;
    set_name(*first, "the old one");
    std::destroy_at(first);
    auto* second = ::new (room) lock;
    concur::threading::condition c;
    concur::threading::barrier b(2);
    set_name(c, "news");
    set_name(b, "gate");
    watching w(1ms);
    second->acquire();
    std::jthread one([&] { second->acquire(); });
    std::jthread two([&] {
        const std::scoped_lock held(c);
        c.wait();
    });
    std::jthread three([&] { EXPECT_THROW(b.wait(), concur::broken_barrier_error); });
    EXPECT_TRUE(until([&] { return w.texts().size() == 3; }));
    const std::string all = w.texts()[0] + w.texts()[1] + w.texts()[2];
    EXPECT_TRUE(names(all, {"condition 'news'", "barrier 'gate'"})) << all;
    EXPECT_FALSE(names(all, {"the old one"})) << all;
    second->release();
    b.abort();
    const std::scoped_lock held(c);
    c.notify();
}

TEST(deadlock_watch_test, a_release_that_is_refused_changes_nothing) {
    watching w(2ms);
    shared_lock l;
    l.acquire_shared();
    EXPECT_THROW(l.release(), std::system_error);
    std::jthread waits([&] { EXPECT_TRUE(l.acquire(support::long_enough)); });
    EXPECT_TRUE(until([&] { return w.texts().size() == 1; }));
    EXPECT_TRUE(names(w.texts()[0], {"has it from"})) << w.texts()[0];
    l.release_shared();
}

}  // namespace
