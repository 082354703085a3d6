#include "concur/platform/local_socket.hpp"

#include "support/held.hpp"
#include "support/injected.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace {

using namespace concur::platform;
using support::injected;

transfer send(const fd& socket, std::string_view text, std::initializer_list<int> fds = {}, bool wait = false) {
    return send_packet(socket.get(), text.data(), text.size(), fds, wait);
}

// A packet's text, or what became of it.
std::string receive(const fd& socket, packet& p, bool wait = false) {
    std::array<char, 256> buffer;
    switch (receive_packet(socket.get(), buffer.data(), buffer.size(), p, wait)) {
        case transfer::done: return {buffer.data(), p.size};
        case transfer::would_block: return "(would block)";
        case transfer::closed: return "(closed)";
    }
    return "?";
}
std::string receive(const fd& socket, bool wait = false) {
    packet p;
    return receive(socket, p, wait);
}

bool same_file(int a, int b) {
    struct stat of_a{}, of_b{};
    return ::fstat(a, &of_a) == 0 && ::fstat(b, &of_b) == 0 && of_a.st_ino == of_b.st_ino && of_a.st_dev == of_b.st_dev;
}

TEST(local_socket_test, packets_arrive_whole_and_in_order_both_ways) {
    const auto [here, there] = make_socket_pair();
    EXPECT_EQ(send(here, "one"), transfer::done);
    EXPECT_EQ(send(here, "two and more"), transfer::done);
    EXPECT_EQ(send(there, "back"), transfer::done);
    EXPECT_EQ(receive(there), "one");
    EXPECT_EQ(receive(there), "two and more");
    EXPECT_EQ(receive(here), "back");
    EXPECT_EQ(receive(here), "(would block)");
}

