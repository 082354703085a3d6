#include "concur/threading/serialize_iterator.hpp"

#include "concur/threading/event.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <iterator>
#include <memory>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

namespace {

using concur::threading::serialize_iterator;
using concur::threading::synchronized_iterator;

std::vector<int> up_to(int n) {
    std::vector<int> all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), 1);
    return all;
}

TEST(serialize_iterator_test, each_item_goes_to_one_of_the_threads) {
    constexpr int n = 20'000;
    auto items = serialize_iterator(up_to(n));
    std::atomic<long> sum{0}, count{0};
    {
        const auto read = [&] {
            for (const int i : items) {
                sum += i;
                ++count;
            }
        };
        std::jthread one(read), two(read), three(read);
    }
    EXPECT_EQ(count, n);
    EXPECT_EQ(sum, long{n} * (n + 1) / 2);
    EXPECT_FALSE(items.next());
}

TEST(serialize_iterator_test, a_range_given_by_name_is_read_where_it_is_and_not_ahead) {
    std::istringstream text("1 2 3");
    std::vector<int> there{1};
    auto items = serialize_iterator(there);
    EXPECT_EQ(items.next(), 1);
    there.front() = 7;
    EXPECT_FALSE(items.next());
    EXPECT_FALSE(items.next());
    struct stream_range {
        std::istream_iterator<int> begin() const { return std::istream_iterator<int>(*in); }
        std::istream_iterator<int> end() const { return {}; }
        std::istream* in;
    };
    auto numbers = serialize_iterator(stream_range{&text});
    EXPECT_EQ(numbers.next(), 1);
    EXPECT_EQ(numbers.next(), 2);
    EXPECT_EQ(numbers.next(), 3);
    EXPECT_FALSE(numbers.next());
}

// The second item cannot be read, once.
struct failing {
    struct iterator {
        using value_type = int;
        using difference_type = std::ptrdiff_t;
        int operator*() const {
            if (*at == 1 && !std::exchange(*failed, true)) throw std::runtime_error("once");
            return *at;
        }
        iterator& operator++() { return ++*at, *this; }
        void operator++(int) { ++*at; }
        bool operator==(std::default_sentinel_t) const { return *at == 3; }
        int* at;
        bool* failed;
    };
    iterator begin() { return {&at, &failed}; }
    std::default_sentinel_t end() const { return {}; }
    int at = 0;
    bool failed = false;
};

TEST(serialize_iterator_test, what_reading_throws_comes_to_one_and_the_next_goes_on) {
    auto items = serialize_iterator(failing{});
    EXPECT_EQ(items.next(), 0);
    EXPECT_THROW((void)items.next(), std::runtime_error);
    EXPECT_EQ(items.next(), 2);
    EXPECT_FALSE(items.next());
}

TEST(serialize_iterator_test, a_function_that_gives_ranges_can_be_made_to_give_such) {
    const auto count_to = synchronized_iterator([](int n) { return up_to(n); });
    auto make = count_to;
    auto one = make(2);
    auto two = make(3);
    EXPECT_EQ(one.next(), 1);
    EXPECT_EQ(two.next(), 1);
    EXPECT_EQ(one.next(), 2);
    EXPECT_FALSE(one.next());
    EXPECT_EQ(two.next(), 2);
}

}  // namespace
