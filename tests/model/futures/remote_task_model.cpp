// remote_task: a call that another process may begin at any moment is cancelled, overdue, refused or
// answered, one of them, and nobody's share of it is lost.
#include "concur/futures/remote_task.hpp"

#include "concur/core/error.hpp"
#include "concur/core/lock_word.hpp"
#include "concur/core/share_count.hpp"
#include "model/checker.hpp"

#include <array>
#include <chrono>
#include <exception>
#include <utility>

namespace {

using concur::future_core;
using concur::holding;
using concur::lock_word;
using concur::remote_task;
using concur::model::require;
using concur::model::run;
using stage = concur::remote_task::stage;

// What a pool is to one task; lives as long as the last that has a share of it.
class one_pool final : public concur::remote_host {
public:
    concur::memory_lease lease(std::size_t) override { return {}; }
    void give_back(const concur::memory_lease&) noexcept override {}
    void post_remote(remote_task& t, int) override {
        const holding h(lock_);
        t.stands = stage::queued;
    }
    bool recall(remote_task& t, bool& had_share) noexcept override {
        const holding h(lock_);
        if (t.stands != stage::queued) return t.stands == stage::outside;
        t.stands = stage::outside;
        return had_share = true;
    }
    bool is_running(const remote_task& t) noexcept override {
        const holding h(lock_);
        return t.stands == stage::sent;
    }
    bool ask_to_stop(remote_task&) noexcept override { return false; }
    void end_overdue(remote_task& t) noexcept override {
        {
            const holding h(lock_);
            // It is to be run again, and waits once more.
            if (t.stands == stage::queued) return t.start_timer_again(std::chrono::nanoseconds{0});
            if (!kills || t.stands != stage::sent) return;
            t.stands = stage::answered;
        }
        end(t, std::make_exception_ptr(concur::timeout_error("it was killed")));
    }
    void help(remote_task&) override {}
    void retain() noexcept override { shares_.add(); }
    void release() noexcept override {
        if (shares_.drop()) delete this;
    }

    // True: a worker has begun it.
    bool begin(remote_task& t) {
        const holding h(lock_);
        if (t.stands != stage::queued) return false;
        t.stands = stage::sent;
        return true;
    }
    // The worker has died, and it is to be run again.
    bool begin_again(remote_task& t) {
        const holding h(lock_);
        if (t.stands != stage::sent) return false;
        t.stands = stage::queued;
        return true;
    }
    // False: its time was over before it was posted.
    bool answer(remote_task& t) {
        {
            const holding h(lock_);
            t.stands = stage::answered;
        }
        return end(t, nullptr);
    }
    // It will not be run: the pool is shut down.
    void refuse(remote_task& t) {
        {
            const holding h(lock_);
            if (t.stands != stage::queued) return;
            t.stands = stage::outside;
        }
        t.refuse(t, nullptr);
    }

    bool kills = false;           // a worker whose task is overdue
    bool may_be_too_late = false;  // a timer was set before the task was posted

private:
    ~one_pool() = default;
    bool end(remote_task& t, std::exception_ptr error) {
        const bool mine = t.core().start();
        require(mine || may_be_too_late, "what has begun is nobody else's");
        if (!mine) return t.core().release(), false;
        if (error != nullptr) t.core().set_error(std::move(error));
        t.forget();
        t.core().finish();
        t.core().release();
        return true;
    }

    lock_word lock_;
    concur::share_count shares_;
};

// The future has one share, and the host the other.
class task final : public future_core, public remote_task {
public:
    explicit task(one_pool& p) : future_core(2), remote_task(p, false, &refused), pool(p) {}

    future_core& core() noexcept override { return *this; }
    void take_value(concur::pickle::reader&) override {}
    std::string_view label() const noexcept override { return remote_task::label(); }
    void set_timer(std::chrono::nanoseconds t) {
        set_options({.timeout = t});
        start_timer(t);
    }

