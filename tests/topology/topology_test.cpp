#include "concur/topology/topology.hpp"

#include "concur/executors/thread_pool_executor.hpp"
#include "support/affinity.hpp"

#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>
#include <set>
#include <stdexcept>
#include <vector>

using concur::thread_pool_executor;
using concur::topology;
using support::mask_here;

namespace {

using places = std::vector<topology::place>;

// A machine that hwloc is told of: two chips of two cores, each of these with two threads.
class other_machine {
public:
    explicit other_machine(const char* parts = "pack:2 [numa] l3:1 core:2 pu:2") {
        ::setenv("HWLOC_SYNTHETIC", parts, 1);
    }
    ~other_machine() { ::unsetenv("HWLOC_SYNTHETIC"); }
};

std::vector<int> all_of(const places& some) {
    std::vector<int> all;
    for (const auto& place : some) all.insert(all.end(), place.begin(), place.end());
    std::ranges::sort(all);
    return all;
}

}  // namespace

TEST(topology_test, tells_the_parts_of_a_machine) {
    const other_machine there;
    const topology machine;
    EXPECT_EQ(machine.processors(), (places{{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}}));
    EXPECT_EQ(machine.cores(), (places{{0, 1}, {2, 3}, {4, 5}, {6, 7}}));
    EXPECT_EQ(machine.caches(), (places{{0, 1, 2, 3}, {4, 5, 6, 7}}));
    EXPECT_EQ(machine.numa_nodes(), (places{{0, 1, 2, 3}, {4, 5, 6, 7}}));
    EXPECT_EQ(machine.packages(), (places{{0, 1, 2, 3}, {4, 5, 6, 7}}));
}

TEST(topology_test, takes_the_last_level_that_there_is) {
    {
        const other_machine there("pack:1 l2:2 core:2 pu:1");
        EXPECT_EQ(topology().caches(), (places{{0, 1}, {2, 3}}));
    }
    const other_machine there("pack:2 core:2 pu:1");
    EXPECT_EQ(topology().caches(), topology().packages());
}

TEST(topology_test, spreads_workers_so_that_they_share_as_little_as_can_be) {
    const other_machine there;
    const topology machine;
    EXPECT_EQ(machine.spread(2), (places{{0, 1, 2, 3}, {4, 5, 6, 7}}));
    EXPECT_EQ(machine.spread(4), machine.cores());
    EXPECT_EQ(all_of(machine.spread(8)), (std::vector{0, 1, 2, 3, 4, 5, 6, 7}));
    EXPECT_EQ(machine.spread(11).size(), 11u);
    EXPECT_THROW(machine.spread(0), std::invalid_argument);
}

TEST(topology_test, of_this_machine_it_names_what_the_process_may_use_and_all_of_that) {
    const topology machine;
    for (const places& parts :
         {machine.processors(), machine.cores(), machine.caches(), machine.numa_nodes(), machine.packages()})
        EXPECT_EQ(all_of(parts), mask_here());
}

TEST(topology_test, what_it_names_are_places_for_a_pool) {
    const topology machine;
    for (const places& parts : {machine.cores(), machine.numa_nodes(), machine.spread(3)}) {
        thread_pool_executor pool{{.max_workers = 1, .places = parts}};
        EXPECT_EQ(pool.submit(&mask_here).result(), parts.front());
    }
}
