// Where a thread is, or was: addresses, and their names.
#pragma once
#include "concur/platform/image.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace concur::platform {

//   Plain data, so that it can lie in shared memory: each frame is an image and an offset in it. A frame
//   that is not the innermost lies in the call, not behind it.
struct raw_trace {
    static constexpr std::size_t most = 48;
    static constexpr std::uint32_t no_image = ~std::uint32_t{0};
    struct frame {
        std::uint32_t image;   // which of images
        std::uint64_t offset;  // with no_image: the address
    };
    static constexpr std::size_t most_images = 8;
    std::uint32_t count = 0;
    std::uint32_t image_count = 0;
    std::array<frame, most> frames;
    std::array<image_id, most_images> images;
    std::array<std::array<char, 128>, most_images> paths;  // the end of each path, with a NUL
};

// A line for each frame: "#0 app::decode(app::Image*, int) at program+0x1234". Each field of `trace` is
// checked first: it may come from a process that was taken over (and is a copy of what lies in memory that such a
// process can write). Names come from the files of what is
// loaded in the calling process; no file is opened because the trace says so. Slow: reads symbol tables.
std::string describe(const raw_trace& trace);

// The calling thread's stack, without the first `skip` frames, as far as the one of the function `until`.
void capture(raw_trace& into, int skip = 0, const void* until = nullptr) noexcept;

// One frame more, where there is room for it; `range` holds the address, null: it is in no code.
void add_frame(raw_trace& trace, std::uintptr_t address, const code_range* range) noexcept;

// --- where an exception was thrown --------------------------------------------------------------

// Calls `fn(argument)`. When an exception leaves it, `into` holds the stack of its throw, or of its last
// rethrow, as far as `fn`; the exception goes on. An exception that `fn` catches itself costs nothing more.
void call_and_trace(void (*fn)(void*), void* argument, raw_trace& into);

// --- where a process crashed ----------------------------------------------------------------------

//   Lies in memory that is shared with who will read it, once the process is dead. What is known is
//   written as it becomes known, so that it is there also where writing it crashes in turn.
struct crash_page {
    std::int32_t signal = 0;  // 0: it did not crash
    std::int32_t has_address = 0;
    std::uint64_t address = 0;      // where it touched memory that was not its
    std::int32_t system_call = -1;  // with SIGSYS: the number of the call that is forbidden; -1: not known
    raw_trace trace;
};

// From now on a SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS of the calling process writes `page`, and
// then kills the process as it would have. Works where the stack is used up, on the calling thread and on
// those that it is called on again. Frames of libraries that were loaded since it was last called have
// addresses only. Null: to be called on another thread, with the page that there is.
void report_crashes_to(crash_page* page) noexcept;

}  // namespace concur::platform
