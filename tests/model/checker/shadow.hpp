// Who touched which byte, and when: finds data races and the use of what was freed.
//
//   A cell stands for eight bytes and holds the accesses that a later one could still race with.
//   An access that a newer one makes pointless (it covers it, knows of it, and conflicts with at
//   least as much) is dropped, so a cell stays short. Where it does not, the oldest goes: a race
//   may then be missed, none is invented.
#pragma once
#include "model/clock.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace concur::model {

using place = std::uint32_t;  // a code address, from the start of the program's image

enum class touch : std::uint8_t { read = 0, write = 1, atomic_read = 2, atomic_write = 3, freed = 5 };

struct access {
    tick when;
    place from;
    std::uint8_t thread;
    std::uint8_t bytes;  // which of the cell's eight
    touch how;
};

// What a new access meets: the earlier one that it conflicts with.
struct conflict {
    std::uintptr_t cell = 0;
    access earlier{};
    access later{};
};

class shadow {
public:
    shadow();
    void start_schedule() noexcept {
        ++generation_;
        used_ = 0;
    }

    // Notes that the thread with this clock touched [at, at + size); which bytes of each cell is found here.
    // False: that is a conflict.
    bool note(std::uintptr_t at, std::size_t size, const access& what, const vector_clock& clock) noexcept;
    const conflict& found() const noexcept { return found_; }

    // A new object lives here: what was there before is forgotten.
    void forget(std::uintptr_t at, std::size_t size) noexcept;
    // The `free` that covers this address, or null.
    const access* freed_at(std::uintptr_t at) noexcept;
    bool full() const noexcept { return used_ > cells / 2; }

private:
    static constexpr std::size_t cells = std::size_t{1} << 16U;
    static constexpr std::size_t room = 9;
    struct cell {
        std::uintptr_t key;
        std::uint32_t generation;
        std::uint32_t count;
        std::array<access, room> accesses;
    };

    cell& at_key(std::uintptr_t key) noexcept;
    static bool known(const cell& c, const access& what, std::uint8_t bytes) noexcept;
    static const access* meet(const cell& c, const access& what, std::uint8_t bytes,
                              const vector_clock& clock) noexcept;
    static void keep(cell& c, const access& what, std::uint8_t bytes, const vector_clock& clock) noexcept;

    std::unique_ptr<cell[]> table_;
    std::uint32_t generation_ = 0;
    std::size_t used_ = 0;
    conflict found_;
};

}  // namespace concur::model
