// item_blocks: one end is used beside the other, across blocks, and a block that was used up is used again.
#include "concur/queue/item_blocks.hpp"

#include "concur/queue/queue.hpp"
#include "model/checker.hpp"

#include <array>

namespace {

using concur::model::require;
using concur::model::run;

// So large that eight of them fill a block.
struct large {
    int value = 0;
    std::array<char, 200> rest{};
};

void one_end_beside_the_other() {
    concur::queue<large> q;
    for (int i = 0; i < 7; ++i) q.put(large{i});
    for (int i = 0; i < 6; ++i) require(q.get().value == i, "the first goes first");
    run({
        [&] {
            for (int i = 7; i < 10; ++i) q.put(large{i});
        },
        [&] {
            for (int i = 6; i < 10; ++i) require(q.get().value == i, "the first goes first");
        },
    });
    require(q.empty(), "all were got");
}

void the_same_block_again() {
    concur::queue<large> q;
    for (int i = 0; i < 16; ++i) q.put(large{i});
    for (int i = 0; i < 8; ++i) require(q.get().value == i, "the first goes first");
    run({
        [&] { q.put(large{16}); },
        [&] { require(q.get().value == 8, "the first goes first"); },
    });
    for (int i = 9; i < 17; ++i) require(q.get().value == i, "the first goes first");
}

constexpr std::array scenarios{
    concur::model::scenario{"one_end_beside_the_other", one_end_beside_the_other, 1},
    concur::model::scenario{"the_same_block_again", the_same_block_again},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
