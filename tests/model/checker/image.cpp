#include "image.hpp"

#include <cstring>

// The linker's names for the edges of the data of the program (initialised, then zero).
extern "C" {
extern char data_start[];
extern char _end[];
}

namespace concur::model {

void image::remember() { remember(data_start, static_cast<std::size_t>(_end - data_start)); }

void image::remember(void* object, std::size_t size) {
    char* at = static_cast<char*>(object);
    parts_.push_back({at, std::vector<char>(at, at + size)});
}

void image::put_back() const noexcept {
    for (const part& p : parts_) std::memcpy(p.at, p.was.data(), p.was.size());
}

std::vector<heap::range> image::ranges() const {
    std::vector<heap::range> all;
    for (const part& p : parts_) {
        const auto begin = reinterpret_cast<std::uintptr_t>(p.at);
        all.push_back({begin, begin + p.was.size()});
    }
    return all;
}

}  // namespace concur::model
