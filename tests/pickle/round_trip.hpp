// A value to bytes and back.
#pragma once
#include "concur/pickle/value.hpp"

#include <cstddef>
#include <vector>

namespace support {

template <class T>
std::vector<std::byte> bytes_of(const T& v) {
    concur::pickle::sizer counts;
    counts(v);
    std::vector<std::byte> message(counts.size());
    concur::pickle::writer out(message.data(), message.size());
    out(v);
    EXPECT_EQ(out.size(), message.size());
    return message;
}

template <class T>
T value_of(const std::vector<std::byte>& message) {
    concur::pickle::reader in(message.data(), message.size());
    T v = concur::pickle::read<T>(in);
    in.expect_end();
    return v;
}

template <class T>
T round_trip(const T& v) {
    return value_of<T>(bytes_of(v));
}

}  // namespace support
