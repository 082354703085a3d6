#include "concur/pickle/argument.hpp"

#include <array>
#include <gtest/gtest.h>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using concur::pickling_error;
using namespace concur::pickle;

struct pixel {
    unsigned char r, g, b;
    float weight;
    bool operator==(const pixel&) const = default;
};

// A message with one argument, in memory that is aligned as a message is.
template <class A>
class message {
public:
    explicit message(const A& a) {
        sizer counts;
        write_argument<A>(counts, a);
        size_ = counts.size();
        writer out(bytes(), size_);
        write_argument<A>(out, a);
    }
    template <class F>
    auto argument() {
        reader in(bytes(), size_);
        auto read = read_argument<F, 0, A>(in);
        in.expect_end();
        return read;
    }
    bool holds(const void* p) {
        return std::less_equal<const void*>()(bytes(), p) && std::less<const void*>()(p, bytes() + size_);
    }

private:
    struct alignas(16) unit {
        std::byte bytes[16];
    };
    std::byte* bytes() { return room_[0].bytes; }
    std::size_t size_ = 0;
    std::vector<unit> room_ = std::vector<unit>(64);
};

template <class P>
using taking = void (*)(P);

TEST(parameter, is_told_by_a_callable_with_one_signature) {
    struct object {
        int f(std::string_view, const int&) const;
        int operator()(double) noexcept;
    };
    const auto lambda = [](const std::string&, int) {};
    const auto generic = [](auto) {};
    EXPECT_TRUE((std::is_same_v<parameter<void (*)(int&, char) noexcept, 0>, int>));
    EXPECT_TRUE((std::is_same_v<parameter<decltype(lambda), 0>, std::string>));
    EXPECT_TRUE((std::is_same_v<parameter<decltype(lambda), 2>, untold>));
    EXPECT_TRUE((std::is_same_v<parameter<decltype(generic), 0>, untold>));
    EXPECT_TRUE((std::is_same_v<parameter<object, 0>, double>));
    EXPECT_TRUE((std::is_same_v<parameter<decltype(&object::f), 1>, std::string_view>));
    EXPECT_TRUE((std::is_same_v<parameter<decltype(&object::f), 2>, int>));
}

TEST(read_argument, gives_views_into_the_message_where_the_function_wants_them) {
    message<std::string> text("a longer text that a string would have to allocate");
    const auto view = text.argument<taking<std::string_view>>();
    EXPECT_TRUE((std::is_same_v<decltype(view), const std::string_view>));
    EXPECT_EQ(view.substr(0, 8), "a longer");
    EXPECT_TRUE(text.holds(view.data()));

    message<std::vector<pixel>> pixels({{1, 2, 3, 0.5F}, {4, 5, 6, 1.5F}});
    const auto span = pixels.argument<taking<const std::span<const pixel>&>>();
    EXPECT_EQ(span.size(), 2U);
    EXPECT_EQ(span[1], (pixel{4, 5, 6, 1.5F}));
    EXPECT_TRUE(pixels.holds(span.data()));

    message<std::array<double, 3>> array({1, 2, 3});
    EXPECT_EQ((array.argument<taking<std::span<const double, 3>>>()[2]), 3);
}

TEST(read_argument, gives_a_value_where_the_function_wants_one) {
    EXPECT_TRUE((std::is_same_v<decltype(message<std::string>("a").argument<taking<std::string>>()), std::string>));
    EXPECT_EQ((message<std::vector<int>>({1, 2}).argument<taking<std::vector<int>>>()), (std::vector<int>{1, 2}));
    EXPECT_EQ((message<std::vector<std::string>>({"a"}).argument<taking<std::span<const std::string>>>()),
              std::vector<std::string>{"a"});
    EXPECT_EQ((message<std::array<int, 2>>({1, 2}).argument<taking<std::array<int, 2>>>()), (std::array<int, 2>{1, 2}));
}

TEST(read_argument, takes_views_and_text_as_arguments) {
    const double numbers[] = {1, 2};
    EXPECT_EQ((message<std::span<const double>>(numbers).argument<taking<std::span<const double>>>()[1]), 2);
    message<const char*> text("text");
    EXPECT_STREQ((text.argument<taking<const char*>>()), "text");
    EXPECT_EQ((message<const char*>("text").argument<taking<const std::string&>>()), std::string("text"));
    EXPECT_EQ((message<std::string_view>("text").argument<decltype([](auto) {})>()), "text");
}

TEST(read_argument, takes_text_that_is_not_const_for_text_that_is) {
    char text[] = "text";
    EXPECT_STREQ((message<char*>(text).argument<taking<const char*>>()), "text");
    EXPECT_EQ((message<char*>(text).argument<taking<const std::string&>>()), std::string("text"));
}

TEST(is_taken, is_false_where_a_function_could_write_into_what_is_not_its_callers) {
    EXPECT_TRUE((is_taken<taking<const char*>, 0, char*>() && is_taken<taking<std::string>, 0, char*>()));
    EXPECT_FALSE((is_taken<taking<char*>, 0, char*>() || is_taken<taking<void*>, 0, char*>()));
    EXPECT_FALSE((is_taken<decltype([](auto) {}), 0, char*>()));
    EXPECT_TRUE((is_taken<decltype([](auto) {}), 0, const char*>()));
    EXPECT_TRUE((is_taken<taking<std::span<const int>>, 0, std::span<int>>()));
    EXPECT_FALSE((is_taken<taking<std::span<int>>, 0, std::span<int>>()));
}

TEST(write_argument, refuses_a_null_pointer_to_text) { EXPECT_THROW(message<const char*>{nullptr}, pickling_error); }

TEST(read_argument, refuses_a_span_of_another_extent) {
    message<std::vector<int>> numbers({1, 2});
    EXPECT_THROW((numbers.argument<taking<std::span<const int, 3>>>()), pickling_error);
}

TEST(read_argument, refuses_a_text_without_an_end) {
    std::array<std::byte, 6> bytes{};
    writer out(bytes.data(), bytes.size());
    write_elements(out, "ab", 2);
    reader in(bytes.data(), bytes.size());
    EXPECT_THROW((read_argument<taking<const char*>, 0, const char*>(in)), pickling_error);
}

TEST(travelling_argument, may_be_a_view_where_a_value_may_not) {
    EXPECT_TRUE(travelling_argument<std::string_view> && !picklable<std::string_view>);
    EXPECT_TRUE(travelling_argument<const char*> && !picklable<const char*>);
    EXPECT_TRUE(travelling_argument<std::span<int>>);
    EXPECT_TRUE(travelling_argument<char*>);
    EXPECT_FALSE(travelling_argument<std::span<std::string>>);
    EXPECT_FALSE(travelling_argument<std::vector<int*>>);
}

}  // namespace