    one_pool& pool;

private:
    static void refused(job& j, std::exception_ptr) noexcept {
        task& self = static_cast<task&>(static_cast<remote_task&>(j));
        self.cancel();
        self.release();
    }
    void abandon() noexcept override { forget(); }
    bool recall() noexcept override { return recall_from_host(); }
    bool runs_elsewhere() const noexcept override { return remote_task::host().is_running(*this); }
};

task* new_task() {
    auto& pool = *new one_pool;
    auto* const made = new task(pool);
    pool.release();
    return made;
}

void cancelled_or_answered() {
    task* const t = new_task();
    one_pool& pool = t->pool;
    pool.post_remote(*t, 0);
    bool cancelled = false;
    bool answered = false;
    run({
        [&] { cancelled = t->cancel(); },
        [&] {
            answered = pool.begin(*t);
            if (answered) pool.answer(*t);
        },
    });
    require(cancelled != answered, "one of the two");
    require(t->now() == (answered ? future_core::state::finished : future_core::state::cancelled), "and it says so");
    t->release();
}

void cancelled_or_refused() {
    task* const t = new_task();
    one_pool& pool = t->pool;
    pool.post_remote(*t, 0);
    run({
        [&] { require(t->cancel(), "nobody runs it"); },
        [&] { pool.refuse(*t); },
    });
    require(t->now() == future_core::state::cancelled, "either way");
    t->release();
}

// The first worker dies; until the second has begun it may be cancelled.
void cancelled_or_run_again() {
    task* const t = new_task();
    one_pool& pool = t->pool;
    pool.post_remote(*t, 0);
    pool.begin(*t);
    bool cancelled = false;
    bool answered = false;
    run({
        [&] { cancelled = t->cancel(); },
        [&] {
            pool.begin_again(*t);
            answered = pool.begin(*t);
            if (answered) pool.answer(*t);
        },
    });
    require(cancelled != answered, "one of the two");
    t->release();
}

void in_time_or_not() {
    task* const t = new_task();
    one_pool& pool = t->pool;
    pool.may_be_too_late = true;
    t->set_timer(std::chrono::nanoseconds{1000});
    pool.post_remote(*t, 0);
    bool answered = false;
    run({[&] { answered = pool.begin(*t) && pool.answer(*t); }});
    t->wait(concur::deadline::never());
    require(answered == (t->error() == nullptr), "answered, or too late");
    t->mark_read();
    t->release();
}

void in_time_or_cancelled() {
    task* const t = new_task();
    one_pool& pool = t->pool;
    t->set_timer(std::chrono::nanoseconds{1000});
    pool.post_remote(*t, 0);
    bool cancelled = false;
    run({[&] { cancelled = t->cancel(); }});
    t->wait(concur::deadline::never());
    require(cancelled == (t->error() == nullptr), "cancelled, or too late");
    t->mark_read();
    t->release();
}

// The first worker dies, and the second hangs. However the timer meets that, it ends the task.
void overdue_while_it_is_run_again() {
    task* const t = new_task();
    one_pool& pool = t->pool;
    pool.kills = true;
    t->set_timer(std::chrono::nanoseconds{1000});
    pool.post_remote(*t, 0);
    if (!pool.begin(*t)) return t->mark_read(), t->release();
    run({[&] {
        if (pool.begin_again(*t)) pool.begin(*t);
    }});
    t->wait(concur::deadline::never());
    require(t->error() != nullptr, "its time was over");
    t->mark_read();
    t->release();
}

// Two that wait for it see the end, whichever it is.
void waited_for() {
    task* const t = new_task();
    one_pool& pool = t->pool;
    pool.post_remote(*t, 0);
    const auto wait = [&] {
        t->wait(concur::deadline::never());
        require(t->done(), "it is done");
    };
    run({
        wait,
        [&] { t->cancel(); },
        [&] {
            if (pool.begin(*t)) pool.answer(*t);
        },
    });
    t->release();
}

constexpr std::array scenarios{
    concur::model::scenario{"cancelled_or_answered", cancelled_or_answered},
    concur::model::scenario{"cancelled_or_refused", cancelled_or_refused},
    concur::model::scenario{"cancelled_or_run_again", cancelled_or_run_again},
    concur::model::scenario{"in_time_or_not", in_time_or_not},
    concur::model::scenario{"in_time_or_cancelled", in_time_or_cancelled},
    concur::model::scenario{"overdue_while_it_is_run_again", overdue_while_it_is_run_again},
    concur::model::scenario{"waited_for", waited_for},
};

}  // namespace

int main(int argc, char** argv) { return concur::model::main_of(argc, argv, scenarios); }
