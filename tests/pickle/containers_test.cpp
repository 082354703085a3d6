#include "concur/pickle/containers.hpp"

#include <cstring>
#include <deque>
#include <forward_list>
#include <gtest/gtest.h>
#include <list>
#include <map>
#include <queue>
#include <set>
#include <stack>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <valarray>
#include <variant>
#include <vector>

#include "pickle/round_trip.hpp"

namespace {

using concur::pickling_error;
using concur::pickle::cache_line;
using concur::pickle::large_block;
using concur::pickle::usual_place;
using support::bytes_of;
using support::round_trip;
using support::value_of;

struct point {
    int x;
    double y;
    bool operator==(const point&) const = default;
};

struct tree {
    int value;
    std::vector<tree> children;
    bool operator==(const tree&) const = default;
};

template <class T>
void travels(const T& v) {
    EXPECT_EQ(round_trip(v), v);
    EXPECT_EQ(round_trip(T()), T());
}

TEST(pickle, sequences_travel) {
    travels(std::vector<double>{1, 2, 3});
    travels(std::vector<bool>{true, false, true});
    travels(std::vector<point>{{1, 2}, {3, 4}});
    travels(std::vector<std::vector<std::string>>{{"a", "b"}, {}, {"c"}});
    travels(std::deque<point>{{1, 2}, {3, 4}});
    travels(std::list<std::string>{"a", "", "c"});
    travels(std::forward_list<int>{1, 2, 3});
    travels(std::string("with \0 inside", 14));
    travels(std::u16string(u"text"));
    travels(std::wstring(L"text"));
    travels(std::vector<std::monostate>(5));
}

template <class T>
T counted_up(std::size_t n) {
    T v;
    for (std::size_t i = 0; i < n; ++i) v.push_back(static_cast<typename T::value_type>(i));
    return v;
}

TEST(pickle, long_sequences_travel) {
    travels(counted_up<std::vector<int>>(large_block / sizeof(int) + 12'345));
    travels(counted_up<std::string>(large_block + 7));
    travels(counted_up<std::vector<short>>(200'000));
    travels(counted_up<std::deque<double>>(50'000));
}

// A copy between places that lie alike in their cache lines is the faster one.
TEST(pickle, many_elements_begin_where_a_large_block_of_malloc_does) {
    const auto many = counted_up<std::vector<int>>(100'000);
    const auto bytes = bytes_of(std::pair(std::string("abc"), many));
    const std::size_t elements = many.size() * sizeof(int);
    ASSERT_GT(bytes.size(), elements);
    EXPECT_EQ((bytes.size() - elements) % cache_line, usual_place);
    EXPECT_EQ(std::memcmp(bytes.data() + (bytes.size() - elements), many.data(), elements), 0);
}

TEST(pickle, many_elements_have_the_same_bytes_in_each_container) {
    EXPECT_EQ(bytes_of(counted_up<std::vector<double>>(50'000)), bytes_of(counted_up<std::list<double>>(50'000)));
}

TEST(pickle, sets_and_maps_travel) {
    travels(std::set<std::string>{"a", "b"});
    travels(std::multiset<int>{1, 1, 2});
    travels(std::unordered_set<int>{1, 2, 3});
    travels(std::unordered_multiset<int>{1, 1, 3});
    travels(std::map<int, std::string>{{1, "a"}, {2, "b"}});
    travels(std::multimap<int, int>{{1, 3}, {1, 2}, {1, 1}});
    travels(std::unordered_map<std::string, std::vector<int>>{{"a", {1}}, {"b", {}}});
    travels(std::map<std::string, std::map<int, point>>{{"a", {{1, {1, 2}}}}});
}

TEST(pickle, adaptors_travel) {
    std::priority_queue<int> p;
    for (const int i : {3, 1, 2}) p.push(i);
    std::priority_queue<int> got = round_trip(p);
    EXPECT_EQ(got.size(), 3U);
    EXPECT_EQ(got.top(), 3);
    travels(std::stack<int>({1, 2}));
    travels(std::queue<std::string>({"a", "b"}));
}

// Orders by what is left of a division.
struct by_rest {
    int divisor = 1;
    bool operator()(int a, int b) const { return a % divisor < b % divisor; }
};
struct rest_hash {
    std::size_t divisor = 1;
    std::size_t operator()(int a) const { return static_cast<std::size_t>(a) % divisor; }
};

TEST(pickle, what_orders_a_container_travels_with_it) {
    const std::set<int, by_rest> ordered({1, 2, 13}, by_rest{10});
    EXPECT_EQ(round_trip(ordered), ordered);
    EXPECT_EQ(round_trip(ordered).key_comp().divisor, 10);
    const std::map<int, std::string, by_rest> named({{1, "a"}, {12, "b"}}, by_rest{10});
    EXPECT_EQ(round_trip(named), named);
    std::unordered_map<int, int, rest_hash> hashed(10, rest_hash{7});
    hashed = {{1, 2}, {8, 9}};
    EXPECT_EQ(round_trip(hashed), hashed);
    std::priority_queue<int, std::vector<int>, by_rest> queue(by_rest{10});
    for (const int i : {3, 19, 12}) queue.push(i);
    auto got = round_trip(queue);
    got.push(18);
    EXPECT_EQ(got.top(), 19);
}

bool is_greater(int a, int b) { return a > b; }

TEST(pickle, a_function_may_order_a_container) {
    const std::set<int, bool (*)(int, int)> ordered({1, 2, 3}, is_greater);
    const auto bytes = bytes_of(ordered);
    concur::pickle::reader in(bytes.data(), bytes.size(), true);
    EXPECT_EQ((*concur::pickle::read<std::set<int, bool (*)(int, int)>>(in).begin()), 3);
    EXPECT_THROW((value_of<std::set<int, bool (*)(int, int)>>(bytes)), pickling_error);
    EXPECT_THROW((bytes_of(std::set<int, bool (*)(int, int)>())), pickling_error);
}

TEST(pickle, valarrays_travel) {
    const std::valarray<double> v{1, 2, 3};
    EXPECT_EQ(round_trip(v).size(), 3U);
    EXPECT_TRUE((round_trip(v) == v).min());
    EXPECT_EQ(round_trip(std::valarray<bool>{true, false})[0], true);
}

TEST(pickle, a_type_may_hold_itself) { travels(tree{1, {{2, {}}, {3, {{4, {}}}}}}); }

tree chain(std::size_t depth) {
    tree top{0, {}};
    for (std::size_t i = 0; i < depth; ++i) {
        tree next{1, {}};
        next.children.push_back(std::move(top));
        top = std::move(next);
    }
    return top;
}

TEST(pickle, nesting_ends_at_64) {
    EXPECT_EQ(round_trip(chain(64)), chain(64));
    EXPECT_THROW(bytes_of(chain(65)), pickling_error);
}

TEST(pickle, all_sequences_of_the_same_elements_have_the_same_bytes) {
    const std::vector<std::byte> bytes = bytes_of(std::vector<int>{1, 2, 3});
    EXPECT_EQ(bytes_of(std::list<int>{1, 2, 3}), bytes);
    EXPECT_EQ(value_of<std::deque<int>>(bytes), (std::deque<int>{1, 2, 3}));
    EXPECT_EQ(value_of<std::vector<std::string>>(bytes_of(std::list<std::string>{"a"})), std::vector<std::string>{"a"});
}

TEST(pickle, a_set_with_an_element_twice_is_none) {
    EXPECT_THROW(value_of<std::set<std::string>>(bytes_of(std::vector<std::string>{"a", "a"})), pickling_error);
    const std::vector<std::pair<std::string, int>> twice{{"a", 1}, {"a", 2}};
    EXPECT_THROW((value_of<std::map<std::string, int>>(bytes_of(twice))), pickling_error);
}

}  // namespace
