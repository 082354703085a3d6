#include "pipeline.hpp"

#include "support/asleep.hpp"
#include "support/injected.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <gtest/gtest.h>
#include <new>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace {

using parallel_search::file_result;
using parallel_search::found_file;
using parallel_search::run_pipeline;

found_file file(std::size_t number) { return {.path = std::to_string(number)}; }
std::size_t number_of(const std::string& path) { return std::stoul(path); }
file_result result_of(const found_file& f) { return {.path = f.path}; }

// Files 0, 1, 2 and so on, and what has become of them. Each part may be given more to do.
struct track {
    explicit track(std::size_t how_many) : files(how_many) {}

    std::optional<found_file> walk() {
        if (walked == files) return {};
        on_the_way = std::max(on_the_way, walked + 1 - printed.load());
        return file(walked++);
    }
    void print(const file_result& result) {
        order.push_back(number_of(result.path));
        ++printed;
    }

    // Room for so many, and as many searchers.
    template <class Search>
    void run(std::size_t searchers, std::size_t most, Search search) {
        run_pipeline(
            {.walk = [this] { return walk(); }, .search = search, .print = [this](const file_result& r) { print(r); }},
            searchers, most);
    }

    bool all_in_order() const {
        std::vector<std::size_t> all(files);
        std::iota(all.begin(), all.end(), 0u);
        return order == all;
    }

    const std::size_t files;
    std::size_t walked = 0;
    std::size_t on_the_way = 0;  // at the most
    std::atomic<std::size_t> printed{0};
    std::vector<std::size_t> order;
};

constexpr auto endless = static_cast<std::size_t>(-1);

TEST(pipeline_test, results_are_printed_in_the_order_of_the_walk) {
    for (const std::size_t files : {0u, 1u, 2u, 5000u}) {
        for (const std::size_t searchers : {1u, 4u}) {
            track seen(files);
            seen.run(searchers, 100, result_of);
            EXPECT_TRUE(seen.all_in_order()) << files << " files, " << searchers << " searchers";
        }
    }
}

TEST(pipeline_test, there_may_be_more_searchers_than_files_on_their_way) {
    for (const std::size_t most : {1u, 3u}) {
        track seen(500);
        seen.run(8, most, result_of);
        EXPECT_TRUE(seen.all_in_order());
        EXPECT_LE(seen.on_the_way, most);
    }
}

// Every hundredth file is searched until all others that may be on their way are through, and the walker stands still.
TEST(pipeline_test, no_more_files_are_on_their_way_than_may_be_however_long_one_takes) {
    constexpr std::size_t most = 80;  // more than stand in a queue
    track seen(2000);
    std::atomic<std::size_t> searched{0};
    std::atomic<int> walker{0};
    const auto search = [&](const found_file& f) {
        const std::size_t number = number_of(f.path);
        if (number % 100 == 0) {
            for (std::size_t n = searched; n < number + most - 1; n = searched) searched.wait(n);
            EXPECT_TRUE(support::until_asleep(walker));
        }
        ++searched;
        searched.notify_all();
        return result_of(f);
    };
    const auto walk = [&] {
        walker = support::this_thread_id();
        return seen.walk();
    };
    run_pipeline({.walk = walk, .search = search, .print = [&](const file_result& r) { seen.print(r); }}, 4, most);
    EXPECT_TRUE(seen.all_in_order());
    EXPECT_EQ(seen.on_the_way, most);
}

TEST(pipeline_test, the_walk_has_a_thread_of_its_own_and_the_caller_prints) {
    const auto caller = std::this_thread::get_id();
    std::thread::id walker;
    std::atomic<bool> elsewhere{true};
    std::size_t walked = 0, printed = 0;
    run_pipeline({.walk = [&]() -> std::optional<found_file> {
                      if (walker == std::thread::id()) walker = std::this_thread::get_id();
                      EXPECT_EQ(std::this_thread::get_id(), walker);
                      if (walked == 100) return {};
                      return file(walked++);
                  },
                  .search =
                      [&](const found_file& f) {
                          if (std::this_thread::get_id() == caller) elsewhere = false;
                          return result_of(f);
                      },
                  .print =
                      [&](const file_result&) {
                          EXPECT_EQ(std::this_thread::get_id(), caller);
                          ++printed;
                      }},
                 3, 10);
    EXPECT_NE(walker, caller);
    EXPECT_TRUE(elsewhere);
    EXPECT_EQ(printed, 100u);
}

