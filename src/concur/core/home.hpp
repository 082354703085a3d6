// A place where jobs are run later: a thread pool, an event loop.
#pragma once
#include "concur/core/job.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace concur {

class home {
public:
    home(const home&) = delete;
    home& operator=(const home&) = delete;

    // Takes `j` over, from any thread. In which order jobs are begun, and what priorities do to it, is for each home
    // to say. What it throws says why `j` was not taken; nothing has happened to `j` then.
    virtual void post(job& j, int priority = 0) = 0;

    // Likewise for all of `jobs`, in their order, in one step where it can. What it throws says why the rest was
    // not taken; that has been refused, as cancelled.
    void post_all(std::span<job* const> jobs);

    // Of this home alone, also after its end: an address may come again.
    std::uint64_t id() const noexcept { return id_; }
    // A thread that is nobody's worker may run the job that it waits for.
    bool lets_callers_help() const noexcept { return callers_help_; }

    // Takes `j` out of the home with that id. False: it does not stand in a line there, or that home
    // is gone, or does not keep lines that allow it.
    static bool take_out_of(std::uint64_t id, job& j) noexcept;
    // The home with that id has a worker that is free for the next job. False: likewise.
    static bool has_free_worker_at(std::uint64_t id) noexcept;

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
    static home* open_one(std::uint64_t id) noexcept;

    virtual bool take_out(job&) noexcept { return false; }
    virtual bool has_free_worker() noexcept { return false; }
    // Takes the first of `jobs` over, as many as it can in one step, and tells how many; post() says why not the next.
    virtual std::size_t post_some(std::span<job* const>) noexcept { return 0; }

    const std::uint64_t id_;
    bool callers_help_ = false;
    home* next_open_ = nullptr;
    home* prev_open_ = nullptr;
};

}  // namespace concur
