#include "concur/threading/local.hpp"

#include "concur/executors/thread_pool_executor.hpp"
#include "concur/threading/thread.hpp"
#include "executors/exit_in_child.hpp"
#include "support/allocations.hpp"
#include "support/child.hpp"
#include "support/gate.hpp"
#include "support/tracked.hpp"

#include <atomic>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using concur::threading::local;
using support::gate;
using support::tracked;

// Each thread makes one, and waits while others do.
void on_threads(int n, const std::function<void(int)>& fn) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < n; ++i) threads.emplace_back(fn, i);
}

TEST(local_test, each_thread_has_its_own) {
    local<int> n;
    *n = 1;
    on_threads(4, [&](int i) {
        EXPECT_FALSE(n.has_value());
        EXPECT_EQ(*n, 0);
        *n = 10 + i;
        EXPECT_TRUE(n.has_value());
        EXPECT_EQ(n.get(), 10 + i);
    });
    EXPECT_EQ(*n, 1);
}

TEST(local_test, each_of_several_on_one_thread_has_its_own) {
    local<std::string> a, b;
    a->append("a");
    b->append("b");
    EXPECT_EQ(*a + *b, "ab");
    const std::string* const there = &*a;
    for (int i = 0; i < 100; ++i) {
        local<std::string> more;
        more->append("more");
    }
    EXPECT_EQ(there, &*a) << "a value stays where it is";
}

TEST(local_test, a_value_is_made_by_the_function_on_the_thread_that_asks) {
    std::atomic<int> made{0};
    local<std::pair<std::thread::id, int>> n([&made] { return std::pair(std::this_thread::get_id(), ++made); });
    EXPECT_EQ(made, 0);
    on_threads(3, [&](int) {
        EXPECT_EQ(n->first, std::this_thread::get_id());
        EXPECT_EQ(n->second, n->second);
    });
    EXPECT_EQ(made, 3);
}

TEST(local_test, a_value_may_be_of_a_type_that_can_be_neither_copied_nor_moved) {
    struct fixed {
        explicit fixed(int v) : value(v) {}
        fixed(const fixed&) = delete;
        fixed& operator=(const fixed&) = delete;
        int value;
    };
    const local<fixed> n([] { return fixed(7); });
    EXPECT_EQ(n->value, 7);
}

TEST(local_test, a_value_is_destroyed_by_its_thread_when_that_ends) {
    tracked::reset();
    local<tracked> t;
    *t = tracked(1);
    on_threads(4, [&](int) { EXPECT_EQ(t->value, 0); });
    EXPECT_EQ(tracked::live(), 1);
    concur::threading::thread last([&] { t->value = 2; });
    last.start();
    last.join();
    EXPECT_EQ(tracked::live(), 1) << "it is gone when join() comes back";
}

TEST(local_test, all_values_are_destroyed_with_the_object) {
    tracked::reset();
    gate over;
    auto t = std::make_unique<local<tracked>>();
    local<int> another;
    std::vector<std::jthread> threads;
    std::atomic<int> made{0};
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            EXPECT_EQ((**t).value, 0);
            *another = 5;
            ++made;
            over.wait();
            EXPECT_EQ(*another, 5);
        });
    EXPECT_TRUE(over.until_came(4));
    EXPECT_EQ(tracked::live(), 4);
    t.reset();
    EXPECT_EQ(tracked::live(), 0);
    over.open();
}

TEST(local_test, what_a_later_one_has_is_new_though_it_lies_where_an_earlier_one_did) {
    alignas(local<int>) std::byte place[sizeof(local<int>)];
    for (int i = 0; i < 3; ++i) {
        auto* const n = ::new (place) local<int>;
        EXPECT_EQ(**n, 0);
        **n = 42;
        std::destroy_at(n);
    }
}

