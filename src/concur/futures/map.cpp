#include "concur/futures/map.hpp"

#include "concur/core/error.hpp"
#include "concur/core/process_error.hpp"

#include <stdexcept>
#include <string>

namespace concur {

void throw_map_timeout() { throw timeout_error("the time of this map() is over; what had not started was cancelled"); }

void throw_map_count() { throw pickling_error("map: a worker gave another number of results than it was given items"); }

std::exception_ptr behind_unreadable() noexcept {
    return made_exception<pickling_error>(
        "map: the result lies behind one of its chunk that could not be read; use a smaller chunksize");
}

void check_map_sizes(const map_options& options) {
    if (options.chunksize < 1)
        throw std::invalid_argument("map: chunksize is " + std::to_string(options.chunksize) +
                                    "; it must be 1 or more");
    if (options.buffersize && *options.buffersize < 1)
        throw std::invalid_argument("map: buffersize is " + std::to_string(*options.buffersize) +
                                    "; it must be 1 or more, or left out for no bound");
}

}  // namespace concur
