#include "concur/core/alarm.hpp"

#include "concur/platform/clock.hpp"
#include "support/child.hpp"
#include "support/gate.hpp"

#include <algorithm>
#include <atomic>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace {

using namespace concur;
using namespace std::chrono_literals;

// Notes in which order alarms ring, and opens a gate when all of them have.
struct ring_list {
    explicit ring_list(std::size_t all) : wanted(all) {}

    void note(int number) {
        std::unique_lock held(mutex);
        rung.push_back(number);
        const bool last = rung.size() == wanted;
        held.unlock();
        if (last) all_rung.open();
    }

    std::mutex mutex;
    std::vector<int> rung;
    std::size_t wanted;
    support::gate all_rung;
};

struct numbered_alarm : timer_alarm {
    numbered_alarm(ring_list& l, int n) : timer_alarm(&note), list(l), number(n) {}
    static void note(timer_alarm& a) noexcept {
        auto& self = static_cast<numbered_alarm&>(a);
        self.rang_at = platform::steady_ns();
        self.list.note(self.number);
    }
    ring_list& list;
    int number;
    std::int64_t rang_at = 0;
};

TEST(alarm_test, it_rings_once_its_moment_has_come_and_not_before) {
    ring_list list(1);
    numbered_alarm a(list, 1);
    const deadline at(5ms);
    a.set(at);
    ASSERT_TRUE(list.all_rung.wait_for(support::long_enough));
    EXPECT_GE(a.rang_at, at.at());
    EXPECT_FALSE(a.cancel());
}

TEST(alarm_test, one_whose_moment_is_past_rings_at_once) {
    ring_list list(1);
    numbered_alarm a(list, 1);
    a.set(deadline::past());
    EXPECT_TRUE(list.all_rung.wait_for(support::long_enough));
}

TEST(alarm_test, alarms_ring_in_the_order_of_their_moments_whatever_the_order_they_were_set_in) {
    constexpr int many = 200;
    ring_list list(many);
    std::vector<std::unique_ptr<numbered_alarm>> alarms(many);
    const std::int64_t soon = platform::steady_ns() + 100'000'000;
    for (int i = 0; i < many; ++i) {
        const int place = (i * 77) % many;  // 77 and 200 have no factor in common: each place once
        auto& a = alarms[static_cast<std::size_t>(place)];
        a = std::make_unique<numbered_alarm>(list, place);
        a->set(deadline::at_moment(soon + place));
    }
    ASSERT_TRUE(list.all_rung.wait_for(support::long_enough));
    EXPECT_TRUE(std::ranges::is_sorted(list.rung));
}

TEST(alarm_test, a_cancelled_one_never_rings_and_the_others_do) {
    constexpr int many = 300;
    ring_list list(many / 3);
    std::vector<std::unique_ptr<numbered_alarm>> alarms;
    const std::int64_t soon = platform::steady_ns() + 5'000'000;
    constexpr std::int64_t hour = 3'600'000'000'000;
    for (int i = 0; i < many; ++i) {
        alarms.push_back(std::make_unique<numbered_alarm>(list, i));
        alarms.back()->set(deadline::at_moment(soon + (i * 7919) % 1000 + (i % 3 == 0 ? 0 : hour)));
    }
    for (std::size_t i = 0; i < many; ++i) {
        if (i % 3 == 0) continue;
        EXPECT_TRUE(alarms[i]->cancel()) << i;
    }
    ASSERT_TRUE(list.all_rung.wait_for(support::long_enough));
    for (const int number : list.rung) EXPECT_EQ(number % 3, 0);
    for (const auto& a : alarms) EXPECT_FALSE(a->cancel());
}

TEST(alarm_test, one_that_was_never_set_or_is_never_due_cannot_be_cancelled) {
    ring_list list(1);
    numbered_alarm a(list, 1);
    EXPECT_FALSE(a.cancel());
    a.set(deadline::never());
    EXPECT_FALSE(a.cancel());
    EXPECT_TRUE(list.rung.empty());
}

TEST(alarm_test, it_can_be_set_again_once_it_was_cancelled) {
    ring_list list(1);
    numbered_alarm a(list, 1);
    a.set(deadline(timeout(1h)));
    EXPECT_TRUE(a.cancel());
    EXPECT_FALSE(a.cancel());
    a.set(deadline::past());
    EXPECT_TRUE(list.all_rung.wait_for(support::long_enough));
}

TEST(alarm_test, one_may_destroy_itself_when_it_rings) {
    struct own_end : timer_alarm {
        explicit own_end(support::gate& g) : timer_alarm(&ring), gate(g) {}
        static void ring(timer_alarm& a) noexcept {
            const std::unique_ptr<own_end> self(static_cast<own_end*>(&a));
            self->gate.open();
        }
        support::gate& gate;
    };
    support::gate rung;
    (new own_end(rung))->set(deadline(1ms));
    EXPECT_TRUE(rung.wait_for(support::long_enough));
}

TEST(alarm_test, an_earlier_one_that_comes_later_shortens_the_clock_s_sleep) {
    ring_list list(1);
    numbered_alarm late(list, 1), early(list, 2);
    late.set(deadline(timeout(1h)));
    early.set(deadline(1ms));
    EXPECT_TRUE(list.all_rung.wait_for(support::long_enough));
    EXPECT_TRUE(late.cancel());
    EXPECT_EQ(list.rung, std::vector{2});
}

TEST(alarm_test, many_threads_may_set_and_cancel_and_each_alarm_either_rings_or_is_cancelled) {
    constexpr int each = 200;
    ring_list list(100'000);
    std::atomic<int> cancelled{0};
    std::vector<std::unique_ptr<numbered_alarm>> alarms;
    for (int i = 0; i < 4 * each; ++i) alarms.push_back(std::make_unique<numbered_alarm>(list, i));
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < each; ++i) {
                auto& a = *alarms[static_cast<std::size_t>(t * each + i)];
                a.set(deadline(std::chrono::microseconds(i % 5)));
                if (i % 2 == 0 && a.cancel()) ++cancelled;
            }
        });
    threads.clear();
    ring_list last(1);
    numbered_alarm end(last, 0);
    end.set(deadline(1ms));  // later than all the others, so it rings after them
    ASSERT_TRUE(last.all_rung.wait_for(support::long_enough));
    EXPECT_EQ(static_cast<int>(list.rung.size()) + cancelled, 4 * each);
}

TEST(alarm_test, a_child_of_a_fork_has_a_clock_of_its_own_and_leaves_the_parent_s_alarms_alone) {
    ring_list list(1);
    numbered_alarm of_parent(list, 1);
    of_parent.set(deadline(timeout(1h)));
    const auto child = support::child::run([&] {
        if (of_parent.cancel()) return 1;
        ring_list here(1);
        numbered_alarm mine(here, 1);
        mine.set(deadline(1ms));
        return here.all_rung.wait_for(support::long_enough) ? 0 : 2;
    });
    EXPECT_EQ(child.exit_code, 0) << child.err;
    EXPECT_TRUE(of_parent.cancel());
}

}  // namespace
