// Makes calls to the system fail, in this process and in children that it forks.
#pragma once
#include "concur/platform/injection.hpp"

#include <atomic>

namespace support {

// Until the end of a scope: the n-th call (from 1) of `what` fails with `error`, or all from the n-th on.
// One at a time.
class injected {
public:
    using system_call = concur::platform::system_call;
    static constexpr auto any = system_call::count;  // of whatever kind

    injected(system_call what, int error, int nth = 1, bool all_later = false) noexcept {
        what_ = what;
        error_ = error;
        nth_ = nth;
        all_later_ = all_later;
        seen_ = failed_ = 0;
        concur::platform::set_injector(&answer);
    }
    // Only counts.
    explicit injected(system_call what = any) noexcept : injected(what, 0) {}
    ~injected() { concur::platform::set_injector(nullptr); }
    injected(const injected&) = delete;
    injected& operator=(const injected&) = delete;

    // In this process.
    static int seen() noexcept { return seen_; }
    static int failed() noexcept { return failed_; }

private:
    static int answer(system_call call) noexcept {
        if (what_ != any && what_ != call) return 0;
        const int number = ++seen_;
        const bool fails = number == nth_ || (all_later_ && number > nth_);
        if (!fails || error_ == 0) return 0;
        ++failed_;
        return error_;
    }

    inline static std::atomic<system_call> what_{any};
    inline static std::atomic<int> error_{0}, nth_{0}, seen_{0}, failed_{0};
    inline static std::atomic<bool> all_later_{false};
};

}  // namespace support
