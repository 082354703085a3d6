#include "concur/multiprocessing/answer_memory.hpp"

#include "concur/multiprocessing/segments.hpp"
#include "concur/multiprocessing/wire.hpp"
#include "concur/platform/local_socket.hpp"
#include "support/asleep.hpp"
#include "support/held.hpp"
#include "support/injected.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

namespace {

using namespace concur::multiprocessing;
using support::injected;
namespace platform = concur::platform;

constexpr std::size_t kib = 1024, mib = 1024 * kib;

// A worker's memory, and what its pool learns of it.
struct answer_memory_test : testing::Test {
    // Asks for one more answer, of so many bytes, all alike; the request is answered with it.
    message_place answer(std::size_t size, int what = 1) {
        parent.next_slot();
        parent.send();
        message_place place;
        std::memset(memory.reserve(size, place), what, size);
        worker.answer().place = place;
        worker.send();
        return place;
    }
    void take(std::uint32_t count = 1) { parent.take(count); }

    // Reads what came over the socket; returns how many segments were announced and how many dropped.
    std::pair<int, int> read_packets() {
        std::pair<int, int> counts;
        worker_packet packet;
        platform::packet from;
        while (platform::receive_packet(ends.there.get(), &packet, sizeof packet, from) == platform::transfer::done) {
            EXPECT_EQ(from.size, sizeof packet);
            if (packet.what == worker_packet::kind::dropped) {
                known.drop(packet.serial);
                ++counts.second;
                continue;
            }
            EXPECT_EQ(packet.what, worker_packet::kind::segment);
            EXPECT_EQ(from.fd_count, 1u);
            EXPECT_TRUE(known.add(packet, from.fds[0])) << "it is just what the packet says";
            ++counts.first;
        }
        return counts;
    }
    bool holds(const message_place& place, int what) {
        const std::byte* const at = known.find(place);
        return at != nullptr && std::all_of(at, at + place.size, [&](std::byte b) { return b == std::byte(what); });
    }

    std::unique_ptr<channel_layout> shared = std::make_unique<channel_layout>();
    parent_end parent{*shared};
    worker_end worker{*shared};
    platform::socket_pair ends = platform::make_socket_pair();
    answer_memory memory{worker, ends.here.get()};
    known_segments known;
};

TEST_F(answer_memory_test, announces_a_segment_before_the_first_answer_in_it) {
    const message_place place = answer(1 * kib, 7);
    EXPECT_EQ(place.size, 1 * kib);
    EXPECT_NE(place.segment, message_place::in_slot);
    EXPECT_EQ(read_packets(), std::pair(1, 0));
    EXPECT_TRUE(holds(place, 7));
}

TEST_F(answer_memory_test, puts_small_answers_side_by_side_into_one_segment) {
    std::vector<message_place> places;
    for (int i = 0; i < 50; ++i) places.push_back(answer(1000, i));
    EXPECT_EQ(read_packets(), std::pair(1, 0));
    for (int i = 0; i < 50; ++i) {
        EXPECT_TRUE(holds(places[static_cast<std::size_t>(i)], i));
        EXPECT_EQ(places[static_cast<std::size_t>(i)].offset % 64, 0u);
    }
}

TEST_F(answer_memory_test, keeps_a_segment_for_the_next_answers) {
    const message_place first = answer(100 * kib);
    take();
    for (int i = 0; i < 100; ++i) {
        const message_place next = answer(100 * kib);
        EXPECT_EQ(next.segment, first.segment);
        EXPECT_EQ(next.offset, 0u);
        take();
    }
    EXPECT_EQ(read_packets(), std::pair(1, 0));
}

TEST_F(answer_memory_test, writes_over_no_answer_that_was_not_taken) {
    const message_place first = answer(200 * kib, 1);
    const message_place second = answer(200 * kib, 2);
    read_packets();
    EXPECT_TRUE(holds(first, 1));
    EXPECT_TRUE(holds(second, 2));
    take();
    const message_place third = answer(200 * kib, 3);
    read_packets();
    EXPECT_TRUE(holds(second, 2));
    EXPECT_TRUE(holds(third, 3));
}

TEST_F(answer_memory_test, has_room_for_answers_that_grow) {
    for (std::size_t size = 1 * kib; size < 4 * mib; size *= 2) {
        const message_place place = answer(size, 5);
        read_packets();
        EXPECT_TRUE(holds(place, 5)) << size;
        take();
    }
}

TEST_F(answer_memory_test, gives_up_what_nobody_uses_for_what_is_needed) {
    const support::held before;
    for (std::size_t i = 1; i <= 30; ++i) {
        answer(i * 64 * kib + 256 * kib);
        take();
        read_packets();
    }
    EXPECT_LE(support::held().segments - before.segments, 2u * 8u) << "on both sides";
}

// When eight segments are in use it waits for the pool to take the oldest answer.
TEST_F(answer_memory_test, waits_for_answers_to_be_taken_where_it_has_many) {
    for (int i = 0; i < 8; ++i) answer(300 * kib, i);
    std::atomic<int> id = 0;
    message_place ninth;
    std::thread waiting([&] {
        id = support::this_thread_id();
        ninth = answer(300 * kib, 8);
    });
    while (id == 0) std::this_thread::yield();
    EXPECT_TRUE(support::until_asleep(id));
    EXPECT_EQ(parent.answers(), 8u);
    take();
    waiting.join();
    read_packets();
    EXPECT_TRUE(holds(ninth, 8));
}

TEST_F(answer_memory_test, refuses_what_cannot_be) {
    message_place place;
    EXPECT_THROW(memory.reserve(SIZE_MAX, place), std::bad_array_new_length);
    EXPECT_THROW(memory.reserve(std::size_t{1} << 50, place), std::bad_alloc);
    EXPECT_EQ(place.segment, message_place::in_slot);
    read_packets();
    const message_place next = answer(1 * kib, 3);
    read_packets();
    EXPECT_TRUE(holds(next, 3));
}

TEST_F(answer_memory_test, goes_on_after_the_system_has_refused_a_segment) {
    for (const auto call : {platform::system_call::memfd_create, platform::system_call::fallocate,
                            platform::system_call::mmap, platform::system_call::seal}) {
        message_place place;
        const support::held before;
        {
            const injected failure(call, EMFILE);
            EXPECT_THROW(memory.reserve(1 * kib, place), std::system_error);
        }
        EXPECT_EQ(support::held(), before);
    }
    const message_place next = answer(1 * kib, 3);
    read_packets();
    EXPECT_TRUE(holds(next, 3));
}

// As for memory that the task itself asks for.
TEST_F(answer_memory_test, has_bad_alloc_for_memory_beyond_the_workers_limit) {
    const injected failure(platform::system_call::mmap, ENOMEM);
    message_place place;
    EXPECT_THROW(memory.reserve(1 * kib, place), std::bad_alloc);
}

TEST_F(answer_memory_test, throws_where_nobody_is_there_to_read_the_answer) {
    ends.there.reset();
    message_place place;
    EXPECT_THROW(memory.reserve(1 * kib, place), std::bad_alloc);
}

// An answer whose encoding threw is encoded again as that exception, in the same place of the line.
TEST_F(answer_memory_test, gives_a_second_room_for_one_answer) {
    parent.send();
    message_place first, second;
    memory.reserve(10 * kib, first);
    std::memset(memory.reserve(20 * kib, second), 4, 20 * kib);
    worker.send();
    read_packets();
    EXPECT_TRUE(holds(second, 4));
    take();
    EXPECT_EQ(answer(1 * kib).offset, 0u) << "both are free again";
}

}  // namespace
