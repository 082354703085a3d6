// future_core: every race for a future's state has one winner, every listener runs once, every waiter
// wakes, and the last handle ends it.
#include "concur/futures/future.hpp"
#include "model/checker.hpp"

#include <array>
#include <optional>

namespace {

using concur::atomic;
using concur::deadline;
using concur::future;
using concur::future_core;
using concur::future_state;
using concur::job;
using concur::model::require;
using concur::model::run;

future<int> make() { return future<int>(new future_state<int>(1)); }

void finish_with(const future<int>& f, int value) {
    f.core().value.emplace(value);
    f.core().finish();
}

// A listener that knows how often it ran. Others may wait for it to have run.
struct listener : job {
    listener() : job(&note) {}
    static void note(job& j) noexcept { static_cast<listener&>(j).ran.fetch_add(1); }
    void wait_until_run() const {
        while (ran.load() == 0) concur::model::yield();
    }
    atomic<int> ran{0};
};

deadline soon() { return deadline(std::chrono::nanoseconds{1000}); }

void start_or_cancel() {
    const future<int> f = make();
    listener l;
    require(f.core().listen(l), "it is not done");
    bool started = false;
    bool cancelled = false;
    run({
        [&] {
            started = f.core().start();
            if (started) finish_with(f, 7);
        },
        [&] { cancelled = f.cancel(); },
    });
    require(started != cancelled, "one of the two");
    require(f.cancelled() == cancelled && f.done(), "the state tells which");
    require(l.ran.load() == 1, "the listener ran once");
}

void two_start() {
    const future<int> f = make();
    atomic<int> started{0};
    const auto start = [&] { started.fetch_add(f.core().start() ? 1 : 0); };
    run({start, start});
    require(started.load() == 1, "one of the two");
}

void two_cancel() {
    const future<int> f = make();
    listener l;
    f.core().listen(l);
    const auto cancel = [&] { require(f.cancel(), "it is cancelled, whoever did it"); };
    run({cancel, cancel});
    require(l.ran.load() == 1, "the listener ran once");
}

// Each thread has a handle of its own; the last to let go ends the future.
void waits_for_the_value() {
    std::optional<future<int>> mine = make();
    run({
        [f = *mine]() mutable {
            f.core().start();
            finish_with(f, 7);
            f = {};
        },
        [f = std::move(*mine)]() mutable {
            require(f.result() == 7, "the value is there");
            f = {};
        },
    });
}

void two_wait() {
    const future<int> f = make();
    const auto wait = [&] { require(f.result() == 7, "the value is there"); };
    run({wait, wait, [&] {
             f.core().start();
             finish_with(f, 7);
         }});
}

// A wait whose time is over leaves nothing behind in the future.
void waits_for_some_time() {
    const future<int> f = make();
    run({
        [&] {
            if (f.core().wait(soon())) require(f.result() == 7, "the value is there");
        },
        [&] {
            f.core().start();
            finish_with(f, 7);
        },
    });
    require(f.done(), "it is done in the end");
}

void takes_its_listener_back() {
    const future<int> f = make();
    run({
        [&] {
            listener l;
            if (!f.core().listen(l)) return;
            const bool back = f.core().unlisten(l);
            if (!back) l.wait_until_run();
            require(l.ran.load() == (back ? 0 : 1), "taken back, or run once");
        },
        [&] {
            f.core().start();
            finish_with(f, 7);
        },
    });
}

void two_listen_while_it_finishes() {
    const future<int> f = make();
    f.core().start();
    const auto listen = [&] {
        listener l;
        if (f.core().listen(l)) l.wait_until_run();
        else require(f.done(), "done is why it was not taken");
    };
    run({listen, listen, [&] { finish_with(f, 7); }});
}

// The listener holds a handle, and drops it when it runs; the other side drops its own.
void callback_lets_go() {
    future<int> mine = make();
    run({
        [f = mine]() mutable {
            f.core().start();
            finish_with(f, 7);
            f = {};
        },
        [f = std::move(mine)]() mutable {
            atomic<int> seen{0};
            f.add_done_callback([&seen](const future<int>& done) { seen.store(done.result()); });
            f = {};
            while (seen.load() == 0) concur::model::yield();
            require(seen.load() == 7, "the callback saw the value");
        },
    });
}

void then_follows() {
    future<int> mine = make();
    run({
        [f = mine]() mutable {
            f.core().start();
            finish_with(f, 7);
            f = {};
        },
        [f = std::move(mine)]() mutable {
            auto next = std::move(f).then([](int value) { return value + 1; });
            require(next.result() == 8, "what follows has its value");
        },
    });
}

// An exception is rethrown on two threads while its future goes.
void error_reaches_two() {
    future<int> mine = make();
    const auto look = [f = mine]() mutable {
        try {
            f.result();
            require(false, "result() throws");
        } catch (const std::runtime_error&) {
        }
        f = {};
    };
    run({look, look, [f = std::move(mine)]() mutable {
             f.core().start();
             f.core().fail(std::make_exception_ptr(std::runtime_error("it failed")));
             f = {};
         }});
}

constexpr std::array scenarios{
    concur::model::scenario{"start_or_cancel", start_or_cancel},
    concur::model::scenario{"two_start", two_start},
    concur::model::scenario{"two_cancel", two_cancel},
    concur::model::scenario{"waits_for_the_value", waits_for_the_value},
    concur::model::scenario{"two_wait", two_wait},
    concur::model::scenario{"waits_for_some_time", waits_for_some_time},
    concur::model::scenario{"takes_its_listener_back", takes_its_listener_back},
    concur::model::scenario{"two_listen_while_it_finishes", two_listen_while_it_finishes},
    concur::model::scenario{"callback_lets_go", callback_lets_go},
    concur::model::scenario{"then_follows", then_follows},
    concur::model::scenario{"error_reaches_two", error_reaches_two},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
