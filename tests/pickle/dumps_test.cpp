#include "concur/pickle/dumps.hpp"

#include <array>
#include <cstring>
#include <deque>
#include <gtest/gtest.h>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "pickle/samples.hpp"
#include "support/allocations.hpp"

namespace {

using concur::pickling_error;
using concur::pickle::dumps;
using concur::pickle::loads;

template <class T>
void expect_same(const T& a, const T& b) {
    EXPECT_EQ(a, b);
}
template <class T>
void expect_same(const std::unique_ptr<T>& a, const std::unique_ptr<T>& b) {
    EXPECT_EQ(*a, *b);
}
void expect_same(const std::shared_ptr<fuzz::graph>& a, const std::shared_ptr<fuzz::graph>& b) {
    EXPECT_EQ(a->value, b->value);
    EXPECT_EQ(a->next.size(), b->next.size());
}
void expect_same(const fuzz::chain& a, const fuzz::chain&) { EXPECT_NE(a.next->next, nullptr); }
template <class T>
void expect_same(const std::priority_queue<T>& a, const std::priority_queue<T>& b) {
    EXPECT_EQ(a.top(), b.top());
}

TEST(dumps, makes_bytes_that_loads_takes) {
    support::for_each_sample([](const auto& v) {
        const auto bytes = dumps(v);
        const auto got = loads<std::remove_cvref_t<decltype(v)>>(bytes);
        expect_same(got, v);
    });
}

TEST(dumps, allocates_once) {
    const std::vector<std::string> lines(1000, "a text that is too long to lie in the string itself");
    const std::vector<double> numbers(100'000);
    const std::size_t before = support::allocations::count_here();
    const auto a = dumps(lines);
    const auto b = dumps(numbers);
    EXPECT_EQ(support::allocations::count_here() - before, 2U);
    EXPECT_GT(a.size(), 50'000U);
    EXPECT_EQ(b.size(), 16 + 800'000U);
}

TEST(dumps, uses_a_buffer_again) {
    std::vector<std::byte> buffer = dumps(std::vector<int>(1000));
    const std::byte* const place = buffer.data();
    const std::size_t before = support::allocations::count_here();
    buffer = dumps(std::vector<int>(900, 7), std::move(buffer));
    EXPECT_EQ(support::allocations::count_here(), before + 1);  // the value itself
    EXPECT_EQ(buffer.data(), place);
    EXPECT_EQ(loads<std::vector<int>>(buffer), std::vector<int>(900, 7));
}

TEST(dumps, takes_text_and_views) {
    EXPECT_EQ(loads<std::string>(dumps("text")), "text");
    EXPECT_EQ(loads<std::string>(dumps(std::string_view("text"))), "text");
    const double numbers[] = {1, 2};
    EXPECT_EQ(loads<std::vector<double>>(dumps(std::span<const double>(numbers))), (std::vector<double>{1, 2}));
    EXPECT_THROW(dumps(static_cast<const char*>(nullptr)), pickling_error);
}

TEST(dumps, takes_an_array_of_text) {
    struct name {
        char text[8];
    };
    EXPECT_STREQ(loads<name>(dumps(name{"abc"})).text, "abc");
}

TEST(loads, takes_any_bytes_that_lie_together) {
    const std::vector<std::byte> bytes = dumps(std::string("text"));
    std::string text(bytes.size(), '\0');
    std::memcpy(text.data(), bytes.data(), bytes.size());
    EXPECT_EQ(loads<std::string>(text), "text");
    EXPECT_EQ(loads<std::string>(std::string_view(text)), "text");
    EXPECT_EQ(loads<std::string>(std::span(bytes)), "text");
}

TEST(loads, takes_bytes_that_are_not_aligned) {
    const std::vector<double> numbers{1, 2, 3};
    const std::vector<std::byte> bytes = dumps(numbers);
    std::vector<std::byte> moved(1);
    moved.insert(moved.end(), bytes.begin(), bytes.end());
    EXPECT_EQ(loads<std::vector<double>>(std::span(moved).subspan(1)), numbers);
}

TEST(loads, refuses_the_bytes_of_another_type) {
    EXPECT_THROW(loads<float>(dumps(1)), pickling_error);
    EXPECT_THROW(loads<unsigned>(dumps(1)), pickling_error);
    EXPECT_THROW(loads<std::vector<int>>(dumps(std::vector<float>())), pickling_error);
    EXPECT_THROW(loads<std::string>(dumps(std::vector<int>())), pickling_error);
    EXPECT_THROW((loads<std::tuple<int, int>>(dumps(std::tuple<int, int, int>()))), pickling_error);
    EXPECT_THROW((loads<fuzz::record>(dumps(fuzz::tree{}))), pickling_error);
    EXPECT_THROW((loads<std::optional<int>>(dumps(std::unique_ptr<int>()))), pickling_error);
    EXPECT_THROW(loads<fuzz::opaque>(dumps(fuzz::hooked())), pickling_error);
    EXPECT_THROW(loads<int>(std::vector<std::byte>()), pickling_error);
}

TEST(loads, reads_a_container_as_another_with_the_same_elements) {
    EXPECT_EQ(loads<std::deque<int>>(dumps(std::vector<int>{1, 2})), (std::deque<int>{1, 2}));
    EXPECT_EQ(loads<std::vector<std::string>>(dumps(std::list<std::string>{"a"})), std::vector<std::string>{"a"});
    EXPECT_EQ(loads<std::string>(dumps(std::vector<char>{'a'})), "a");
}

TEST(loads, refuses_bytes_that_are_left_over) {
    std::vector<std::byte> bytes = dumps(1);
    bytes.push_back(std::byte{0});
    EXPECT_THROW(loads<int>(bytes), pickling_error);
}

int twice(int x) { return 2 * x; }

TEST(loads, takes_functions_only_where_the_bytes_are_trusted) {
    const auto bytes = dumps(std::pair(&twice, 21));
    EXPECT_THROW((loads<std::pair<int (*)(int), int>>(bytes)), pickling_error);
    const auto [fn, n] = loads<std::pair<int (*)(int), int>>(bytes, true);
    EXPECT_EQ(fn(n), 42);
}

TEST(loads, leaves_nothing_behind_when_memory_is_out) {
    const auto bytes = dumps(std::pair(support::sample_graph(), std::vector{support::sample_record("name")}));
    using T = std::pair<std::shared_ptr<fuzz::graph>, std::vector<fuzz::record>>;
    const std::size_t before = support::allocations::live();
    const std::size_t failed = support::allocations::sweep([&] { static_cast<void>(loads<T>(bytes)); },
                                                           [&] { EXPECT_EQ(support::allocations::live(), before); });
    EXPECT_GT(failed, 5U);
}

}  // namespace
