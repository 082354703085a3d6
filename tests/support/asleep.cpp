#include "support/asleep.hpp"

#include "support/until.hpp"

#include <fstream>
#include <string>
#include <unistd.h>

namespace support {
namespace {

// The letter behind the name in "1234 (name) S 1 ...".
char state_of(int id) {
    std::ifstream file("/proc/self/task/" + std::to_string(id) + "/stat");
    std::string line;
    std::getline(file, line);
    const auto name_end = line.rfind(')');
    return name_end == std::string::npos || name_end + 2 >= line.size() ? '?' : line[name_end + 2];
}

}  // namespace

int this_thread_id() noexcept { return ::gettid(); }

bool asleep(int id) { return state_of(id) == 'S'; }

bool until_asleep(int id) {
    return until([id] { return asleep(id); });
}

}  // namespace support
