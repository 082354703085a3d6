// What a parallel loop is, whatever it is over: blocks of numbers that whoever is free takes.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/core/home.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <stop_token>

namespace concur {

class worker;

//   next_    the first that nobody has taken; past the end when all have
//   over_    no more blocks: it was stopped (stopped_), or one threw (failed_)
//   error_   of the first that threw; read when all have ended
class loop {
public:
    using block = void(loop&, std::size_t from, std::size_t to);

    // Throws std::invalid_argument for a chunksize below 1.
    loop(block* do_block, std::size_t count, std::size_t workers, std::optional<long> chunksize, std::stop_token stop);
    loop(const loop&) = delete;
    loop& operator=(const loop&) = delete;

    // Here, if this is a thread of `where`, and with others. Throws what a block has thrown. False: it was stopped.
    bool run(home& where);

protected:
    ~loop() = default;

private:
    struct helper;

    void run_with_others(worker* me) noexcept;
    void take_part() noexcept;
    void note_error() noexcept;
    std::size_t next_size(std::size_t size, std::int64_t took) const noexcept;

    block* const do_block_;
    const std::size_t count_;
    const std::size_t workers_;
    const std::size_t fixed_;  // 0: by time
    const std::size_t largest_;  // so that none is left with a large one at the end
    const std::stop_token stop_;
    atomic<bool> over_{false};
    atomic<bool> failed_{false};
    atomic<bool> stopped_{false};
    std::exception_ptr error_;
    alignas(64) atomic<std::size_t> next_{0};
};

// How many threads `where` has at most, as far as it tells.
std::size_t usable_workers() noexcept;
template <class Where>
std::size_t workers_of(const Where& where) noexcept {
    if constexpr (requires { where.max_workers(); }) return static_cast<std::size_t>(where.max_workers());
    else return usable_workers();
}

}  // namespace concur
