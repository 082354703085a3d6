#include "concur/core/unhandled_exception.hpp"

#include "concur/core/atomic.hpp"
#include "concur/core/report_unhandled.hpp"
#include "concur/platform/stderr.hpp"
#include "concur/platform/type_name.hpp"

#include <memory>
#include <string>

namespace concur {
namespace {

// A hook that was set once stays, since another thread may be calling it; there are few in a program.
struct set_hook {
    unhandled_exception_hook call;
    const set_hook* before;
};

constinit atomic<const set_hook*> current{nullptr};  // null: the default

std::string describe(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        const char* const what = e.what();
        return platform::type_name(error) + (what != nullptr ? ": " + std::string(what) : " without a what()");
    } catch (...) {
        return platform::type_name(error);
    }
}

}  // namespace

unhandled_exception_hook set_unhandled_exception_hook(unhandled_exception_hook hook) {
    auto fresh = std::make_unique<set_hook>(set_hook{std::move(hook), current.load(std::memory_order_acquire)});
    while (!current.compare_exchange_weak(fresh->before, fresh.get(), std::memory_order_acq_rel,
                                          std::memory_order_acquire)) {
    }
    const set_hook* const before = fresh.release()->before;
    return before != nullptr ? before->call : unhandled_exception_hook{};
}

void report_unhandled(std::exception_ptr error, std::string_view where) noexcept {
    try {
        const set_hook* const hook = current.load(std::memory_order_acquire);
        if (hook != nullptr && hook->call) return hook->call(std::move(error), where);
        const std::string line =
            "concur: nobody read the exception of " + std::string(where) + ": " + describe(error) + "\n";
        platform::write_stderr(line);
    } catch (...) {
        platform::write_stderr("concur: an exception could not be reported: the hook failed, or memory is out\n");
    }
}

}  // namespace concur
