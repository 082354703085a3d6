// A place where jobs are run later: a thread pool, an event loop.
#pragma once
#include "concur/core/job.hpp"

#include <cstdint>

namespace concur {

class home {
public:
    home(const home&) = delete;
    home& operator=(const home&) = delete;

    // Takes `j` over, from any thread; a higher priority goes first, equals in the order they came.
    // What it throws says why `j` was not taken; nothing has happened to `j` then.
    virtual void post(job& j, int priority = 0) = 0;

    // Of this home alone, also after its end: an address may come again.
    std::uint64_t id() const noexcept { return id_; }

protected:
    home() noexcept;
    ~home() = default;

private:
    const std::uint64_t id_;
};

}  // namespace concur
