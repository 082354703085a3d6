#include "concur/pickle/vocabulary.hpp"

#include <bitset>
#include <chrono>
#include <complex>
#include <filesystem>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pickle/round_trip.hpp"

namespace {

using concur::pickling_error;
using support::bytes_of;
using support::round_trip;
using support::value_of;

template <class T>
void travels(const T& v) {
    EXPECT_EQ(round_trip(v), v);
}

TEST(pickle, optionals_and_variants_travel) {
    travels(std::optional<int>(3));
    travels(std::optional<std::string>());
    travels(std::optional<std::optional<int>>(std::optional<int>()));
    travels(std::variant<int, std::string>("text"));
    travels(std::variant<std::monostate, std::vector<int>>());
    EXPECT_THROW((value_of<std::variant<int, float>>({std::byte{2}, std::byte{0}})), pickling_error);
    EXPECT_THROW(value_of<std::optional<int>>({std::byte{2}}), pickling_error);
}

TEST(pickle, times_numbers_bits_and_paths_travel) {
    travels(std::chrono::milliseconds(5));
    travels(std::chrono::duration<double>(0.5));
    travels(std::chrono::system_clock::now());
    travels(std::chrono::year_month_day(std::chrono::year(2024), std::chrono::month(2), std::chrono::day(29)));
    travels(std::complex<double>(1, -2));
    travels(std::bitset<0>());
    travels(std::bitset<13>(0x1555));
    travels(std::bitset<100>("1011").flip());
    travels(std::filesystem::path("/a/b c"));
    EXPECT_THROW(value_of<std::bitset<13>>({std::byte{0}, std::byte{0xff}}), pickling_error);
}

TEST(pickle, error_codes_of_the_standard_categories_travel) {
    travels(std::make_error_code(std::errc::no_such_file_or_directory));
    travels(std::error_code(5, std::system_category()));
    travels(std::make_error_condition(std::errc::timed_out));
    EXPECT_THROW(value_of<std::error_code>(std::vector<std::byte>(5, std::byte{9})), pickling_error);

    class own final : public std::error_category {
        const char* name() const noexcept override { return "own"; }
        std::string message(int) const override { return "own"; }
    };
    const own category;
    EXPECT_THROW(bytes_of(std::error_code(1, category)), pickling_error);
}

TEST(pickle, unique_pointers_travel_with_what_they_own) {
    const auto got = round_trip(std::make_unique<const std::string>("text"));
    EXPECT_EQ(*got, "text");
    EXPECT_EQ(round_trip(std::unique_ptr<int>()), nullptr);
}

struct node {
    int value;
    std::shared_ptr<node> left, right;
};

TEST(pickle, shared_pointers_keep_their_identity_inside_a_message) {
    const auto leaf = std::make_shared<node>(node{1, nullptr, nullptr});
    const std::vector<std::shared_ptr<node>> v{std::make_shared<node>(node{2, leaf, leaf}), leaf, nullptr};
    const auto got = round_trip(v);
    ASSERT_EQ(got.size(), 3U);
    EXPECT_EQ(got[0]->left, got[1]);
    EXPECT_EQ(got[0]->right, got[1]);
    EXPECT_EQ(got[1]->value, 1);
    EXPECT_EQ(got[1].use_count(), 3);
    EXPECT_EQ(got[2], nullptr);
}

TEST(pickle, a_circle_of_shared_pointers_is_refused) {
    const auto a = std::make_shared<node>();
    a->left = std::make_shared<node>(node{2, a, nullptr});
    EXPECT_THROW(bytes_of(a), pickling_error);
    a->left = nullptr;
}

class shape {
public:
    virtual ~shape() = default;
    int id = 0;
    template <class Archive>
    friend void concur_serialize(Archive& ar, shape& v) {
        ar(v.id);
    }
};
class circle : public shape {};

TEST(pickle, a_derived_object_behind_a_pointer_to_its_base_is_refused) {
    std::unique_ptr<shape> p = std::make_unique<shape>();
    p->id = 4;
    EXPECT_EQ(round_trip(p)->id, 4);
    p = std::make_unique<circle>();
    EXPECT_THROW(bytes_of(p), pickling_error);
}

}  // namespace
