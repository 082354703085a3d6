// What the fuzzer of pools has kept, and what lies near it: see fuzz/pool_play.hpp, which ends the program where a pool
// did what it may not.
#include "pool_play.hpp"

#include "support/corpus.hpp"

#include <gtest/gtest.h>

namespace {

void play(const support::corpus::bytes& script) { fuzz::play_pool(script.data(), script.size()); }

TEST(pool_play, what_the_fuzzer_has_kept_harms_no_pool) {
    const support::corpus kept("pool");
    for (const auto& script : kept.all()) play(script);
}

TEST(pool_play, what_lies_near_that_harms_no_pool) {
    support::corpus kept("pool");
    for (int i = 0; i < 4000; ++i) play(kept.near());
}

}  // namespace
