// What can be submitted to processes, and what becomes of it.
#include "concur/executors/process_pool_executor.hpp"
#include "support/gate.hpp"

#include <array>
#include <chrono>
#include <complex>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

using concur::process_pool_executor;
using support::long_enough;

namespace {

int doubled(int n) { return 2 * n; }
int doubled_for_sure(int n) noexcept { return 2 * n; }
int scaled(int n, int by = 3) { return n * by; }

const char* kind_of(int) { return "int"; }
const char* kind_of(double) { return "double"; }

struct counter {
    int count = 0;
    int next() { return ++count; }
    int get() const { return count; }
};

struct adder {
    int state;
    int operator()(int n) { return state += n; }
};

struct move_only_adder {
    std::unique_ptr<int> state;
    int operator()(int n) { return *state + n; }
};

// Callable only as an rvalue: it gives itself up.
struct once {
    std::unique_ptr<int> state;
    std::unique_ptr<int> operator()() && { return std::move(state); }
};

enum class colour { red, green };

struct inner {
    std::vector<std::string> words;
    std::optional<colour> shade;
    friend bool operator==(const inner&, const inner&) = default;
};
struct record {
    int number;
    std::map<std::string, inner> parts;
    std::variant<int, std::string> either;
    std::tuple<bool, std::pair<char, double>> some;
    friend bool operator==(const record&, const record&) = default;
};

record turned(record r) {
    ++r.number;
    for (auto& [name, part] : r.parts) part.words.push_back(name);
    return r;
}

// Whether the address lies in memory that the worker shares with its pool.
bool is_shared(const void* at) {
    std::ifstream maps("/proc/self/maps");
    const auto address = reinterpret_cast<std::uintptr_t>(at);
    for (std::string line; std::getline(maps, line);) {
        std::size_t end = 0;
        const auto from = std::stoull(line, &end, 16);
        const auto to = std::stoull(line.substr(end + 1), nullptr, 16);
        if (from <= address && address < to) return line.find("memfd:") != line.npos;
    }
    return false;
}

}  // namespace

TEST(process_pool_executor_test, functions_of_every_kind_that_travel_can_be_submitted) {
    process_pool_executor pool{2};
    EXPECT_EQ(pool.submit(doubled, 4).result(long_enough), 8);
    EXPECT_EQ(pool.submit(&doubled, 5).result(), 10);
    EXPECT_EQ(pool.submit(doubled_for_sure, 6).result(), 12);
    EXPECT_EQ(pool.submit([](int n) { return scaled(n); }, 2).result(), 6) << "a default argument";
    EXPECT_EQ(pool.submit([](auto n) { return std::string(kind_of(n)); }, 1).result(), "int");
    EXPECT_EQ(pool.submit([](auto n) { return std::string(kind_of(n)); }, 1.5).result(), "double")
        << "an overloaded name";
    EXPECT_EQ(pool.submit(std::plus<>{}, 3, 4).result(), 7);
    EXPECT_EQ(pool.submit([]() noexcept { return 1; }).result(), 1);
    int (*pointer)(int) = doubled;
    EXPECT_EQ(pool.submit(pointer, 7).result(), 14);
    int (&reference)(int) = doubled;
    EXPECT_EQ(pool.submit(reference, 8).result(), 16);
}

TEST(process_pool_executor_test, members_can_be_submitted_with_a_copy_of_their_object) {
    process_pool_executor pool{1};
    counter c{.count = 10};
    EXPECT_EQ(pool.submit(&counter::next, c).result(long_enough), 11);
    EXPECT_EQ(pool.submit(&counter::get, c).result(), 10);
    EXPECT_EQ(pool.submit(&counter::next, std::make_unique<counter>(c)).result(), 11);
    EXPECT_EQ(pool.submit(&counter::count, c).result(), 10) << "a data member";
    EXPECT_EQ(c.count, 10);
}

TEST(process_pool_executor_test, functors_travel_with_their_state_and_may_only_move) {
    process_pool_executor pool{1};
    adder a{.state = 5};
    EXPECT_EQ(pool.submit(a, 1).result(long_enough), 6);
    EXPECT_EQ(pool.submit(a, 1).result(), 6) << "each task has its own copy";
    EXPECT_EQ(a.state, 5);
    EXPECT_EQ(pool.submit(move_only_adder{std::make_unique<int>(2)}, 3).result(), 5);
    EXPECT_EQ(*pool.submit(once{std::make_unique<int>(8)}).result(), 8);
}

