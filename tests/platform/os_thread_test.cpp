#include "concur/platform/os_thread.hpp"

#include "support/child.hpp"
#include "support/gate.hpp"
#include "support/until.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <gtest/gtest.h>
#include <pthread.h>
#include <set>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using concur::platform::os_thread;
using concur::platform::thread_block;
using concur::platform::thread_block_size;

void open_gate(void* gate) noexcept { static_cast<support::gate*>(gate)->open(); }

TEST(os_thread_test, it_runs_the_function_with_its_argument_on_another_thread) {
    pthread_t seen = pthread_self();
    os_thread t = os_thread::start([](void* p) noexcept { *static_cast<pthread_t*>(p) = pthread_self(); }, &seen);
    EXPECT_TRUE(t.joinable());
    t.join();
    EXPECT_FALSE(t.joinable());
    EXPECT_FALSE(pthread_equal(seen, pthread_self()));
}

TEST(os_thread_test, a_moved_thread_is_joined_where_it_went) {
    support::gate opened;
    os_thread first = os_thread::start(&open_gate, &opened);
    os_thread second = std::move(first);
    EXPECT_FALSE(first.joinable());
    os_thread third;
    third = std::move(second);
    EXPECT_FALSE(second.joinable());
    third.join();
    EXPECT_TRUE(opened.is_open());
}

struct two_gates {
    support::gate begin, end;
    static void pass(void* p) noexcept {
        static_cast<two_gates*>(p)->begin.wait();
        static_cast<two_gates*>(p)->end.open();
    }
};

TEST(os_thread_test, one_that_is_neither_joined_nor_detached_runs_on) {
    two_gates gates;
    {
        const os_thread dropped = os_thread::start(&two_gates::pass, &gates);
    }
    gates.begin.open();
    EXPECT_TRUE(gates.end.wait_for(support::long_enough));
}

TEST(os_thread_test, a_detached_thread_needs_no_join) {
    two_gates gates;
    os_thread t = os_thread::start(&two_gates::pass, &gates);
    t.detach();
    EXPECT_FALSE(t.joinable());
    gates.begin.open();
    EXPECT_TRUE(gates.end.wait_for(support::long_enough));
}

// The limit is one of the user, and root has none: so root becomes nobody first.
TEST(os_thread_test, where_the_system_has_no_thread_to_give_start_throws_and_nothing_runs) {
    const auto child = support::child::run([]() -> int {
        if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) return 3;
        const rlimit no_more{0, 0};
        if (::setrlimit(RLIMIT_NPROC, &no_more) != 0) return 4;
        static bool ran = false;
        try {
            os_thread::start([](void*) noexcept { ran = true; }, nullptr).join();
        } catch (const std::system_error& e) {
            return e.code() == std::errc::resource_unavailable_try_again && !ran ? 0 : 1;
        }
        return 2;
    });
    EXPECT_EQ(child.exit_code, 0) << child.err;
}

std::string name_after(const char* given) {
    std::string name;
    std::thread([&] {
        concur::platform::name_this_thread(given);
        std::array<char, 64> text{};
        pthread_getname_np(pthread_self(), text.data(), text.size());
        name = text.data();
    }).join();
    return name;
}

TEST(os_thread_test, a_thread_s_name_can_be_asked_for_by_its_number_until_it_ends) {
    std::int64_t id = 0;
    std::string seen;
    std::jthread([&] {
        concur::platform::name_this_thread("asked-for");
        id = concur::platform::native_thread_id();
        seen = concur::platform::thread_name_of(id);
    }).join();
    EXPECT_EQ(seen, "asked-for");
    EXPECT_TRUE(support::until([&] { return concur::platform::thread_name_of(id).empty(); }));
}

TEST(os_thread_test, a_name_that_fits_is_seen_by_the_system_as_it_is) {
    EXPECT_EQ(name_after("io_0"), "io_0");
    EXPECT_EQ(name_after("exactly_15_char"), "exactly_15_char");
    EXPECT_EQ(name_after(""), "");
}

TEST(os_thread_test, a_name_that_is_too_long_keeps_the_number_at_its_end) {
    const std::string name = name_after("a-very-long-prefix-of-a-pool_1234");
    EXPECT_EQ(name.size(), 15u);
    EXPECT_TRUE(name.starts_with("a-very"));
    EXPECT_TRUE(name.ends_with("_1234"));
    EXPECT_EQ(name_after("a_name_with_underscores_7").substr(13), "_7");
    EXPECT_EQ(name_after("nothing-but-a-long-name").size(), 15u);
    EXPECT_EQ(name_after("short_and-a-long-tail-behind-it").size(), 15u);
}

