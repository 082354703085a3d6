#include "concur/pickle/codec.hpp"

#include <array>
#include <gtest/gtest.h>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "pickle/round_trip.hpp"

namespace {

using concur::pickling_error;
using support::bytes_of;
using support::round_trip;
using support::value_of;

enum class colour { red, green };
enum class answer : bool { no, yes };

struct record {
    std::string name;
    int numbers[3];
    std::string lines[2];
    std::vector<std::pair<int, double>> pairs;
    bool flag;
    bool operator==(const record&) const = default;
};

struct no_default {
    explicit no_default(int n) : number(n) {}
    int number;
    bool operator==(const no_default&) const = default;
};
struct holds_no_default {
    no_default first;
    const std::string fixed;
    std::array<no_default, 2> more;
    bool operator==(const holds_no_default&) const = default;
};

class opaque {
public:
    explicit opaque(double x) : x_(x) {}
    bool operator==(const opaque&) const = default;

private:
    double x_;
};

class with_hook {
public:
    with_hook() = default;
    with_hook(std::string text, int n) : text_(std::move(text)), n_(n) {}
    bool operator==(const with_hook&) const = default;

    template <class Archive>
    friend void concur_serialize(Archive& ar, with_hook& v) {
        ar(v.text_, v.n_, v.numbers_);
        if constexpr (Archive::is_loading) v.was_loaded = true;
    }
    static inline bool was_loaded = false;

private:
    std::string text_;
    int n_ = 0;
    int numbers_[2] = {};
};

struct move_only {
    std::unique_ptr<int> p;
    std::string s;
};

TEST(pickle, numbers_travel) {
    EXPECT_EQ(round_trip(42), 42);
    EXPECT_EQ(round_trip(-1.5), -1.5);
    EXPECT_EQ(round_trip(std::numeric_limits<long double>::max()), std::numeric_limits<long double>::max());
    EXPECT_EQ(round_trip(u8'x'), u8'x');
    EXPECT_EQ(round_trip(colour::green), colour::green);
    EXPECT_EQ(round_trip(std::byte{7}), std::byte{7});
    EXPECT_TRUE(round_trip(concur::pickle::int128{-5} << 100) == concur::pickle::int128{-5} << 100);
}

TEST(pickle, a_bool_is_true_or_false_and_nothing_else) {
    EXPECT_EQ(round_trip(true), true);
    EXPECT_EQ(round_trip(answer::yes), answer::yes);
    EXPECT_THROW(value_of<bool>({std::byte{2}}), pickling_error);
    EXPECT_THROW(value_of<answer>({std::byte{255}}), pickling_error);
}

TEST(pickle, aggregates_travel_without_code_from_the_user) {
    const record v{"name", {1, 2, 3}, {"a", "b"}, {{1, 2.5}}, true};
    EXPECT_EQ(round_trip(v), v);
}

TEST(pickle, nothing_needs_a_default_constructor) {
    const holds_no_default v{no_default(1), "fixed", {no_default(2), no_default(3)}};
    EXPECT_EQ(round_trip(v), v);
    const std::vector<no_default> many{no_default(4), no_default(5)};
    EXPECT_EQ(round_trip(many), many);
}

TEST(pickle, what_can_only_be_moved_travels) {
    const move_only v{std::make_unique<int>(3), "s"};
    const move_only got = round_trip(v);
    EXPECT_EQ(*got.p, 3);
    EXPECT_EQ(got.s, "s");
}

TEST(pickle, private_members_that_are_trivially_copyable_travel) { EXPECT_EQ(round_trip(opaque(2.5)), opaque(2.5)); }

TEST(pickle, a_hook_is_one_function_for_both_ways) {
    const with_hook v("text", 3);
    EXPECT_EQ(round_trip(v), v);
    EXPECT_TRUE(with_hook::was_loaded);
    const std::map<int, with_hook> many{{1, v}, {2, with_hook()}};
    EXPECT_EQ(round_trip(many), many);
}

TEST(pickle, tuples_and_arrays_travel) {
    const std::tuple<int, std::string, std::tuple<>> t{1, "a", {}};
    EXPECT_EQ(round_trip(t), t);
    const std::array<std::string, 2> a{"x", "y"};
    EXPECT_EQ(round_trip(a), a);
    EXPECT_EQ((round_trip(std::array<int, 0>{})), (std::array<int, 0>{}));
}

TEST(pickle, what_has_one_value_takes_no_bytes) {
    EXPECT_TRUE(bytes_of(std::tuple<>()).empty());
    EXPECT_TRUE(bytes_of(nullptr).empty());
    EXPECT_TRUE(bytes_of([](int x) { return x; }).empty());
    EXPECT_EQ(round_trip([](int x) { return x + 1; })(2), 3);
    static_cast<void>(round_trip(std::nullopt));
}

}  // namespace
