// Passes a wish to stop from the pool's process on to the task that runs.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/core/lock_word.hpp"
#include "concur/platform/os_thread.hpp"

#include <cstdint>
#include <stop_token>

namespace concur::multiprocessing {

//   asked    in shared memory: one more than the number of the request that is to stop.
//   source_  of the task that runs and takes a token; guarded by lock_.
//   The thread starts with the first such task, and ends with the process.
class stop_watcher {
public:
    explicit stop_watcher(atomic<std::uint32_t>& asked) noexcept : asked_(&asked) {}

    // The task of request `number` begins. Throws std::system_error where there is no thread to be had.
    std::stop_token begin(std::uint32_t number);
    void end() noexcept;

private:
    static void watch(void* self) noexcept;
    void pass_on(std::uint32_t asked) noexcept;

    atomic<std::uint32_t>* asked_;
    lock_word lock_;
    std::stop_source source_{std::nostopstate};
    std::uint32_t number_ = 0;
    bool runs_ = false;
    bool watching_ = false;
};

}  // namespace concur::multiprocessing
