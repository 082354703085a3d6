#include "concur/platform/exception_object.hpp"

#include <gtest/gtest.h>
#include <new>
#include <stdexcept>
#include <string>

namespace {

using namespace concur::platform;

int alive = 0;

struct traced {
    explicit traced(const std::string& text) : error(text) { ++alive; }
    ~traced() { --alive; }
    traced(const traced&) = delete;
    traced& operator=(const traced&) = delete;
    std::runtime_error error;
    int more = 42;
};

void make_traced(void* at, void* text) { new (at) traced(*static_cast<std::string*>(text)); }
void destroy_traced(void* at) { static_cast<traced*>(at)->~traced(); }
void destroy_nothing(void*) {}

std::exception_ptr made(std::string text) {
    return make_exception(typeid(std::runtime_error), sizeof(traced), &make_traced, &text, &destroy_traced);
}

TEST(exception_object_test, the_type_that_was_thrown_is_told) {
    EXPECT_EQ(*thrown_type(std::make_exception_ptr(std::out_of_range(""))), typeid(std::out_of_range));
    EXPECT_EQ(*thrown_type(std::make_exception_ptr(1)), typeid(int));
    EXPECT_EQ(thrown_type(nullptr), nullptr);
}

TEST(exception_object_test, an_exception_is_made_of_a_type_that_is_only_known_at_run_time) {
    const std::exception_ptr e = made("no luck");
    EXPECT_EQ(*thrown_type(e), typeid(std::runtime_error));
    try {
        std::rethrow_exception(e);
    } catch (const std::exception& caught) {
        EXPECT_STREQ(caught.what(), "no luck");
        EXPECT_EQ(typeid(caught), typeid(std::runtime_error));
    }
}

TEST(exception_object_test, what_lies_behind_the_object_is_found_again_and_destroyed_with_it) {
    std::exception_ptr e = made("no luck");
    EXPECT_EQ(alive, 1);
    std::exception_ptr copy = e;
    e = nullptr;
    const void* object = made_object(copy, &destroy_traced);
    ASSERT_NE(object, nullptr);
    EXPECT_EQ(static_cast<const traced*>(object)->more, 42);
    EXPECT_EQ(alive, 1);
    copy = nullptr;
    EXPECT_EQ(alive, 0);
}

TEST(exception_object_test, an_exception_that_was_rethrown_is_still_the_same) {
    try {
        std::rethrow_exception(made("no luck"));
    } catch (...) {
        EXPECT_NE(made_object(std::current_exception(), &destroy_traced), nullptr);
    }
}

TEST(exception_object_test, an_exception_that_somebody_else_made_has_nothing_behind_it) {
    EXPECT_EQ(made_object(std::make_exception_ptr(std::runtime_error("")), &destroy_traced), nullptr);
    EXPECT_EQ(made_object(std::make_exception_ptr(1), &destroy_traced), nullptr);
    EXPECT_EQ(made_object(nullptr, &destroy_traced), nullptr);
    EXPECT_EQ(made_object(made("no luck"), &destroy_nothing), nullptr);
}

TEST(exception_object_test, what_its_construction_throws_goes_to_the_caller) {
    const auto construct = [](void*, void*) { throw std::logic_error("not today"); };
    EXPECT_THROW(make_exception(typeid(int), sizeof(int), construct, nullptr, &destroy_nothing), std::logic_error);
}

}  // namespace
