// The words of a channel: counters that wrap, slots and memory that are used again, several threads
// of the pool's process, and a worker that lies.
#include "concur/core/lock_word.hpp"
#include "concur/core/parker.hpp"
#include "concur/multiprocessing/channel.hpp"
#include "ends.hpp"
#include "model/checker.hpp"

#include <array>
#include <cstring>
#include <optional>
#include <utility>

namespace {

using concur::deadline;
using concur::holding;
using concur::lock_word;
using concur::parker;
using concur::model::doorbell;
using concur::model::require;
using concur::model::run;
using concur::model::send;
using concur::model::serve;
using concur::model::take;
using concur::multiprocessing::answer_slot;
using concur::multiprocessing::channel_layout;
using concur::multiprocessing::claim;
using concur::multiprocessing::parent_end;
using concur::multiprocessing::ring_size;
using concur::multiprocessing::wake_by;
using concur::multiprocessing::worker_end;

channel_layout shared;  // put back before each run

// As many requests as that have been sent and answered, and the oldest of the last `open` is not taken.
void begin_at(std::uint32_t sent, std::uint32_t open) {
    shared.sent.store(sent);
    shared.answered.store(sent);
    shared.taken.store(sent - open);
}

// All slots but one hold answers that were not taken. One thread takes the oldest, another sends into
// the slots that are free, and the counters wrap meanwhile.
void around_the_ring() {
    begin_at(0u - 1, ring_size - 1);
    parent_end parent(shared);
    worker_end worker(shared);
    doorbell bell;
    shared.answers[parent.next_answer() % ring_size].place.offset = 7;
    run({
        [&] {
            require(parent.answer(0).place.offset == 7, "the oldest answer");
            parent.take(1);
        },
        [&] {
            send(parent, 1);
            while (parent.room() == 0) concur::model::yield();
            send(parent, 2);
        },
        [&] {
            serve(worker, bell);
            serve(worker, bell);
        },
    });
    require(parent.sent() == 1, "it has wrapped");
    require(parent.answers() == ring_size, "as many as there are slots");
    require(parent.answer(ring_size - 2).place.offset == 2, "the answer before the wrap");
    require(parent.answer(ring_size - 1).place.offset == 4, "and the one after it");
}

// The worker writes its second answer where the first one was, when that has been taken.
void memory_is_used_again() {
    begin_at(0u - 1, 0);
    parent_end parent(shared);
    worker_end worker(shared);
    doorbell bell;
    int memory = 0;
    send(parent, 1);
    send(parent, 2);
    run({
        [&] {
            for (int i = 1; i <= 2; ++i) {
                concur::model::next_answer(parent, bell);
                require(memory == i, "this answer's bytes");
                parent.take(1);
            }
        },
        [&] {
            memory = 1;
            worker.answer().holds_memory = 1;
            const std::uint64_t first = worker.number();
            serve(worker, bell);
            worker.wait_until_taken(first);
            memory = 2;
            serve(worker, bell);
        },
    });
}

// What the threads of a pool share for one worker.
struct pool {
    parent_end parent{shared};
    doorbell bell;
    lock_word collecting;
    std::uint64_t sum = 0;  // guarded by collecting

    bool collect() {
        const holding h(collecting);
        const std::uint32_t count = parent.answers();
        for (std::uint32_t i = 0; i < count; ++i) sum += parent.answer(i).place.offset;
        if (count != 0) parent.take(count);
        return count != 0;
    }
    bool has_all(std::uint64_t wanted) {
        const holding h(collecting);
        return sum == wanted;
    }
};

// One and the other, while a worker answers two requests.
template <class One, class Other>
void while_two_are_served(pool& p, One one, Other other) {
    worker_end worker(shared);
    send(p.parent, 1);
    send(p.parent, 2);
    run({
        one,
        other,
        [&] {
            serve(worker, p.bell);
            serve(worker, p.bell);
        },
    });
}

// A thread that waits for a result looks for itself, and tells the worker not to wake anyone; when it
// leaves no answer lies there unseen.
void one_looks_while_another_sleeps() {
    pool p;
    while_two_are_served(
        p,
        [&] {
            while (!p.has_all(6))
                if (!p.collect() && p.parent.may_sleep()) p.bell.wait();
        },
        [&] {
            p.parent.is_awake();
            p.collect();
            if (!p.parent.may_sleep()) p.collect();
            if (p.has_all(6)) p.bell.ring();
        });
}

// Threads that wait for a sum look after the worker themselves, and the collector does not. Whoever leaves
// sees to it that those who are left, or the collector, are woken.
struct watched_pool : pool {
    struct waiting {
        parker* spot = nullptr;
        std::uint64_t wanted = 0;
    };
    lock_word lock;
    int watchers = 0;                  // guarded by lock
    std::array<waiting, 2> waiting{};  // guarded by collecting

