#include "concur/futures/promise.hpp"

namespace concur {

void throw_not_settable(future_core::state was) {
    throw invalid_state_error("the result cannot be set: the future is already " + std::string(state_name(was)) +
                              "; only the first result counts");
}

void throw_claimed_twice(future_core::state was) {
    throw invalid_state_error("set_running_or_notify_cancel() is for pending work: this future is already " +
                              std::string(state_name(was)));
}

}  // namespace concur
