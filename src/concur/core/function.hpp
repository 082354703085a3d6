// Something to be called later, whatever its type: std::function, at a fraction of the cost to include.
#pragma once
#include "concur/core/callable.hpp"

#include <concepts>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace concur {

template <class Signature>
class function;

// Copies copy what they hold. Made of an empty callable, or of nullptr, it is empty.
template <class R, class... A>
class function<R(A...)> {
public:
    function() noexcept = default;
    function(std::nullptr_t) noexcept {}
    template <class F>
        requires(!std::same_as<std::remove_cvref_t<F>, function> && std::copy_constructible<std::decay_t<F>> &&
                 std::is_invocable_r_v<R, std::decay_t<F>&, A...>)
    function(F&& fn) {
        if (!is_empty(fn)) held_ = std::make_unique<holder<std::decay_t<F>>>(std::forward<F>(fn));
    }
    function(const function& other) : held_(other.held_ != nullptr ? other.held_->copy() : nullptr) {}
    function(function&&) noexcept = default;
    function& operator=(function other) noexcept {
        held_ = std::move(other.held_);
        return *this;
    }
    ~function() = default;

    explicit operator bool() const noexcept { return held_ != nullptr; }
    // It must not be empty.
    R operator()(A... args) const { return held_->call(std::forward<A>(args)...); }

private:
    struct any_callable {
        virtual ~any_callable() = default;
        virtual R call(A... args) = 0;
        virtual std::unique_ptr<any_callable> copy() const = 0;
    };
    template <class F>
    struct holder final : any_callable {
        template <class G>
        explicit holder(G&& f) : fn(std::forward<G>(f)) {}
        R call(A... args) override { return static_cast<R>(call_with(fn, std::forward<A>(args)...)); }
        std::unique_ptr<any_callable> copy() const override { return std::make_unique<holder>(fn); }
        F fn;
    };

    std::unique_ptr<any_callable> held_;
};

}  // namespace concur
