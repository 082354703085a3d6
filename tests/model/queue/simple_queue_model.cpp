// simple_queue: each item comes out once, in its order, whoever sleeps, gives up, ends or throws meanwhile.
#include "concur/queue/simple_queue.hpp"

#include "model/checker.hpp"
#include "support/homed.hpp"

#include <array>
#include <memory>
#include <vector>

namespace {

using concur::item_line;
using concur::timeout;
using concur::model::require;
using concur::model::run;
using support::homed;
using support::manual_home;

constexpr std::chrono::nanoseconds soon{1000};
constexpr timeout at_once{std::chrono::nanoseconds(0)};

// Numbers other than 0 in segments of two slots, so that few items go through several.
class numbers {
public:
    explicit numbers(std::uint32_t slots = 2) : line_(1, slots) {}

    void put(std::uint64_t n) { line_.put(reinterpret_cast<const std::byte*>(&n)); }
    std::uint64_t get(timeout t = concur::none) {
        std::uint64_t n = 0;
        return line_.take(reinterpret_cast<std::byte*>(&n), t, {}) != 0 ? n : 0;
    }
    void require_empty() {
        require(line_.size() == 0, "nothing is counted in the end");
        require(get(at_once) == 0, "nothing is there in the end");
        require(concur::line_at(&line_).empty(), "nobody waits in the end");
    }
    item_line& line() { return line_; }

private:
    item_line line_;
};

// Of two who put one and two, and four.
void require_order(const std::vector<std::uint64_t>& got) {
    std::uint64_t last_of_first = 0;
    for (const std::uint64_t n : got)
        if (n < 4) {
            require(n > last_of_first, "the items of one who puts come in their order");
            last_of_first = n;
        }
}

void two_put_and_one_gets() {
    numbers q;
    std::vector<std::uint64_t> got;
    run({
        [&] {
            q.put(1);
            q.put(2);
        },
        [&] { q.put(4); },
        [&] {
            for (int i = 0; i < 3; ++i) got.push_back(q.get());
        },
    });
    require(got[0] + got[1] + got[2] == 7, "each came once");
    require_order(got);
    q.require_empty();
}

void two_put_and_two_get() {
    numbers q(1);
    std::uint64_t a = 0, b = 0;
    run({
        [&] { q.put(1); },
        [&] { q.put(2); },
        [&] { a = q.get(); },
        [&] { b = q.get(); },
    });
    require(a + b == 3 && a != b, "each came once");
    q.require_empty();
}

// Who is done with a segment, and who brings the next.
void segment_after_segment() {
    numbers q(1);
    run({
        [&] {
            for (std::uint64_t n = 1; n < 4; ++n) q.put(n);
        },
        [&] {
            for (std::uint64_t n = 1; n < 4; ++n) require(q.get() == n, "they come in their order");
        },
    });
    q.require_empty();
}

void three_bring_a_segment() {
    numbers q;
    q.put(8);
    q.put(16);
    const auto put = [&](std::uint64_t n) { return [&q, n] { q.put(n); }; };
    run({put(1), put(2), put(4)});
    std::uint64_t sum = 0;
    require(q.get(at_once) == 8 && q.get(at_once) == 16, "what was put first comes first");
    require(q.line().size() == 3, "all three are there");
    for (int i = 0; i < 3; ++i) sum += q.get(at_once);
    require(sum == 7, "each came once");
    q.require_empty();
}

void one_sleeps() {
    numbers q;
    std::uint64_t got = 0;
    run({[&] { got = q.get(); }, [&] { q.put(1); }});
    require(got == 1, "it came");
    q.require_empty();
}

// The link to the next segment is what they wait for.
void two_sleep_at_the_end_of_a_segment() {
    numbers q(1);
    q.put(1);
    require(q.get(at_once) == 1, "it is there");
    std::uint64_t a = 0, b = 0;
    run({
        [&] { a = q.get(); },
        [&] { b = q.get(); },
        [&] {
            q.put(2);
            q.put(4);
        },
    });
    require(a + b == 6 && a != b, "each came once");
    q.require_empty();
}

void late_or_not() {
    numbers q;
    std::uint64_t got = 0;
    run({[&] { got = q.get(soon); }, [&] { q.put(1); }});
    if (got == 0) got = q.get(at_once);
    require(got == 1, "it came, or is there");
    q.require_empty();
}

void one_leaves() {
    numbers q;
    std::uint64_t a = 0, b = 0;
    run({
        [&] { a = q.get(soon); },
        [&] { b = q.get(); },
        [&] {
            q.put(1);
            q.put(2);
        },
    });
    if (a == 0) a = q.get(at_once);
    require(a + b == 3 && a != b, "each came once");
    q.require_empty();
}

// Another is in the middle of a put() before it.
void what_i_put_i_can_get() {
    numbers q(1);
    std::uint64_t got = 0;
    run({
        [&] { q.put(1); },
        [&] {
            q.put(2);
            got = q.get(at_once);
            require(got != 0, "who has put something finds something");
        },
    });
    require(got + q.get(at_once) == 3, "each came once");
    q.require_empty();
}

void who_got_it_may_destroy_the_queue() {
    auto q = std::make_unique<numbers>(1);
    run({
        [&] { q->put(1); },
        [&] {
            std::uint64_t got = 0;
            while (got == 0) got = q->get(soon);
            q.reset();
        },
    });
}

void counted_meanwhile() {
    numbers q(1);
    q.put(1);
    run({
        [&] { q.put(2); },
        [&] { require(q.get() == 1, "it is the first"); },
        [&] {
            const std::size_t n = q.line().size();
            require(n <= 2, "it counts nothing twice");
        },
    });
    require(q.line().size() == 1, "one is left");
    require(q.get(at_once) == 2, "it is there");
    q.require_empty();
}

homed take(manual_home&, concur::simple_queue<int>& q, int& got, timeout t = concur::none) {
    try {
        got = co_await q.async_get(t);
    } catch (const concur::queue_empty&) {
        got = -1;
    }
}

void run_next(manual_home& home) {
    while (!home.run_one()) concur::model::yield();
}

void a_coroutine_gets() {
    manual_home home;
    concur::simple_queue<int> q;
    int got = 0, other = 0;
    const homed c = take(home, q, got);
    run({
        [&] {
            q.put(1);
            q.put(2);
        },
        [&] { run_next(home); },
        [&] { other = q.get(); },
    });
    require(got + other == 3 && got > 0 && other > 0, "each came once");
    require(q.empty(), "nothing is left");
}

void destroyed_while_its_item_comes() {
    manual_home home;
    concur::simple_queue<int> q;
    int got = 0, other = 0;
    auto c = std::make_unique<homed>(take(home, q, got));
    run({[&] { q.put(1); }, [&] { c.reset(); }, [&] { other = q.get(); }});
    require(got == 0 && home.empty(), "it did not go on");
    require(other == 1, "the item went to the other");
    require(q.empty(), "nothing is left");
}

// The timer thread may still be leaving the home when all is over.
manual_home& lasting_home() {
    const concur::model::forever stays;
    return *new manual_home;
}

void a_coroutine_is_late_or_not() {
    manual_home& home = lasting_home();
    concur::simple_queue<int> q;
    int got = 0;
    const homed c = take(home, q, got, soon);
    run({[&] { q.put(1); },
         [&] {
             if (got == 0) run_next(home);  // it may be late before it waits
         }});
    require(got == 1 || q.try_get() == 1, "it came, or is there");
    require(q.empty(), "nothing is left");
}

// What a simple_queue does whose items do not want to be moved.
class boxes {
public:
    struct box : concur::item_box {};
    struct taken {
        box* which = nullptr;
        std::uint64_t number = 0;
    };

