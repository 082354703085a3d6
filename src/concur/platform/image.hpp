// Where code lies, said so that another process of the same build understands it: an image (the
// program, or a shared library) by its build-id, and an offset in it.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace concur::platform {

struct image_id {
    std::array<std::byte, 20> bytes{};  // the build-id; where there is none, a hash of its code
    friend bool operator==(const image_id&, const image_id&) = default;
};
std::string to_string(const image_id& id);  // in hexadecimal

struct code_place {
    image_id image;
    std::uint64_t offset = 0;  // from where the image was loaded
    bool in_program = false;   // the image is the program itself
    const char* path = "";  // of the image's file, absolute where the system tells; empty for the program. Never freed
};

// Any thread. False: no image holds that address in its code.
bool find_code(const void* address, code_place& found);

// The address of `offset` in the image with that id, which is loaded from `path` (and stays loaded)
// where it is not there yet (empty: it is not). Throws std::runtime_error with a text that names both
// ids where the file at `path` has another one, or where the offset is not in its code.
void* find_address(const image_id& image, std::uint64_t offset, const std::string& path);

// The build-id among the notes of an image. False: there is none.
bool read_build_id(const std::byte* notes, std::size_t size, image_id& id) noexcept;

// Of the program itself.
const image_id& program_id();

// A piece of memory that holds the code of an image. An image may have several.
struct code_range {
    std::uintptr_t begin = 0, end = 0;
    std::uintptr_t base = 0;  // where the image was loaded
    image_id image;
    bool in_program = false;
    const char* path = "";  // as in code_place
};
// Calls `fn` for each that is loaded now, in the order of their addresses. `fn` must not ask anything here.
void each_code_range(void (*fn)(const code_range& range, void* argument), void* argument);

}  // namespace concur::platform