    bool collect_and_tell() {
        const bool any = collect();
        const holding h(collecting);
        for (auto& w : waiting)
            if (w.spot != nullptr && sum >= w.wanted) std::exchange(w.spot, nullptr)->unpark();
        return any;
    }
    bool enter(parker& spot, std::size_t place, std::uint64_t wanted) {
        const holding h(collecting);
        if (sum >= wanted) return false;
        waiting[place] = {&spot, wanted};
        return true;
    }
    void watch(std::size_t place, std::uint64_t wanted) {
        parker& spot = parker::mine();
        spot.prepare();
        if (!enter(spot, place, wanted)) return;
        enter_watch();
        for (auto how = parker::woken::beside; how == parker::woken::beside;) {
            if (!parent.may_sleep_here()) collect_and_tell();
            how = spot.park_beside(deadline::never(), parent.bell(), static_cast<std::uint32_t>(wake_by::word));
        }
        if (!leave_watch()) collect_and_tell();
    }
    void enter_watch() {
        const holding h(lock);
        ++watchers;
    }
    bool leave_watch() {
        const holding h(lock);
        return --watchers == 0 ? parent.may_sleep() : parent.may_sleep_here();
    }
    bool may_sleep() {
        const holding h(lock);
        return watchers != 0 || parent.may_sleep();
    }
};

void one_waits_while_another_collects() {
    watched_pool p;
    while_two_are_served(
        p,
        [&] {
            while (!p.has_all(6))
                if (!p.collect_and_tell() && p.may_sleep()) p.bell.wait();
        },
        [&] {
            p.watch(0, 2);
            if (p.has_all(6)) p.bell.ring();
        });
}

void two_wait_and_one_leaves_first() {
    watched_pool p;
    while_two_are_served(p, [&] { p.watch(0, 2); }, [&] { p.watch(1, 6); });
}

// A short answer is read where the next one will be written: not before another request can be sent.
void short_ones_are_read_while_others_are_sent() {
    pool p;
    lock_word lock;
    worker_end worker(shared);
    std::uint64_t sum = 0;
    int taken = 0;
    send(p.parent, 1);
    run({
        [&] {
            while (taken != 2) {
                concur::model::next_answer(p.parent, p.bell);
                const holding h(lock);
                const std::uint32_t count = p.parent.answers();
                const auto only = count == 1 ? p.parent.only_answer() : std::nullopt;
                if (only) sum += only->words[0];
                for (std::uint32_t i = 0; !only && i < count; ++i) sum += p.parent.answer(i).place.offset;
                p.parent.take(count);
                taken += static_cast<int>(count);
            }
        },
        [&] {
            const holding h(lock);
            send(p.parent, 2);
        },
        [&] {
            for (std::uint64_t i = 1; i <= 2; ++i) {
                const std::uint64_t twice = 2 * i;
                std::memcpy(worker.answer().bytes.data(), &twice, sizeof twice);
                serve(worker, p.bell);
            }
        },
    });
    require(sum == 6, "both answers");
}

// Whether a task that runs has been answered is asked while others take answers of those before it.
void asked_for_while_others_are_taken() {
    begin_at(0u - 2, 0);
    pool p;
    worker_end worker(shared);
    send(p.parent, 1);
    send(p.parent, 2);
    const std::uint32_t last = send(p.parent, 3);
    bool answers = false;  // the last one, some day
    run({
        [&] {
            p.collect();
            p.collect();
        },
        [&] { require(!p.parent.has_answer(last), "its worker has not answered it"); },
        [&] {
            serve(worker, p.bell);
            serve(worker, p.bell);
            while (!worker.wait_for_request()) continue;
            require(worker.start(), "nobody withdraws it");
            answers = true;
        },
    });
    require(answers && p.parent.state_of(last) == claim::running, "it runs");
    worker.send();
    require(p.parent.has_answer(last), "now it has");
}

// A worker that writes what it likes into all that it shares is seen through, or believed within bounds.
void lies() {
    parent_end parent(shared);
    const std::uint32_t number = send(parent, 1);
    run({
        [&] {
            const std::uint32_t count = parent.answers();
            if (!parent.is_lie(count)) parent.take(count);
            parent.withdraw(number);
            require(parent.room() < ring_size || parent.next_answer() == number + 1, "it has one request at most");
            require(parent.room() + 1 >= ring_size, "and one at least");
            require(parent.next_answer() - number <= 1, "and no more answers than requests");
        },
        [&] {
            shared.answered.store(number + 2);
            shared.taken.store(number - 5);
            shared.requests[number % ring_size].claimed.store(claim{77});
            shared.answered.store(number + 1);
        },
    });
}

constexpr std::array scenarios{
    concur::model::scenario{"around_the_ring", around_the_ring},
    concur::model::scenario{"memory_is_used_again", memory_is_used_again},
    concur::model::scenario{"one_looks_while_another_sleeps", one_looks_while_another_sleeps},
    concur::model::scenario{"one_waits_while_another_collects", one_waits_while_another_collects},
    concur::model::scenario{"two_wait_and_one_leaves_first", two_wait_and_one_leaves_first},
    concur::model::scenario{"short_ones_are_read_while_others_are_sent", short_ones_are_read_while_others_are_sent},
    concur::model::scenario{"asked_for_while_others_are_taken", asked_for_while_others_are_taken},
    concur::model::scenario{"lies", lies},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
