// Where exceptions go that nobody is there to catch.
#pragma once
#include "concur/core/function.hpp"

#include <concepts>
#include <exception>
#include <string_view>
#include <utility>

namespace concur {

// Told of the exception and of where it came from ("a task", "a done-callback", ...).
using unhandled_exception_hook = function<void(std::exception_ptr, std::string_view where)>;

// What to call for an exception that nobody reads: a task's whose every future is gone, a
// done-callback's, an initializer's. Each is reported once, on the thread that finds it. An empty
// hook brings the default back: one line on standard error. What the hook throws is dropped.
// Returns the hook that was set before. (Python: the "concurrent.futures" logger)
unhandled_exception_hook set_unhandled_exception_hook(unhandled_exception_hook hook);

template <class F>
    requires std::invocable<F&, std::exception_ptr> && (!std::invocable<F&, std::exception_ptr, std::string_view>)
unhandled_exception_hook set_unhandled_exception_hook(F hook) {
    if (is_empty(hook)) return set_unhandled_exception_hook(unhandled_exception_hook());
    return set_unhandled_exception_hook(unhandled_exception_hook(
        [hook = std::move(hook)](std::exception_ptr error, std::string_view) mutable { hook(std::move(error)); }));
}

}  // namespace concur
