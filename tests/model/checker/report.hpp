// What happened, in words.
//
//   A code address appears in a text as @hex@ until finished() puts the source line in its place.
#pragma once
#include "shadow.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace concur::model {

enum class deed : std::uint8_t {
    load,
    store,
    change,
    compare,
    compare_failed,
    fence,
    word_begins,
    word_ends,
    futex_wait,
    futex_changed,
    futex_odd,
    futex_over,
    futex_wake,
    yield,
    start,
    join,
    end,
    time,
    free,
};

struct event {
    deed what;
    std::uint8_t thread;
    std::uint8_t order;
    std::uint8_t store_age;  // for a load: how many stores were newer than the one it saw
    place from;
    std::uintptr_t at;
    std::uint64_t before;
    std::uint64_t after;
};

// The last events of a schedule.
class event_log {
public:
    static constexpr std::size_t kept = 64;
    void start_schedule() noexcept { count_ = 0; }
    void add(const event& e) noexcept { ring_[count_++ % kept] = e; }
    std::string text() const;

private:
    std::array<event, kept> ring_{};
    std::size_t count_ = 0;
};

// Where in the image a code address lies, and how it stands in a text.
place place_of(const void* code) noexcept;
std::string written(place from);
// One sentence about two accesses that nothing orders, or about one to freed memory.
std::string sentence(const conflict& c);
// The text with source lines.
std::string finished(const std::string& text);

}  // namespace concur::model
