// A call that is run in another process: its request, and where it stands on its way.
#pragma once
#include "concur/core/alarm.hpp"
#include "concur/core/job.hpp"
#include "concur/core/parker.hpp"
#include "concur/futures/future_core.hpp"
#include "concur/futures/task_options.hpp"
#include "concur/pickle/archive.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace concur {

class remote_task;

// A block of memory that other processes can read, while it is leased.
struct memory_lease {
    std::byte* at = nullptr;  // null: none
    std::uint32_t segment = 0;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

// An executor that runs its calls in other processes, as those calls see it. Each call holds a share of
// it, so it outlives them. Any thread.
class remote_host {
public:
    remote_host(const remote_host&) = delete;
    remote_host& operator=(const remote_host&) = delete;

    virtual memory_lease lease(std::size_t size) = 0;  // throws where there is no memory
    virtual void give_back(const memory_lease& lease) noexcept = 0;

    // Takes it over, with one share of it. Throws where it is not taken; nothing has happened then.
    virtual void post_remote(remote_task& t, int priority) = 0;

    // True: it stands nowhere any more, nobody has started it, and nobody will; `had_share`: the share
    // that came with it is the caller's now. False: it runs, or has run.
    virtual bool recall(remote_task& t, bool& had_share) noexcept = 0;
    virtual bool is_running(const remote_task& t) noexcept = 0;
    virtual bool ask_to_stop(remote_task& t) noexcept = 0;
    // Its time-out is over while it runs.
    virtual void end_overdue(remote_task& t) noexcept = 0;
    // The calling thread waits for it: it may look for the answer itself for a little while.
    // Throws broken_process_pool in a child of a fork.
    virtual void help(remote_task& t) = 0;
    // Its future is done: has t.callbacks run where they keep nobody waiting, by remote_task::run_callbacks.
    // False: it has no such place now, and nothing has happened.
    virtual bool call_back(remote_task&) noexcept { return false; }
    // It sleeps until `spot` is woken, which t's future does, or the time is over: false.
    virtual bool park(remote_task&, parker& spot, deadline until) noexcept { return spot.park(until); }

    virtual void retain() noexcept = 0;
    virtual void release() noexcept = 0;

protected:
    remote_host() = default;
    ~remote_host() = default;
};

// A share of one.
class retained_host {
public:
    explicit retained_host(remote_host& host) noexcept : host_(&host) { host.retain(); }
    retained_host(retained_host&& other) noexcept : host_(std::exchange(other.host_, nullptr)) {}
    retained_host& operator=(retained_host&&) = delete;
    ~retained_host() {
        if (host_ != nullptr) host_->release();
    }
    remote_host& operator*() const noexcept { return *host_; }

private:
    remote_host* host_;
};

// The bytes of a request: here where they are few, else in memory that the workers can read.
class remote_request {
public:
    static constexpr std::size_t room = 96;

    explicit remote_request(remote_host& host) noexcept : host_(&host) {}
    ~remote_request() { reset(); }
    remote_request(const remote_request&) = delete;
    remote_request& operator=(const remote_request&) = delete;

    std::byte* reserve(std::size_t size);
    void reset() noexcept;

    bool is_small() const noexcept { return lease_.at == nullptr; }
    const std::byte* small_bytes() const noexcept { return bytes_; }
    const memory_lease& large() const noexcept { return lease_; }
    std::size_t size() const noexcept { return size_; }

private:
    remote_host* host_;
    std::size_t size_ = 0;
    memory_lease lease_;
    alignas(16) std::byte bytes_[room];
};

//   stage, where, number  the host's, under its lock.
//   answer                of the thread that took it from the host.
class remote_task : public job {
public:
    enum class stage : std::uint8_t { outside, queued, sent, answered };

    // What most tasks do without.
    struct extras : timer_alarm {
        extras(remote_task& t, const task_options& options);
        static void ring(timer_alarm& a) noexcept;
        remote_task& task;
        std::string name;
        bool idempotent;
        int runs = 0;          // the host's: how often it was run again
        bool warned = false;   // the host's: it was asked to stop because its time is over
        bool overdue = false;  // the host's: likewise its worker is being killed
    };

    virtual future_core& core() noexcept = 0;
    // Decodes an answer and stores it; throws what decoding throws. For who has started core().
    virtual void take_value(pickle::reader& in) = 0;

    remote_host& host() const noexcept { return *host_; }
    bool takes_token() const noexcept { return takes_token_; }
    std::string name() const { return extras_ != nullptr ? extras_->name : std::string(); }
    extras* more() const noexcept { return extras_.get(); }

    void set_options(const task_options& options) { extras_ = std::make_unique<extras>(*this, options); }
    // What it is called in messages.
    std::string_view label() const noexcept;

    // The request is of no use any more, and its time does not run.
    void forget() noexcept;

    void start_timer(timeout t);
    // When that one has rung.
    void start_timer_again(timeout t) noexcept;
    void stop_timer() noexcept;

    // What `callbacks` holds; uses up a share.
    static void run_callbacks(job& j) noexcept;

    remote_request request;
    stage stands = stage::outside;
    std::uint8_t spared = 0;  // the host's: how often a worker died that had it and had not begun it
    std::uint32_t number = 0;
    int priority = 0;
    bool taken_back = false;   // the host's: it was taken back before it came
    bool stop_wanted = false;  // it was asked to stop, wherever it stood
    void* where = nullptr;
    job_line callbacks;  // of its future, when that is done and they are to be run elsewhere

protected:
    remote_task(remote_host& host, bool takes_token, refuser* refused) noexcept;
    ~remote_task();

    bool recall_from_host() noexcept;

private:
    static void cannot_run_here(job&) noexcept {}
    void expire() noexcept;
    std::exception_ptr too_late() const noexcept;

    remote_host* host_;
    std::unique_ptr<extras> extras_;
    std::string label_;
    bool takes_token_;
};

}  // namespace concur
