#include "concur/pickle/exception_bytes.hpp"

#include "concur/core/process_error.hpp"

#include <cstring>

namespace concur::pickle {

void exception_out::number(std::uint64_t value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    bytes_.append(bytes, sizeof value);
}

void exception_out::text(std::string_view text) {
    number(text.size());
    bytes_ += text;
}

void exception_out::message(std::string_view message) {
    if (message.size() <= longest_message) return text(message);
    text(std::string(message.substr(0, longest_message)) + "...");
}

std::uint64_t exception_in::number() {
    std::uint64_t value = 0;
    if (left_.size() < sizeof value) throw pickling_error("the bytes of an exception end too early");
    std::memcpy(&value, left_.data(), sizeof value);
    left_.remove_prefix(sizeof value);
    return value;
}

std::string_view exception_in::text() {
    const std::uint64_t size = number();
    if (size > left_.size()) throw pickling_error("the bytes of an exception end in the middle of a text");
    const std::string_view text = left_.substr(0, size);
    left_.remove_prefix(size);
    return text;
}

std::string exception_in::message() {
    const std::string_view message = text();
    if (message.size() > longest_text) throw pickling_error("the bytes of an exception hold a text that is too long");
    return std::string(message);
}

}  // namespace concur::pickle
