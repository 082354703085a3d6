// Something to be done at a moment in the future, by the library's one timer thread.
#pragma once
#include "concur/core/timeout.hpp"

#include <cstddef>
#include <cstdint>

namespace concur {

class alarm_clock;

//   An alarm is set at most once at a time. Between set() and either cancel() == true or the start
//   of ring() the clock holds its address; whoever owns the alarm keeps it alive for so long.
class timer_alarm {
public:
    using ringer = void(timer_alarm&) noexcept;

    // `ring` runs on the timer thread, and must be short. It may destroy the alarm.
    explicit timer_alarm(ringer* ring) noexcept : ring_(ring) {}
    timer_alarm(const timer_alarm&) = delete;
    timer_alarm& operator=(const timer_alarm&) = delete;

    // Any thread. Throws std::bad_alloc or, where the timer thread cannot be started,
    // std::system_error; the alarm is not set then.
    void set(deadline at);

    // Any thread. False: it was not set, or it rings, or has rung.
    bool cancel() noexcept;

private:
    friend class alarm_clock;
    static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

    ringer* ring_;
    std::int64_t at_ = 0;
    alarm_clock* clock_ = nullptr;
    std::uint32_t generation_ = 0;  // of the process the clock runs in
    std::size_t place_ = nowhere;  // in the clock's heap, guarded by its lock
};

}  // namespace concur
