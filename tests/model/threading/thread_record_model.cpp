// thread: it runs once, whoever joins it finds its work done, and its record goes with the last that has to do with it.
#include "concur/threading/thread_record.hpp"

#include "concur/threading/thread.hpp"
#include "model/checker.hpp"

#include <array>
#include <memory>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace {

using concur::atomic;
using concur::model::require;
using concur::model::run;
using concur::threading::thread;

constexpr std::chrono::nanoseconds soon{1000};

// Counts how many of its kind there are.
struct counted {
    explicit counted(int& n) : all(&n) { ++*all; }
    counted(counted&& other) noexcept : all(std::exchange(other.all, nullptr)) {}
    ~counted() {
        if (all != nullptr) --*all;
    }
    int* all;
};

void joined_by_two() {
    int held = 0, left = 0;
    thread t([&left](const counted&) { left = 7; }, counted(held));
    t.start();
    const auto join = [&] {
        t.join();
        require(left == 7 && held == 0, "its work is done, and its arguments are gone");
        require(!t.is_alive(), "it has ended");
    };
    run({join, join});
}

void joined_or_too_late() {
    int left = 0;
    thread t([&left] { left = 7; });
    t.start();
    if (t.join(soon)) require(left == 7, "its work is done");
    t.join();
    require(left == 7, "its work is done");
}

void its_last_handle_waits() {
    int left = 0;
    auto t = std::make_unique<thread>([&left] { left = 7; });
    t->start();
    t.reset();
    require(left == 7, "its work is done");
}

void two_last_handles() {
    int left = 0;
    std::optional<thread> a(std::in_place, [&left] { left = 7; });
    std::optional<thread> b(a);
    a->start();
    run({[&] { a.reset(); }, [&] { b.reset(); }});
    require(left == 7, "whoever was the last has waited");
}

void started_by_two() {
    int runs = 0;
    atomic<int> refused{0};
    thread t([&runs] { ++runs; });
    const auto start = [&] {
        try {
            t.start();
        } catch (const std::logic_error&) {
            refused.fetch_add(1);
        }
    };
    run({start, start});
    t.join();
    require(runs == 1 && refused.load() == 1, "one has started it");
}

void no_thread() {
    concur::model::fail_next_thread_start();
    bool refused = false, ran = false;
    thread t([&ran] { ran = true; });
    try {
        t.start();
    } catch (const std::system_error&) {
        refused = true;
    }
    require(refused && !t.is_alive(), "nothing has started");
    t.start();
    t.join();
    require(ran, "it can be started again");
}

void listed_while_it_ends() {
    thread t([] {});
    t.start();
    for (const thread& seen : concur::threading::enumerate()) require(!seen.name().empty(), "it is there");
    t.join();
    for (const thread& seen : concur::threading::enumerate()) require(seen != t, "it is gone");
}

void a_daemon_outlives_its_handles() {
    auto left = std::make_shared<atomic<int>>(0);
    {
        thread t({.daemon = true}, [left] { left->store(7); });
        t.start();
    }
    while (left->load() != 7) concur::model::yield();
}

// The scenario ends with the program.
void left_to_the_end() {
    thread t([] {
        thread next([] {});
        next.start();
        next.detach();
    });
    t.start();
    t.detach();
}

constexpr std::array scenarios{
    concur::model::scenario{"joined_by_two", joined_by_two, 1},
    concur::model::scenario{"joined_or_too_late", joined_or_too_late},
    concur::model::scenario{"its_last_handle_waits", its_last_handle_waits},
    concur::model::scenario{"two_last_handles", two_last_handles, 1},
    concur::model::scenario{"started_by_two", started_by_two, 1},
    concur::model::scenario{"no_thread", no_thread},
    concur::model::scenario{"listed_while_it_ends", listed_while_it_ends, 1},
    concur::model::scenario{"a_daemon_outlives_its_handles", a_daemon_outlives_its_handles, 1},
    concur::model::scenario{"left_to_the_end", left_to_the_end, 1},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
