// An executor whose calls travel, though not far: each is written down, and run from its bytes in this
// process, when the test says so, on the thread that says so.
#pragma once
#include "concur/core/error.hpp"
#include "concur/futures/executor.hpp"
#include "concur/futures/remote_call.hpp"
#include "concur/pickle/exception.hpp"

#include <cstddef>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace support {

// For one thread, and the timer's.
class loopback_host final : public concur::remote_host {
public:
    using task = concur::remote_task;

    // The timer may still be on its way out of a task that is done.
    ~loopback_host() {
        while (shares() != 0) std::this_thread::yield();
    }

    concur::memory_lease lease(std::size_t size) override {
        if (refuse_memory) throw std::bad_alloc();
        auto memory = std::make_unique<std::max_align_t[]>(size / sizeof(std::max_align_t) + 1);
        auto* const at = reinterpret_cast<std::byte*>(memory.get());
        leased_.emplace(at, std::move(memory));
        return {.at = at, .segment = 1, .offset = 0, .size = size};
    }
    void give_back(const concur::memory_lease& lease) noexcept override { leased_.erase(lease.at); }
    std::size_t leased() const { return leased_.size(); }

    void post_remote(task& t, int priority) override {
        if (before_post) before_post(t);
        const std::lock_guard held(mutex_);
        if (shut) throw concur::executor_shutdown("this executor was shut down");
        if (t.taken_back) return t.core().release();
        t.stands = begins_at_once ? task::stage::sent : task::stage::queued;
        t.priority = priority;
        newest = &t;
        if (!begins_at_once) line_.push_back(&t);
    }
    bool recall(task& t, bool& had_share) noexcept override {
        const std::lock_guard held(mutex_);
        if (t.stands == task::stage::outside) return t.taken_back = true;
        if (t.stands != task::stage::queued) return false;
        std::erase(line_, &t);
        t.stands = task::stage::outside;
        return had_share = true;
    }
    bool is_running(const task& t) noexcept override {
        const std::lock_guard held(mutex_);
        return t.stands == task::stage::sent;
    }
    bool ask_to_stop(task& t) noexcept override {
        const std::lock_guard held(mutex_);
        if (t.stands != task::stage::sent) return false;
        stop_.request_stop();
        return true;
    }
    void end_overdue(task&) noexcept override {
        if (when_overdue) when_overdue();
    }
    void help(task&) override {
        ++helps;
        if (when_asked_to_help) when_asked_to_help();
    }
    void retain() noexcept override {
        const std::lock_guard held(mutex_);
        ++shares_;
    }
    void release() noexcept override {
        const std::lock_guard held(mutex_);
        --shares_;
    }
    int shares() {
        const std::lock_guard held(mutex_);
        return shares_;
    }

    bool empty() {
        const std::lock_guard held(mutex_);
        return line_.empty();
    }
    task& front() { return *line_.front(); }

    // The first in the line has begun, in another process.
    task& send() {
        const std::lock_guard held(mutex_);
        task& t = *line_.front();
        line_.pop_front();
        t.stands = task::stage::sent;
        return t;
    }
    // Runs what was sent, out of a copy of its bytes, and brings the answer back.
    void answer(task& t) {
        std::vector<std::max_align_t> request(t.request.size() / sizeof(std::max_align_t) + 1);
        const std::byte* const from = t.request.is_small() ? t.request.small_bytes() : t.request.large().at;
        std::memcpy(request.data(), from, t.request.size());
        room result;
        try {
            concur::pickle::reader in(reinterpret_cast<const std::byte*>(request.data()), t.request.size(), true);
            auto* const thunk = reinterpret_cast<concur::remote_thunk*>(concur::pickle::read_code(in));
            thunk(in, stop_.get_token(), result);
        } catch (...) {
            return fail(t, concur::pickle::pack_exception(std::current_exception()));
        }
        answer_with(t, result.bytes(), result.size);
    }
    // Brings an answer that the test has made up.
    void answer_with(task& t, const std::byte* bytes, std::size_t size) {
        if (!begin(t)) return;
        try {
            concur::pickle::reader in(bytes, size);
            t.take_value(in);
        } catch (...) {
            t.core().set_error(std::current_exception());
        }
        end(t);
    }
    void fail(task& t, const std::string& packed) {
        if (!begin(t)) return;
        t.core().set_error(concur::pickle::unpack_exception(packed));
        end(t);
    }

    // The task is nowhere any more, as if it had been taken back.
    void drop(task& t) {
        const std::lock_guard held(mutex_);
        t.stands = task::stage::outside;
    }

    bool shut = false, refuse_memory = false, begins_at_once = false;
    task* newest = nullptr;
    int helps = 0;
    std::function<void(task&)> before_post;
    std::function<void()> when_asked_to_help, when_overdue;

private:
    struct room final : concur::answer_room {
        std::byte* reserve(std::size_t n) override {
            size = n;
            memory.assign(n / sizeof(std::max_align_t) + 1, {});
            return reinterpret_cast<std::byte*>(memory.data());
        }
        const std::byte* bytes() const { return reinterpret_cast<const std::byte*>(memory.data()); }
        std::vector<std::max_align_t> memory;
        std::size_t size = 0;
    };

    bool begin(task& t) {
        {
            const std::lock_guard held(mutex_);
            t.stands = task::stage::answered;
        }
        if (t.core().start()) return true;
        t.core().release();
        return false;
    }
    static void end(task& t) {
        t.forget();
        t.core().finish();
        t.core().release();
    }

    std::mutex mutex_;
    std::deque<task*> line_;  // guarded by mutex_, and so is where a task stands
    int shares_ = 0;          // likewise
    std::map<std::byte*, std::unique_ptr<std::max_align_t[]>> leased_;
    std::stop_source stop_;
};

class loopback final : public concur::executor {
public:
    loopback() = default;
    loopback(const loopback&) = delete;
    loopback& operator=(const loopback&) = delete;
    ~loopback() override { refuse_all(nullptr); }

    using executor::shutdown;
    void shutdown(concur::shutdown_options) override { host.shut = true; }
    void post(concur::job&, int) override { throw concur::pickling_error("a continuation cannot travel"); }
    concur::remote_host* remote() noexcept override { return &host; }

    // False: nothing is there to run.
    bool run_one() {
        if (host.empty()) return false;
        host.answer(host.send());
        return true;
    }
    int run_all() {
        int ran = 0;
        while (run_one()) ++ran;
        return ran;
    }
    void refuse_all(const std::exception_ptr& why) {
        while (!host.empty()) {
            concur::remote_task& t = host.send();
            host.drop(t);
            t.refuse(t, why);
        }
    }

    loopback_host host;
};

}  // namespace support
