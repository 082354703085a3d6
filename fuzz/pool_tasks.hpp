// The tasks that the player gives to a pool, and what has become of them.
#pragma once
#include "played_worker.hpp"
#include "value_types.hpp"

#include "concur/executors/process_pool_executor.hpp"
#include "concur/futures.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace fuzz {

// What the pool may never do was done.
[[noreturn]] inline void broken(const char* what) {
    std::printf("\n== %s\n", what);
    std::fflush(stdout);
    std::abort();
}

// --- what they are, in a worker -----------------------------------------------------------------------

// How often each was run by a worker that nobody has taken over.
inline std::array<std::uint8_t, 256>& honest_runs() {
    static std::array<std::uint8_t, 256> counts{};
    return counts;
}
inline std::uint32_t note_run(std::uint32_t number) {
    if (played_worker::running != nullptr && played_worker::running->honest) ++honest_runs()[number % 256];
    return number;
}

inline std::uint32_t small_task(std::uint32_t n) { return note_run(n) * 2654435761U; }
inline std::string large_task(std::uint32_t n, const std::string& text) { return note_run(n), text; }
inline std::uint32_t stoppable_task(const std::stop_token&, std::uint32_t n) { return note_run(n) + 1; }
inline json json_task(std::uint32_t n, std::uint32_t count) {
    return note_run(n), json{std::vector<json>(count % 1000, json{std::string("text")})};
}
inline tree tree_task(std::uint32_t n) { return note_run(n), tree{1, {{2, {}}, {3, {{4, {}}}}}}; }
inline void throwing_task(std::uint32_t n) {
    note_run(n);
    try {
        throw std::out_of_range(std::string(300, 'x'));
    } catch (...) {
        std::throw_with_nested(std::runtime_error("a task has thrown"));
    }
}

// --- what they are, in the pool -----------------------------------------------------------------------

// A future that was asked for, and how often it became done.
class asked : private concur::job {
public:
    asked(concur::remote_task& t, std::uint32_t n, bool again)
        : job(&count), number(n), may_run_again(again), task_(&t) {
        if (!t.core().listen_first(*this)) ++ends_;
    }
    virtual ~asked() = default;

    bool cancel() { return cancelled = task_->core().cancel() || cancelled; }
    void request_stop() { task_->core().request_stop(); }
    // As a thread does that waits for it.
    void help() {
        if (!task_->core().done()) task_->host().help(*task_);
    }

    bool is_done() const { return task_->core().done(); }

    // When the pool has ended.
    void check(bool must_be_right) {
        if (!task_->core().done()) broken("a task was lost: its future is not done");
        if (ends_ != 1) broken("a task has ended more than once");
        const int runs = honest_runs()[number % 256];
        if (runs > 1 && !may_run_again) broken("a task was run twice");
        if (runs > 0 && cancelled) broken("a task was run that had been cancelled");
        look(must_be_right && runs > 0);
    }

    const std::uint32_t number;
    const bool may_run_again;
    bool cancelled = false;

protected:
    [[noreturn]] static void not_believed() { broken("a worker that nobody has taken over was not believed"); }
    virtual void look(bool must_be_right) = 0;

private:
    static void count(job& j) noexcept { ++static_cast<asked&>(j).ends_; }

    concur::remote_task* task_;
    int ends_ = 0;
};

template <class R>
class asked_for final : public asked {
public:
    asked_for(concur::future<R> f, concur::remote_task& t, std::uint32_t n, bool again, R right)
        : asked(t, n, again), future_(std::move(f)), right_(std::move(right)) {}

private:
    void look(bool must_be_right) override {
        if (future_.cancelled()) return;
        const bool has_failed = future_.exception() != nullptr;
        if (must_be_right && (has_failed || future_.result() != right_)) not_believed();
    }

    concur::future<R> future_;
    R right_;
};

template <>
class asked_for<void> final : public asked {
public:
    asked_for(concur::future<void> f, concur::remote_task& t, std::uint32_t n, bool again)
        : asked(t, n, again), future_(std::move(f)) {}

private:
    void look(bool must_be_right) override {
        if (future_.cancelled()) return;
        const std::exception_ptr error = future_.exception();
        if (!must_be_right) return;
        try {
            if (error != nullptr) std::rethrow_exception(error);
            not_believed();
        } catch (const std::runtime_error& e) {
            if (e.what() != std::string("a task has thrown")) not_believed();
        } catch (...) {
            not_believed();
        }
    }

    concur::future<void> future_;
};

// As executor::submit() does it, and throws what that throws. `right`: what its future is to have in the end.
template <class F, class... A>
std::unique_ptr<asked> ask(concur::remote_host& host, const concur::task_options& options, std::uint32_t number,
                           auto right, F fn, A... args) {
    using result = concur::call_result<F, A...>;
    auto* const fresh = new concur::remote_call<result>(host, !concur::callable_alone<F, A...>);
    concur::future<result> f(fresh);
    try {
        fresh->set_options(options);
        fresh->template encode<F, A...>(fn, args...);
        const concur::remote_request& r = fresh->request;
        played_worker::know_thunk(r.is_small() ? r.small_bytes() : r.large().at);
        fresh->start_timer(options.timeout);
        host.post_remote(*fresh, options.priority);
    } catch (...) {
        fresh->stop_timer();
        fresh->mark_read();
        fresh->release();
        throw;
    }
    if constexpr (std::is_void_v<result>)
        return std::make_unique<asked_for<void>>(std::move(f), *fresh, number, options.idempotent);
    else return std::make_unique<asked_for<result>>(std::move(f), *fresh, number, options.idempotent, result(right));
}

}  // namespace fuzz
