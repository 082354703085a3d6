#include "concur/pickle/vocabulary.hpp"

#include <future>
#include <ios>

namespace concur::pickle {
namespace {

using get_category = const std::error_category& (*)();

const get_category category_functions[] = {
    []() -> const std::error_category& { return std::generic_category(); },
    []() -> const std::error_category& { return std::system_category(); },
    []() -> const std::error_category& { return std::iostream_category(); },
    []() -> const std::error_category& { return std::future_category(); },
};

}  // namespace

std::uint8_t number_of(const std::error_category& category) {
    for (std::uint8_t i = 0; i < std::size(category_functions); ++i) {
        if (category_functions[i]() == category) return i;
    }
    fail("an error code of a category of the program's own does not travel; pass its value");
}

const std::error_category& category_of(std::uint8_t number) {
    if (number >= std::size(category_functions)) fail("the bytes hold an error code of a category that there is not");
    return category_functions[number]();
}

}  // namespace concur::pickle
