// A timer, as all handles on it know it.
#pragma once
#include "concur/core/alarm.hpp"
#include "concur/core/job.hpp"
#include "concur/core/share_count.hpp"
#include "concur/core/timeout.hpp"
#include "concur/threading/event.hpp"
#include "concur/threading/lock.hpp"
#include "concur/threading/target.hpp"
#include "concur/threading/thread_registry.hpp"

#include <cstdint>
#include <memory>
#include <stop_token>

namespace concur::threading {

//   phase_  fresh --start()--> waiting --its time has come--> running --> over
//           fresh, waiting --cancel()--> cancelled            (start() of a cancelled one is the end of it)
//           Guarded by the registry's lock, as are started_, daemon_, let_go_ and generation_.
//   over_   set with the end of the last of these, when function and arguments are gone
//   shares  one for each handle, and one for the clock from start() until the function has run or will not
//   owners  the handles
//
//   In a child of a fork no timer of the parent's goes off.
class timer_record final : public waited_for {
public:
    timer_record(timeout interval, std::unique_ptr<target> what);

    void start();
    bool cancel() noexcept;
    bool join(timeout t, const std::stop_token& stop);
    bool is_alive() const noexcept;
    bool daemon() const noexcept;
    void set_daemon(bool yes);
    void detach() noexcept;

    void add_share() noexcept override { shares_.add(); }
    void drop_share() noexcept override;
    void add_owner() noexcept { owners_.add(); }
    // The last of them cancels it, and waits where it runs; or lets it go.
    void drop_owner() noexcept;

    void wait_at_exit() noexcept override { over_.wait(); }
    bool runs_here() const noexcept;

private:
    enum class phase : std::uint8_t { fresh, waiting, running, cancelled, over };

    struct bell : timer_alarm {
        explicit bell(timer_record& t) noexcept : timer_alarm(&ring), of(t) {}
        timer_record& of;
    };
    struct errand : job {
        explicit errand(timer_record& t) noexcept : job(&perform), of(t) {}
        timer_record& of;
    };

    static void ring(timer_alarm& a) noexcept;
    static void perform(job& j) noexcept;
    bool may_run() noexcept;
    void run_target() noexcept;
    void end(phase as) noexcept;
    bool begin_waiting();
    bool rings_no_more() noexcept;
    void be_fresh_again() noexcept;
    // With the lock held.
    bool is_of_parent() const noexcept;

    share_count shares_;
    share_count owners_;
    phase phase_ = phase::fresh;
    bool started_ = false;
    bool daemon_ = false;
    bool let_go_ = false;
    std::uint32_t generation_;  // of the process in which it waits
    const timeout interval_;
    event over_;
    std::unique_ptr<target> target_;
    std::stop_source stop_;
    plain_lock setting_;  // one sets the bell, or stops it, at a time
    bell bell_{*this};
    errand errand_{*this};
};

}  // namespace concur::threading
