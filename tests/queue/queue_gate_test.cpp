#include "concur/queue/queue_gate.hpp"

#include "concur/core/error.hpp"
#include "support/waiting_thread.hpp"

#include <gtest/gtest.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using concur::queue_gate;
using concur::turn;

static_assert(sizeof(queue_gate) == 256, "what one end writes lies in no cache line of the other");

struct queue_gate_test : testing::TestWithParam<queue_gate::kind> {};
INSTANTIATE_TEST_SUITE_P(kinds, queue_gate_test,
                         testing::Values(queue_gate::kind::one_end, queue_gate::kind::two_ends));

TEST_P(queue_gate_test, it_counts_what_was_said_to_have_passed) {
    queue_gate g(3, GetParam());
    {
        queue_gate::putting here(g);
        ASSERT_TRUE(here.may());
        EXPECT_EQ(here.room(), 3);
        here.note();
        here.note();
        EXPECT_EQ(g.size(), 0) << "not yet";
    }
    EXPECT_EQ(g.size(), 2);
    {
        const queue_gate::putting nothing(g);
        EXPECT_TRUE(nothing.may());
    }
    EXPECT_EQ(g.size(), 2);
    {
        queue_gate::getting here(g);
        ASSERT_TRUE(here.may());
        EXPECT_EQ(here.items(), 2);
        here.note();
    }
    EXPECT_EQ(g.size(), 1);
}

TEST_P(queue_gate_test, it_says_why_one_may_not) {
    queue_gate g(1, GetParam());
    EXPECT_EQ(queue_gate::getting(g).how(), turn::waiting);
    queue_gate::putting(g).note();
    EXPECT_EQ(queue_gate::putting(g).how(), turn::waiting);
    {
        const queue_gate::closing all(g, false);
    }
    EXPECT_EQ(queue_gate::putting(g).how(), turn::refused);
    EXPECT_TRUE(queue_gate::getting(g).may());
    {
        const queue_gate::closing all(g, true);
    }
    EXPECT_EQ(queue_gate::getting(g).how(), turn::refused);
    EXPECT_TRUE(g.tasks.all_done());
}

TEST_P(queue_gate_test, a_child_of_a_fork_does_not_wait_for_those_of_its_parent) {
    queue_gate g(1, GetParam());
    support::waiting_thread parent([&] {
        queue_gate::getting here(g);
        here.wait(concur::deadline::never(), {});
        EXPECT_TRUE(here.may());
        here.note();
    });
    EXPECT_TRUE(parent.sleeps());
    const pid_t child = ::fork();
    if (child == 0) {
        for (int i = 0; i < 2; ++i) {
            queue_gate::putting(g).note();
            queue_gate::getting(g).note();
        }
        ::_exit(g.size() == 0 ? 0 : 1);
    }
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    queue_gate::putting(g).note();
}

TEST(queue_gate_errors_test, what_is_thrown_says_what_happened) {
    EXPECT_THROW(concur::throw_not_put(turn::refused), concur::queue_shut_down);
    EXPECT_THROW(concur::throw_not_put(turn::too_late), concur::queue_full);
    EXPECT_THROW(concur::throw_not_got(turn::refused), concur::queue_shut_down);
    EXPECT_THROW(concur::throw_not_got(turn::waiting), concur::queue_empty);
}

}  // namespace
