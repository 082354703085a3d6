#include "concur/futures/travelling.hpp"

#include "concur/core/process_error.hpp"
#include "concur/platform/type_name.hpp"

#include <string>

namespace concur {

std::exception_ptr cannot_travel(const std::type_info& fn, std::string_view obstacle) noexcept {
    try {
        const std::string what =
            obstacle.empty() ? "what fn writes into an argument stays there" : std::string(obstacle) + " is in its way";
        return std::make_exception_ptr(pickling_error(
            "submit(fn, args...): this executor runs its tasks in other processes, and this call cannot travel there: " +
            what + " (its function is " + platform::type_name(fn) +
            "); use a function or a lambda without captures, and arguments and a result that concur::pickle knows"));
    } catch (...) {
        return std::current_exception();
    }
}

}  // namespace concur
