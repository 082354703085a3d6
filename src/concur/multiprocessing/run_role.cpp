#include "concur/platform/program_start.hpp"

namespace concur::platform {

int run_role(const char*) noexcept { return 64; }  // no role is known

}  // namespace concur::platform
