#include "concur/platform/local_socket.hpp"

#include "support/asleep.hpp"
#include "support/child.hpp"
#include "support/held.hpp"
#include "support/injected.hpp"
#include "support/interruptions.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/socket.h>
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

TEST(local_socket_test, a_signal_does_not_end_a_wait) {
    support::count_interruptions();
    const auto [here, there] = make_socket_pair();
    std::atomic<int> sleeper{0};
    std::thread receiver([&, &from = there] {
        sleeper = support::this_thread_id();
        EXPECT_EQ(receive(from, true), "at last");
    });
    while (sleeper == 0) std::this_thread::yield();
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(support::until_asleep(sleeper));
        support::interrupt(receiver.native_handle(), 1);
    }
    EXPECT_EQ(send(here, "at last"), transfer::done);
    receiver.join();
}

TEST(local_socket_test, who_waits_for_room_learns_that_the_other_side_went) {
    auto [here, there] = make_socket_pair();
    while (send(here, "some") == transfer::done) {
    }
    std::atomic<int> sleeper{0};
    std::thread sender([&, &to = here] {
        sleeper = support::this_thread_id();
        EXPECT_EQ(send(to, "more", {}, true), transfer::closed);
    });
    while (sleeper == 0) std::this_thread::yield();
    EXPECT_TRUE(support::until_asleep(sleeper));
    there.reset();
    sender.join();
}

TEST(local_socket_test, what_a_killed_process_sent_arrives_and_then_the_end) {
    auto [here, there] = make_socket_pair();
    EXPECT_EQ(send(here, "never read"), transfer::done);
    const auto child = support::child::run([&, &to = there] {
        for (int i = 0; i < 20; ++i) send(to, std::to_string(i), {to.get()});
        ::raise(SIGKILL);
        return 0;
    });
    EXPECT_EQ(child.signal, SIGKILL);
    there.reset();
    const auto open_before = support::open_files();
    {
        packet p;
        for (int i = 0; i < 20; ++i) EXPECT_EQ(receive(here, p), std::to_string(i));
        EXPECT_EQ(p.fd_count, 1U);
        p = {};  // else the last packet itself keeps the other side open
        EXPECT_EQ(receive(here, p), "(closed)");
    }
    EXPECT_EQ(support::open_files(), open_before);
}

TEST(local_socket_test, packets_that_nobody_reads_keep_no_descriptor_alive) {
    auto [read, write] = make_socket_pair();
    {
        auto [here, there] = make_socket_pair();
        EXPECT_EQ(send(here, "with", {write.get()}), transfer::done);
        write.reset();
        EXPECT_EQ(receive(read), "(would block)");
    }
    EXPECT_EQ(receive(read, true), "(closed)");
}

TEST(local_socket_test, where_no_descriptor_is_free_a_packet_is_cut_and_nothing_is_left_over) {
    const auto [here, there] = make_socket_pair();
    EXPECT_EQ(send(here, "with", {here.get(), here.get(), here.get()}), transfer::done);
    const auto child = support::child::run([&, &from = there] {
        const auto before = support::open_files();
        const fd next(::dup(2));
        rlimit all{}, few{};
        ::getrlimit(RLIMIT_NOFILE, &all);
        few = {static_cast<rlim_t>(next.get()) + 2, all.rlim_max};  // one more is free
        ::setrlimit(RLIMIT_NOFILE, &few);
        packet p;
        const std::string text = receive(from, p);
        ::setrlimit(RLIMIT_NOFILE, &all);
        return text == "with" && p.cut && p.fd_count == 0 && support::open_files() == before + 1 ? 0 : 1;
    });
    EXPECT_EQ(child.exit_code, 0);
}

TEST(local_socket_test, more_descriptors_than_fit_are_closed_with_the_rest) {
    const auto [here, there] = make_socket_pair();
    const support::held before;
    constexpr std::size_t many = 20;
    std::array<int, many> numbers;
    numbers.fill(here.get());
    alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof numbers)> room{};
    iovec piece{const_cast<char*>("x"), 1};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = room.data();
    message.msg_controllen = room.size();
    cmsghdr* const head = CMSG_FIRSTHDR(&message);
    *head = {CMSG_LEN(sizeof numbers), SOL_SOCKET, SCM_RIGHTS};
    std::memcpy(CMSG_DATA(head), numbers.data(), sizeof numbers);
    ASSERT_EQ(::sendmsg(here.get(), &message, 0), 1);
    packet p;
    EXPECT_EQ(receive(there, p), "x");
    EXPECT_TRUE(p.cut);
    EXPECT_EQ(p.fd_count, 0U);
    EXPECT_EQ(support::held(), before);
}

}  // namespace
