// Room for a result of any type a function can return: a value, a reference, or nothing.
#pragma once
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace concur {

// A value where there is none to give.
struct nothing {
    friend constexpr bool operator==(nothing, nothing) noexcept { return true; }
};

template <class T>
class stored {
public:
    using type = std::remove_cv_t<T>;

    template <class... A>
    void emplace(A&&... args) {
        value_.emplace(std::forward<A>(args)...);
    }
    const type& get() const noexcept { return *value_; }
    type& ref() noexcept { return *value_; }
    type take() { return std::move(*value_); }
    void reset() noexcept { value_.reset(); }
    bool has_value() const noexcept { return value_.has_value(); }

private:
    std::optional<type> value_;
};

template <class T>
class stored<T&> {
public:
    void emplace(T& target) noexcept { target_ = std::addressof(target); }
    T& get() const noexcept { return *target_; }
    T& ref() const noexcept { return *target_; }
    T& take() const noexcept { return *target_; }
    bool has_value() const noexcept { return target_ != nullptr; }

private:
    T* target_ = nullptr;
};

template <>
class stored<void> {
public:
    void emplace() noexcept { full_ = true; }
    void get() const noexcept {}
    void take() const noexcept {}
    bool has_value() const noexcept { return full_; }

private:
    bool full_ = false;
};

// Stores what `fn()` returns.
template <class T, class F>
void store_result(stored<T>& room, F&& fn) {
    if constexpr (std::is_void_v<T>) {
        std::forward<F>(fn)();
        room.emplace();
    } else {
        room.emplace(std::forward<F>(fn)());
    }
}

}  // namespace concur
