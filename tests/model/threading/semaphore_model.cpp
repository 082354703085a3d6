// semaphore: no permit is lost and none is made, whoever leaves the line meanwhile.
#include "concur/threading/semaphore.hpp"
#include "model/checker.hpp"
#include "support/homed.hpp"

#include <array>
#include <memory>

namespace {

using concur::line_at;
using concur::model::require;
using concur::model::run;
using concur::threading::semaphore;
using support::homed;
using support::manual_home;

constexpr std::chrono::nanoseconds soon{1000};

void require_permits(semaphore& s, int n) {
    for (int i = 0; i < n; ++i) require(s.try_acquire(), "no permit was lost");
    require(!s.try_acquire(), "no permit was made");
    require(line_at(&s).empty(), "nobody waits in the end");
}

void two_at_a_time() {
    semaphore s(2);
    concur::atomic<int> inside{0};
    const auto come_and_go = [&] {
        s.acquire();
        require(inside.fetch_add(1, std::memory_order_relaxed) < 2, "two at a time");
        inside.fetch_sub(1, std::memory_order_relaxed);
        s.release();
    };
    run({come_and_go, come_and_go, come_and_go});
    require_permits(s, 2);
}

void two_released_at_once() {
    semaphore s(0);
    const auto take = [&] { s.acquire(); };
    run({take, take, [&] { s.release(2); }});
    require_permits(s, 0);
}

void handed_over() {
    semaphore s(0);
    const auto take = [&] { s.acquire(); };
    run({take, take, [&] {
             s.release();
             concur::model::pass_time(2'000'000);
             s.release();
         }});
    require_permits(s, 0);
}

void late_or_not() {
    semaphore s(0);
    bool got = false;
    run({[&] { got = s.acquire(soon); }, [&] { s.release(); }});
    require_permits(s, got ? 0 : 1);
}

void one_leaves() {
    semaphore s(0);
    bool got = false;
    run({
        [&] {
            got = s.acquire(soon);
            if (got) s.release();
        },
        [&] { s.acquire(); },
        [&] { s.release(); },
    });
    require_permits(s, 0);
}

homed hold(manual_home&, semaphore& s, bool& got) { got = co_await s.async_acquire(); }

// One of two that are released to together.
void destroyed_while_it_is_called() {
    manual_home home;
    semaphore s(0);
    bool got = false;
    auto c = std::make_unique<homed>(hold(home, s, got));
    run({[&] { s.release(2); }, [&] { c.reset(); }, [&] { s.acquire(); }});
    require(!got && home.empty(), "it did not go on");
    require_permits(s, 1);
}

constexpr std::array scenarios{
    concur::model::scenario{"two_at_a_time", two_at_a_time, 1},
    concur::model::scenario{"two_released_at_once", two_released_at_once, 1},
    concur::model::scenario{"handed_over", handed_over, 1},
    concur::model::scenario{"late_or_not", late_or_not},
    concur::model::scenario{"one_leaves", one_leaves, 1},
    concur::model::scenario{"destroyed_while_it_is_called", destroyed_while_it_is_called, 1},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
