// A stack and a place to go on from. All fibers share one thread of the operating system.
#pragma once
#include "heap.hpp"

#include <array>
#include <cstddef>

namespace concur::model {

class fiber {
public:
    using function = void();

    // The fiber that runs now takes this object as its own.
    fiber() = default;
    fiber(const fiber&) = delete;
    fiber& operator=(const fiber&) = delete;

    // Makes it begin with `fn`, which never returns, at its next turn. What it was in is dropped.
    void begin(function* fn);
    // Leaves this fiber, which runs now, for the other; returns when someone comes back.
    void leave_for(fiber& other) noexcept;

    // What it has on its stack, while it is away.
    heap::range stack_in_use() const noexcept {
        return {reinterpret_cast<std::uintptr_t>(context_), reinterpret_cast<std::uintptr_t>(stack_) + stack_size};
    }

private:
    static constexpr std::size_t stack_size = 256 * 1024;
    void* context_ = nullptr;
    void* stack_ = nullptr;
    function* entry_ = nullptr;
    std::array<void*, 2> exceptions_{};  // the C++ runtime's globals of a thread, while it is away
};

}  // namespace concur::model
