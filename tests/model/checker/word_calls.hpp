// The operations of model/calls.hpp, for a caller that stands between the engine and the program:
// `code` is where the operation stands in the program.
#pragma once
#include "model/calls.hpp"

namespace concur::model {

std::uint64_t load_word(const void* at, std::size_t size, std::memory_order order, const void* code) noexcept;
void store_word(void* at, std::size_t size, std::uint64_t value, std::memory_order order, const void* code) noexcept;
std::uint64_t change_word(void* at, std::size_t size, change how, std::uint64_t operand, std::memory_order order,
                          const void* code) noexcept;
bool compare_word(void* at, std::size_t size, std::uint64_t& expected, std::uint64_t desired, compare_orders orders,
                  const void* code) noexcept;
void begin_word(void* at, std::size_t size, const void* code) noexcept;
void end_word(void* at, std::size_t size, const void* code) noexcept;
void fence_at(std::memory_order order, const void* code) noexcept;

}  // namespace concur::model
