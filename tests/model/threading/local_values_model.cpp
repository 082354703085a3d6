// local: each value is destroyed once, by its thread or by whoever destroys the local, and before that has ended.
#include "concur/threading/local.hpp"
#include "model/checker.hpp"

#include <array>
#include <memory>
#include <optional>

namespace {

using concur::atomic;
using concur::model::require;
using concur::model::run;
using concur::threading::local;

struct counted {
    explicit counted(atomic<int>& n) : all(n) { all.fetch_add(1); }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
    ~counted() { require(all.fetch_sub(1) > 0, "it is destroyed once"); }
    atomic<int>& all;
    int value = 0;
};

void ended_by_its_threads() {
    atomic<int> live{0};
    const local<counted> n([&live] { return counted(live); });
    const auto use = [&] {
        n->value = 7;
        require(n->value == 7, "it is the thread's own");
    };
    run({use, use});
    require(live.load() == 0, "the threads have ended");
}

void thread_and_local_end() {
    atomic<int> live{0};
    std::optional<local<counted>> n;
    n.emplace([&live] { return counted(live); });
    concur::model::gate made;
    run({[&] {
             n->get().value = 7;
             made.open();
         },
         [&] {
             made.pass();
             n.reset();
             require(live.load() == 0, "all are gone with the local");
         }});
    require(live.load() == 0, "nothing is left");
}

void two_threads_and_the_local_end() {
    atomic<int> live{0};
    std::optional<local<counted>> n;
    n.emplace([&live] { return counted(live); });
    concur::model::gate first, second;
    const auto use = [&](concur::model::gate& g) {
        n->get().value = 7;
        g.open();
    };
    run({[&] { use(first); }, [&] { use(second); },
         [&] {
             first.pass();
             second.pass();
             n.reset();
             require(live.load() == 0, "all are gone with the local");
         }});
}

void the_next_has_its_number() {
    const auto one_after_the_other = [] {
        for (int i = 0; i < 2; ++i) {
            const local<int> n;
            require(*n == 0, "it is new");
            *n = 7;
        }
    };
    run({one_after_the_other, one_after_the_other});
}

void destroyed_by_its_own_value() {
    struct holder {
        std::shared_ptr<local<std::shared_ptr<void>>> kept;
    };
    run({[] {
        auto n = std::make_shared<local<std::shared_ptr<void>>>();
        n->get() = std::make_shared<holder>(holder{n});
    }});
}

constexpr std::array scenarios{
    concur::model::scenario{"ended_by_its_threads", ended_by_its_threads},
    concur::model::scenario{"thread_and_local_end", thread_and_local_end},
    concur::model::scenario{"two_threads_and_the_local_end", two_threads_and_the_local_end, 1},
    concur::model::scenario{"the_next_has_its_number", the_next_has_its_number, 1},
    concur::model::scenario{"destroyed_by_its_own_value", destroyed_by_its_own_value},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