TEST(local_socket_test, both_ends_are_close_on_exec) {
    const auto [here, there] = make_socket_pair();
    EXPECT_EQ(::fcntl(here.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    EXPECT_EQ(::fcntl(there.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST(local_socket_test, descriptors_travel_with_a_packet) {
    const auto [here, there] = make_socket_pair();
    const auto [a, b] = make_socket_pair();
    EXPECT_EQ(send(here, "with", {a.get(), b.get()}), transfer::done);
    packet p;
    EXPECT_EQ(receive(there, p), "with");
    ASSERT_EQ(p.fd_count, 2U);
    EXPECT_TRUE(same_file(p.fds[0].get(), a.get()));
    EXPECT_TRUE(same_file(p.fds[1].get(), b.get()));
    EXPECT_EQ(::fcntl(p.fds[0].get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    EXPECT_FALSE(p.cut);
}

TEST(local_socket_test, a_packet_closes_what_the_last_one_left_in_it) {
    const auto [here, there] = make_socket_pair();
    const support::held before;
    {
        packet p;
        for (int i = 0; i < 3; ++i) {
            EXPECT_EQ(send(here, "with", {here.get()}), transfer::done);
            EXPECT_EQ(receive(there, p), "with");
            EXPECT_EQ(p.fd_count, 1U);
        }
        EXPECT_EQ(send(here, "without"), transfer::done);
        EXPECT_EQ(receive(there, p), "without");
        EXPECT_EQ(p.fd_count, 0U);
    }
    EXPECT_EQ(support::held(), before);
}

TEST(local_socket_test, a_packet_larger_than_the_buffer_is_cut_and_its_descriptors_closed) {
    const auto [here, there] = make_socket_pair();
    const support::held before;
    EXPECT_EQ(send(here, std::string(1000, 'x'), {here.get(), there.get()}), transfer::done);
    packet p;
    EXPECT_EQ(receive(there, p), std::string(256, 'x'));
    EXPECT_TRUE(p.cut);
    EXPECT_EQ(p.fd_count, 0U);
    EXPECT_EQ(support::held(), before);
    EXPECT_EQ(send(here, "next"), transfer::done);
    EXPECT_EQ(receive(there, p), "next");
    EXPECT_FALSE(p.cut);
}

TEST(local_socket_test, the_other_side_is_seen_to_be_gone_once_all_is_read) {
    auto [here, there] = make_socket_pair();
    EXPECT_EQ(send(there, "last"), transfer::done);
    there.reset();
    EXPECT_EQ(receive(here), "last");
    EXPECT_EQ(receive(here), "(closed)");
    EXPECT_EQ(receive(here, true), "(closed)");
    EXPECT_EQ(send(here, "nobody"), transfer::closed);
    EXPECT_EQ(send(here, "nobody", {}, true), transfer::closed);
}

TEST(local_socket_test, what_was_sent_is_read_even_where_the_sender_went_without_reading) {
    auto [here, there] = make_socket_pair();
    EXPECT_EQ(send(here, "never read"), transfer::done);
    EXPECT_EQ(send(there, "last words"), transfer::done);
    there.reset();
    EXPECT_EQ(receive(here), "last words");
    EXPECT_EQ(receive(here), "(closed)");
}

TEST(local_socket_test, a_full_socket_would_block_and_takes_more_once_it_was_read) {
    const auto [here, there] = make_socket_pair();
    int sent = 0;
    while (send(here, "some") == transfer::done) ++sent;
    EXPECT_GT(sent, 10);
    EXPECT_EQ(send(here, "some"), transfer::would_block);
    for (int i = 0; i < sent; ++i) EXPECT_EQ(receive(there), "some");
    EXPECT_EQ(send(here, "some"), transfer::done);
}

TEST(local_socket_test, who_wants_to_wait_waits_for_room_and_for_packets) {
    const auto [here, there] = make_socket_pair();
    constexpr int count = 5000;
    std::thread sender([&from = here] {
        for (int i = 0; i < count; ++i) EXPECT_EQ(send(from, std::to_string(i), {}, true), transfer::done);
    });
    for (int i = 0; i < count; ++i) ASSERT_EQ(receive(there, true), std::to_string(i));
    sender.join();
}

TEST(local_socket_test, failures_of_the_system_are_told_apart) {
    const auto [here, there] = make_socket_pair();
    for (const int error : {EAGAIN, ENOBUFS, ENOMEM, ETOOMANYREFS}) {
        const injected failing(injected::any, error, 1, true);
        EXPECT_EQ(send(here, "x"), transfer::would_block) << error;
        EXPECT_EQ(receive(there), "(would block)") << error;
    }
    for (const int error : {EPIPE, ECONNRESET, EBADF}) {
        const injected failing(injected::any, error, 1, true);
        EXPECT_EQ(send(here, "x"), transfer::closed) << error;
        EXPECT_EQ(receive(there), "(closed)") << error;
    }
}

TEST(local_socket_test, an_interrupted_call_is_made_again) {
    const auto [here, there] = make_socket_pair();
    {
        const injected interrupting(injected::system_call::send, EINTR);
        EXPECT_EQ(send(here, "x"), transfer::done);
        EXPECT_EQ(injected::seen(), 2);
    }
    const injected interrupting(injected::system_call::receive, EINTR);
    EXPECT_EQ(receive(there), "x");
    EXPECT_EQ(injected::seen(), 2);
}

TEST(local_socket_test, no_pair_is_made_where_the_system_has_none_to_give) {
    const support::held before;
    const injected failing(injected::system_call::socketpair, EMFILE);
    EXPECT_THROW(make_socket_pair(), std::system_error);
    EXPECT_EQ(support::held(), before);
}

TEST(local_socket_test, what_can_never_be_sent_closes) {
    const auto [here, there] = make_socket_pair();
    const int h = here.get();
    EXPECT_EQ(send(here, "nine", {h, h, h, h, h, h, h, h, h}), transfer::closed);
    EXPECT_EQ(send(here, "none", {-1}), transfer::closed);
    EXPECT_EQ(send(here, std::string(10'000'000, 'x')), transfer::closed);
    EXPECT_EQ(send(here, std::string(largest_packet, 'x')), transfer::done);
    EXPECT_EQ(receive(there), std::string(256, 'x'));
}

}  // namespace
