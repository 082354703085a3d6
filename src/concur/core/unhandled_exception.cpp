#include "concur/core/unhandled_exception.hpp"

#include "concur/core/lock_word.hpp"
#include "concur/platform/stderr.hpp"
#include "concur/platform/type_name.hpp"

#include <memory>
#include <string>

namespace concur {
namespace {

using shared_hook = std::shared_ptr<const unhandled_exception_hook>;

// Never destroyed: tasks may fail while the program ends.
constinit lock_word hook_lock;
constinit shared_hook* current = nullptr;  // guarded by hook_lock

shared_hook exchange_hook(shared_hook hook) {
    auto fresh = std::make_unique<shared_hook>();
    const holding h(hook_lock);
    if (current == nullptr) current = fresh.release();
    current->swap(hook);
    return hook;
}

shared_hook hook_now() noexcept {
    const holding h(hook_lock);
    return current != nullptr ? *current : nullptr;
}

std::string describe(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        return platform::type_name(error) + ": " + e.what();
    } catch (...) {
        return platform::type_name(error);
    }
}

}  // namespace

unhandled_exception_hook set_unhandled_exception_hook(unhandled_exception_hook hook) {
    shared_hook next = hook ? std::make_shared<const unhandled_exception_hook>(std::move(hook)) : nullptr;
    const shared_hook before = exchange_hook(std::move(next));
    return before != nullptr ? *before : unhandled_exception_hook{};
}

void report_unhandled(std::exception_ptr error, std::string_view where) noexcept {
    try {
        if (const shared_hook hook = hook_now()) return (*hook)(std::move(error), where);
        const std::string line = "concur: nobody read the exception of " + std::string(where) + ": " +
                                 describe(error) + "\n";
        platform::write_stderr(line);
    } catch (...) {
        platform::write_stderr("concur: an exception could not be reported: the hook failed, or memory is out\n");
    }
}

}  // namespace concur
