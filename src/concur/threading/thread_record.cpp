#include "concur/threading/thread_record.hpp"

#include "concur/core/this_thread.hpp"
#include "concur/platform/affinity.hpp"
#include "concur/platform/process.hpp"
#include "concur/threading/excepthook.hpp"
#include "concur/threading/thread_registry.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace concur::threading {
namespace {

constexpr std::size_t least_stack = std::size_t{32} * 1024;
constinit std::size_t usual_stack = 0;  // guarded by the registry's lock

std::size_t checked_stack(std::size_t bytes) {
    if (bytes != 0 && bytes < least_stack)
        throw std::invalid_argument("stack size: less than 32 KiB is too small for a thread; 0 is the usual size");
    return bytes;
}

std::vector<int> checked_affinity(std::vector<int> wanted) {
    if (wanted.empty()) return wanted;
    const std::vector<int> usable = platform::usable_processors();
    const auto can_be_used = [&](int n) { return std::ranges::binary_search(usable, n); };
    if (std::ranges::none_of(wanted, can_be_used))
        throw std::invalid_argument("affinity: the process may use none of these processors; name one that it may");
    return wanted;
}

}  // namespace

thread_record::thread_record(thread_options options, std::unique_ptr<target> what)
    : from_(origin::started_here),
      phase_(phase::fresh),
      daemon_(options.daemon ? *options.daemon : this_thread_begets_daemons()),
      generation_(platform::fork_generation()),
      name_(options.name.empty() ? next_thread_name("Thread-") : std::move(options.name)),
      stack_size_(checked_stack(options.stack_size)),
      affinity_(checked_affinity(std::move(options.affinity))),
      target_(std::move(what)) {}

thread_record::thread_record(origin from, std::string name)
    : from_(from),
      phase_(phase::running),
      daemon_(from == origin::stranger),
      generation_(platform::fork_generation()),
      name_(std::move(name)),
      stop_(std::nostopstate) {
    if (from != origin::main_thread) return;
    native_id_ = platform::main_thread_id();
    const bool is_me = platform::on_main_thread();
    ident_ = is_me ? std::this_thread::get_id()
                   : std::thread::id(static_cast<std::thread::native_handle_type>(platform::main_thread_handle()));
}

void thread_record::start() {
    watch_program_end();
    std::size_t stack = stack_size_;
    {
        const holding h(registry_lock());
        if (phase_.load(std::memory_order_relaxed) != phase::fresh)
            throw std::logic_error("start(): a thread is started once; make another one");
        phase_.store(phase::starting, std::memory_order_relaxed);
        if (stack == 0) stack = usual_stack;
    }
    generation_ = platform::fork_generation();
    add_share();  // the thread's own
    try {
        start_on(stack);
    } catch (...) {
        be_fresh_again();
        throw;
    }
    started_.wait();
    if (!refused_) return;
    reap();
    be_fresh_again();
    throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                            "start(): the thread may not run on any of its processors any more");
}

// Who joins it may come before this has come back: so it is done as one who reaps.
void thread_record::start_on(std::size_t stack) {
    reaping_.acquire();
    try {
        os_ = platform::os_thread::start(&run_thread, this, stack);
    } catch (...) {
        reaping_.release();
        throw;
    }
    reaping_.release();
}

void thread_record::be_fresh_again() noexcept {
    refused_ = false;
    started_.clear();
    {
        const holding h(registry_lock());
        phase_.store(phase::fresh, std::memory_order_relaxed);
    }
    drop_share();
}

void thread_record::run_thread(void* self) noexcept {
    thread_record& me = *static_cast<thread_record*>(self);
    if (!me.affinity_.empty() && !platform::bind_this_thread(me.affinity_)) {
        me.refused_ = true;
        me.started_.set();
        return;
    }
    me.become();
    me.started_.set();
    me.run_target();
    platform::unbind_this_thread();
}

void thread_record::become() noexcept {
    thread_state::mine().record = this;
    platform::when_this_thread_ends(at_end_);
    native_id_ = platform::native_thread_id();
    ident_ = std::this_thread::get_id();
    const holding h(registry_lock());
    if (from_ == origin::started_here) platform::name_this_thread(name_.c_str());
    phase_.store(phase::running, std::memory_order_release);
    enter_living(*this);
}

