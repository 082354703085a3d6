// What add_done_callback() leaves with a future.
#pragma once
#include "concur/core/callable.hpp"
#include "concur/core/job.hpp"
#include "concur/core/recycled.hpp"
#include "concur/core/report_unhandled.hpp"

#include <memory>
#include <utility>

namespace concur {

// Owns itself, and its future for as long as it waits.
template <class Handle, class F>
class done_callback final : public job, public recycled {
public:
    template <class G>
    done_callback(Handle h, G&& fn) : job(&call), handle_(std::move(h)), fn_(std::forward<G>(fn)) {}

    void begin() {
        if (!handle_.core().listen(*this)) run(*this);
    }

private:
    static void call(job& j) noexcept {
        const std::unique_ptr<done_callback> self(static_cast<done_callback*>(&j));
        try {
            call_with(self->fn_, std::move(self->handle_));
        } catch (...) {
            report_unhandled(std::current_exception(), "a done-callback");
        }
    }

    Handle handle_;
    F fn_;
};

}  // namespace concur
