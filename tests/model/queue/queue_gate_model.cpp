// queue_gate: no item and no place is lost, nobody sleeps beside one, whoever gives up or is destroyed meanwhile.
#include "concur/queue/queue_gate.hpp"

#include "concur/queue.hpp"
#include "model/checker.hpp"
#include "support/homed.hpp"

#include <array>
#include <memory>
#include <optional>

namespace {

using concur::lifo_queue;
using concur::none;
using concur::queue;
using concur::model::require;
using concur::model::run;
using support::homed;
using support::manual_home;

constexpr std::chrono::nanoseconds soon{1000};

template <class Q>
void an_item_comes() {
    Q q;
    run({[&] { require(q.get() == 7, "it got the item"); }, [&] { q.put(7); }});
    require(q.empty(), "nothing is left");
}

template <class Q>
void room_comes() {
    Q q(1);
    q.put(1);
    run({[&] { q.put(2); }, [&] { require(q.get() == 1, "it got the item"); }});
    require(q.get() == 2, "the other is there");
}

void two_get_and_two_put() {
    queue<int> q;
    concur::atomic<int> sum{0};
    const auto get = [&] { sum.fetch_add(q.get(), std::memory_order_relaxed); };
    run({get, get, [&] { q.put(1); }, [&] { q.put(2); }});
    require(sum.load() == 3 && q.empty(), "each was got once");
}

void two_wait_for_room() {
    queue<int> q(1);
    q.put(0);
    run({[&] { q.put(1); }, [&] { q.put(2); }, [&] { require(q.get() == 0 && q.get() != 0, "both came"); }});
    require(q.get() != 0 && q.empty(), "each was put once");
}

void many_through_one_place() {
    queue<int> q(1);
    run({
        [&] {
            for (int i = 1; i <= 3; ++i) q.put(i);
        },
        [&] {
            for (int i = 1; i <= 3; ++i) require(q.get() == i, "they come in order");
        },
    });
}

template <class Q>
void got_or_too_late() {
    Q q;
    std::optional<int> got;
    run({[&] { got = q.try_get(soon); }, [&] { q.put(7); }});
    require(got.has_value() != (q.qsize() == 1), "it was got, or is still there");
    require(got || q.try_get() == 7, "it can be got");
}

void put_or_too_late() {
    queue<int> q(1);
    q.put(1);
    bool put = false;
    run({[&] { put = q.try_put(2, soon); }, [&] { require(q.get() == 1, "it was there"); }});
    require(put == (q.qsize() == 1), "it was put, or is not there");
    require(put || q.try_put(3), "there is room");
}

void one_leaves_the_next_gets() {
    queue<int> q;
    std::optional<int> first;
    run({
        [&] {
            first = q.try_get(soon);
            if (first) q.put(std::move(*first));
        },
        [&] { require(q.get() == 7, "it came"); },
        [&] { q.put(7); },
    });
    require(q.empty(), "it was got once");
}

void taken_before_its_turn() {
    queue<int> q;
    run({
        [&] { static_cast<void>(q.get()); },
        [&] {
            q.put(1);
            if (const auto taken = q.try_get()) q.put(2);
        },
    });
    require(q.empty(), "nothing is left");
}

void handed_over() {
    queue<int> q;
    const auto get = [&] { static_cast<void>(q.get()); };
    run({get, get, [&] {
             q.put(1);
             concur::model::pass_time(2'000'000);
             q.put(2);
         }});
    require(q.empty(), "nothing is left");
}

void shut_down_beside_both() {
    queue<int> q(1);
    std::optional<int> got;
    bool put = false;
    run({
        [&] { put = q.try_put(1, none); },
        [&] { got = q.try_get(none); },
        [&] { q.shutdown(); },
    });
    require(put == (got.has_value() || q.qsize() == 1), "what was put is there");
    require(!q.try_put(2), "nothing can be put");
}

void shut_down_while_two_wait() {
    queue<int> q(1);
    q.put(1);
    bool second = true, third = true;
    run({
        [&] { second = q.try_put(2, none); },
        [&] { third = q.try_put(3, none); },
        [&] { q.shutdown(); },
    });
    require(!second && !third, "there was no room");
    require(q.get() == 1, "it is still there");
}

template <class Q>
void emptied_beside_both() {
    Q q(1);
    q.put(1);
    run({
        [&] { static_cast<void>(q.try_put(2, none)); },
        [&] {
            if (q.try_get(none)) q.task_done();
        },
        [&] { q.shutdown(true); },
    });
    q.join();
    require(q.empty() && !q.try_get(), "nothing is there");
}

void room_made() {
    queue<int> q(1);
    q.put(1);
    run({[&] { q.put(2); }, [&] { q.set_maxsize(2); }});
    require(q.get() == 1 && q.get() == 2, "both are there");
}

void destroyed_by_who_got_the_last() {
    auto q = std::make_unique<queue<int>>();
    run({
        [&, &p = *q] { p.put(1); },
        [&] {
            require(q->get() == 1, "it came");
            q.reset();
        },
    });
}

void destroyed_by_who_was_refused() {
    auto q = std::make_unique<lifo_queue<int>>();
    run({
        [&, &p = *q] { p.shutdown(); },
        [&] {
            require(!q->try_get(none), "nothing comes");
            q.reset();
        },
    });
}

homed get(manual_home&, queue<int>& q, int& got) {
    const int item = co_await q.async_get();
    got = item;
}
homed put(manual_home&, queue<int>& q, int item, bool& is_put) {
    co_await q.async_put(item);
    is_put = true;
}

void run_next(manual_home& home) {
    while (!home.run_one()) concur::model::yield();
}

void a_coroutine_gets() {
    manual_home home;
    queue<int> q;
    int got = 0;
    const homed c = get(home, q, got);
    run({[&] { q.put(7); }, [&] { run_next(home); }});
    require(got == 7 && q.empty(), "it got it");
}

void a_coroutine_is_destroyed_while_it_is_called() {
    manual_home home;
    queue<int> q;
    int got = 0;
    auto c = std::make_unique<homed>(get(home, q, got));
    run({[&] { q.put(7); }, [&] { c.reset(); }, [&] { require(q.get() == 7, "the next has it"); }});
    require(got == 0 && q.empty() && home.empty(), "it did not go on");
}

void a_coroutine_is_destroyed_while_it_is_given_one() {
    manual_home home;
    queue<int> q;
    int got = 0;
    auto c = std::make_unique<homed>(get(home, q, got));
    run({
        [&] {
            concur::model::pass_time(2'000'000);
            q.put(7);
        },
        [&] { c.reset(); },
        [&] { require(q.get() == 7, "the next has it"); },
    });
    require(got == 0 && q.empty() && home.empty(), "it did not go on");
}

void a_coroutine_is_destroyed_before_it_puts() {
    manual_home home;
    queue<int> q(1);
    q.put(1);
    bool is_put = false;
    auto c = std::make_unique<homed>(put(home, q, 2, is_put));
    run({[&] { require(q.get() == 1, "it was there"); }, [&] { c.reset(); }, [&] { q.put(3); }});
    require(!is_put && q.get() == 3 && q.empty(), "it did not go on, and the next did");
}

constexpr std::array scenarios{
    concur::model::scenario{"an_item_comes", an_item_comes<queue<int>>},
    concur::model::scenario{"an_item_comes_on_top", an_item_comes<lifo_queue<int>>},
    concur::model::scenario{"room_comes", room_comes<queue<int>>},
    concur::model::scenario{"room_comes_on_top", room_comes<lifo_queue<int>>},
    concur::model::scenario{"two_get_and_two_put", two_get_and_two_put, 1},
    concur::model::scenario{"two_wait_for_room", two_wait_for_room, 1},
    concur::model::scenario{"many_through_one_place", many_through_one_place, 1},
    concur::model::scenario{"got_or_too_late", got_or_too_late<queue<int>>, 1},
    concur::model::scenario{"got_or_too_late_on_top", got_or_too_late<lifo_queue<int>>, 1},
    concur::model::scenario{"put_or_too_late", put_or_too_late, 1},
    concur::model::scenario{"one_leaves_the_next_gets", one_leaves_the_next_gets, 1},
    concur::model::scenario{"taken_before_its_turn", taken_before_its_turn, 1},
    concur::model::scenario{"handed_over", handed_over, 1},
    concur::model::scenario{"shut_down_beside_both", shut_down_beside_both, 1},
    concur::model::scenario{"shut_down_while_two_wait", shut_down_while_two_wait, 1},
    concur::model::scenario{"emptied_beside_both", emptied_beside_both<queue<int>>, 1},
    concur::model::scenario{"emptied_beside_both_on_top", emptied_beside_both<lifo_queue<int>>, 1},
    concur::model::scenario{"room_made", room_made, 1},
    concur::model::scenario{"destroyed_by_who_got_the_last", destroyed_by_who_got_the_last},
    concur::model::scenario{"destroyed_by_who_was_refused", destroyed_by_who_was_refused},
    concur::model::scenario{"a_coroutine_gets", a_coroutine_gets},
    concur::model::scenario{"a_coroutine_is_destroyed_while_it_is_called", a_coroutine_is_destroyed_while_it_is_called,
                            1},
    concur::model::scenario{"a_coroutine_is_destroyed_while_it_is_given_one",
                            a_coroutine_is_destroyed_while_it_is_given_one, 1},
    concur::model::scenario{"a_coroutine_is_destroyed_before_it_puts", a_coroutine_is_destroyed_before_it_puts, 1},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
