#include "samples.hpp"

#include <cstddef>
#include <string_view>

namespace {

using bytes = std::vector<unsigned char>;

constexpr std::size_t head_size = 9;
constexpr std::size_t chunk_head_size = 5;
constexpr unsigned char side = 16;

// To `file`, the low byte first.
void put_number(bytes& file, std::size_t at, std::size_t number) {
    file[at] = static_cast<unsigned char>(number);
    file[at + 1] = static_cast<unsigned char>(number >> 8U);
}

bytes head() {
    bytes file{'T', 'I', 'L', 'E', 1, side, side, 0, 0};
    put_number(file, 7, head_size);
    return file;
}

// `next` as in the file: the place of the chunk that follows, or 0.
void add_chunk(bytes& file, char kind, const bytes& data, bool is_last) {
    const std::size_t at = file.size();
    file.resize(at + chunk_head_size);
    file[at] = static_cast<unsigned char>(kind);
    put_number(file, at + 1, is_last ? 0 : at + chunk_head_size + data.size());
    put_number(file, at + 3, data.size());
    file.insert(file.end(), data.begin(), data.end());
}

// Rows of `colours`, from the top to the bottom.
bytes stripes(unsigned char colours) {
    bytes runs;
    for (unsigned char row = 0; row < side; ++row) {
        runs.push_back(side);
        runs.push_back(static_cast<unsigned char>(1 + row * colours / side));
    }
    return runs;
}

bytes picture(const bytes& palette) {
    bytes file = head();
    add_chunk(file, 'P', palette, false);
    add_chunk(file, 'R', stripes(static_cast<unsigned char>(palette.size() / 3 - 1)), true);
    return file;
}

bytes without_palette() {
    bytes file = head();
    add_chunk(file, 'R', stripes(4), true);
    return file;
}

// Its last chunk is followed by its first.
bytes without_end() {
    bytes file = picture({0, 0, 0, 90, 90, 90});
    const std::size_t last = head_size + chunk_head_size + 6;
    put_number(file, last + 1, head_size);
    return file;
}

bytes of_version_2() {
    bytes file = picture({0, 0, 0, 90, 90, 90});
    file[4] = 2;
    return file;
}

bytes cut_short() {
    bytes file = picture({0, 0, 0, 90, 90, 90});
    file.resize(file.size() - 5);
    return file;
}

}  // namespace

std::vector<sample> samples() {
    constexpr std::string_view text = "Dear all, the pictures are attached.";
    return {
        {"meadow.tile", picture({0, 0, 0, 120, 190, 255, 120, 200, 90, 40, 120, 40})},
        {"letter.txt", bytes(text.begin(), text.end())},
        {"no-palette.tile", without_palette()},
        {"night.tile", picture({0, 0, 0, 5, 5, 30, 20, 20, 60})},
        {"half.tile", cut_short()},
        {"no-end.tile", without_end()},
        {"sunset.tile", picture({0, 0, 0, 250, 120, 60, 255, 170, 80, 180, 60, 90, 60, 20, 70})},
        {"version-2.tile", of_version_2()},
        {"snow.tile", picture({0, 0, 0, 250, 250, 255, 255, 255, 255})},
    };
}
