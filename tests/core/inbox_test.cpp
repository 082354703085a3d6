#include "concur/core/inbox.hpp"

#include "support/asleep.hpp"

#include <array>
#include <gtest/gtest.h>
#include <memory>
#include <thread>
#include <vector>

namespace {

using namespace concur;
using namespace std::chrono_literals;

struct letter : job {
    explicit letter(int n = 0, int f = 0) noexcept : job([](job&) noexcept {}), number(n), from(f) {}
    int number, from;
};

int number_of(job* j) { return j == nullptr ? -1 : static_cast<letter*>(j)->number; }

TEST(inbox_test, jobs_are_received_in_the_order_they_were_sent_in) {
    inbox in;
    std::array<letter, 4> letters{letter{0}, letter{1}, letter{2}, letter{3}};
    in.send(letters[0]);
    in.send(letters[1]);
    EXPECT_EQ(number_of(in.receive()), 0);
    in.send(letters[2]);
    in.send(letters[3]);
    for (int i = 1; i < 4; ++i) EXPECT_EQ(number_of(in.receive()), i);
    EXPECT_EQ(in.receive(deadline::past()), nullptr);
}

TEST(inbox_test, an_empty_one_gives_nothing_once_the_time_is_over) {
    inbox in;
    EXPECT_EQ(in.receive(deadline::past()), nullptr);
    const deadline until(2ms);
    EXPECT_EQ(in.receive(until), nullptr);
    EXPECT_TRUE(until.passed());
    letter late(7);
    in.send(late);
    EXPECT_EQ(number_of(in.receive()), 7);
}

TEST(inbox_test, a_sleeping_receiver_is_woken_by_the_first_job) {
    inbox in;
    std::atomic<int> receiver{0};
    int got = -1;
    std::thread t([&] {
        receiver = support::this_thread_id();
        got = number_of(in.receive());
    });
    while (receiver == 0) std::this_thread::yield();
    EXPECT_TRUE(support::until_asleep(receiver));
    letter l(5);
    in.send(l);
    t.join();
    EXPECT_EQ(got, 5);
}

TEST(inbox_test, of_many_senders_nothing_is_lost_and_each_one_s_order_is_kept) {
    constexpr int senders = 4, each = 2'000;
    inbox in;
    std::vector<std::vector<letter>> letters;
    for (int s = 0; s < senders; ++s) letters.emplace_back(each);
    std::vector<std::jthread> threads;
    for (int s = 0; s < senders; ++s)
        threads.emplace_back([&in, s, &mine = letters[static_cast<std::size_t>(s)]] {
            for (int i = 0; i < each; ++i) {
                mine[static_cast<std::size_t>(i)].number = i;
                mine[static_cast<std::size_t>(i)].from = s;
                in.send(mine[static_cast<std::size_t>(i)]);
            }
        });
    std::array<int, senders> next{};
    for (int i = 0; i < senders * each; ++i) {
        const auto* l = static_cast<letter*>(in.receive());
        ASSERT_NE(l, nullptr);
        ASSERT_EQ(l->number, next[static_cast<std::size_t>(l->from)]++);
    }
    EXPECT_EQ(in.receive(deadline::past()), nullptr);
}

TEST(inbox_test, a_receiver_that_gives_up_often_loses_nothing) {
    constexpr int all = 2'000;
    inbox in;
    std::vector<letter> letters(all);
    std::jthread sender([&] {
        for (auto& l : letters) in.send(l);
    });
    int got = 0;
    while (got < all)
        if (in.receive(deadline(std::chrono::nanoseconds(got % 3))) != nullptr) ++got;
    EXPECT_EQ(got, all);
}

TEST(inbox_test, it_may_be_destroyed_as_soon_as_it_has_given_the_last_job_it_is_owed) {
    for (int i = 0; i < 500; ++i) {
        auto in = std::make_unique<inbox>();
        letter l(i);
        std::thread sender([&l, to = in.get()] { to->send(l); });
        EXPECT_EQ(number_of(in->receive()), i);
        in.reset();
        sender.join();
    }
}

}  // namespace
