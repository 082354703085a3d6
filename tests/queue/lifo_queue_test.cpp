#include "concur/queue/lifo_queue.hpp"

#include <gtest/gtest.h>
#include <string>

namespace {

TEST(lifo_queue_test, the_last_that_came_is_the_first_to_go) {
    concur::lifo_queue<std::string> q(5);
    for (const char* s : {"a", "b", "c"}) q.put(s);
    EXPECT_EQ(q.get(), "c");
    q.put("d");
    EXPECT_EQ(q.get(), "d");
    EXPECT_EQ(q.get_some(9), (std::vector<std::string>{"b", "a"}));
}

}  // namespace