TEST(process_pool_executor_test, a_closure_travels_where_it_is_promised_that_its_captures_do) {
    process_pool_executor pool{1};
    int by = 7;
    EXPECT_EQ(pool.submit(concur::pickle::by_value([by](int n) { return n * by; }), 6).result(long_enough), 42);
}

TEST(process_pool_executor_test, arguments_are_taken_as_they_are_when_they_are_submitted) {
    process_pool_executor pool{1};
    std::string text = "as it was";
    std::vector<int> numbers(100'000, 1);
    auto small = pool.submit([](const std::string& s) { return s; }, text);
    auto large = pool.submit([](const std::vector<int>& v) { return v.front() + v.back(); }, numbers);
    text = "as it is";
    numbers.assign(numbers.size(), 2);
    EXPECT_EQ(small.result(long_enough), "as it was");
    EXPECT_EQ(large.result(long_enough), 2);
}

TEST(process_pool_executor_test, what_only_moves_can_be_an_argument_and_a_result) {
    process_pool_executor pool{1};
    EXPECT_EQ(pool.submit([](std::unique_ptr<int> p) { return *p; }, std::make_unique<int>(3)).result(long_enough), 3);
    std::unique_ptr<int> got = pool.submit([] { return std::make_unique<int>(6); }).result();
    EXPECT_EQ(*got, 6);
    auto both = pool.submit([](std::vector<std::unique_ptr<std::string>> v) { return std::move(v.at(1)); },
                            [] {
                                std::vector<std::unique_ptr<std::string>> v;
                                v.push_back(nullptr);
                                v.push_back(std::make_unique<std::string>("second"));
                                return v;
                            }());
    EXPECT_EQ(*std::move(both).result(), "second");
}

TEST(process_pool_executor_test, results_are_values_nothing_or_things_that_only_move) {
    process_pool_executor pool{1};
    pool.submit([] {}).result(long_enough);
    EXPECT_EQ(pool.submit([] { return nullptr; }).result(), nullptr);
    EXPECT_EQ(pool.submit([] { return std::vector<bool>{true, false}; }).result().size(), 2U);
    EXPECT_EQ(pool.submit([] { return std::optional<int>(); }).result(), std::nullopt);
    EXPECT_EQ(pool.submit([] { return std::complex<double>(1, 2); }).result(), std::complex<double>(1, 2));
    EXPECT_EQ(pool.submit([] { return std::array<short, 3>{1, 2, 3}; }).result()[2], 3);
    EXPECT_EQ(pool.submit([] { return std::set<std::string>{"a", "b"}; }).result().count("b"), 1U);
    EXPECT_EQ(pool.submit([] { return std::chrono::milliseconds(5); }).result(), std::chrono::microseconds(5000));
    EXPECT_EQ(pool.submit([] { return std::filesystem::path("/a/b"); }).result().filename(), "b");
    EXPECT_EQ(pool.submit([] { return colour::green; }).result(), colour::green);
}

TEST(process_pool_executor_test, a_users_own_aggregate_goes_there_and_back_without_any_code_for_it) {
    process_pool_executor pool{1};
    const record there{.number = 4,
                       .parts = {{"one", {{"x", "y"}, colour::green}}, {"two", {{}, std::nullopt}}},
                       .either = "text",
                       .some = {true, {'c', 2.5}}};
    EXPECT_EQ(pool.submit(turned, there).result(long_enough), turned(there));
}

TEST(process_pool_executor_test, one_object_that_two_pointers_share_is_one_in_the_worker_too) {
    process_pool_executor pool{1};
    const auto one = std::make_shared<std::string>("shared");
    const auto same = [](const std::pair<std::shared_ptr<std::string>, std::shared_ptr<std::string>>& p) {
        return p.first == p.second && *p.first == "shared";
    };
    EXPECT_TRUE(pool.submit(same, std::pair(one, one)).result(long_enough));
}

TEST(process_pool_executor_test, a_string_view_or_span_parameter_is_a_view_into_the_message) {
    process_pool_executor pool{1};
    const auto seen = [](std::string_view text) { return std::pair(std::string(text), is_shared(text.data())); };
    for (const std::size_t size : {5U, 150U, 5'000U, 500'000U}) {
        const std::string text(size, 'v');
        EXPECT_EQ(pool.submit(seen, text).result(long_enough), std::pair(text, true)) << size;
        EXPECT_EQ(pool.submit(seen, std::string_view(text)).result(long_enough), std::pair(text, true)) << size;
    }
    const auto sum = [](std::span<const double> all) {
        double total = 0;
        for (const double d : all) total += d;
        return is_shared(all.data()) ? total : -1;
    };
    for (const std::size_t size : {1U, 10U, 1'000U, 200'000U}) {
        const std::vector<double> numbers(size, 0.5);
        EXPECT_EQ(pool.submit(sum, numbers).result(long_enough), static_cast<double>(size) / 2);
        EXPECT_EQ(pool.submit(sum, std::span<const double>(numbers)).result(), static_cast<double>(size) / 2);
    }
    EXPECT_EQ(pool.submit([](std::string_view s) { return s.size(); }, "a literal").result(), 9U);
    EXPECT_EQ(pool.submit([](std::string_view s) { return s.size(); }, std::string()).result(), 0U);
    EXPECT_EQ(pool.submit([](std::span<const int> s) { return s.size(); }, std::vector<int>()).result(), 0U);
}

TEST(process_pool_executor_test, several_views_and_values_of_every_alignment_go_side_by_side) {
    process_pool_executor pool{1};
    const auto joined = [](char c, std::span<const double> d, std::string_view s, std::span<const short> h, bool b) {
        return std::string(1, c) + std::to_string(d[1]) + std::string(s) + std::to_string(h[2]) + (b ? "!" : "?");
    };
    EXPECT_EQ(
        pool.submit(joined, 'c', std::vector<double>{1, 2.5}, std::string("text"), std::vector<short>{1, 2, 3}, true)
            .result(long_enough),
        "c2.500000text3!");
}

TEST(process_pool_executor_test, text_and_arrays_of_text_arrive_as_text) {
    process_pool_executor pool{1};
    EXPECT_EQ(pool.submit([](const char* s) { return std::string(s); }, "an array").result(long_enough), "an array");
    const std::string text = "a pointer";
    EXPECT_EQ(pool.submit([](const std::string& s) { return s; }, text.c_str()).result(), "a pointer");
    const std::string with_zero("a\0b", 3);
    EXPECT_EQ(pool.submit([](std::string s) { return s; }, with_zero).result(), with_zero);
}

TEST(process_pool_executor_test, arguments_that_look_like_the_librarys_own_are_passed_on) {
    process_pool_executor pool{1};
    EXPECT_EQ(pool.submit([](concur::shutdown_options o) { return o.cancel_futures; },
                          concur::shutdown_options{.cancel_futures = true})
                  .result(long_enough),
              true);
    EXPECT_EQ(pool.submit(
                      {.name = "outer"}, [](concur::shutdown_options o) { return o.wait; },
                      concur::shutdown_options{.wait = false})
                  .result(),
              false);
    EXPECT_EQ(pool.submit([](auto fn, auto self) { return fn(self); }, doubled, 5).result(), 10);
}

TEST(process_pool_executor_test, null_callables_of_each_kind_are_rejected_at_once) {
    process_pool_executor pool{1};
    int (*pointer)(int) = nullptr;
    int (counter::*member)() = nullptr;
    int counter::* data = nullptr;
    const counter c;
    EXPECT_THROW(pool.submit(pointer, 1), std::invalid_argument);
    EXPECT_THROW(pool.submit(member, c), std::invalid_argument);
    EXPECT_THROW(pool.submit(data, c), std::invalid_argument);
    EXPECT_THROW(pool.submit({.name = "empty"}, pointer, 1), std::invalid_argument);
    EXPECT_THROW(pool.map(pointer, std::vector{1}), std::invalid_argument);
    EXPECT_TRUE(pool.worker_pids().empty());
    EXPECT_EQ(pool.submit(doubled, 1).result(long_enough), 2) << "nothing has changed";
}

TEST(process_pool_executor_test, a_worker_keeps_its_globals_from_task_to_task) {
    process_pool_executor pool{1};
    const auto next = [] {
        static int count = 0;
        return ++count;
    };
    EXPECT_EQ(pool.submit(next).result(long_enough), 1);
    EXPECT_EQ(pool.submit(next).result(), 2);
    EXPECT_EQ(next(), 1) << "not this process's";
}
