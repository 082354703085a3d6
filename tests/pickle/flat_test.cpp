#include "concur/pickle/flat.hpp"

#include <array>
#include <chrono>
#include <complex>
#include <cstring>
#include <gtest/gtest.h>
#include <string>

namespace {

using namespace concur::pickle;

enum class colour { red, green };
enum class answer : bool { no, yes };
struct point {
    double x;
    double y;
};
struct padded {
    char c;
    double d;
    short s;
};
struct nested {
    padded p[2];
    std::array<point, 2> q;
    long double l;
    int tail = 4;
};
struct with_bool {
    int x;
    bool b;
};
struct with_pointer {
    int* p;
};
struct hooked_struct {
    int x;
    template <class Archive>
    friend void concur_serialize(Archive& ar, hooked_struct& v) {
        ar(v.x);
    }
};

template <class... T>
constexpr bool all = (flat<T> && ...);
template <class... T>
constexpr bool none = (!flat<T> && ...);

TEST(flat, is_what_holds_all_in_its_own_memory) {
    EXPECT_TRUE(
        (all<int, double, long double, char8_t, colour, std::byte, int128, std::array<int, 3>, std::complex<double>,
             std::chrono::seconds, std::chrono::steady_clock::time_point, point, padded, nested, int[3][2]>));
}

TEST(flat, is_not_what_has_values_that_are_none) {
    EXPECT_TRUE((none<bool, answer, with_bool, with_pointer, int*, std::string, hooked_struct, std::array<bool, 2>>));
}

TEST(flat, is_dense_without_padding) {
    EXPECT_TRUE(is_dense<point>() && (is_dense<std::array<point, 2>>()) && is_dense<std::chrono::seconds>());
    EXPECT_FALSE(is_dense<padded>() || is_dense<nested>() || is_dense<std::complex<long double>>());
}

// Both with other bytes in the padding.
template <class T>
bool leaves_padding_at_home(const T& v) {
    std::array<std::array<std::byte, sizeof(T)>, 2> found{};
    for (std::size_t i = 0; i < 2; ++i) {
        alignas(T) std::array<std::byte, sizeof(T)> place;
        place.fill(i == 0 ? std::byte{0xff} : std::byte{0x11});
        T* const copy = new (place.data()) T(v);
        writer out(found[i].data(), found[i].size());
        write_flat(out, copy, 1);
    }
    return found[0] == found[1];
}

TEST(write_flat, leaves_the_padding_at_home) {
    padded p;
    std::memset(&p, 0xee, sizeof p);
    p.c = 'c';
    p.d = 1.5;
    p.s = 2;
    std::array<std::byte, sizeof p> found;
    found.fill(std::byte{0x77});
    writer out(found.data(), found.size());
    write_flat(out, &p, 1);
    for (std::size_t i = 1; i < alignof(double); ++i) EXPECT_EQ(found[i], std::byte{0});
    for (std::size_t i = sizeof p - 6; i < sizeof p; ++i) EXPECT_EQ(found[i], std::byte{0});
    EXPECT_TRUE(leaves_padding_at_home(nested{{p, p}, {}, 2.5L, 1}));
    EXPECT_TRUE(leaves_padding_at_home(1.25L));
    EXPECT_TRUE(leaves_padding_at_home(std::complex<long double>(1, 2)));
}

}  // namespace
