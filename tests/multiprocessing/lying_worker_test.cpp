// What a worker can do to its pool that was taken over: nothing but fail.
#include "concur/multiprocessing/worker_link.hpp"

#include "concur/platform/shared_memory.hpp"
#include "multiprocessing/linked.hpp"
#include "multiprocessing/taken_over.hpp"
#include "support/held.hpp"

#include <cstdint>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <vector>

namespace {

using namespace concur::multiprocessing;
namespace platform = concur::platform;
namespace taken_over = support::taken_over;

int add(int a, int b) { return a + b; }

struct lying_worker_test : support::linked {
    lying_worker_test() { start(); }
};

TEST_F(lying_worker_test, cannot_make_the_pool_read_beyond_a_slot) {
    send([] {
        taken_over::slot().place = {.size = answer_slot::room + 1};
        taken_over::say_answered();
        taken_over::sleep_for_ever();
    });
    ASSERT_TRUE(until_answered());
    EXPECT_EQ(bytes_of_next(), nullptr);
}

TEST_F(lying_worker_test, cannot_make_the_pool_read_where_nothing_is) {
    send([] {
        auto& c = taken_over::channel();
        c.answers[0].place = {.segment = 1, .offset = 0, .size = 1};
        c.answers[1].place = {.segment = ~0u, .offset = 0, .size = 8};
        c.answers[2].place = {.segment = 5, .offset = ~std::uint64_t{0}, .size = 2};
        c.answered.store(2);
        taken_over::say_answered();
        taken_over::sleep_for_ever();
    });
    send(add, 1, 2);
    send(add, 1, 2);
    ASSERT_TRUE(until_answered(3));
    EXPECT_FALSE(link.channel.is_lie(link.channel.answers())) << "as many as it was asked";
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(bytes_of_next(), nullptr);
        link.channel.take(1);
    }
}

TEST_F(lying_worker_test, is_heard_no_more_when_it_sends_a_packet_of_another_size) {
    send([] {
        platform::send_packet(taken_over::socket(), "x", 1);
        taken_over::sleep_for_ever();
    });
    EXPECT_TRUE(until_nonsense());
}

TEST_F(lying_worker_test, is_heard_no_more_when_it_sends_more_than_a_packet) {
    send([] {
        const std::vector<char> much(4000, 'x');
        platform::send_packet(taken_over::socket(), much.data(), much.size());
        taken_over::sleep_for_ever();
    });
    EXPECT_TRUE(until_nonsense());
}

TEST_F(lying_worker_test, is_heard_no_more_when_it_sends_a_packet_of_no_kind) {
    send([] {
        taken_over::send({.what = worker_packet::kind{77}});
        taken_over::sleep_for_ever();
    });
    EXPECT_TRUE(until_nonsense());
}

TEST_F(lying_worker_test, is_heard_no_more_when_it_announces_a_segment_without_one) {
    send([] {
        taken_over::send({.what = worker_packet::kind::segment, .serial = 1, .size = 4096});
        taken_over::sleep_for_ever();
    });
    EXPECT_TRUE(until_nonsense());
}

TEST_F(lying_worker_test, is_heard_no_more_when_it_announces_two_at_once) {
    send([] {
        const platform::segment made = platform::create_segment(4096);
        taken_over::send({.what = worker_packet::kind::segment, .serial = 1, .size = 4096},
                         {made.file.get(), made.file.get()});
        taken_over::sleep_for_ever();
    });
    EXPECT_TRUE(until_nonsense());
}

TEST_F(lying_worker_test, is_heard_no_more_when_its_segment_can_shrink) {
    send([] {
        const int file = ::memfd_create("mine", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        ::fallocate(file, 0, 0, 4096);
        taken_over::send({.what = worker_packet::kind::segment, .serial = 1, .size = 4096}, {file});
        taken_over::sleep_for_ever();
    });
    EXPECT_TRUE(until_nonsense());
}

// Descriptors that nobody asked for are not kept.
TEST_F(lying_worker_test, cannot_fill_the_pool_with_descriptors) {
    const std::size_t before = support::open_files();
    send([] {
        for (int i = 0; i < 50; ++i) taken_over::send({.what = worker_packet::kind::wake}, {0, 1, 2, 0, 1, 2});
        return 1;
    });
    while (!link.channel.answer_waits()) EXPECT_TRUE(reads_on());
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(reads_on());
    EXPECT_EQ(support::open_files(), before);
}

// The other workers get their turn, however much one of them sends.
TEST_F(lying_worker_test, cannot_keep_the_pool_reading) {
    send([] {
        for (;;) taken_over::send({.what = worker_packet::kind::wake});
    });
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(reads_on());
}

// Its packet lies behind many others in the socket.
TEST_F(lying_worker_test, is_believed_when_its_segment_comes_after_much_talk) {
    send([] {
        for (int i = 0; i < 100; ++i) taken_over::send({.what = worker_packet::kind::wake});
        return std::string(1000, 'x');
    });
    while (!link.channel.answer_waits()) std::this_thread::yield();
    EXPECT_NE(bytes_of_next(), nullptr);
    EXPECT_EQ(value<std::string>(), std::string(1000, 'x'));
}

}  // namespace
