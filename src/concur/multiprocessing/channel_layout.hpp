// What a pool's process and one of its workers share: a page of words, and two rings of slots.
#pragma once
#include "concur/core/atomic.hpp"
#include "concur/futures/remote_task.hpp"
#include "concur/platform/stack_trace.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace concur::multiprocessing {

inline constexpr std::uint32_t ring_size = 64;  // a power of two

// Where the bytes of a message lie: in the slot, or in a segment that was sent over the socket.
struct message_place {
    static constexpr std::uint32_t in_slot = 0;
    std::uint32_t segment = in_slot;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

// What lies in shared memory, read once: whoever shares it may change it at any moment.
template <class T>
    requires std::is_scalar_v<T>
T copy_of(const T& shared) noexcept {
    return static_cast<const volatile T&>(shared);
}
inline message_place copy_of(const message_place& shared) noexcept {
    return {.segment = copy_of(shared.segment), .offset = copy_of(shared.offset), .size = copy_of(shared.size)};
}

enum class request_kind : std::uint16_t { task, initializer, retire };

enum class claim : std::uint32_t { queued, running, withdrawn };

// The claim lies in front of what is claimed: who takes one has the other.
struct alignas(64) request_slot {
    atomic<claim> claimed{claim::queued};
    request_kind kind = request_kind::task;
    std::uint16_t takes_token = 0;  // the task can be asked to stop
    message_place place;
    static constexpr std::size_t room = remote_request::room;
    alignas(16) std::array<std::byte, room> bytes;
};

enum class answer_kind : std::uint16_t { value, exception, withdrawn };

struct alignas(64) answer_slot {
    message_place place;
    answer_kind kind = answer_kind::value;
    std::uint16_t holds_memory = 0;  // when it has been taken, memory is free again that somebody may wait for
    std::uint32_t run_ns = 0;  // how long the task took; ~0u: that or longer; 0: it was not measured, but short
    static constexpr std::size_t room = 256 - 32;
    alignas(16) std::array<std::byte, room> bytes;
};

// The newest answer once more, where it is short: in the line of the word that announces it, so that who waits
// for a single one needs no other line from the worker's processor.
struct short_answer {
    static constexpr std::size_t room = 32;
    std::uint32_t number = 0;  // `answered` with this one; another: the newest is not short
    std::uint32_t size = 0;
    std::uint32_t run_ns = 0;
    answer_kind kind = answer_kind::value;
    std::uint16_t holds_memory = 0;
    std::array<std::uint64_t, room / 8> words{};

    const std::byte* bytes() const noexcept { return reinterpret_cast<const std::byte*>(words.data()); }
};

inline short_answer copy_of(const short_answer& shared) noexcept {
    short_answer copy{.number = copy_of(shared.number),
                      .size = copy_of(shared.size),
                      .run_ns = copy_of(shared.run_ns),
                      .kind = copy_of(shared.kind),
                      .holds_memory = copy_of(shared.holds_memory)};
    for (std::size_t i = 0; i < copy.words.size(); ++i) copy.words[i] = copy_of(shared.words[i]);
    return copy;
}

// What a worker is to be; written before it is started.
struct worker_settings {
    std::int64_t memory = 0, cpu_ns = 0, files = 0;  // limits; 0: none
    std::uint32_t strict_sandbox = 0;
};

// How the parent is to be woken.
enum class wake_by : std::uint32_t { none, packet, word };

//   Request n and answer n lie in slot n % ring_size. Counters only grow, and wrap.
//
//   sent           the parent's: requests written. Whoever sees it sees them.
//   claimed        queued --worker--> running      (before it looks at the request)
//                  running --worker--> queued      (it cannot read the request, and ends)
//                  queued --parent--> withdrawn    (its worker answers that it was)
//   answered       the worker's: answers written. An answer counts once this says so: what a worker
//                  wrote of one before it died is nothing.
//   newest         the worker's, written before `answered`: until it is sent another request, and it is read
//                  only while that cannot be.
//   taken          what the parent tells of the answers that it is done with; their slots and segments
//                  are free again. It keeps the number itself.
//   worker_sleeps  1: the worker sleeps on this word, or is about to and will look at `sent` once more.
//   parent_sleeps  not none: likewise; the worker that makes it none sends a packet, or wakes the one who
//                  sleeps on this word. Of an answer that is taken at once it sends no packet.
//   room_wanted    1: the worker sleeps on `taken`: it has no memory for an answer.
//   stop           1: the request in this slot is to stop; the parent's, 0 again for the next request.
//   stop_asked     how often one of those was set; a watcher sleeps on it.
//   notices        the parent's: packets it has sent that the worker is to read soon.
//   ready          the worker's: it has come so far that it can run tasks.
//
//   The parent looks at what a worker wrote as at a stranger's letter: it takes a copy, and checks that.
struct channel_layout {
    alignas(64) atomic<std::uint32_t> sent{0};
    atomic<std::uint32_t> stop_asked{0};
    atomic<std::uint32_t> notices{0};
    alignas(64) atomic<std::uint32_t> taken{0};
    alignas(64) atomic<std::uint32_t> answered{0};
    atomic<std::uint32_t> room_wanted{0};
    atomic<std::uint32_t> ready{0};
    short_answer newest;
    alignas(64) atomic<std::uint32_t> worker_sleeps{0};
    alignas(64) atomic<wake_by> parent_sleeps{wake_by::none};
    alignas(64) std::array<atomic<std::uint32_t>, ring_size> stop{};
    worker_settings settings;
    std::array<request_slot, ring_size> requests;
    std::array<answer_slot, ring_size> answers;
    platform::crash_page crash;
};

}  // namespace concur::multiprocessing
