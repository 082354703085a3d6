#include "concur/futures/as_completed.hpp"

#include <string>

namespace concur {

void throw_unfinished(std::size_t left, std::size_t all) {
    throw timeout_error("the time is over: " + std::to_string(left) + " (of " + std::to_string(all) +
                        ") futures unfinished");
}

}  // namespace concur
