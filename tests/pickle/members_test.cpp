#include "concur/pickle/members.hpp"

#include <array>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace concur::pickle;

struct empty {};
struct no_default {
    explicit no_default(int);
};
struct inner {
    int a[3];
    std::string s;
};
struct with_arrays {
    int a;
    char name[256];
    double m[2][3];
    std::string texts[2];
    inner inners[2];
};
struct some_without_default {
    int a;
    no_default n;
    int b[2];
    no_default m;
    no_default more[2];
};
enum class shade { light, dark };
struct with_optionals {
    std::optional<shade> s;
    std::optional<inner> i;
};
struct mixed {
    inner x;
    empty e;
    std::optional<int> o;
    std::array<int, 3> q;
    std::unique_ptr<mixed> next;
    std::vector<mixed> children;
    int number = 3;
    const int fixed = 4;
};
struct base {
    int x;
};
struct derived : base {
    int y;
};
struct refers {
    int a;
    const int& r;
};
struct refers_to_change {
    int& r;
};
struct large {
    char data[5000];
    int last;
};

TEST(member_count, counts_an_array_as_one) {
    EXPECT_EQ(member_count<empty>, 0U);
    EXPECT_EQ(member_count<inner>, 2U);
    EXPECT_EQ(member_count<with_arrays>, 5U);
    EXPECT_EQ(member_count<large>, 2U);
}

TEST(member_count, does_without_default_constructors) { EXPECT_EQ(member_count<some_without_default>, 5U); }

TEST(member_count, counts_members_of_all_kinds) { EXPECT_EQ(member_count<mixed>, 8U); }

TEST(member_count, counts_optionals_of_types_that_only_this_file_has) { EXPECT_EQ(member_count<with_optionals>, 2U); }

TEST(member_count, is_unknown_where_a_member_is_a_reference_that_can_change) {
    EXPECT_EQ(member_count<refers_to_change>, unknown_members);
}

TEST(has_base, tells_a_base_from_a_member) {
    EXPECT_TRUE(has_base<derived>());
    EXPECT_FALSE(has_base<mixed>());
    EXPECT_FALSE(has_base<base>());
}

TEST(member_types, are_as_they_are_declared) {
    EXPECT_TRUE((std::is_same_v<member_types<inner>, types<int[3], std::string>>));
    EXPECT_TRUE((std::is_same_v<member_types<refers>, types<int, const int&>>));
    EXPECT_TRUE((std::is_same_v<member_types<empty>, types<>>));
}

TEST(visit_members, goes_through_them_in_order) {
    inner v{{1, 2, 3}, "text"};
    visit_members(v, [&]<class...>(auto& a, auto& s) {
        EXPECT_EQ(&a, &v.a);
        EXPECT_EQ(&s, &v.s);
    });
}

struct sixty_four {
    std::array<int, 2> first;
    // clang-format off
    int b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, b1, c1, d1, e1, f1, g1, h1, i1, j1, k1, l1, m1,
        n1, o1, p1, q1, r1, s1, t1, u1, v1, w1, x1, y1, z1, b2, c2, d2, e2, f2, g2, h2, i2, j2, k2, l2, m2;
    // clang-format on
    std::string last;
};

TEST(visit_members, knows_64_of_them) {
    sixty_four v{};
    EXPECT_EQ(member_count<sixty_four>, 64U);
    visit_members(v, [&]<class... M>(auto&... members) {
        EXPECT_EQ(sizeof...(M), 64U);
        const void* const all[] = {&members...};
        EXPECT_EQ(all[0], &v.first);
        EXPECT_EQ(all[62], &v.m2);
        EXPECT_EQ(all[63], &v.last);
    });
}

}  // namespace
