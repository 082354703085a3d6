// Types as programs have them, and not only as one would choose them for a test: each goes there and back, or is
// refused for a reason that has its sentence.
#include "concur/pickle.hpp"

#include <array>
#include <bitset>
#include <chrono>
#include <cmath>
#include <compare>
#include <complex>
#include <cstddef>
#include <deque>
#include <exception>
#include <filesystem>
#include <forward_list>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <memory_resource>
#include <optional>
#include <random>
#include <set>
#include <stack>
#include <string>
#include <system_error>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include "pickle/round_trip.hpp"

namespace {

using concur::pickling_error;
using concur::pickle::picklable;
using support::bytes_of;
using support::round_trip;
using support::value_of;

template <class T>
void travels(const T& v) {
    static_assert(picklable<T>);
    EXPECT_EQ(round_trip(v), v);
}

// --- aggregates -------------------------------------------------------------------------------------

struct empty {
    bool operator==(const empty&) const = default;
};
struct of_empties {
    empty a;
    [[no_unique_address]] empty b;
    std::vector<empty> many;
    bool operator==(const of_empties&) const = default;
};
struct arrays {
    int numbers[3];
    double grid[2][3];
    std::string texts[2];
    char text[8];
    bool operator==(const arrays&) const = default;
};
struct thirty {
    char a;
    int b;
    std::string c;
    double d;
    bool e;
    std::vector<int> f;
    short g;
    float h;
    long i;
    std::string j;
    int k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z;
    std::optional<int> a1;
    std::array<char, 3> b1;
    std::pair<int, std::string> c1;
    unsigned char d1;
    bool operator==(const thirty&) const = default;
};
struct constant {
    const int number;
    const std::string text;
    bool operator==(const constant&) const = default;
};
struct only_moves {
    std::unique_ptr<int> owned;
    std::vector<std::unique_ptr<std::string>> more;
};
struct has_defaults {
    int n = 7;
    std::string text = "seven";
    std::vector<int> numbers{1, 2};
    bool operator==(const has_defaults&) const = default;
};
struct with_methods {
    int n;
    int twice() const { return 2 * n; }
    enum inside { one, two } which;
    struct nested {
        std::string s;
        bool operator==(const nested&) const = default;
    } deeper;
    bool operator==(const with_methods&) const = default;
};

TEST(odd_types, aggregates_of_many_kinds_travel) {
    travels(empty{});
    travels(of_empties{{}, {}, std::vector<empty>(3)});
    travels(arrays{{1, 2, 3}, {{1, 2, 3}, {4, 5, 6}}, {"a", "b"}, "seven"});
    travels(thirty{'a',         1,  "c", 2.5, true, {1}, 3,  4.5f, 5,  "j", 1,  2,  3, 4,
                   5,           6,  7,   8,   9,    10,  11, 12,   13, 14,  15, 16, 9, {'x', 'y', 'z'},
                   {4, "pair"}, 255});
    travels(constant{4, "four"});
    travels(has_defaults{});
    travels(with_methods{3, with_methods::two, {"deep"}});
    only_moves moving{std::make_unique<int>(4), {}};
    moving.more.push_back(std::make_unique<std::string>("owned"));
    moving.more.push_back(nullptr);
    const only_moves got = round_trip(moving);
    EXPECT_EQ(*got.owned, 4);
    EXPECT_EQ(*got.more.at(0), "owned");
    EXPECT_EQ(got.more.at(1), nullptr);
}

// --- trees and graphs ---------------------------------------------------------------------------------

struct tree {
    int value = 0;
    std::unique_ptr<tree> left = {}, right = {};
};
using leaf_or_more = std::optional<std::variant<std::monostate, std::unique_ptr<tree>, std::vector<tree>>>;
struct named {
    std::map<std::string, named> children;
    bool operator==(const named&) const = default;
};
struct linked {
    std::shared_ptr<linked> next = {};
    int n = 0;
};

int sum(const tree& t) { return t.value + (t.left ? sum(*t.left) : 0) + (t.right ? sum(*t.right) : 0); }

TEST(odd_types, trees_travel) {
    const auto leaf = [](int n) { return std::make_unique<tree>(tree{n}); };
    tree top{1, leaf(2), leaf(3)};
    top.left->right = leaf(4);
    EXPECT_EQ(sum(round_trip(top)), 10);
    travels(named{{{"a", {{{"b", {}}}}}, {"c", {}}}});
    EXPECT_FALSE(round_trip(leaf_or_more()).has_value());
    EXPECT_EQ(round_trip(leaf_or_more(std::monostate())).value().index(), 0U);
    EXPECT_EQ(std::get<1>(*round_trip(leaf_or_more(leaf(5))))->value, 5);
    EXPECT_EQ(std::get<1>(*round_trip(leaf_or_more(std::unique_ptr<tree>()))), nullptr);
}

TEST(odd_types, shared_objects_stay_shared_and_a_circle_is_refused) {
    const auto one = std::make_shared<linked>();
    const auto pair = round_trip(std::pair(one, std::vector{one, one}));
    EXPECT_EQ(pair.first, pair.second.at(0));
    EXPECT_EQ(pair.first, pair.second.at(1));
    EXPECT_EQ(pair.first.use_count(), 3);
    const auto circle = std::make_shared<linked>();
    circle->next = circle;
    EXPECT_THROW(bytes_of(circle), pickling_error);
    circle->next.reset();
    auto chain = std::make_shared<linked>();
    for (int i = 0; i < 1000; ++i) chain = std::make_shared<linked>(linked{chain, i});
    EXPECT_THROW(bytes_of(chain), pickling_error) << "too deep";
}

// A pointer to a part of what it owns leads to such a part there, which is on its own.
TEST(odd_types, an_aliasing_pointer_travels_with_what_it_leads_to) {
    const auto whole = std::make_shared<std::pair<int, std::string>>(1, "part");
    const std::shared_ptr<std::string> part(whole, &whole->second);
    const auto got = round_trip(std::pair(part, part));
    EXPECT_EQ(*got.first, "part");
    EXPECT_EQ(got.first, got.second);
}

// --- containers -----------------------------------------------------------------------------------------

TEST(odd_types, containers_of_many_kinds_travel) {
    travels(std::array<int, 0>());
    travels(std::array<std::string, 0>());
    travels(std::vector<bool>{true, false, true, true, false, false, true, true, true});
    travels(std::map<std::string, std::vector<bool>>{{"a", {true, false}}, {"b", {}}});
    travels(std::vector<std::vector<std::vector<int>>>{{{1}, {}}, {}, {{2, 3}}});
    travels(std::deque<std::vector<std::string>>{{"a"}, {}});
    travels(std::list<std::forward_list<int>>{{1, 2}, {}});
    travels(std::set<std::vector<int>>{{1, 2}, {}});
    travels(std::unordered_set<std::string>{"a", ""});
    travels(std::unordered_multimap<int, std::string>{{1, "a"}, {1, "b"}});
    travels(std::map<std::pair<int, int>, std::tuple<>>{{{1, 2}, {}}});
    travels(std::vector<std::pair<const int, std::string>>{{1, "a"}});
    travels(std::stack<int, std::vector<int>>(std::vector{1, 2}));
    std::multimap<int, std::string> equal;
    for (const char* const text : {"first", "second", "third"}) equal.emplace(1, text);
    const auto got = round_trip(equal);
    EXPECT_EQ(std::vector(got.begin(), got.end()), std::vector(equal.begin(), equal.end())) << "in their order";
}

TEST(odd_types, containers_with_an_allocator_of_their_own_travel) {
    std::array<std::byte, 4096> room{};
    std::pmr::monotonic_buffer_resource memory(room.data(), room.size());
    std::pmr::vector<std::pmr::string> texts(&memory);
    texts.emplace_back("a text that is too long to be kept in place");
    travels(texts);
    travels(std::pmr::map<int, std::pmr::vector<int>>{{1, {1, 2}}});
}

TEST(odd_types, texts_of_all_kinds_travel) {
    travels(std::string("with \0 inside", 13));
    const std::u8string text(u8"\u00e4\u00f6");
    EXPECT_TRUE(round_trip(text) == text) << "which not every GoogleTest can print";
    travels(std::u16string(u"\u00e4"));
    travels(std::u32string(U"\U0001f600"));
    travels(std::wstring(L"wide"));
    travels(u8'a');
    travels(U'\U0001f600');
    travels(L'w');
}

// --- numbers and words -----------------------------------------------------------------------------------

enum class yes_or_no : bool { no, yes };
enum class tiny : signed char { below = -1, zero };
enum old_one { first, second = 1000 };
__extension__ typedef __int128 huge;

TEST(odd_types, numbers_of_all_kinds_travel) {
    travels(yes_or_no::yes);
    travels(tiny::below);
    travels(second);
    travels(std::byte{0xff});
    travels(nullptr);
    travels(std::numeric_limits<long double>::min());
    travels(static_cast<huge>(-1) << 100);
    travels(std::numeric_limits<unsigned long long>::max());
    travels(std::complex<float>(1, 2));
    travels(std::vector<std::complex<double>>{{1, 2}, {3, 4}});
    travels(std::bitset<77>("1010101010101010101010101010101010101010101010101010101"));
    EXPECT_TRUE(std::isnan(round_trip(std::numeric_limits<double>::quiet_NaN())));
    EXPECT_TRUE(std::signbit(round_trip(-0.0)));
}

TEST(odd_types, times_paths_and_codes_travel) {
    using namespace std::chrono_literals;
    travels(1.5h);
    travels(std::chrono::duration<int, std::ratio<1, 30>>(7));
    travels(std::chrono::system_clock::now());
    travels(std::chrono::steady_clock::time_point::max());
    travels(std::filesystem::path("/a/b\xff"));
    travels(std::filesystem::path());
    travels(std::filesystem::perms::owner_all);
    travels(std::make_error_code(std::errc::io_error));
    travels(std::make_error_condition(std::errc::io_error));
    travels(std::strong_ordering::less);
    travels(std::chrono::year_month_day(2024y, std::chrono::February, 29d));
}

TEST(odd_types, vocabulary_types_inside_one_another_travel) {
    travels(std::optional<std::optional<int>>(std::optional<int>()));
    travels(std::variant<int, int, std::string>(std::in_place_index<1>, 5));
    travels(std::tuple<int, std::tuple<std::string, std::tuple<>>>{1, {"a", {}}});
    travels(std::pair<std::vector<std::optional<std::string>>, bool>{{"a", std::nullopt}, true});
    travels(std::monostate());
    const auto error = round_trip(std::make_exception_ptr(std::out_of_range("far")));
    EXPECT_THROW(std::rethrow_exception(error), std::out_of_range);
}

TEST(odd_types, function_objects_travel) {
    const auto bytes = bytes_of(std::plus<>());
    EXPECT_EQ(value_of<std::plus<>>(bytes)(1, 2), 3);
    EXPECT_EQ(round_trip([](int n) { return n + 1; })(1), 2);
    struct adder {
        int by;
        int operator()(int n) const { return n + by; }
    };
    EXPECT_EQ(round_trip(adder{4})(1), 5);
    std::mt19937 engine(5);
    engine.discard(3);
    travels(engine);
}

}  // namespace
