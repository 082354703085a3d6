#include "concur/futures/call_place.hpp"

#include "concur/core/error.hpp"
#include "concur/core/this_thread.hpp"
#include "concur/platform/affinity.hpp"
#include "concur/platform/os_thread.hpp"
#include "concur/platform/process.hpp"

#include <system_error>

namespace concur {
namespace {

// What a nested task, and those nested in it on the way to the next look at the stack, may need.
constexpr std::size_t enough_stack = std::size_t{256} * 1024;

// Tasks inside each other on one thread: a race detector's list of calls has room for some more than these make.
constexpr int most_nested = 2'000;

// A thread that does a worker's work while the worker waits for its end, and is the owner of what that one keeps.
struct lent_worker final : worker {
    lent_worker(worker& w, job& j, job::runner* r) noexcept
        : worker(w.of, w.own, w.others), lender(w), errand(j), work(r) {}
    void has_result() noexcept override {}
    void going_on() noexcept override {}
    bool others_are_free() noexcept override { return lender.others_are_free(); }
    bool may_keep() const noexcept override { return lender.may_keep(); }
    void call_others() noexcept override { lender.call_others(); }
    void take_its_place() noexcept override { lender.take_its_place(); }
    bool take_out(job& j) noexcept override { return lender.take_out(j); }

    static void run_thread(void* argument) noexcept {
        lent_worker& self = *static_cast<lent_worker*>(argument);
        self.lender.take_its_place();
        set_this_worker(&self);
        self.nested = 1;
        self.work(self.errand);
        set_this_worker(nullptr);
        platform::unbind_this_thread();
    }

    worker& lender;
    job& errand;
    job::runner* work;
};

// A thread that is nobody's worker, while it runs a task of that home. It keeps nothing by itself.
struct guest final : worker {
    explicit guest(std::uint64_t home_id) noexcept : worker(home_id) {
        nested = 1;
        set_this_worker(this);
    }
    ~guest() { set_this_worker(nullptr); }
    guest(const guest&) = delete;
    guest& operator=(const guest&) = delete;

    void has_result() noexcept override {}
    void going_on() noexcept override {}
    bool others_are_free() noexcept override { return home::has_free_worker_at(of); }
    bool may_keep() const noexcept override { return false; }
    void call_others() noexcept override {}
    bool take_out(job& j) noexcept override { return home::take_out_of(of, j); }
};

bool run_on_lent_thread(worker& lender, job& j, job::runner* work) noexcept {
    run_deferred();  // the task may wait for it, and this thread for the task
    try {
        lent_worker lent(lender, j, work);
        platform::os_thread::start(&lent_worker::run_thread, &lent).join();
        return true;
    } catch (...) {
        return false;  // no thread or no memory to be had: what is left of the stack must do
    }
}

}  // namespace

call_place::call_place(const home& where) noexcept
    : home_(where.id()), generation_(platform::fork_generation()), callers_help_(where.lets_callers_help()) {}

bool call_place::has_this_worker() const noexcept {
    const worker* const me = this_worker();
    return me != nullptr && me->of == home_ && generation_ == platform::fork_generation();
}

bool call_place::is_mine() const {
    if (!has_this_worker()) return false;
    if (this_worker()->initializing)
        throw std::system_error(std::make_error_code(std::errc::resource_deadlock_would_occur),
                                "an initializer cannot wait for a task of its own pool: tasks run after it");
    return true;
}

bool call_place::lets_callers_help() const noexcept {
    return callers_help_ && generation_ == platform::fork_generation() && platform::stack_left() >= enough_stack;
}

void call_place::check_alive() const {
    if (generation_ != platform::fork_generation())
        throw broken_thread_pool(
            "this task's pool has its threads in the parent of this process: "
            "make a pool in the child, after fork(), and submit there");
}

// What was put off may be what the task waits for.
void run_as_task_of(std::uint64_t home_id, job& j, job::runner* work) noexcept {
    run_deferred();
    const guest me(home_id);
    work(j);
}

void run_nested(worker& me, job& j, job::runner* work) noexcept {
    if (!thread_state::mine().deferred.empty()) run_deferred();
    const bool is_deep = me.nested >= most_nested || platform::stack_left() < enough_stack;
    if (is_deep && run_on_lent_thread(me, j, work)) return;
    ++me.nested;
    work(j);
    --me.nested;
}

void call_place::note_result() const noexcept {
    worker* const me = this_worker();
    if (me != nullptr && me->of == home_ && me->nested == 0) me->has_result();
}

void call_place::note_busy() const noexcept {
    worker* const me = this_worker();
    if (me != nullptr && me->of == home_) me->going_on();
}

// A worker keeps its pool alive; others have to ask for it.
bool call_place::leave_line(job& j) const noexcept {
    if (generation_ != platform::fork_generation()) return false;
    worker* const me = this_worker();
    return me != nullptr && me->of == home_ ? me->take_out(j) : home::take_out_of(home_, j);
}

}  // namespace concur