void thread_record::run_target() noexcept {
    std::exception_ptr error;
    try {
        target_->run(stop_.get_token());
    } catch (...) {
        error = std::current_exception();
    }
    target_.reset();
    if (error != nullptr) report(std::move(error));
}

void thread_record::report(std::exception_ptr error) noexcept {
    try {
        tell_excepthook(error, "thread '" + name() + "'");
    } catch (const std::bad_alloc&) {
        tell_excepthook(std::move(error), "a thread");
    }
}

// The objects of the thread are gone, all but its block.
void thread_record::leave(platform::thread_end& e) noexcept {
    thread_record& me = static_cast<last_act&>(e).of;
    {
        const holding h(registry_lock());
        leave_living(me);
        me.phase_.store(phase::ended, std::memory_order_release);
    }
    thread_state::mine().record = nullptr;
    me.ended_.set();
    me.drop_share();
}

bool thread_record::join(timeout t, const std::stop_token& stop) {
    require_joinable();
    if (is_of_parent()) return true;
    if (!ended_.wait(t, stop)) return false;
    reap();
    return true;
}

void thread_record::join_at_exit() noexcept {
    ended_.wait();
    reap();
}

void thread_record::require_joinable() const {
    if (from_ != origin::started_here)
        throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                                "join(): only a thread that was made as threading::thread can be joined");
    const phase now = phase_.load(std::memory_order_acquire);
    if (now == phase::fresh || now == phase::starting)
        throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                                "join(): the thread was not started; call start() first");
    if (is_here())
        throw std::system_error(std::make_error_code(std::errc::resource_deadlock_would_occur),
                                "join(): a thread cannot wait for its own end");
}

// Its last act is done; what the system has of it goes soon.
void thread_record::reap() noexcept {
    reaping_.acquire();
    if (os_.joinable()) os_.join();
    reaping_.release();
}

bool thread_record::is_of_parent() const noexcept { return generation_ != platform::fork_generation(); }

bool thread_record::is_alive() const noexcept {
    return phase_.load(std::memory_order_acquire) == phase::running && !is_of_parent();
}

bool thread_record::is_here() const noexcept { return known_record_of_this_thread() == this; }

std::string thread_record::name() const {
    const holding h(registry_lock());
    return name_;
}

// By the system's tools it is seen under the new name where it says so itself.
void thread_record::set_name(std::string name) {
    if (is_here()) platform::name_this_thread(name.c_str());
    const holding h(registry_lock());
    name_.swap(name);
}

bool thread_record::daemon() const noexcept {
    const holding h(registry_lock());
    return daemon_;
}

void thread_record::set_daemon(bool yes) {
    const holding h(registry_lock());
    if (phase_.load(std::memory_order_relaxed) != phase::fresh)
        throw std::logic_error("set_daemon(): the thread was started; say so before start()");
    daemon_ = yes;
}

void thread_record::detach() noexcept {
    const holding h(registry_lock());
    let_go_ = true;
}

std::thread::id thread_record::ident() const noexcept {
    const phase now = phase_.load(std::memory_order_acquire);
    return now == phase::running || now == phase::ended ? ident_ : std::thread::id();
}

std::int64_t thread_record::native_id() const noexcept {
    const phase now = phase_.load(std::memory_order_acquire);
    return now == phase::running || now == phase::ended ? native_id_ : 0;
}

void thread_record::drop_share() noexcept {
    if (!shares_.drop()) return;
    if (is_of_parent()) os_.forget();
    delete this;
}

void thread_record::drop_owner() noexcept {
    if (!owners_.drop()) return;
    {
        const holding h(registry_lock());
        if (daemon_ || let_go_) return;
    }
    const phase now = phase_.load(std::memory_order_acquire);
    if (now == phase::fresh || now == phase::starting || is_of_parent() || is_here()) return;
    stop_.request_stop();
    join_at_exit();
}

// The child's only thread is its main thread, and has another number.
void thread_record::survive_fork() noexcept {
    generation_ = platform::fork_generation();
    native_id_ = platform::native_thread_id();
    enter_living(*this);
}

std::size_t stack_size(std::size_t bytes) {
    const std::size_t wanted = checked_stack(bytes);
    const holding h(registry_lock());
    return std::exchange(usual_stack, wanted);
}

std::size_t stack_size() noexcept {
    const holding h(registry_lock());
    return usual_stack;
}

}  // namespace concur::threading
