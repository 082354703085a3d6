#include "concur/platform/fd.hpp"

#include "support/child.hpp"
#include "support/held.hpp"
#include "support/interruptions.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>

namespace {

using namespace concur::platform;

fd some_file() { return fd(::open("/dev/null", O_RDWR | O_CLOEXEC)); }

struct pipe_of {
    fd read, write;
};
pipe_of make_pipe() {
    std::array<int, 2> ends{-1, -1};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    return {fd(ends[0]), fd(ends[1])};
}

bool is_open(int number) { return ::fcntl(number, F_GETFD) >= 0; }

TEST(fd_test, nothing_is_held_at_first) {
    const fd none;
    EXPECT_FALSE(none);
    EXPECT_EQ(none.get(), -1);
}

TEST(fd_test, it_closes_what_it_holds_when_it_goes) {
    const auto before = support::open_files();
    int number = -1;
    {
        const fd file = some_file();
        ASSERT_TRUE(file);
        number = file.get();
        EXPECT_TRUE(is_open(number));
    }
    EXPECT_FALSE(is_open(number));
    EXPECT_EQ(support::open_files(), before);
}

TEST(fd_test, a_move_hands_over_and_closes_what_was_there) {
    fd a = some_file();
    fd b = some_file();
    const int of_a = a.get(), of_b = b.get();
    b = std::move(a);
    EXPECT_FALSE(a);  // NOLINT(bugprone-use-after-move): that is the question
    EXPECT_EQ(b.get(), of_a);
    EXPECT_FALSE(is_open(of_b));
    fd& same = b;
    b = std::move(same);
    EXPECT_EQ(b.get(), of_a);
    EXPECT_TRUE(is_open(of_a));
}

TEST(fd_test, released_is_not_closed) {
    fd file = some_file();
    const fd again(file.release());
    EXPECT_FALSE(file);
    EXPECT_TRUE(is_open(again.get()));
}

TEST(fd_test, closing_leaves_errno_as_it_was) {
    fd no_such(1'000'000);
    errno = 77;
    no_such.reset();
    EXPECT_EQ(errno, 77);
}

std::string all_of(int file) {
    std::string text;
    std::array<char, 4096> piece;
    for (;;) {
        const ssize_t n = ::read(file, piece.data(), piece.size());
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (n <= 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(n));
    }
}

TEST(fd_test, write_all_writes_more_than_a_pipe_holds) {
    auto [read, write] = make_pipe();
    const std::string text(1'000'000, 'x');
    bool written = false;
    std::thread writer([&, end = std::move(write)] { written = write_all(end.get(), text.data(), text.size()); });
    EXPECT_EQ(all_of(read.get()), text);
    writer.join();
    EXPECT_TRUE(written);
}

TEST(fd_test, write_all_waits_where_the_file_would_not_block) {
    auto [read, write] = make_pipe();
    ASSERT_EQ(::fcntl(write.get(), F_SETFL, O_NONBLOCK), 0);
    const std::string text(300'000, 'x');
    bool written = false;
    std::thread writer([&, end = std::move(write)] { written = write_all(end.get(), text.data(), text.size()); });
    EXPECT_EQ(all_of(read.get()), text);
    writer.join();
    EXPECT_TRUE(written);
}

TEST(fd_test, write_all_is_not_ended_by_a_signal) {
    support::count_interruptions();
    auto [read, write] = make_pipe();
    const std::string text(3'000'000, 'x');
    bool written = false;
    std::thread writer([&, end = std::move(write)] { written = write_all(end.get(), text.data(), text.size()); });
    support::interrupt(writer.native_handle(), 20);
    EXPECT_EQ(all_of(read.get()), text);
    writer.join();
    EXPECT_TRUE(written);
}

TEST(fd_test, write_all_says_no_where_nobody_reads_and_raises_no_signal) {
    const auto child = support::child::run([] {
        auto [read, write] = make_pipe();
        read.reset();
        const bool written = write_all(write.get(), "x", 1);
        sigset_t pending;
        ::sigpending(&pending);
        return written || ::sigismember(&pending, SIGPIPE) == 1 ? 1 : 0;
    });
    EXPECT_EQ(child.exit_code, 0);
}

TEST(fd_test, a_sigpipe_that_waited_before_is_not_taken_away) {
    const auto child = support::child::run([] {
        sigset_t pipe_only;
        sigemptyset(&pipe_only);
        sigaddset(&pipe_only, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &pipe_only, nullptr);
        std::raise(SIGPIPE);
        auto [read, write] = make_pipe();
        read.reset();
        if (write_all(write.get(), "x", 1)) return 1;
        sigset_t pending;
        ::sigpending(&pending);
        return ::sigismember(&pending, SIGPIPE) == 1 ? 0 : 2;
    });
    EXPECT_EQ(child.exit_code, 0);
}

TEST(fd_test, a_process_may_open_files_until_it_is_told_otherwise) {
    EXPECT_TRUE(may_open_files());
    const auto child = support::child::run([] {
        open_no_more_files();
        return may_open_files() ? 1 : 0;
    });
    EXPECT_EQ(child.exit_code, 0);
    EXPECT_TRUE(may_open_files());
}

TEST(fd_test, write_all_of_no_file_says_no) { EXPECT_FALSE(write_all(-1, "x", 1)); }

}  // namespace
