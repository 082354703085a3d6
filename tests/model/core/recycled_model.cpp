// Recycled blocks: each has one owner at a time, whatever threads it goes through, and none is lost.
#include "concur/core/recycled.hpp"

#include "concur/core/atomic.hpp"
#include "model/checker.hpp"

#include <array>

namespace {

using concur::atomic;
using concur::block_cache;
using concur::block_depot;
using concur::free_block;
using concur::model::require;
using concur::model::run;

constexpr std::size_t index = 0;
constexpr std::size_t size = concur::block_size_at(index);

void free_all(free_block* batch) {
    while (batch != nullptr) ::operator delete(std::exchange(batch, batch->next));
}

// A thread's end of it: as take_block() and give_block(), over a depot that is in no other test's way.
class user {
public:
    explicit user(block_depot& depot) : depot_(depot) {}
    user(const user&) = delete;
    user& operator=(const user&) = delete;
    ~user() { free_all(cache_.give_up()); }

    // Whoever has a block writes into all of it.
    int* take(int mark) {
        void* block = cache_.take();
        if (block == nullptr && cache_.fetch(depot_, index)) block = cache_.take();
        if (block == nullptr) block = ::operator new(size);
        auto* const words = static_cast<int*>(block);
        for (std::size_t i = 0; i < 4; ++i) words[i] = mark;
        return words;
    }

    void give(int* block, int mark) {
        for (std::size_t i = 0; i < 4; ++i) require(block[i] == mark, "a block in use is nobody else's");
        if (cache_.give(block)) return;
        free_all(cache_.make_room(depot_, index));
        require(cache_.give(block), "there is room now");
    }

    // Takes `n` and gives them back.
    template <std::size_t n>
    void use(int mark) {
        std::array<int*, n> blocks{};
        for (int*& b : blocks) b = take(mark);
        for (int* const b : blocks) give(b, mark);
    }

private:
    block_depot& depot_;
    block_cache cache_;
};

void empty(block_depot& depot) {
    while (free_block* const batch = depot.take(index)) {
        std::size_t length = 0;
        for (const free_block* b = batch; b != nullptr; b = b->next) ++length;
        require(length == depot.batch_size(), "only whole batches travel");
        free_all(batch);
    }
}

// Each has more than its cache holds, and then none: batches go to and fro.
void two_users() {
    block_depot depot(1 << 20, 1);
    const auto work = [&](int mark) {
        user me(depot);
        me.use<3>(mark);
        me.use<3>(mark);
    };
    run({[&] { work(1); }, [&] { work(2); }});
    empty(depot);
}

void three_users() {
    block_depot depot(1 << 20, 1);
    const auto work = [&](int mark) {
        user me(depot);
        me.use<3>(mark);
    };
    run({[&] { work(1); }, [&] { work(2); }, [&] { work(3); }});
    empty(depot);
}

void whole_batches() {
    block_depot depot(1 << 20, 2);
    const auto work = [&](int mark) {
        user me(depot);
        me.use<5>(mark);
        me.use<4>(mark);
    };
    run({[&] { work(1); }, [&] { work(2); }});
    empty(depot);
}

// One takes, the other gives back: the blocks come home by way of the depot.
void taken_here_and_given_there() {
    block_depot depot(1 << 20, 1);
    std::array<atomic<int*>, 4> handed{};
    run({
        [&] {
            user me(depot);
            for (auto& place : handed) place.store(me.take(1), std::memory_order_release);
        },
        [&] {
            user me(depot);
            for (auto& place : handed)
                if (int* const block = place.exchange(nullptr, std::memory_order_acquire)) me.give(block, 1);
        },
    });
    user last(depot);
    for (auto& place : handed)
        if (int* const block = place.load()) last.give(block, 1);
    empty(depot);
}

// What the depot has no room for is freed by who brings it.
void a_small_depot() {
    block_depot depot(size, 1);
    const auto work = [&](int mark) {
        user me(depot);
        me.use<4>(mark);
    };
    run({[&] { work(1); }, [&] { work(2); }});
    free_all(depot.take(index));
    require(depot.take(index) == nullptr, "it never has more than it may");
}

// In a program of the checker's all blocks are new and are freed, so that it sees each use of one that is not.
void nothing_is_kept() {
    concur::give_block(concur::take_block(size), size);
    run({[] { concur::give_block(concur::take_block(size), size); }});
    const concur::recycling_pause pause;
    concur::give_block(concur::take_block(size), size);
}

constexpr std::array scenarios{
    concur::model::scenario{"two_users", two_users},
    concur::model::scenario{"three_users", three_users, 1},
    concur::model::scenario{"whole_batches", whole_batches},
    concur::model::scenario{"taken_here_and_given_there", taken_here_and_given_there},
    concur::model::scenario{"a_small_depot", a_small_depot},
    concur::model::scenario{"nothing_is_kept", nothing_is_kept},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