// Each level keeps so much of the stack in use; what asm may look at cannot be left out.
[[gnu::noinline]] std::size_t left_below(int levels) {
    std::array<char, 4096> room;
    asm volatile("" : : "r"(room.data()) : "memory");
    const std::size_t left = levels == 0 ? concur::platform::stack_left() : left_below(levels - 1);
    asm volatile("" : : "r"(room.data()) : "memory");
    return left;
}

TEST(os_thread_test, stack_left_falls_as_calls_nest_and_is_each_thread_s_own) {
    const std::size_t here = left_below(0);
    EXPECT_LT(left_below(8) + 8 * 4096, here + 1);
    std::size_t small = 0;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 1 << 20);
    pthread_t t{};
    const auto body = [](void* p) -> void* {
        *static_cast<std::size_t*>(p) = concur::platform::stack_left();
        return nullptr;
    };
    ASSERT_EQ(pthread_create(&t, &attributes, body, &small), 0);
    pthread_join(t, nullptr);
    pthread_attr_destroy(&attributes);
    EXPECT_GT(small, 0u);
    EXPECT_LE(small, std::size_t{3} << 20);
}

TEST(os_thread_test, a_thread_has_the_stack_that_is_asked_for) {
    for (const std::size_t mib : {std::size_t{20}, std::size_t{40}}) {
        std::size_t left = 0;
        const auto look = [](void* p) noexcept { *static_cast<std::size_t*>(p) = concur::platform::stack_left(); };
        os_thread::start(look, &left, (mib << 20) - 1).join();
        EXPECT_GT(left, (mib - 1) << 20);
    }
}

TEST(os_thread_test, a_stack_that_no_thread_can_have_is_refused) {
    const auto nothing = [](void*) noexcept {};
    EXPECT_THROW(os_thread::start(nothing, nullptr, 1), std::system_error);
    EXPECT_THROW(os_thread::start(nothing, nullptr, SIZE_MAX), std::system_error);
}

TEST(os_thread_test, a_thread_s_block_stays_its_own_while_it_lives) {
    void* const mine = thread_block();
    EXPECT_EQ(thread_block(), mine);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(mine) % 64, 0u);
    void* other = mine;
    std::thread([&] { other = thread_block(); }).join();
    EXPECT_NE(other, mine);
}

struct seen_block {
    void* block;
    bool zero;
};

// What `n` threads see that live at the same time.
std::vector<seen_block> blocks_of(std::size_t n) {
    std::vector<seen_block> seen(n);
    support::gate all_there;
    std::vector<std::thread> threads;
    for (auto& mine : seen)
        threads.emplace_back([&] {
            const auto* block = static_cast<const unsigned char*>(thread_block());
            const bool zero = std::all_of(block, block + thread_block_size, [](auto byte) { return byte == 0; });
            mine = {thread_block(), zero};
            all_there.wait();
        });
    EXPECT_TRUE(all_there.until_came(n));
    all_there.open();
    for (auto& t : threads) t.join();
    return seen;
}

TEST(os_thread_test, no_two_living_threads_have_one_block) {
    std::set<void*> different;
    for (const auto& one : blocks_of(32)) different.insert(one.block);
    EXPECT_EQ(different.size(), 32u);
}

TEST(os_thread_test, a_block_is_all_zero_when_it_is_made) {
    const auto child = support::child::run([] {
        std::set<void*> made;
        for (const auto& one : blocks_of(8)) made.insert(one.block);
        const auto more = blocks_of(64);  // at least 56 of them made just now, in this process
        const auto zero = std::ranges::count_if(more, &seen_block::zero);
        return zero >= 32 ? 0 : 1;
    });
    EXPECT_EQ(child.exit_code, 0);
}

TEST(os_thread_test, a_later_thread_gets_a_block_as_the_earlier_one_left_it) {
    constexpr std::size_t mark_at = thread_block_size - 16;
    void* first = nullptr;
    std::thread([&] {
        first = thread_block();
        std::strcpy(static_cast<char*>(first) + mark_at, "was here");
    }).join();
    void* second = nullptr;
    std::string mark;
    std::thread([&] {
        second = thread_block();
        mark = static_cast<char*>(second) + mark_at;
        std::memset(static_cast<char*>(second) + mark_at, 0, 16);
    }).join();
    EXPECT_EQ(second, first);
    EXPECT_EQ(mark, "was here");
}

}  // namespace
