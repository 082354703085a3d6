// Where an exception was thrown, as few bytes.
#pragma once
#include <string>
#include <string_view>

namespace concur::platform {
struct raw_trace;
}

namespace concur::pickle {

// The frames of `trace` that there are.
std::string trace_to_bytes(const platform::raw_trace& trace);

// A line for each of them. Throws pickling_error for bytes that are no trace. Slow.
std::string describe_trace(std::string_view bytes);

}  // namespace concur::pickle
