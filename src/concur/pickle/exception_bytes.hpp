// What an exception is written to and read from: numbers, texts and further exceptions in a row.
#pragma once
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace concur::pickle {

// How many exceptions may lie inside one another: what is deeper is left out.
inline constexpr int most_nested = 16;

// The longest text that is read; and what is written of a text that tells somebody something.
inline constexpr std::size_t longest_text = std::size_t{64} << 10;
inline constexpr std::size_t longest_message = std::size_t{4} << 10;

class exception_out {
public:
    exception_out() noexcept = default;

    void number(std::uint64_t value);
    // All of it: somebody wants to read just that again.
    void text(std::string_view text);
    // A text for people: its end is left out where it is too long.
    void message(std::string_view text);
    void exception(const std::exception_ptr& error);

    const std::string& bytes() const noexcept { return bytes_; }

private:
    explicit exception_out(int depth) noexcept : depth_(depth) {}

    std::string bytes_;
    int depth_ = 0;
};

// Of bytes that may have been made up. Each throws pickling_error where there is no such thing.
class exception_in {
public:
    exception_in(std::string_view bytes, bool trusts_code) noexcept : left_(bytes), trusts_code_(trusts_code) {}

    std::uint64_t number();
    // Lies in the bytes.
    std::string_view text();
    // One that is short enough to be meant for people.
    std::string message();
    std::exception_ptr exception();
    // One that was thrown at `trace`: see exception_trace.hpp.
    std::exception_ptr exception(std::string_view trace);

    bool at_end() const noexcept { return left_.empty(); }
    // What lies inside the exception whose fields these are; null where nothing does.
    const std::exception_ptr& nested() const noexcept { return nested_; }
    // Whether these bytes come from somebody who may name code to be called.
    bool trusts_code() const noexcept { return trusts_code_; }

private:
    std::string_view left_;
    std::exception_ptr nested_ = nullptr;
    int depth_ = 0;
    bool trusts_code_;
};

}  // namespace concur::pickle