TEST(local_test, values_of_one_thread_are_destroyed_the_latest_first) {
    std::string order;
    struct noting {
        ~noting() { *to += mark; }
        std::string* to;
        char mark;
    };
    local<noting> a([&order] { return noting{&order, 'a'}; }), b([&order] { return noting{&order, 'b'}; });
    local<noting> c([&] {
        static_cast<void>(b.get());
        return noting{&order, 'c'};
    });
    std::thread([&] {
        static_cast<void>(c.get());
        static_cast<void>(a.get());
    }).join();
    EXPECT_EQ(order, "acb");
}

TEST(local_test, a_value_may_use_others_when_its_thread_ends) {
    tracked::reset();
    local<tracked> other;
    struct using_another {
        explicit using_another(local<tracked>& o) : another(o) {}
        using_another(const using_another&) = delete;
        using_another& operator=(const using_another&) = delete;
        ~using_another() { another->value = 1; }
        local<tracked>& another;
    };
    const local<using_another> n([&] { return using_another(other); });
    std::thread([&] {
        static_cast<void>(n.get());
        other.reset();
    }).join();
    EXPECT_EQ(tracked::live(), 0);
}

local<tracked>& for_a_thread_local_object() {
    static local<tracked> t;
    return t;
}

TEST(local_test, the_objects_of_a_thread_may_use_its_values_when_they_are_destroyed) {
    struct object {
        ~object() { for_a_thread_local_object()->value += 1; }
    };
    tracked::reset();
    std::thread([] {
        thread_local const object o;
        static_cast<void>(&o);
        for_a_thread_local_object()->value = 1;
    }).join();
    EXPECT_EQ(tracked::live(), 0);
}

TEST(local_test, where_making_a_value_throws_there_is_none_and_the_next_time_it_is_tried_again) {
    int tries = 0;
    local<int> n([&tries] { return ++tries < 3 ? throw std::runtime_error("not yet") : 42; });
    EXPECT_THROW(n.get(), std::runtime_error);
    EXPECT_FALSE(n.has_value());
    EXPECT_THROW(n.get(), std::runtime_error);
    EXPECT_EQ(*n, 42);
    EXPECT_EQ(tries, 3);
}

TEST(local_test, where_there_is_no_memory_for_a_value_there_is_none) {
    tracked::reset();
    std::thread([] {
        support::allocations::sweep(
            [] {
                const local<tracked> t;
                EXPECT_EQ(t->value, 0);
            },
            [] { EXPECT_EQ(tracked::live(), 0); });
    }).join();
}

TEST(local_test, a_function_that_asks_for_the_value_that_it_is_making_is_told) {
    const local<int>* self = nullptr;
    const local<int> n([&self] { return self->get() + 1; });
    self = &n;
    EXPECT_THROW(n.get(), std::logic_error);
    EXPECT_FALSE(n.has_value());
}

TEST(local_test, an_empty_function_is_refused) {
    EXPECT_THROW(local<int>(static_cast<int (*)()>(nullptr)), std::invalid_argument);
    EXPECT_THROW(local<int>(std::function<int()>()), std::invalid_argument);
}

TEST(local_test, a_value_can_be_dropped_and_the_next_is_a_new_one) {
    tracked::reset();
    local<tracked> t;
    t.reset();
    t->value = 7;
    t.reset();
    EXPECT_FALSE(t.has_value());
    EXPECT_EQ(tracked::live(), 0);
    EXPECT_EQ(t->value, 0);
}

TEST(local_test, a_worker_of_a_pool_keeps_its_value_from_task_to_task) {
    local<int> n;
    concur::thread_pool_executor pool(1);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(pool.submit([&] { return ++*n; }).result(), i + 1);
    EXPECT_FALSE(n.has_value());
}

// The value lets its own local go.
struct holds_its_local {
    std::shared_ptr<local<std::shared_ptr<void>>> kept;
};

