#include "concur/multiprocessing/channel_layout.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <gtest/gtest.h>
#include <memory>
#include <type_traits>

namespace {

using namespace concur::multiprocessing;

// Both processes must see the same words, whatever address they have the page at.
TEST(channel_layout_test, has_words_that_two_processes_can_share) {
    static_assert(concur::atomic<std::uint32_t>::is_always_lock_free);
    static_assert(concur::atomic<claim>::is_always_lock_free);
    static_assert(sizeof(concur::atomic<std::uint32_t>) == 4, "the system sleeps on four bytes");
    static_assert(std::is_standard_layout_v<channel_layout>);
    static_assert(std::is_trivially_destructible_v<channel_layout>, "nobody destroys it");
    static_assert(std::is_standard_layout_v<request_slot> && std::is_trivially_copyable_v<answer_slot>);
}

TEST(channel_layout_test, counts_slots_by_a_power_of_two_so_that_counters_may_wrap) {
    static_assert(std::has_single_bit(ring_size));
}

// What one side writes all the time lies on other lines of the processor's cache than what the other does.
TEST(channel_layout_test, keeps_apart_what_each_side_writes) {
    const auto line = [](std::size_t offset) { return offset / 64; };
    EXPECT_NE(line(offsetof(channel_layout, sent)), line(offsetof(channel_layout, answered)));
    EXPECT_NE(line(offsetof(channel_layout, sent)), line(offsetof(channel_layout, worker_sleeps)));
    EXPECT_NE(line(offsetof(channel_layout, answered)), line(offsetof(channel_layout, worker_sleeps)));
    EXPECT_NE(line(offsetof(channel_layout, answered)), line(offsetof(channel_layout, parent_sleeps)));
    EXPECT_NE(line(offsetof(channel_layout, sent)), line(offsetof(channel_layout, taken))) << "it is written between";
    EXPECT_EQ(line(offsetof(channel_layout, answered)),
              line(offsetof(channel_layout, newest) + sizeof(short_answer) - 1));
    EXPECT_NE(line(offsetof(channel_layout, taken)), line(offsetof(channel_layout, parent_sleeps)));
    EXPECT_EQ(sizeof(request_slot) % 64, 0u);
    EXPECT_EQ(sizeof(answer_slot) % 64, 0u);
    EXPECT_EQ(offsetof(channel_layout, requests) % 64, 0u);
    EXPECT_EQ(offsetof(channel_layout, answers) % 64, 0u);
}

TEST(channel_layout_test, aligns_messages_in_slots_for_every_fundamental_type) {
    EXPECT_EQ(offsetof(request_slot, bytes) % alignof(std::max_align_t), 0u);
    EXPECT_EQ(offsetof(answer_slot, bytes) % alignof(std::max_align_t), 0u);
}

TEST(channel_layout_test, gives_a_message_of_the_shortest_kind_one_or_two_lines) {
    EXPECT_LE(sizeof(request_slot), 128u);
    EXPECT_LE(offsetof(request_slot, bytes), 32u) << "with its claim, a short one fits into the first line";
    EXPECT_LE(sizeof(answer_slot), 256u);
    EXPECT_EQ(request_slot::room, concur::remote_request::room);
}

// A fresh segment is zeros; a channel is made in it in place.
TEST(channel_layout_test, begins_with_nothing_sent_and_nobody_asleep) {
    const auto made = std::make_unique<channel_layout>();
    const channel_layout& fresh = *made;
    for (const auto* word : {&fresh.sent, &fresh.taken, &fresh.stop_asked, &fresh.notices, &fresh.answered,
                             &fresh.room_wanted, &fresh.ready, &fresh.worker_sleeps})
        EXPECT_EQ(word->load(), 0u);
    EXPECT_EQ(fresh.parent_sleeps.load(), wake_by::none);
    for (const auto& r : fresh.requests) EXPECT_EQ(r.claimed.load(), claim::queued);
    for (const auto& s : fresh.stop) EXPECT_EQ(s.load(), 0u);
    for (const auto& r : fresh.requests) EXPECT_EQ(r.place.segment, message_place::in_slot);
    EXPECT_EQ(fresh.crash.signal, 0);
}

TEST(channel_layout_test, copies_what_is_shared_byte_by_byte) {
    const message_place shared{.segment = 3, .offset = 1'000'000'007, .size = 12};
    const message_place copy = copy_of(shared);
    EXPECT_EQ(copy.segment, 3u);
    EXPECT_EQ(copy.offset, 1'000'000'007u);
    EXPECT_EQ(copy.size, 12u);
    EXPECT_EQ(copy_of(answer_kind::withdrawn), answer_kind::withdrawn);
}

}  // namespace
