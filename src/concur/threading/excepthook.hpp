// Python's threading.excepthook: where the exceptions go that leave a thread's function.
#pragma once
#include "concur/core/function.hpp"
#include "concur/threading/thread.hpp"

#include <concepts>
#include <exception>
#include <string_view>
#include <utility>

namespace concur::threading {

// Told of the exception and of the thread that it left, on that thread.
using except_hook = function<void(std::exception_ptr, const thread&)>;

// What to call for an exception that leaves the function of a thread or of a timer. An empty hook brings the default
// back: the unhandled exception hook (set_unhandled_exception_hook), or a line on standard error. What the hook throws
// is reported there too, and then the exception that it was called for. Returns the hook that was set before.
except_hook set_excepthook(except_hook hook);

template <class F>
    requires std::invocable<F&, std::exception_ptr> && (!std::invocable<F&, std::exception_ptr, const thread&>)
except_hook set_excepthook(F hook) {
    if (is_empty(hook)) return set_excepthook(except_hook());
    return set_excepthook(except_hook(
        [hook = std::move(hook)](std::exception_ptr error, const thread&) mutable { hook(std::move(error)); }));
}

// For the library. `where` is for the default.
void tell_excepthook(std::exception_ptr error, std::string_view where) noexcept;

}  // namespace concur::threading
