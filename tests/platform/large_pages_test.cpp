#include "concur/platform/large_pages.hpp"

#include <cerrno>
#include <cstddef>
#include <gtest/gtest.h>
#include <vector>

namespace {

using concur::platform::ask_for_large_pages;

TEST(ask_for_large_pages, changes_nothing_that_is_there) {
    std::vector<int> numbers(4'000'000, 7);
    errno = 5;
    ask_for_large_pages(numbers.data() + 1, 1);
    ask_for_large_pages(numbers.data() + 1, (numbers.size() - 2) * sizeof(int));
    ask_for_large_pages(nullptr, 0);
    EXPECT_EQ(errno, 5);
    EXPECT_EQ(numbers, std::vector<int>(4'000'000, 7));
}

}  // namespace
