// What the test program does when it is started anew: a role is a function of the test's file, and runs
// before main().
#pragma once
#include "concur/platform/child_process.hpp"

#include <cstdlib>
#include <string_view>

namespace support {

// As a global object of a test's file: runs `fn` and ends the program, where it was started as `name`.
struct role {
    role(const char* name, int (*fn)()) {
        const char* given = std::getenv(concur::platform::role_variable);
        if (given != nullptr && std::string_view(given) == name) concur::platform::leave(fn());
    }
};

}  // namespace support
