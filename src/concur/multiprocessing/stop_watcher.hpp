// Passes a wish to stop from the pool's process on to the task that runs.
#pragma once
#include "concur/core/lock_word.hpp"
#include "concur/multiprocessing/channel_layout.hpp"
#include "concur/platform/os_thread.hpp"

#include <cstdint>
#include <stop_token>

namespace concur::multiprocessing {

//   source_, wish_  of the task that runs and takes a token, and where it is told that it is to stop;
//                   guarded by lock_. Null: none such runs.
//   The thread starts with the first such task, and ends with the process.
class stop_watcher {
public:
    explicit stop_watcher(const channel_layout& shared) noexcept : shared_(&shared) {}
    stop_watcher(const stop_watcher&) = delete;
    stop_watcher& operator=(const stop_watcher&) = delete;

    // The task of request `number` begins. Throws std::system_error where there is no thread to be had.
    std::stop_token begin(std::uint64_t number);
    void end() noexcept;

private:
    static void watch(void* self) noexcept;
    void pass_on() noexcept;

    const channel_layout* shared_;
    lock_word lock_;
    std::stop_source source_{std::nostopstate};
    const atomic<std::uint32_t>* wish_ = nullptr;
    bool watching_ = false;  // the main thread's
};

}  // namespace concur::multiprocessing
