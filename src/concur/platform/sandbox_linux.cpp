#include "concur/platform/sandbox.hpp"

#include <cstdint>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace concur::platform {
namespace {

// As the newest kernel has it; older ones take the front, where what they do not know is 0.
struct landlock_rules {
    std::uint64_t files, net, scoped;
};
constexpr long landlock_create_ruleset = 444;
constexpr long landlock_restrict_self = 446;
constexpr unsigned ask_version = 1;

long landlock_version() { return ::syscall(landlock_create_ruleset, nullptr, 0, ask_version); }

// All that this version can deny.
landlock_rules all_of(long version) {
    constexpr auto up_to = [](unsigned bit) { return (std::uint64_t{1} << (bit + 1)) - 1; };
    landlock_rules all{};
    all.files = version >= 5 ? up_to(15) : version >= 3 ? up_to(14) : version >= 2 ? up_to(13) : up_to(12);
    if (version >= 4) all.net = up_to(1);
    if (version >= 6) all.scoped = up_to(1);
    return all;
}

}  // namespace

bool fence_files() noexcept {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
    const landlock_rules rules = all_of(landlock_version());
    const long rule_set = ::syscall(landlock_create_ruleset, &rules, sizeof rules, 0);
    if (rule_set < 0) return false;
    const bool done = ::syscall(landlock_restrict_self, rule_set, 0) == 0;
    ::close(static_cast<int>(rule_set));
    return done;
}

std::string missing_for_files() {
    if (landlock_version() > 0) return {};
    return "landlock (Linux 5.13, CONFIG_SECURITY_LANDLOCK, and landlock among the lsm= that the kernel was started with)";
}

std::string missing_for_sandbox() {
    const std::string files = missing_for_files(), calls = missing_for_calls();
    return files + (files.empty() || calls.empty() ? "" : "; ") + calls;
}

bool enter_strict_sandbox() noexcept { return missing_for_sandbox().empty() && fence_files() && fence_calls(); }

}  // namespace concur::platform
