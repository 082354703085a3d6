// What each worker of a pool does before its first task.
#pragma once
#include "concur/core/callable.hpp"
#include "concur/core/function.hpp"
#include "concur/futures/remote_call.hpp"

#include <concepts>
#include <cstddef>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

namespace concur {

// A function and its arguments: {fn, args...}. Where it can travel it does; a lambda with captures can
// be given to a pool with start_method::fork alone, whose workers have all that it refers to.
class process_initializer {
public:
    process_initializer() = default;
    template <class F, class... A>
        requires(!std::same_as<std::remove_cvref_t<F>, process_initializer> && callable_with<F, A...>)
    process_initializer(F&& fn, A&&... args) {
        reject_empty(fn, "initializer: fn is empty; give it a function to call, or leave it out");
        if constexpr (travels<F, A...>) {
            request_ = encoded<std::decay_t<F>, std::decay_t<A>...>(fn, args...);
        } else {
            static_assert(std::copy_constructible<std::decay_t<F>> && (std::copy_constructible<std::decay_t<A>> && ...),
                          "initializer: fn and args must be copyable where they cannot travel");
            local_ = [f = std::decay_t<F>(std::forward<F>(fn)),
                      all = std::tuple<std::decay_t<A>...>(std::forward<A>(args)...)] {
                static_cast<void>(
                    std::apply([&](const auto&... a) { return call_with(copy_of(f), copy_of(a)...); }, all));
            };
        }
    }

    explicit operator bool() const noexcept { return !request_.empty() || local_; }
    // The request for it, as a worker runs it; empty where it cannot travel.
    const std::vector<std::byte>& request() const noexcept { return request_; }
    // What cannot travel, for a process that is a copy of this one.
    const function<void()>& local() const noexcept { return local_; }

private:
    template <class T>
    static T copy_of(const T& t) {
        return t;
    }

    template <class F, class... A>
    static std::vector<std::byte> encoded(const F& fn, const A&... args) {
        std::vector<std::byte> bytes;
        const auto reserve = [&](std::size_t size) { return bytes.resize(size), bytes.data(); };
        encode_call(reserve, fn, args...);
        return bytes;
    }

    std::vector<std::byte> request_;
    function<void()> local_;
};

}  // namespace concur
