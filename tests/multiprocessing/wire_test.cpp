#include "concur/multiprocessing/wire.hpp"

#include "concur/platform/local_socket.hpp"

#include <gtest/gtest.h>
#include <type_traits>

namespace {

using namespace concur::multiprocessing;

template <class T>
constexpr bool travels_as_it_is = std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T> &&
                                  sizeof(T) <= concur::platform::largest_packet;

// No padding: that would carry bytes of the sender's stack to a process that is not to see them.
TEST(wire_test, packets_are_plain_bytes_without_gaps) {
    static_assert(travels_as_it_is<server_order>);
    static_assert(travels_as_it_is<server_report>);
    static_assert(travels_as_it_is<worker_packet>);
}

TEST(wire_test, a_report_says_nothing_that_did_not_happen) {
    const server_report report{.what = server_report::kind::ended};
    EXPECT_EQ(report.error, 0);
    EXPECT_EQ(report.pid, 0);
    EXPECT_EQ(report.exit_code, -1);
    EXPECT_EQ(report.signal, 0);
    EXPECT_EQ(report.peak_memory, 0);
}

TEST(wire_test, a_packet_goes_through_a_socket_and_is_the_same) {
    const auto ends = concur::platform::make_socket_pair();
    const worker_packet sent{.what = worker_packet::kind::segment, .serial = 7, .size = 1u << 20};
    ASSERT_EQ(concur::platform::send_packet(ends.here.get(), &sent, sizeof sent), concur::platform::transfer::done);
    worker_packet got{.what = worker_packet::kind::wake};
    concur::platform::packet from;
    ASSERT_EQ(concur::platform::receive_packet(ends.there.get(), &got, sizeof got, from),
              concur::platform::transfer::done);
    EXPECT_EQ(from.size, sizeof got);
    EXPECT_EQ(got.what, worker_packet::kind::segment);
    EXPECT_EQ(got.serial, 7u);
    EXPECT_EQ(got.size, 1u << 20);
}

TEST(wire_test, a_report_comes_with_its_descriptor_and_is_whole) {
    const auto ends = concur::platform::make_socket_pair();
    server_report got{.what = server_report::kind::hello};
    concur::platform::fd pidfd;
    EXPECT_EQ(receive_report(ends.there.get(), got, pidfd), concur::platform::transfer::would_block);
    const server_report sent{.what = server_report::kind::started, .worker = 3, .pid = 77};
    ASSERT_EQ(concur::platform::send_packet(ends.here.get(), &sent, sizeof sent, {0}),
              concur::platform::transfer::done);
    EXPECT_EQ(receive_report(ends.there.get(), got, pidfd), concur::platform::transfer::done);
    EXPECT_EQ(got.pid, 77);
    EXPECT_TRUE(static_cast<bool>(pidfd));
    ASSERT_EQ(concur::platform::send_packet(ends.here.get(), &sent, sizeof sent / 2), concur::platform::transfer::done);
    EXPECT_EQ(receive_report(ends.there.get(), got, pidfd), concur::platform::transfer::closed) << "half of one";
}

}  // namespace
