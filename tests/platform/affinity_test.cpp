#include "concur/platform/affinity.hpp"

#include "concur/platform/child_process.hpp"
#include "concur/platform/cpu.hpp"
#include "concur/platform/os_thread.hpp"
#include "support/affinity.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace {

using namespace concur::platform;
using support::mask_here;
using processors = std::vector<int>;

// On a thread of its own.
void on_a_thread(const std::function<void()>& fn) {
    std::thread([&fn] {
        fn();
        unbind_this_thread();
    }).join();
}

TEST(affinity_test, tells_which_processors_the_thread_may_use) {
    EXPECT_EQ(usable_processors(), mask_here());
    EXPECT_EQ(usable_processor_count(), static_cast<int>(mask_here().size()));
}

TEST(affinity_test, a_bound_thread_runs_there_and_nowhere_else) {
    const processors all = mask_here();
    for (const int n : all)
        on_a_thread([n] {
            EXPECT_TRUE(bind_this_thread({n, 1 << 20, -1}));
            EXPECT_EQ(mask_here(), processors{n});
        });
    EXPECT_EQ(mask_here(), all);
}

TEST(affinity_test, a_bound_thread_still_knows_what_it_could_use_before) {
    on_a_thread([] {
        const processors all = mask_here();
        const int count = usable_cpus();
        ASSERT_TRUE(bind_this_thread({all.front()}));
        EXPECT_EQ(usable_processors(), all);
        EXPECT_EQ(usable_processor_count(), static_cast<int>(all.size()));
        EXPECT_EQ(usable_cpus(), count);
        EXPECT_TRUE(bind_this_thread({all.back()})) << "bound again, to what it is not bound to now";
        EXPECT_EQ(mask_here(), processors{all.back()});
    });
}

TEST(affinity_test, unbound_again_it_is_as_it_was_before) {
    on_a_thread([] {
        const processors all = mask_here();
        unbind_this_thread();
        ASSERT_TRUE(bind_this_thread({all.front()}));
        ASSERT_TRUE(bind_this_thread({all.back()}));
        unbind_this_thread();
        EXPECT_EQ(mask_here(), all);
    });
}

TEST(affinity_test, where_a_thread_has_bound_itself_meanwhile_it_stays_so) {
    on_a_thread([] {
        const processors all = mask_here();
        ASSERT_TRUE(bind_this_thread(all));
        cpu_set_t own;
        CPU_ZERO(&own);
        CPU_SET(static_cast<std::size_t>(all.back()), &own);
        ASSERT_EQ(::sched_setaffinity(0, sizeof own, &own), 0);
        {
            const unbound_meanwhile free;
        }
        EXPECT_EQ(mask_here(), processors{all.back()});
    });
}

TEST(affinity_test, where_none_of_the_processors_can_be_used_nothing_changes) {
    const processors all = mask_here();
    for (const processors& none : {processors{}, processors{-1}, processors{1 << 20}}) {
        EXPECT_FALSE(bind_this_thread(none));
        EXPECT_EQ(mask_here(), all);
    }
}

struct seen_there {
    processors mask;
    static void look(void* self) noexcept { static_cast<seen_there*>(self)->mask = mask_here(); }
};

TEST(affinity_test, a_thread_that_a_bound_one_starts_is_not_bound) {
    on_a_thread([] {
        const processors all = mask_here();
        ASSERT_TRUE(bind_this_thread({all.front()}));
        seen_there seen;
        os_thread::start(&seen_there::look, &seen).join();
        EXPECT_EQ(seen.mask, all);
        EXPECT_EQ(mask_here(), processors{all.front()}) << "and the one that has started it still is";
    });
}

TEST(affinity_test, nor_is_a_process_that_it_forks) {
    on_a_thread([] {
        const processors all = mask_here();
        ASSERT_TRUE(bind_this_thread({all.front()}));
        const child_process child = fork_self();
        if (!child.pidfd) ::_exit(mask_here() == all && usable_processors() == all ? 0 : 1);
        EXPECT_EQ(reap(child, true)->exit_code, 0);
        EXPECT_EQ(mask_here(), processors{all.front()});
    });
}

}  // namespace
