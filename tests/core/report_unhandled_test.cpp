#include "concur/core/report_unhandled.hpp"

#include "concur/core/unhandled_exception.hpp"

#include <gtest/gtest.h>
#include <stdexcept>
#include <string>

namespace {

TEST(report_unhandled_test, the_hook_is_told_what_and_whose) {
    std::string told;
    const auto before = concur::set_unhandled_exception_hook([&](std::exception_ptr error, std::string_view where) {
        try {
            std::rethrow_exception(error);
        } catch (const std::exception& e) {
            told = std::string(where) + ": " + e.what();
        }
    });
    concur::report_unhandled(std::make_exception_ptr(std::runtime_error("lost")), "a test");
    concur::set_unhandled_exception_hook(before);
    EXPECT_EQ(told, "a test: lost");
}

}  // namespace
