// What a pool does when the system refuses: each call that it makes fails once, in each process where it is made.
#include "executors/pool_in_need.hpp"
#include "support/census.hpp"
#include "support/injected.hpp"
#include "support/sanitized.hpp"

#include <cerrno>
#include <cstring>
#include <gtest/gtest.h>
#include <initializer_list>
#include <string>
#include <system_error>

namespace in_need = support::in_need;
using concur::start_method;
using support::census;
using support::injected;
using call = concur::platform::system_call;

namespace {

// As long as a hang has to last to be one: a pool's own longest patience is a few seconds.
const std::chrono::seconds hang{support::is_sanitized() ? 60 : 20};

in_need::outcome use_a_pool(start_method how) {
    return in_need::use_a_pool({.max_workers = 2, .start_method = how, .force_fork = support::under_tsan()}, hang);
}

void expect_no_harm(call what, const char* name, int error, int nth, start_method how, bool all_later) {
    const auto where = [&] {
        return std::string(name) + " number " + std::to_string(nth) + (all_later ? " and later" : "") + ": " +
               std::strerror(error) + (how == start_method::fork ? ", fork" : "");
    };
    const census before = census::now();
    try {
        const injected failure(what, error, nth, all_later);
        EXPECT_EQ(use_a_pool(how).all(), in_need::tasks) << where();
    } catch (const concur::timeout_error&) {
        ADD_FAILURE() << "a hang: " << where();
    } catch (const std::system_error& e) {
        EXPECT_FALSE(std::string(e.what()).empty()) << where();  // the pool was refused
    } catch (const std::exception& e) {
        ADD_FAILURE() << e.what() << ": " << where();
    }
    EXPECT_TRUE(census::comes_back_to(before)) << where() << "\nbefore: " << before << "\nafter: " << census::now();
}

// Each call in turn, thinned out where there are many.
void sweep(call what, const char* name, std::initializer_list<int> errors, bool all_later = true) {
    for (const start_method how : {start_method::forkserver, start_method::fork}) {
        int count = 0;
        {
            const injected counted(what);
            use_a_pool(how);
            count = injected::seen() + 4;  // a worker may have more than the program
        }
        const int step = support::is_sanitized() ? 3 : 1;
        for (const int error : errors)
            for (int nth = 1; nth <= count; nth += step + nth / 8) {
                expect_no_harm(what, name, error, nth, how, false);
                if (all_later && nth % 3 == 1) expect_no_harm(what, name, error, nth, how, true);
                if (testing::Test::HasFailure()) return;
            }
        EXPECT_EQ(use_a_pool(how).answered, in_need::tasks - in_need::deaths) << "and all is well again";
    }
}

}  // namespace

TEST(process_pool_failures_test, segments_that_cannot_be_made) {
    sweep(call::memfd_create, "memfd_create", {EMFILE, ENOMEM});
    sweep(call::fallocate, "fallocate", {ENOSPC});
    sweep(call::seal, "seal", {EBUSY});
}
TEST(process_pool_failures_test, segments_that_cannot_be_mapped) { sweep(call::mmap, "mmap", {ENOMEM}); }
TEST(process_pool_failures_test, sockets_and_pipes_that_cannot_be_made) {
    sweep(call::socketpair, "socketpair", {EMFILE, ENOMEM});
    sweep(call::pipe, "pipe", {ENFILE});
}
TEST(process_pool_failures_test, processes_that_cannot_be_started) {
    sweep(call::fork, "fork", {EAGAIN, ENOMEM});
    sweep(call::spawn, "spawn", {EAGAIN, ENOENT});
    sweep(call::pidfd_open, "pidfd_open", {EMFILE});
}
TEST(process_pool_failures_test, threads_that_cannot_be_started) { sweep(call::thread, "thread", {EAGAIN}); }
TEST(process_pool_failures_test, waiting_that_fails) {
    sweep(call::epoll, "epoll", {ENOSPC, EINTR}, false);
    sweep(call::eventfd, "eventfd", {EMFILE});
    sweep(call::futex, "futex", {EINTR, EAGAIN}, false);
}
TEST(process_pool_failures_test, packets_that_cannot_be_sent) { sweep(call::send, "send", {EINTR, ENOBUFS}, false); }
TEST(process_pool_failures_test, packets_that_cannot_be_received) {
    sweep(call::receive, "receive", {ENOMEM, ECONNRESET, EINTR}, false);
}
