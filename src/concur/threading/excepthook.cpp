#include "concur/threading/excepthook.hpp"

#include "concur/core/lock_word.hpp"
#include "concur/core/report_unhandled.hpp"

#include <memory>

namespace concur::threading {
namespace {

// A hook that was set once stays, since another thread may be calling it; there are few in a program.
struct set_hook {
    except_hook call;
    const set_hook* before;
};

constinit lock_word hook_lock;
constinit const set_hook* current = nullptr;  // guarded by hook_lock; null: the default

const set_hook* hook_now() noexcept {
    const holding h(hook_lock);
    return current;
}

}  // namespace

except_hook set_excepthook(except_hook hook) {
    auto fresh = std::make_unique<set_hook>(set_hook{std::move(hook), nullptr});
    holding h(hook_lock);
    const set_hook* const before = current;
    fresh->before = before;
    current = fresh.release();
    h.release();
    return before != nullptr ? before->call : except_hook{};
}

void tell_excepthook(std::exception_ptr error, std::string_view where) noexcept {
    const set_hook* const hook = hook_now();
    if (hook == nullptr || !hook->call) return report_unhandled(std::move(error), where);
    try {
        hook->call(error, current_thread());
    } catch (...) {
        report_unhandled(std::current_exception(), "the excepthook of threading");
        report_unhandled(std::move(error), where);
    }
}

}  // namespace concur::threading
