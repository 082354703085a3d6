// A value that is reached under its lock alone.
#pragma once
#include "concur/core/callable.hpp"
#include "concur/threading/lock.hpp"

#include <concepts>
#include <type_traits>
#include <utility>

namespace concur::threading {

// What reaches the value, and has its lock as long as it lives. An empty one, of a try that failed, has neither.
template <class T, class Lock, bool Shared = false>
class [[nodiscard]] synchronized_guard {
public:
    synchronized_guard() noexcept = default;
    // For one who has the lock.
    synchronized_guard(T& value, Lock& l) noexcept : value_(&value), lock_(&l) {}
    synchronized_guard(synchronized_guard&& other) noexcept
        : value_(std::exchange(other.value_, nullptr)), lock_(std::exchange(other.lock_, nullptr)) {}
    synchronized_guard& operator=(synchronized_guard&& other) noexcept {
        if (this == &other) return *this;
        release();
        value_ = std::exchange(other.value_, nullptr);
        lock_ = std::exchange(other.lock_, nullptr);
        return *this;
    }
    ~synchronized_guard() { release(); }

    explicit operator bool() const noexcept { return value_ != nullptr; }
    // It must not be empty.
    T& operator*() const noexcept { return *value_; }
    T* operator->() const noexcept { return value_; }

    // Lets the lock go before the end; the value is not to be reached any more.
    void release() noexcept {
        value_ = nullptr;
        if (Lock* const l = std::exchange(lock_, nullptr)) {
            if constexpr (Shared) l->unlock_shared();
            else l->unlock();
        }
    }

private:
    T* value_ = nullptr;
    Lock* lock_ = nullptr;
};

template <class L>
concept shared_lockable = requires(L& l) {
    l.lock_shared();
    l.unlock_shared();
    { l.try_lock_shared() } -> std::convertible_to<bool>;
};

//   synchronized<std::vector<int>> seen;      seen.lock()->push_back(1);       seen.with([](auto& v) { v.clear(); });
//
// With a shared_lock, lock_shared() and a const with() reach it beside other readers. Whatever the lock, the guard
// must not outlive this, and a thread that has one must not ask for another.
template <class T, class Lock = plain_lock>
class synchronized {
public:
    using guard = synchronized_guard<T, Lock>;
    using shared_guard = synchronized_guard<const T, Lock, true>;
    using const_guard = std::conditional_t<shared_lockable<Lock>, shared_guard, synchronized_guard<const T, Lock>>;

    synchronized()
        requires std::default_initializable<T>
    = default;
    template <class... A>
        requires(sizeof...(A) > 0) && std::constructible_from<T, A...> &&
                (!(sizeof...(A) == 1 && (std::same_as<std::remove_cvref_t<A>, synchronized> && ...)))
    explicit(sizeof...(A) != 1) synchronized(A&&... args) : value_(std::forward<A>(args)...) {}
    synchronized(const synchronized&) = delete;
    synchronized& operator=(const synchronized&) = delete;

    // Waits as long as it takes.
    guard lock() {
        lock_.lock();
        return guard(value_, lock_);
    }
    const_guard lock() const { return take_const(); }
    // Empty: another has it, or had it all the time.
    guard try_lock() { return lock_.try_lock() ? guard(value_, lock_) : guard(); }
    template <class Duration>
    guard try_lock_for(const Duration& t) {
        return lock_.try_lock_for(t) ? guard(value_, lock_) : guard();
    }
    shared_guard lock_shared() const
        requires shared_lockable<Lock>
    {
        return take_const();
    }

    // Gives what `fn` gives, called with the value under the lock. That must not refer to the value.
    template <class F>
    decltype(auto) with(F&& fn) {
        const guard held = lock();
        return call_with(std::forward<F>(fn), *held);
    }
    template <class F>
    decltype(auto) with(F&& fn) const {
        const const_guard held = lock();
        return call_with(std::forward<F>(fn), *held);
    }

    // A copy of it, made under the lock.
    T copy() const
        requires std::copy_constructible<T>
    {
        const const_guard held = lock();
        return *held;
    }
    // Puts another value in its place, and gives the old one.
    template <class U = T>
        requires std::constructible_from<T, U> && std::assignable_from<T&, U>
    T exchange(U&& value) {
        const guard held = lock();
        return std::exchange(*held, std::forward<U>(value));
    }

private:
    const_guard take_const() const {
        if constexpr (shared_lockable<Lock>) lock_.lock_shared();
        else lock_.lock();
        return const_guard(value_, lock_);
    }

    mutable Lock lock_;
    T value_{};
};

}  // namespace concur::threading
