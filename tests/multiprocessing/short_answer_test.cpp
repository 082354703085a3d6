// The newest answer, where it is short: beside the word that announces it.
#include "concur/multiprocessing/channel.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <memory>

namespace {

using namespace concur::multiprocessing;

struct short_answer_test : testing::Test {
    std::uint32_t ask(std::uint64_t what) {
        parent.next_slot().place.offset = what;
        return parent.send();
    }
    void serve(std::size_t size, std::uint64_t what) {
        answer_slot& slot = worker.answer();
        slot.place = {.size = size};
        slot.run_ns = 5;
        std::memcpy(slot.bytes.data(), &what, sizeof what);
        EXPECT_TRUE(worker.wait_for_request() && worker.start());
        worker.send();
    }

    std::unique_ptr<channel_layout> shared = std::make_unique<channel_layout>();
    parent_end parent{*shared};
    worker_end worker{*shared};
};

TEST_F(short_answer_test, is_there_where_nothing_else_was_asked_for) {
    EXPECT_FALSE(parent.only_answer());
    ask(1);
    EXPECT_FALSE(parent.only_answer()) << "it has not come";
    worker.answer().kind = answer_kind::exception;
    worker.answer().holds_memory = 1;
    serve(sizeof(std::uint64_t), 77);
    const auto only = parent.only_answer();
    ASSERT_TRUE(only);
    EXPECT_EQ(only->words[0], 77u);
    EXPECT_EQ(only->size, sizeof(std::uint64_t));
    EXPECT_EQ(only->run_ns, 5u);
    EXPECT_EQ(only->kind, answer_kind::exception);
    EXPECT_EQ(only->holds_memory, 1u);
    parent.take(1);
    EXPECT_FALSE(parent.only_answer()) << "it was taken";
}

TEST_F(short_answer_test, is_not_there_where_another_answer_may_come_meanwhile) {
    ask(1);
    ask(2);
    serve(8, 1);
    EXPECT_FALSE(parent.only_answer());
    serve(8, 2);
    EXPECT_FALSE(parent.only_answer());
    parent.take(1);
    ASSERT_TRUE(parent.only_answer());
    EXPECT_EQ(parent.only_answer()->words[0], 2u);
}

TEST_F(short_answer_test, is_not_there_where_the_answer_is_long_or_lies_elsewhere) {
    ask(1);
    serve(short_answer::room, 1);
    EXPECT_TRUE(parent.only_answer());
    parent.take(1);
    ask(2);
    serve(short_answer::room + 1, 2);
    EXPECT_FALSE(parent.only_answer());
    parent.take(1);
    ask(3);
    worker.answer().place = {.segment = 4, .size = 8};
    EXPECT_TRUE(worker.wait_for_request() && worker.start());
    worker.send();
    EXPECT_FALSE(parent.only_answer());
}

TEST_F(short_answer_test, is_not_there_where_the_worker_says_that_it_is_longer_than_there_is_room) {
    ask(1);
    serve(8, 1);
    for (const std::uint32_t size :
         {std::uint32_t{short_answer::room} + 1, std::numeric_limits<std::uint32_t>::max()}) {
        shared->newest.size = size;
        EXPECT_FALSE(parent.only_answer());
    }
}

}  // namespace
