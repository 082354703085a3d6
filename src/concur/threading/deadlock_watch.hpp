// Tells of locks that are taken in a circle, and of waits that do not end.
#pragma once
#include "concur/core/function.hpp"
#include "concur/core/lock_watch.hpp"
#include "concur/core/timeout.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace concur::threading {

struct deadlock_watch_options {
    timeout longest_wait = std::chrono::seconds{10};  // a wait that lasts longer is reported, once; `none`: no wait is
    function<void(std::string_view)> report = {};  // gets each report; default: standard error
};

// From now on, all threads and coroutines: who takes one lock while it has another leaves word of the order, and where
// a third comes round to the first that is reported, though it went well this time. Each circle once. Waits for
// whatever has a line, locks or not, are watched for their length. Costs some microseconds for each lock that is taken.
// Off by default, or on from the start where the environment has CONCUR_DEADLOCK_WATCH=1.
//
// `report` runs on the thread that finds something, which may be the timer's: it must not wait for a lock of concur.
// Throws std::bad_alloc.
inline void set_deadlock_watch(deadlock_watch_options options) {
    lock_watch::report_to(std::move(options.report));
    lock_watch::turn_on(options.longest_wait);
}
inline void set_deadlock_watch(bool on) {
    if (on) set_deadlock_watch(deadlock_watch_options{});
    else lock_watch::turn_off();
}
inline bool deadlock_watch() noexcept { return lock_watch::is_on(); }

// How a lock, an event or whatever else is called in the reports, until its end. Throws std::bad_alloc.
template <class L>
void set_name(const L& of, std::string name) {
    if constexpr (requires { of.for_each_line([](const void*) {}); })
        of.for_each_line([&](const void* line) { lock_watch::name(line, name); });
    lock_watch::name(&of, std::move(name));
}

}  // namespace concur::threading