    void put(box& b) {
        box* const at = &b;
        line_.put(reinterpret_cast<const std::byte*>(&at));
    }
    taken get() {
        taken t;
        t.number = line_.take(reinterpret_cast<std::byte*>(&t.which), concur::none, {});
        return t;
    }
    void give_back(taken t) { line_.give_back(*t.which, t.number); }
    void get_and_give_back() { give_back(get()); }
    std::size_t size() { return line_.size(); }

private:
    item_line line_{1, 2};
};

void given_back() {
    boxes q;
    boxes::box b;
    q.put(b);
    const boxes::taken mine = q.get();
    boxes::box* other = nullptr;
    run({[&] { q.give_back(mine); }, [&] { other = q.get().which; }});
    require(other == &b && q.size() == 0, "the other has it");
}

void given_back_in_order() {
    boxes q;
    boxes::box b[3];
    for (boxes::box& each : b) q.put(each);
    run({[&] { q.get_and_give_back(); }, [&] { q.get_and_give_back(); }});
    require(q.size() == 3, "they are all there");
    for (boxes::box& each : b) require(q.get().which == &each, "each is at its place");
}

void given_back_beside_a_put() {
    boxes q;
    boxes::box b[2];
    q.put(b[0]);
    boxes::box* other = nullptr;
    run({[&] { q.get_and_give_back(); }, [&] { other = q.get().which; }, [&] { q.put(b[1]); }});
    const boxes::box* const last = q.get().which;
    require(other != last && other != nullptr && last != nullptr, "each came once to somebody who kept it");
    require(q.size() == 0, "nothing is left");
}

constexpr std::array scenarios{
    concur::model::scenario{"two_put_and_one_gets", two_put_and_one_gets, 1},
    concur::model::scenario{"two_put_and_two_get", two_put_and_two_get, 1},
    concur::model::scenario{"segment_after_segment", segment_after_segment},
    concur::model::scenario{"three_bring_a_segment", three_bring_a_segment, 1},
    concur::model::scenario{"one_sleeps", one_sleeps},
    concur::model::scenario{"two_sleep_at_the_end_of_a_segment", two_sleep_at_the_end_of_a_segment, 1},
    concur::model::scenario{"late_or_not", late_or_not},
    concur::model::scenario{"one_leaves", one_leaves, 1},
    concur::model::scenario{"what_i_put_i_can_get", what_i_put_i_can_get},
    concur::model::scenario{"who_got_it_may_destroy_the_queue", who_got_it_may_destroy_the_queue, 1},
    concur::model::scenario{"counted_meanwhile", counted_meanwhile, 1},
    concur::model::scenario{"a_coroutine_gets", a_coroutine_gets, 1},
    concur::model::scenario{"destroyed_while_its_item_comes", destroyed_while_its_item_comes, 1},
    concur::model::scenario{"a_coroutine_is_late_or_not", a_coroutine_is_late_or_not, 1},
    concur::model::scenario{"given_back", given_back},
    concur::model::scenario{"given_back_in_order", given_back_in_order},
    concur::model::scenario{"given_back_beside_a_put", given_back_beside_a_put, 1},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
