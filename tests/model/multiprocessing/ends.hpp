// What the model tests of a channel share: how its two ends are used, and what wakes the pool's.
#pragma once
#include "concur/multiprocessing/channel.hpp"

#include <cstdint>

namespace concur::model {

// Stands for the socket. It orders nothing, so that what holds is the channel's own doing.
class doorbell {
public:
    void ring() {
        rung_.store(1, std::memory_order_relaxed);
        platform::futex_wake_one(&rung_);
    }
    void wait() {
        while (rung_.exchange(0, std::memory_order_relaxed) == 0) platform::futex_wait(&rung_, 0);
    }

private:
    atomic<std::uint32_t> rung_{0};
};

// A request is a number, and its answer is twice that.
inline std::uint32_t send(multiprocessing::parent_end& end, std::uint64_t number) {
    end.next_slot().place.offset = number;
    return end.send();
}

// Sleeps until an answer has come.
inline const multiprocessing::answer_slot& next_answer(multiprocessing::parent_end& end, doorbell& bell) {
    while (!end.answer_waits())
        if (end.may_sleep()) bell.wait();
    return end.answer(0);
}

inline std::uint64_t take(multiprocessing::parent_end& end, doorbell& bell) {
    const std::uint64_t number = next_answer(end, bell).place.offset;
    end.take(1);
    return number;
}

// The request that waits. True: it has run, else it was withdrawn.
inline bool answer(multiprocessing::worker_end& end, doorbell& bell) {
    const bool runs = end.start();
    multiprocessing::answer_slot& answer = end.answer();
    answer.kind = runs ? multiprocessing::answer_kind::value : multiprocessing::answer_kind::withdrawn;
    if (runs) answer.place.offset = 2 * end.request().place.offset;
    if (end.send()) bell.ring();
    return runs;
}

inline bool serve(multiprocessing::worker_end& end, doorbell& bell) {
    while (!end.wait_for_request()) continue;
    return answer(end, bell);
}

}  // namespace concur::model
