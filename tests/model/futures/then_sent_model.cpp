// then_sent: what follows a future elsewhere is cancelled or begun, one of them, at whatever step it is.
#include "concur/futures/then_sent.hpp"

#include "concur/futures/promise.hpp"
#include "model/checker.hpp"

#include <array>
#include <utility>

namespace {

using concur::future;
using concur::promise;
using concur::model::require;
using concur::model::run;

// Where calls are run: one of them.
struct elsewhere {
    promise<int> call;
    bool is_sent = false;  // written by who sends, and then looked at by the same thread
    bool is_done_at_once = false;

    // True: it was begun, and is done.
    bool run_it() {
        if (!is_sent || !call.set_running_or_notify_cancel()) return false;
        call.set_result(7);
        return true;
    }
};

struct sender {
    static constexpr bool wants_value = true;
    future<int> operator()(future<int> source) const {
        require(source.result() == 1, "the value is there");
        there->is_sent = true;
        if (there->is_done_at_once) there->run_it();
        return there->call.get_future();
    }
    elsewhere* there;
};

future<int> follow(const future<int>& source, elsewhere& there) {
    auto* const call = new concur::then_sent<int, int, sender>(source, {&there});
    future<int> following(call);
    call->begin();
    return following;
}

void cancelled_or_begun() {
    const promise<int> first;
    elsewhere there;
    const future<int> f = follow(first.get_future(), there);
    bool cancelled = false;
    bool ran = false;
    run({
        [&] { cancelled = f.cancel(); },
        [&] {
            first.set_result(1);
            ran = there.run_it();
        },
    });
    require(cancelled != ran, "one of the two");
    require(f.done() && f.cancelled() == cancelled, "and it says so");
    require(cancelled || f.result() == 7, "with its value");
}

void cancelled_by_two() {
    const promise<int> first;
    elsewhere there;
    const future<int> f = follow(first.get_future(), there);
    bool one = false;
    bool other = false;
    bool ran = false;
    run({
        [&] { one = f.cancel(); },
        [&] { other = f.cancel(); },
        [&] {
            first.set_result(1);
            ran = there.run_it();
        },
    });
    require((one || other) != ran, "cancelled or begun");
    require(f.done(), "done");
}

void done_before_it_is_listened_to() {
    const promise<int> first;
    elsewhere there;
    there.is_done_at_once = true;
    const future<int> f = follow(first.get_future(), there);
    bool cancelled = false;
    run({
        [&] { cancelled = f.cancel(); },
        [&] { first.set_result(1); },
    });
    require(f.done() && f.cancelled() == cancelled, "cancelled before, or done");
    require(cancelled || f.result() == 7, "with its value");
}

void waited_for_and_dropped() {
    const promise<int> first;
    elsewhere there;
    future<int> f = follow(first.get_future(), there);
    run({
        [&] {
            require(f.result() == 7, "its value");
            f = {};
        },
        [&] {
            first.set_result(1);
            there.run_it();
        },
    });
}

void cancelled_with_its_source() {
    const promise<int> first;
    elsewhere there;
    const future<int> f = follow(first.get_future(), there);
    run({
        [&] { f.cancel(); },
        [&] { first.get_future().cancel(); },
    });
    require(f.cancelled(), "either way");
}

constexpr std::array scenarios{
    concur::model::scenario{"cancelled_or_begun", cancelled_or_begun},
    concur::model::scenario{"cancelled_by_two", cancelled_by_two, 1},
    concur::model::scenario{"done_before_it_is_listened_to", done_before_it_is_listened_to},
    concur::model::scenario{"waited_for_and_dropped", waited_for_and_dropped},
    concur::model::scenario{"cancelled_with_its_source", cancelled_with_its_source},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
