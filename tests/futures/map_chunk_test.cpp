#include "concur/futures/map_chunk.hpp"

#include <gtest/gtest.h>
#include <stdexcept>
#include <string>

namespace {

using namespace concur;

template <class T>
std::string end_of(map_batch<T>& batch, std::size_t i) {
    try {
        batch.at(i);
        return "value";
    } catch (const std::exception& e) {
        return e.what();
    }
}

TEST(map_chunk_test, it_calls_the_function_once_with_each_item) {
    const auto add = [](int a, int b) { return a + b; };
    map_chunk<decltype(add), std::tuple<int, int>> work(add, {1, 2});
    work.add({3, 4});
    EXPECT_EQ(work.size(), 2u);
    auto batch = work();
    ASSERT_EQ(batch.size(), 2u);
    EXPECT_EQ(batch.at(0).get(), 3);
    EXPECT_EQ(batch.at(1).get(), 7);
}

TEST(map_chunk_test, an_item_s_exception_stays_with_that_item) {
    const auto odd = [](int i) { return i % 2 == 1 ? i : throw std::runtime_error("even"); };
    map_chunk<decltype(odd), std::tuple<int>> work(odd, {1});
    for (int i = 2; i < 5; ++i) work.add({i});
    auto batch = work();
    EXPECT_EQ(end_of(batch, 0), "value");
    EXPECT_EQ(end_of(batch, 1), "even");
    EXPECT_EQ(end_of(batch, 2), "value");
    EXPECT_EQ(end_of(batch, 3), "even");
    EXPECT_EQ(end_of(batch, 3), "even");
}

TEST(map_chunk_test, a_whole_that_failed_failed_for_each_item) {
    auto batch = map_batch<int>::failed(3, std::make_exception_ptr(std::runtime_error("oh")));
    EXPECT_EQ(batch.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(end_of(batch, i), "oh");
}

TEST(map_chunk_test, one_or_more_holds_the_first_in_itself) {
    one_or_more<int> items(1);
    EXPECT_EQ(items.size(), 1u);
    items.add(2);
    items.add(3);
    EXPECT_EQ(items.size(), 3u);
    EXPECT_EQ(items.at(0) * 100 + items.at(1) * 10 + items.at(2), 123);
}

}  // namespace
