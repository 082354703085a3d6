// How long a call may wait, and until when.
#pragma once
#include <cstdint>
#include <limits>
#include <mutex>  // std::chrono::duration, without the calendars of <chrono>

namespace concur {

//   ns_: nanoseconds to wait, never negative; `endless` means for ever.
//
// Made from any std::chrono duration. Zero and negative poll; a duration too long for the clock
// waits for ever, and so does one that is not a number.
class timeout {
public:
    static constexpr std::int64_t endless = std::numeric_limits<std::int64_t>::max();

    constexpr timeout() noexcept = default;  // for ever

    template <class Rep, class Period>
    constexpr timeout(std::chrono::duration<Rep, Period> d) noexcept : ns_(nanoseconds_of(d)) {}

    constexpr std::int64_t ns() const noexcept { return ns_; }
    constexpr bool is_endless() const noexcept { return ns_ == endless; }
    constexpr bool is_poll() const noexcept { return ns_ == 0; }

private:
    template <class Rep, class Period>
    static constexpr std::int64_t nanoseconds_of(std::chrono::duration<Rep, Period> d) noexcept {
        using exact = std::chrono::duration<long double, std::nano>;
        const long double ns = exact(d).count();
        if (ns <= 0) return 0;
        if (!(ns < static_cast<long double>(endless))) return endless;
        const auto whole = static_cast<std::int64_t>(ns);
        return static_cast<long double>(whole) < ns ? whole + 1 : whole;  // never early
    }

    std::int64_t ns_ = endless;
};

inline constexpr timeout none{};

// A moment of the steady clock, so that several waits can share one time-out.
class deadline {
public:
    static constexpr deadline never() noexcept { return deadline(timeout::endless); }
    static constexpr deadline past() noexcept { return deadline(0); }
    // By the steady clock: platform::steady_ns() will say `ns`.
    static constexpr deadline at_moment(std::int64_t ns) noexcept { return deadline(ns); }
    explicit deadline(timeout from_now) noexcept;

    // Nanoseconds from now: 0 once it has passed, platform::forever (negative) where it never does.
    std::int64_t left_ns() const noexcept;
    bool passed() const noexcept { return left_ns() == 0; }
    constexpr bool is_never() const noexcept { return at_ == timeout::endless; }
    constexpr std::int64_t at() const noexcept { return at_; }  // steady_ns() of the moment

    friend constexpr bool operator<(deadline a, deadline b) noexcept { return a.at_ < b.at_; }

private:
    explicit constexpr deadline(std::int64_t at) noexcept : at_(at) {}

    std::int64_t at_;
};

}  // namespace concur
