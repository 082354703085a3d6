#include "concur/pickle/shape.hpp"

#include <array>
#include <bitset>
#include <chrono>
#include <complex>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <gtest/gtest.h>
#include <list>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <span>
#include <stack>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

namespace {

using namespace concur::pickle;

struct named_list : std::vector<int> {
    std::string name;
};

template <class... T>
constexpr bool sequences = (sequence_shaped<T> && ...);
template <class... T>
constexpr bool sets = (set_shaped<T> && ...);
template <class... T>
constexpr bool maps = (map_shaped<T> && ...);

TEST(shape, of_the_standard_containers) {
    EXPECT_TRUE((sequences<std::vector<int>, std::vector<bool>, std::string, std::deque<int>, std::list<int>,
                           std::forward_list<int>, std::u16string>));
    EXPECT_TRUE((sets<std::set<int>, std::multiset<int>, std::unordered_set<int>, std::unordered_multiset<int>>));
    EXPECT_TRUE((maps<std::map<int, int>, std::multimap<int, int>, std::unordered_map<int, int>,
                      std::unordered_multimap<int, int>>));
    EXPECT_TRUE((adaptor_shaped<std::stack<int>> && adaptor_shaped<std::queue<int>> &&
                 adaptor_shaped<std::priority_queue<int>>));
}

TEST(shape, of_a_class_that_adds_to_a_container_is_not_that_container) { EXPECT_FALSE((sequences<named_list>)); }

TEST(shape, of_the_vocabulary) {
    EXPECT_TRUE(optional_shaped<std::optional<int>>);
    EXPECT_TRUE((is_variant<std::variant<int, std::string>>));
    EXPECT_TRUE((array_shaped<std::array<int, 3>> && !tuple_shaped<std::array<int, 3>>));
    EXPECT_TRUE(
        (tuple_shaped<std::tuple<int, int>> && tuple_shaped<std::pair<int, int>> && tuple_shaped<std::tuple<>>));
    EXPECT_TRUE(path_shaped<std::filesystem::path> && !path_shaped<std::string>);
    EXPECT_TRUE(duration_shaped<std::chrono::seconds> && !duration_shaped<int>);
    EXPECT_TRUE(time_point_shaped<std::chrono::steady_clock::time_point>);
    EXPECT_TRUE(is_complex<std::complex<float>> && !is_complex<std::optional<float>>);
    EXPECT_EQ(bits_of<std::bitset<13>>, 13U);
}

TEST(shape, of_what_belongs_to_somebody_else) {
    EXPECT_TRUE(view_shaped<std::string_view> && !span_shaped<std::string_view>);
    EXPECT_TRUE(span_shaped<std::span<int>> && (span_shaped<std::span<const int, 3>>));
    EXPECT_FALSE((view_shaped<std::array<int, 3>>));
    EXPECT_FALSE(view_shaped<std::vector<int>>);
}

}  // namespace
