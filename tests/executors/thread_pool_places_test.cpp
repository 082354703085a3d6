// Workers that are bound to processors.
#include "concur/executors/process_pool_executor.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "support/affinity.hpp"
#include "support/gate.hpp"

#include <gtest/gtest.h>
#include <map>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using concur::future;
using concur::thread_pool_executor;
using concur::thread_pool_options;
using support::gate;
using support::mask_here;
using support::opened_at_end;

namespace {

using processors = std::vector<int>;

// The first processor, and the last: the same one where there is only one.
struct two_places {
    const processors all = mask_here();
    const processors first{all.front()}, last{all.back()};
};

// What was said of the places.
std::string refused(std::vector<processors> places) {
    try {
        const thread_pool_executor pool{{.places = std::move(places)}};
    } catch (const std::invalid_argument& e) {
        return e.what();
    }
    return "";
}

}  // namespace

TEST(thread_pool_places_test, each_worker_runs_in_its_place_and_nowhere_else) {
    const two_places at;
    gate door;
    thread_pool_executor pool{{.max_workers = 3, .places = {at.first, at.last}}};
    const opened_at_end guard(door);
    std::vector<future<processors>> all;
    for (int i = 0; i < 3; ++i) all.push_back(pool.submit([&] { return door.wait(), mask_here(); }));
    ASSERT_TRUE(door.until_came(3));
    door.open();
    std::map<processors, int> seen;
    for (auto& f : all) ++seen[f.result()];
    std::map<processors, int> expected;
    for (const auto& place : {at.first, at.last, at.first}) ++expected[place];
    EXPECT_EQ(seen, expected);
    EXPECT_EQ(mask_here(), at.all) << "who makes the pool is not bound";
}

TEST(thread_pool_places_test, there_are_as_many_workers_as_processors_unless_said_otherwise) {
    const two_places at;
    const int both = at.first == at.last ? 1 : 2;
    EXPECT_EQ(thread_pool_executor({.places = {at.first}}).max_workers(), 1);
    EXPECT_EQ(thread_pool_executor({.places = {at.first, at.last, at.first}}).max_workers(), both);
    EXPECT_EQ(thread_pool_executor({.max_workers = 7, .places = {at.first}}).max_workers(), 7);
}

TEST(thread_pool_places_test, a_task_deep_inside_others_runs_in_the_place_of_its_worker) {
    struct chain {
        thread_pool_executor pool;
        processors bottom(int n) {
            if (n == 0) return mask_here();
            return pool.submit([this, n] { return bottom(n - 1); }).result();
        }
    };
    const two_places at;
    chain all{.pool = thread_pool_executor{{.max_workers = 1, .places = {at.last}}}};
    EXPECT_EQ(all.bottom(2'500), at.last);  // more than one thread's worth
}

TEST(thread_pool_places_test, what_a_bound_worker_starts_is_not_bound) {
    const two_places at;
    thread_pool_executor pool{{.max_workers = 1, .places = {at.first}}};
    const processors inner = pool.submit([] {
                                     thread_pool_executor own{1};
                                     return own.submit(&mask_here).result();
                                 })
                                 .result();
    EXPECT_EQ(inner, at.all);
    EXPECT_EQ(pool.submit(&concur::process_cpu_count).result(), concur::process_cpu_count());
}

TEST(thread_pool_places_test, a_process_that_a_bound_worker_starts_is_not_bound) {
    const two_places at;
    thread_pool_executor pool{{.max_workers = 1, .places = {at.first}}};
    for (const auto how : {concur::start_method::forkserver, concur::start_method::spawn}) {
        const processors there = pool.submit([how] {
                                         concur::process_pool_executor own{{.max_workers = 1, .start_method = how}};
                                         return own.submit(&mask_here).result();
                                     })
                                     .result();
        EXPECT_EQ(there, at.all);
    }
}

// The last code of a thread runs when what it had for itself has gone.
TEST(thread_pool_places_test, the_last_code_of_a_worker_is_not_bound) {
    struct look {
        static void here(void* seen) {
            *static_cast<processors*>(seen) = mask_here();
            static_cast<void>(concur::process_cpu_count());
        }
    };
    const two_places at;
    processors seen;
    pthread_key_t key{};
    ASSERT_EQ(::pthread_key_create(&key, &look::here), 0);
    thread_pool_executor({.max_workers = 1, .places = {at.first}}).submit([&] { ::pthread_setspecific(key, &seen); });
    ::pthread_key_delete(key);
    EXPECT_EQ(seen, at.all);
}

TEST(thread_pool_places_test, a_place_without_a_usable_processor_is_refused_with_what_could_be_named) {
    const two_places at;
    const std::string usable = std::to_string(at.all.front());
    EXPECT_NE(refused({at.first, {}}).find("places[1] is {}"), std::string::npos);
    const std::string text = refused({{-1, 1 << 24}});
    EXPECT_NE(text.find("places[0] is {-1, 16777216}; name processors that this process may use: " + usable),
              std::string::npos)
        << text;
    EXPECT_EQ(refused({{at.all.front(), -1}}), "") << "one of them is enough";
}
