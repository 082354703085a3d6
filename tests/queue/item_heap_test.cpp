#include "concur/queue/item_heap.hpp"

#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

namespace {

struct by_first {
    bool operator()(const std::pair<int, int>& a, const std::pair<int, int>& b) const { return a.first < b.first; }
};

// All heaps of a few sizes, with items that are equal among them.
TEST(item_heap_test, the_smallest_goes_first_and_of_equals_the_one_that_came_first) {
    for (int size = 1; size <= 7; ++size)
        for (int code = 0, codes = 1 << (2 * size); code < codes; ++code) {
            concur::item_heap<std::pair<int, int>, by_first> heap{by_first()};
            for (int i = 0; i < size; ++i) heap.push({code >> (2 * i) & 3, i});
            std::pair<int, int> last{-1, -1};
            for (int i = 0; i < size; ++i) {
                const std::pair<int, int> next = heap.front();
                heap.drop_front();
                ASSERT_LT(last, next) << code;
                last = next;
            }
        }
}

}  // namespace
