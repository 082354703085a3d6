// What the fuzzer of messages has kept, and what lies near it: there is what was meant, or an error.
#include "message.hpp"

#include "support/corpus.hpp"
#include "support/held.hpp"

#include <gtest/gtest.h>

namespace {

void read(const support::corpus::bytes& message) { fuzz::message(message.data(), message.size()); }

TEST(hostile_messages, that_the_fuzzer_has_kept_are_read_or_refused) {
    const support::corpus kept("message");
    read({5});  // what stays from the first time on
    const support::held before;
    for (const auto& message : kept.all()) read(message);
    EXPECT_EQ(support::held(), before) << "each gives back what it has taken";
}

TEST(hostile_messages, that_lie_near_those_are_read_or_refused) {
    support::corpus kept("message");
    for (int i = 0; i < 20'000; ++i) read(kept.near());
}

}  // namespace
