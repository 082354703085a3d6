// Exceptions to bytes and back.
#pragma once
#include "concur/pickle/flat.hpp"

#include <exception>
#include <string>
#include <string_view>

namespace concur::platform {
struct raw_trace;
}

namespace concur::pickle {

// `error` and what lies inside it, as bytes; also for a null pointer. `trace` is where it was thrown; null
// where that is not known. Throws std::bad_alloc, and nothing else: what cannot travel as itself travels
// as a remote_error.
std::string pack_exception(const std::exception_ptr& error, const platform::raw_trace* trace = nullptr);

// The way back. With `trusts_code` the fields of registered types may name code to be called. Throws
// pickling_error for bytes that pack_exception() has not made; others make any of the exceptions that are
// known here, and nothing worse.
std::exception_ptr unpack_exception(std::string_view bytes, bool trusts_code = false);

// Where an exception of another process was thrown: a line for each frame, innermost first. Empty where
// that is not known, and for one of this process. Slow when it is called first for one exception.
std::string remote_traceback(const std::exception_ptr& error);

template <class Archive>
void write_exception(Archive& ar, const std::exception_ptr& error, const platform::raw_trace* trace = nullptr) {
    const std::string bytes = pack_exception(error, trace);
    ar.count(bytes.size());
    ar.bytes(bytes.data(), bytes.size());
}
std::exception_ptr read_exception(reader& in);

template <>
struct special_codec<std::exception_ptr> {
    static constexpr bool travels = true;
    static constexpr std::size_t least = sizeof(std::uint32_t);

    template <class Archive>
    static void write(Archive& ar, const std::exception_ptr& error) {
        write_exception(ar, error);
    }
    static std::exception_ptr read(reader& in) { return read_exception(in); }
};

}  // namespace concur::pickle
