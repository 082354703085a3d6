// What main() sees of the role.
#pragma once
#include "concur/platform/program_start.hpp"

#include <cstdio>
#include <cstdlib>

inline const char* or_none(const char* text) { return text != nullptr ? text : "none"; }

inline void report_main() {
    using namespace concur::platform;
    const bool has = has_role();
    const char* const role = or_none(take_role());
    std::printf("main; hooked: %s; has: %s; role: %s; has: %s; variable: %s\n", main_is_hooked() ? "yes" : "no",
                has ? "yes" : "no", role, has_role() ? "yes" : "no", or_none(std::getenv("CONCUR_ROLE")));
}