TEST(local_test, a_value_may_destroy_its_own_local) {
    for (const bool on_the_thread : {true, false}) {
        auto n = std::make_shared<local<std::shared_ptr<void>>>();
        const std::weak_ptr<local<std::shared_ptr<void>>> seen = n;
        std::thread([&n, on_the_thread] {
            n->get() = std::make_shared<holds_its_local>(holds_its_local{n});
            if (on_the_thread) n.reset();
        }).join();
        n.reset();
        EXPECT_TRUE(seen.expired());
    }
}

TEST(local_test, when_threads_end_as_the_object_does_each_value_is_destroyed_once_and_before_that_has_ended) {
    for (int round = 0; round < 200; ++round) {
        std::atomic<int> live{0};
        struct counted {
            explicit counted(std::atomic<int>& n) : all(n) { ++all; }
            counted(const counted&) = delete;
            counted& operator=(const counted&) = delete;
            ~counted() {
                std::this_thread::yield();
                --all;
            }
            std::atomic<int>& all;
        };
        auto n = std::make_unique<local<counted>>([&live] { return counted(live); });
        std::atomic<int> made{0};
        std::vector<std::jthread> threads;
        for (int i = 0; i < 3; ++i)
            threads.emplace_back([&] {
                static_cast<void>(n->get());
                ++made;
            });
        while (made != 3) std::this_thread::yield();
        n.reset();
        EXPECT_EQ(live, 0);
    }
}

TEST(local_test, thousands_of_locals_and_of_threads_leave_nothing_behind) {
    constexpr int locals_wanted = 2'000, threads_wanted = 1'000;
    tracked::reset();
    {
        std::vector<std::unique_ptr<local<tracked>>> locals;
        for (int i = 0; i < locals_wanted; ++i) locals.push_back(std::make_unique<local<tracked>>());
        const auto visit = [&](int from) {
            for (int i = from; i < locals_wanted; i += 50) (**locals[static_cast<std::size_t>(i)]).value = i;
            for (int i = from; i < locals_wanted; i += 50) EXPECT_EQ((**locals[static_cast<std::size_t>(i)]).value, i);
        };
        visit(0);
        for (int t = 0; t < threads_wanted; t += 4) on_threads(4, [&](int i) { visit((t + i) % 50); });
        EXPECT_EQ(tracked::live(), locals_wanted / 50);
    }
    EXPECT_EQ(tracked::live(), 0);
}

void say(std::string_view text) { [[maybe_unused]] const auto n = ::write(STDOUT_FILENO, text.data(), text.size()); }

struct speaking {
    ~speaking() { say(*name + ", "); }
    const std::string* name;
};

TEST(local_test, the_main_thread_s_value_is_destroyed_when_the_program_ends_before_the_objects_that_live_as_long) {
    const auto child = support::child::run([] {
        static const std::string name = "the value";
        struct object {
            ~object() { say("an object"); }
        };
        auto* const kept = new local<speaking>([] { return speaking{&name}; });
        static const object later;
        static_cast<void>(kept->get());
        exit_in_child::now();
        return 1;
    });
    EXPECT_EQ(child.exit_code, 0) << child.err;
    EXPECT_EQ(child.out, "the value, an object");
}

TEST(local_test, a_child_of_fork_has_the_values_and_can_destroy_those_of_threads_that_it_does_not_have) {
    tracked::reset();
    gate held;
    auto t = std::make_unique<local<tracked>>();
    t->get().value = 1;
    std::jthread other([&] {
        t->get().value = 2;
        held.wait();
    });
    const support::opened_at_end sure(held);
    EXPECT_TRUE(held.until_came(1));
    const auto child = support::child::run([&]() -> int {
        if (t->get().value != 1) return 1;
        local<int> own;
        *own = 1;
        t.reset();
        return tracked::live() == 0 ? 0 : 2;
    });
    EXPECT_EQ(child.exit_code, 0);
    EXPECT_EQ(tracked::live(), 2);
}

}  // namespace
