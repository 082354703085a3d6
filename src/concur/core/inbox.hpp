// Jobs handed by many threads to one.
#pragma once
#include "concur/core/job.hpp"
#include "concur/core/parker.hpp"

namespace concur {

//   top_:  null         nothing has come
//          a job        the newest that came; `next` leads to the older ones
//          a parker, 1  nothing has come, and the receiver sleeps there
//
//   A sender touches the inbox for the last time when its job goes in, so the receiver may destroy
//   the inbox as soon as it has every job that it is owed.
class inbox {
public:
    inbox() = default;
    inbox(const inbox&) = delete;
    inbox& operator=(const inbox&) = delete;

    // Any thread. Never waits.
    void send(job& j) noexcept;

    // The receiver's: the oldest job; null where none comes in time.
    job* receive(deadline until = deadline::never()) noexcept;

private:
    bool sort_arrivals() noexcept;
    bool sleep(deadline until) noexcept;

    atomic<std::uintptr_t> top_{0};
    job* sorted_ = nullptr;  // the receiver's: oldest first
};

}  // namespace concur
