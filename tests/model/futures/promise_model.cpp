// promise: one result counts, whoever else tries is told, and a promise that goes tells its future.
#include "concur/futures/promise.hpp"
#include "model/checker.hpp"

#include <array>
#include <optional>

namespace {

using concur::atomic;
using concur::future;
using concur::invalid_state_error;
using concur::promise;
using concur::model::require;
using concur::model::run;

bool sets(const promise<int>& p, int value) {
    try {
        p.set_result(value);
        return true;
    } catch (const invalid_state_error&) {
        return false;
    }
}

void set_twice() {
    const promise<int> p;
    const future<int> f = p.get_future();
    atomic<int> winner{0};
    run({
        [&] {
            if (sets(p, 1)) winner.fetch_add(1);
        },
        [&] {
            if (sets(p, 2)) winner.fetch_add(2);
        },
    });
    require(winner.load() == 1 || winner.load() == 2, "one of the two was taken");
    require(f.result() == winner.load(), "and it is the result");
}

void set_or_cancelled() {
    const promise<int> p;
    const future<int> f = p.get_future();
    bool set = false;
    bool cancelled = false;
    run({[&] { set = sets(p, 7); }, [&] { cancelled = f.cancel(); }});
    require(set != cancelled, "one of the two");
    require(f.cancelled() == cancelled, "the future tells which");
}

void work_claimed_or_cancelled() {
    const promise<int> p;
    const future<int> f = p.get_future();
    bool claimed = false;
    bool cancelled = false;
    run({
        [&] {
            claimed = p.set_running_or_notify_cancel();
            if (claimed) p.set_result(7);
        },
        [&] { cancelled = f.cancel(); },
    });
    require(claimed != cancelled, "one of the two");
}

void waited_for() {
    std::optional<promise<int>> p(std::in_place);
    run({
        [f = p->get_future()]() mutable {
            require(std::move(f).result() == 7, "the value has come");
            f = {};
        },
        [&] {
            p->set_result(7);
            p.reset();
        },
    });
}

void goes_without_a_result() {
    std::optional<promise<int>> p(std::in_place);
    run({
        [f = p->get_future()]() mutable {
            require(f.exception() != nullptr, "the future fails");
            f = {};
        },
        [&] { p.reset(); },
    });
}

struct grumpy {
    explicit grumpy(int n) : value(n) {
        if (n < 0) throw std::runtime_error("no such value");
    }
    int value;
};

// A value that cannot be made leaves the future as it was; another thread may set one meanwhile.
void value_cannot_be_made() {
    const promise<grumpy> p;
    const future<grumpy> f = p.get_future();
    atomic<int> taken{0};
    run({
        [&] {
            try {
                p.set_result(-1);
                require(false, "it throws");
            } catch (const std::runtime_error&) {
            }
        },
        [&] {
            try {
                p.set_result(7);
                taken.fetch_add(1);
            } catch (const invalid_state_error&) {
            }
        },
    });
    if (taken.load() == 0) p.set_result(7);
    require(f.result().value == 7, "the value is there");
}

constexpr std::array scenarios{
    concur::model::scenario{"set_twice", set_twice},
    concur::model::scenario{"set_or_cancelled", set_or_cancelled},
    concur::model::scenario{"work_claimed_or_cancelled", work_claimed_or_cancelled},
    concur::model::scenario{"waited_for", waited_for},
    concur::model::scenario{"goes_without_a_result", goes_without_a_result},
    concur::model::scenario{"value_cannot_be_made", value_cannot_be_made},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
