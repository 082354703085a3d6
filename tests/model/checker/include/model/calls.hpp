// What the checked program asks of the engine about its atomic words. Outside a schedule each call
// is the plain operation on the memory.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace concur::model {

enum class change : std::uint8_t { exchange, add, sub, bit_and, bit_or, bit_xor, bit_nand };

// A word's life begins with the value in its memory, and ends.
void word_begins(void* at, std::size_t size) noexcept;
void word_ends(void* at, std::size_t size) noexcept;

std::uint64_t word_load(const void* at, std::size_t size, std::memory_order order) noexcept;
void word_store(void* at, std::size_t size, std::uint64_t value, std::memory_order order) noexcept;
std::uint64_t word_change(void* at, std::size_t size, change how, std::uint64_t operand,
                          std::memory_order order) noexcept;

struct compare_orders {
    std::memory_order success;
    std::memory_order failure;
    bool weak;
};

// True: `desired` was stored. False: `expected` is now what was read.
bool word_compare(void* at, std::size_t size, std::uint64_t& expected, std::uint64_t desired,
                  compare_orders orders) noexcept;

void fence(std::memory_order order) noexcept;

}  // namespace concur::model
