// A program that tells who runs in it, and what was initialised by then.
#include "start/late.hpp"
#include "start/report.hpp"

#include <string>

namespace {

struct greeting {
    ~greeting() { std::puts("destroyed"); }
    std::string text = "a text too long to lie in the string itself";
};
const greeting early;

}  // namespace

namespace concur::platform {

int run_role(const char* role) noexcept {
    std::printf("role %s; early: %s; late: %s; variable: %s; role: %s\n", role, early.text.c_str(), late_text().c_str(),
                or_none(std::getenv("CONCUR_ROLE")), or_none(take_role()));
    return 7;
}

}  // namespace concur::platform

int main() {
    report_main();
    return early.text.empty() || late_text().empty() ? 1 : 0;
}
