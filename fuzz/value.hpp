// What the fuzzer does with the bytes that it makes up; a unit test does the same with those that were kept.
#pragma once
#include "value_types.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace fuzz {

// Reads the bytes as a T: there is a value, or a pickling_error, and nothing else. A value can be written, and be read
// from that; what is thrown then ends the program.
template <class T>
void read_as(std::span<const std::byte> bytes) {
    std::optional<T> value;
    try {
        concur::pickle::reader in(bytes.data(), bytes.size());
        value.emplace(concur::pickle::read<T>(in));
        in.expect_end();
    } catch (const concur::pickling_error&) {
        return;
    }
    static_cast<void>(concur::pickle::loads<T>(concur::pickle::dumps(*value)));
}

// As an argument that a function looks at where it lies.
template <class View, class A>
void look_at(std::span<const std::byte> bytes) {
    try {
        concur::pickle::reader in(bytes.data(), bytes.size());
        const auto view = concur::pickle::read_argument<void (*)(View), 0, A>(in);
        for (const auto& element : View(view)) {
            const volatile auto seen = element;
            static_cast<void>(seen);
        }
    } catch (const concur::pickling_error&) {
    }
}

using reading = void (*)(std::span<const std::byte>);

template <std::size_t... I>
constexpr auto readings(std::index_sequence<I...>) {
    return std::array<reading, sizeof...(I) + 4>{
        read_as<std::tuple_element_t<I, everything>>..., look_at<std::string_view, std::string>,
        look_at<std::string_view, const char*>, look_at<std::span<const std::uint64_t>, std::vector<std::uint64_t>>,
        look_at<std::span<const std::uint32_t, 3>, std::array<std::uint32_t, 3>>};
}

inline constexpr auto all_readings = readings(std::make_index_sequence<std::tuple_size_v<everything>>());

// The first byte says as what the others are read; they are moved to where a message lies.
inline void value(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return;
    const auto* const first = reinterpret_cast<const std::byte*>(data);
    // Not one byte more than there are, so that the sanitizer sees what is read beyond.
    const std::unique_ptr<std::byte[]> message(new std::byte[size - 1]);
    std::copy(first + 1, first + size, message.get());
    all_readings[data[0] % all_readings.size()]({message.get(), size - 1});
}

}  // namespace fuzz
