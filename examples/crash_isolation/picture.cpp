#include "picture.hpp"

#include "tile.hpp"

#include <cstddef>
#include <set>
#include <stdexcept>

namespace {

struct owned_tile : tile {
    owned_tile() : tile{} {}
    owned_tile(const owned_tile&) = delete;
    owned_tile& operator=(const owned_tile&) = delete;
    ~owned_tile() { tile_free(this); }
};

}  // namespace

summary look_at(std::span<const unsigned char> file) {
    owned_tile picture;
    if (const char* const wrong = tile_read(file.data(), file.size(), &picture)) throw std::runtime_error(wrong);
    const std::size_t pixels = std::size_t{picture.width} * picture.height;
    std::set<unsigned> colours;
    std::size_t light = 0;
    for (std::size_t i = 0; i < pixels; ++i) {
        const unsigned char* const p = picture.rgb + 3 * i;
        colours.insert(65536U * p[0] + 256U * p[1] + p[2]);
        light += std::size_t{p[0]} + p[1] + p[2];
    }
    const std::size_t most = std::size_t{3} * 255 * pixels;
    return {.width = picture.width,
            .height = picture.height,
            .colours = static_cast<unsigned>(colours.size()),
            .brightness = static_cast<unsigned>(most == 0 ? 0 : 100 * light / most)};
}
