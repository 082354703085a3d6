// task_count: whoever waits is told when the last task is done, and may destroy it then.
#include "concur/queue/task_count.hpp"
#include "model/checker.hpp"

#include <array>
#include <memory>

namespace {

using concur::task_count;
using concur::model::require;
using concur::model::run;

constexpr std::chrono::nanoseconds soon{1000};

void last_of_two() {
    concur::atomic<std::uint64_t> begun{2};
    task_count count(begun);
    concur::atomic<int> done{0};
    const auto one = [&] {
        done.fetch_add(1, std::memory_order_relaxed);
        count.done();
    };
    run({one, one, [&] {
             require(count.join(concur::none, {}), "all were done");
             require(done.load(std::memory_order_relaxed) == 2, "what was done before is there");
         }});
    require(concur::line_at(&count).empty(), "nobody waits in the end");
}

void two_join() {
    concur::atomic<std::uint64_t> begun{1};
    task_count count(begun);
    const auto join = [&] { require(count.join(concur::none, {}), "all were done"); };
    run({join, join, [&] { count.done(); }});
}

void late_or_not() {
    concur::atomic<std::uint64_t> begun{1};
    task_count count(begun);
    bool all = false;
    run({[&] { all = count.join(soon, {}); }, [&] { count.done(); }});
    require(count.all_done(), "it is done in the end");
    require(concur::line_at(&count).empty(), "nobody waits in the end");
}

void done_or_dropped() {
    concur::atomic<std::uint64_t> begun{2};
    task_count count(begun);
    run({
        [&] { count.done(); },
        [&] {
            concur::taken_waiters told;
            count.drop(1, told);
            told.run_all();
        },
        [&] { require(count.join(concur::none, {}), "all were done"); },
    });
}

void destroyed_by_who_joined() {
    concur::atomic<std::uint64_t> begun{1};
    auto count = std::make_unique<task_count>(begun);
    run({
        [&, &c = *count] { c.done(); },
        [&] {
            require(count->join(concur::none, {}), "all were done");
            count.reset();
        },
    });
}

constexpr std::array scenarios{
    concur::model::scenario{"last_of_two", last_of_two, 1},
    concur::model::scenario{"two_join", two_join, 1},
    concur::model::scenario{"late_or_not", late_or_not},
    concur::model::scenario{"done_or_dropped", done_or_dropped, 1},
    concur::model::scenario{"destroyed_by_who_joined", destroyed_by_who_joined},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
