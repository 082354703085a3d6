#include "concur/pickle/exception_type.hpp"

#include <gtest/gtest.h>
#include <set>
#include <stdexcept>

namespace {

using namespace concur;
using namespace concur::pickle;

struct stranger : std::runtime_error {
    using runtime_error::runtime_error;
};

std::exception_ptr with_another_inside(const std::exception& outer) {
    try {
        try {
            throw 42;
        } catch (...) {
            std::throw_with_nested(std::runtime_error(outer.what()));
        }
    } catch (...) {
        return std::current_exception();
    }
}

TEST(exception_type_test, a_type_is_found_by_what_was_thrown_and_by_its_name) {
    const exception_type* type = find_exception_type(typeid(std::out_of_range));
    ASSERT_NE(type, nullptr);
    EXPECT_EQ(*type->plain, typeid(std::out_of_range));
    EXPECT_EQ(find_exception_type("std::out_of_range"), type);
    EXPECT_EQ(name_of(*type), "std::out_of_range");
    EXPECT_TRUE(is_own(*type));
}

TEST(exception_type_test, a_type_that_nobody_knows_is_not_found) {
    EXPECT_EQ(find_exception_type(typeid(stranger)), nullptr);
    EXPECT_EQ(find_exception_type("stranger"), nullptr);
    EXPECT_EQ(find_exception_type(""), nullptr);
}

TEST(exception_type_test, what_throw_with_nested_makes_is_found_as_what_it_was_made_of) {
    const std::exception_ptr e = with_another_inside(std::runtime_error("x"));
    EXPECT_EQ(find_exception_type(*platform::thrown_type(e)), find_exception_type(typeid(std::runtime_error)));
    EXPECT_EQ(type_name_of(e), "std::runtime_error");
}

TEST(exception_type_test, no_two_of_the_types_that_the_library_knows_are_called_the_same) {
    std::set<std::string_view> names;
    for (const exception_types& known : {standard_exception_types(), own_exception_types()})
        for (const exception_type& type : known) {
            EXPECT_TRUE(names.insert(type.name).second) << type.name;
            EXPECT_EQ(find_exception_type(*type.plain), &type);
        }
    EXPECT_GT(names.size(), 40U);
}

TEST(exception_type_test, an_exception_that_arrives_is_destroyed_with_its_last_owner) {
    const auto alive = std::make_shared<int>(0);
    struct counted {
        std::shared_ptr<int> owner;
    };
    exception_origin origin = std::make_shared<const remote_error>("t", "w");
    const std::weak_ptr<const remote_error> watched = origin;
    std::exception_ptr e = arrived_exception<counted>::made([&] { return counted{alive}; }, origin);
    EXPECT_EQ(alive.use_count(), 2);
    EXPECT_EQ(arrived_exception<counted>::origin_of(e), watched.lock());
    e = nullptr;
    EXPECT_EQ(alive.use_count(), 1);
    EXPECT_TRUE(watched.expired());
}

}  // namespace
