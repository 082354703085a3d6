#include "concur/platform/injection.hpp"

#include <atomic>

namespace concur::platform {
namespace {

// Nothing is handed over by it: what an injector reads is its test's to guard.
constinit std::atomic<injector> current{nullptr};

}  // namespace

void set_injector(injector fn) noexcept { current.store(fn, std::memory_order_relaxed); }

int injected_error(system_call what) noexcept {
    const injector fn = current.load(std::memory_order_relaxed);
    return fn == nullptr ? 0 : fn(what);
}

}  // namespace concur::platform
