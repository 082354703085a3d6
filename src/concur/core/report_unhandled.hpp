// What the library does with an exception that nobody is there to catch.
#pragma once
#include <exception>
#include <string_view>

namespace concur {

// Tells the unhandled exception hook, or standard error. `where` says whose exception it is.
void report_unhandled(std::exception_ptr error, std::string_view where) noexcept;

}  // namespace concur
