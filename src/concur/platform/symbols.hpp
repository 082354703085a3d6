// The names of functions, out of the symbol table of the file that they were loaded from.
#pragma once
#include "concur/platform/image.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace concur::platform {

// For each of `offsets` (from where the image is loaded) the function that holds it, as the linker knows it
// ("_ZN3app6decodeEv"); empty where the file does not say. All are empty where it is no file of this kind,
// where it is damaged, or where it carries another build-id. Slow: reads the whole table, once.
std::vector<std::string> symbols_at(const std::string& path, const image_id& image,
                                    std::span<const std::uint64_t> offsets);

// As it reads in C++; what is no name of C++ stays as it is. What is very long is cut.
std::string readable_symbol(const std::string& symbol);

}  // namespace concur::platform
