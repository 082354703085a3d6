// concurrent.futures.Executor: a place that runs calls, whatever it is made of.
#pragma once
#include "concur/futures/call.hpp"
#include "concur/futures/map.hpp"

namespace concur {

// Code written against executor& runs on threads, and on whatever else there will be. Every member
// may be called from any thread, also from a task of the same executor.
class executor : public home {
public:
    virtual ~executor() = default;

    // Runs `fn(args...)` on copies of both and returns the future of its result; never waits for it.
    // A callable whose first parameter is a std::stop_token, or that cannot be called without one in
    // front of `args...`, is handed one, which future::request_stop() reaches. Throws std::invalid_argument for an empty
    // callable, executor_shutdown, broken_executor, std::bad_alloc, std::system_error where the first
    // worker cannot be started, and what copying throws; nothing has been submitted then.
    // (Executor.submit)
    template <class F, class... A>
        requires(!std::same_as<std::remove_cvref_t<F>, task_options>)
    auto submit(F&& fn, A&&... args) {
        if constexpr (!callable_with<F, A...>) {
            static_assert(callable_with<F, A...>, "submit(fn, args...): fn cannot be called with copies of args");
        } else {
            reject_empty(fn, "submit(fn, args...): fn is empty; give it a function to call");
            return posted(
                new call<std::decay_t<F>, std::decay_t<A>...>(*this, std::forward<F>(fn), std::forward<A>(args)...));
        }
    }

    // Likewise, with a time-out, a priority, a name.
    template <class F, class... A>
    auto submit(const task_options& options, F&& fn, A&&... args) {
        if constexpr (!callable_with<F, A...>) {
            static_assert(callable_with<F, A...>, "submit(fn, args...): fn cannot be called with copies of args");
        } else {
            reject_empty(fn, "submit(fn, args...): fn is empty; give it a function to call");
            return posted_in_time(new call_with_options<std::decay_t<F>, std::decay_t<A>...>(
                                      options, *this, std::forward<F>(fn), std::forward<A>(args)...),
                                  options.timeout, options.priority);
        }
    }

    // Calls `fn` with the items of `ranges` side by side, up to the end of the shortest, and returns
    // an input range of the results, in input order. The inputs are read here and now, on this
    // thread, and submitted; what reading throws, map throws. An item's exception is thrown where
    // that item is read, and the next can be read after it. Destroying the range cancels what has
    // not started. (Executor.map)
    template <class F, class... R>
        requires(!std::same_as<std::remove_cvref_t<F>, map_options>)
    auto map(F&& fn, R&&... ranges) {
        return map(map_options{}, std::forward<F>(fn), std::forward<R>(ranges)...);
    }

    // Likewise, with a time-out for the whole, items in chunks, a bound on what is under way, or
    // results as they finish. Throws std::invalid_argument for sizes below 1. The executor must
    // outlive a range with a buffersize, and so must ranges that are given by name.
    template <class F, class... R>
    auto map(map_options options, F&& fn, R&&... ranges) {
        if constexpr (!mappable<F, R...>) {
            static_assert(mappable<F, R...>,
                          "map(fn, ranges...): a copy of fn cannot be called with copies of one item of each range");
        } else {
            reject_empty(fn, "map(fn, ranges...): fn is empty; give it a function to call");
            return start_map(*this, options, std::decay_t<F>(std::forward<F>(fn)), std::forward<R>(ranges)...);
        }
    }

    template <class F, class T>
        requires(!std::same_as<std::remove_cvref_t<F>, map_options>)
    auto map(F&& fn, std::initializer_list<T> items) {
        return map(map_options{}, std::forward<F>(fn), std::vector<T>(items));
    }
    template <class F, class T>
    auto map(map_options options, F&& fn, std::initializer_list<T> items) {
        return map(options, std::forward<F>(fn), std::vector<T>(items));
    }

    // Takes no more work: submit() throws executor_shutdown from now on. May be called again.
    // Throws std::system_error (resource_deadlock_would_occur) when asked to wait by one of its own
    // workers; nothing has changed then. (Executor.shutdown)
    virtual void shutdown(shutdown_options options) = 0;
    void shutdown() { shutdown(shutdown_options{}); }

private:
    template <class Call>
    future<typename Call::result_type> posted(Call* fresh) {
        future<typename Call::result_type> f(fresh);
        try {
            post(*fresh, 0);
        } catch (...) {
            fresh->release();
            throw;
        }
        return f;
    }

    template <class Call>
    future<typename Call::result_type> posted_in_time(Call* fresh, timeout t, int priority) {
        future<typename Call::result_type> f(fresh);
        try {
            fresh->start_timer(t);
            post(*fresh, priority);
        } catch (...) {
            fresh->stop_timer();
            fresh->mark_read();  // whatever its timer says by now: it was not submitted
            fresh->release();
            throw;
        }
        return f;
    }
};

}  // namespace concur
