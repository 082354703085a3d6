// The side of a future on which the result is set: for work that no executor runs.
#pragma once
#include "concur/futures/future.hpp"

namespace concur {

[[noreturn]] void throw_not_settable(future_core::state was);
[[noreturn]] void throw_claimed_twice(future_core::state was);

// Python sets results on the Future itself; here the right to do so is an object of its own. Every
// member may be called from any thread. A promise that goes without a result fails its future
// with invalid_state_error.
template <class T>
class promise {
public:
    promise() : future_(new future_state<T>(1)) {}
    promise(promise&&) noexcept = default;
    promise& operator=(promise&& other) noexcept {
        if (this == &other) return *this;
        leave();
        future_ = std::move(other.future_);
        return *this;
    }
    ~promise() { leave(); }

    // The future of this promise, as often as asked for.
    future<T> get_future() const {
        future_.core();
        return future_;
    }

    // To be called before the work begins. True: go on, the future can no longer be cancelled. False:
    // it was cancelled, leave the work. Throws invalid_state_error where the work was claimed before,
    // or is done. (Future.set_running_or_notify_cancel)
    bool set_running_or_notify_cancel() const {
        future_core& core = future_.core();
        if (core.start()) return true;
        const auto was = core.now();
        if (was != future_core::state::cancelled) throw_claimed_twice(was);
        return false;
    }

    // The result. Waiters wake up, then callbacks run on this thread. Throws invalid_state_error where
    // there is a result already or the future was cancelled, and what making a T of `value` throws;
    // nothing has changed then. (Future.set_result)
    template <class U = T>
        requires(!std::is_void_v<T>)
    void set_result(U&& value) const {
        if constexpr (std::is_reference_v<T> && !refers_to<U>)
            static_assert(refers_to<U>, "set_result(value): a reference needs something that lasts");
        else if constexpr (!std::constructible_from<T, U>)
            static_assert(std::constructible_from<T, U>, "set_result(value): value cannot be made into the future's T");
        else settle([&](stored<T>& room) { room.emplace(std::forward<U>(value)); });
    }
    void set_result() const
        requires std::is_void_v<T>
    {
        settle([](stored<T>& room) { room.emplace(); });
    }

    // Likewise with an exception. Throws std::invalid_argument for a null pointer. (Future.set_exception)
    void set_exception(std::exception_ptr error) const {
        if (error == nullptr)
            throw std::invalid_argument("set_exception(error): error is null; set_result() says that all went well");
        const future<T> held = future_;
        claim(held.core());
        held.core().fail(std::move(error));
    }
    template <class E>
        requires(!std::convertible_to<E, std::exception_ptr>)
    void set_exception(E error) const {
        set_exception(std::make_exception_ptr(std::move(error)));
    }

private:
    // No conversion comes between, and it lasts longer than the call.
    template <class U>
    static constexpr bool refers_to = std::is_lvalue_reference_v<U> &&
                                      std::is_convertible_v<std::remove_reference_t<U>*, std::remove_reference_t<T>*>;

    template <class Fill>
    void settle(Fill fill) const {
        const future<T> held = future_;  // callbacks may destroy this promise
        future_state<T>& core = held.core();
        const auto was = claim(core);
        try {
            fill(core.value);
        } catch (...) {
            core.unclaim(was);
            throw;
        }
        core.finish();
    }

    static future_core::state claim(future_core& core) {
        future_core::state was{};
        if (!core.claim(was)) throw_not_settable(was);
        return was;
    }

    void leave() noexcept {
        if (!future_.valid()) return;
        const future<T> held = std::move(future_);
        future_core::state was{};
        if (!held.core().claim(was)) return;
        held.core().mark_read();  // of interest to those who wait, and to nobody else
        held.core().fail(made_exception<invalid_state_error>(
            "the promise of this future went away without set_result() or set_exception()"));
    }

    future<T> future_;
};

}  // namespace concur
