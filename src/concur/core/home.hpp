// A place where jobs are run later: a thread pool, an event loop.
#pragma once
#include "concur/core/job.hpp"

#include <cstdint>

namespace concur {

class home {
public:
    home(const home&) = delete;
    home& operator=(const home&) = delete;

    // Takes `j` over, from any thread; a higher priority goes first, equals in the order they came.
    // What it throws says why `j` was not taken; nothing has happened to `j` then.
    virtual void post(job& j, int priority = 0) = 0;

    // Of this home alone, also after its end: an address may come again.
    std::uint64_t id() const noexcept { return id_; }
    // A thread that is nobody's worker may run the job that it waits for.
    bool lets_callers_help() const noexcept { return callers_help_; }

    // Takes `j` out of the home with that id. False: it does not stand in a line there, or that home
    // is gone, or does not keep lines that allow it.
    static bool take_out_of(std::uint64_t id, job& j) noexcept;

protected:
    home() noexcept;
    ~home() = default;

    // From open_lines() until close_lines() jobs can be taken out; between the two the home must be
    // whole: close first, destroy then.
    void open_lines() noexcept;
    void close_lines() noexcept;

    // Before the first job.
    void let_callers_help() noexcept { callers_help_ = true; }

private:
    virtual bool take_out(job&) noexcept { return false; }

    const std::uint64_t id_;
    bool callers_help_ = false;
    home* next_open_ = nullptr;
    home* prev_open_ = nullptr;
};

}  // namespace concur