TEST(pipeline_test, what_the_walk_throws_comes_after_all_that_was_found_before) {
    track seen(300);
    const auto walk = [&] {
        if (seen.walked == 300) throw std::runtime_error("no further");
        return seen.walk();
    };
    const auto print = [&](const file_result& r) { seen.print(r); };
    EXPECT_THROW(run_pipeline({.walk = walk, .search = result_of, .print = print}, 3, 20), std::runtime_error);
    EXPECT_TRUE(seen.all_in_order());
}

TEST(pipeline_test, what_a_search_throws_ends_a_walk_without_an_end) {
    track seen(endless);
    const auto search = [&](const found_file& f) {
        if (number_of(f.path) == 1000) throw std::bad_alloc();
        return result_of(f);
    };
    EXPECT_THROW(seen.run(3, 50, search), std::bad_alloc);
    EXPECT_LE(seen.order.size(), 1000u);
    EXPECT_TRUE(std::ranges::is_sorted(seen.order));
}

// For room, or where there is more of that, and nobody else searches, for a place in the queue.
TEST(pipeline_test, a_search_that_throws_ends_whatever_the_walker_waits_for) {
    for (const auto& [searchers, most] : {std::pair(2u, 10u), std::pair(2u, 1000u), std::pair(1u, 1000u)}) {
        track seen(endless);
        std::atomic<int> walker{0};
        const auto walk = [&] {
            walker = support::this_thread_id();
            return seen.walk();
        };
        const auto search = [&](const found_file& f) -> file_result {
            if (number_of(f.path) != 0) return result_of(f);
            EXPECT_TRUE(support::until_asleep(walker));
            throw std::runtime_error("the first");
        };
        const auto print = [&](const file_result& r) { seen.print(r); };
        EXPECT_THROW(run_pipeline({.walk = walk, .search = search, .print = print}, searchers, most),
                     std::runtime_error);
        EXPECT_TRUE(seen.order.empty());
        EXPECT_LE(seen.on_the_way, most);
    }
}

TEST(pipeline_test, what_printing_throws_ends_a_search_that_has_no_place_for_its_result) {
    track seen(endless);
    std::atomic<int> searcher{0};
    const auto search = [&](const found_file& f) {
        searcher = support::this_thread_id();
        return result_of(f);
    };
    const auto print = [&](const file_result& r) {
        if (seen.printed == 100) {
            EXPECT_TRUE(support::until_asleep(searcher));
            throw std::runtime_error("no paper");
        }
        seen.print(r);
    };
    const auto walk = [&] { return seen.walk(); };
    EXPECT_THROW(run_pipeline({.walk = walk, .search = search, .print = print}, 1, 1000), std::runtime_error);
    EXPECT_EQ(seen.order.size(), 100u);
}

TEST(pipeline_test, what_printing_throws_ends_several_searches_and_a_walk_without_an_end) {
    track seen(endless);
    const auto print = [&](const file_result& r) {
        if (seen.printed == 100) throw std::runtime_error("no paper");
        seen.print(r);
    };
    const auto walk = [&] { return seen.walk(); };
    EXPECT_THROW(run_pipeline({.walk = walk, .search = result_of, .print = print}, 3, 50), std::runtime_error);
    EXPECT_EQ(seen.order.size(), 100u);
}

TEST(pipeline_test, a_thread_that_the_system_refuses_ends_those_that_there_are) {
    for (int n = 1; n <= 4; ++n) {
        track seen(endless);
        const support::injected no_thread(support::injected::system_call::thread, EAGAIN, n);
        EXPECT_THROW(seen.run(3, 10, result_of), std::system_error);
        EXPECT_TRUE(seen.order.empty());
    }
}

}  // namespace
