#include "concur/pickle/function.hpp"

#include "concur/platform/image.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <vector>

namespace concur::pickle {
namespace {

// The code of the program itself, which neither moves nor grows: looked up once, for there most calls go.
struct program_code {
    std::vector<platform::code_range> ranges;
    platform::image_id id = platform::program_id();

    program_code() {
        const auto keep = [](const platform::code_range& range, void* kept) {
            if (range.in_program) static_cast<program_code*>(kept)->ranges.push_back(range);
        };
        platform::each_code_range(keep, this);
    }

    const platform::code_range* around(std::uintptr_t address) const noexcept {
        for (const auto& range : ranges)
            if (range.begin <= address && address < range.end) return &range;
        return nullptr;
    }
};

// Never destroyed: what ends the program may still send calls.
const program_code& program() {
    static const program_code& known = *new program_code;
    return known;
}

// Before there are threads: where one finds it out while another forks, the child would wait for that for ever.
[[maybe_unused]] const program_code& known_at_start = program();

code_name made_name(std::uint64_t offset, const platform::image_id& image, const char* path) {
    code_name name{offset, {}, path};
    std::copy(image.bytes.begin(), image.bytes.end(), name.image);
    return name;
}

void* code_in_program(reader& in, std::uint64_t offset) {
    const auto build = in.once<std::uint64_t>();
    const program_code& here = program();
    std::uint64_t own = 0;
    copy_bytes(reinterpret_cast<std::byte*>(&own), here.id.bytes.data(), sizeof own);
    if (build != own)
        throw pickling_error("a function comes from another build of this program, whose build-id is " +
                             platform::to_string(here.id) + "; restart both from the same file");
    const std::uintptr_t address = here.ranges.empty() ? 0 : here.ranges.front().base + offset;
    if (here.around(address) == nullptr) fail("the bytes name a function where this program has no code");
    return reinterpret_cast<void*>(address);
}

void* code_in_library(reader& in, std::uint64_t offset) {
    platform::image_id image;
    copy_bytes(image.bytes.data(), in.bytes(image.bytes.size()), image.bytes.size());
    const std::size_t length = in.count(1);
    const std::string path(reinterpret_cast<const char*>(in.bytes(length)), length);
    try {
        return platform::find_address(image, offset, path);
    } catch (const std::runtime_error& e) {
        throw pickling_error(e.what());
    }
}

}  // namespace

code_name name_code(const void* address) {
    if (address == nullptr) fail("a null pointer to a function does not travel; pass a function");
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    if (const auto* range = program().around(at)) return made_name(at - range->base, range->image, nullptr);
    platform::code_place place;
    if (!platform::find_code(address, place) || *place.path == '\0')
        fail("a function that lies in no file does not travel; pass one of the program or of a library");
    return made_name(place.offset, place.image, place.path);
}

void* read_code(reader& in) {
    reject_untrusted_code(in);
    constexpr std::uint64_t in_library = std::uint64_t{1} << 63;
    const auto place = in.once<std::uint64_t>();
    return (place & in_library) == 0 ? code_in_program(in, place) : code_in_library(in, place & ~in_library);
}

platform::member_function_words read_member_function(reader& in) {
    reject_untrusted_code(in);
    const auto is_virtual = in.once<std::uint8_t>();
    platform::member_function_words fn{};
    fn.words[1] = in.once<std::uintptr_t>();
    fn.words[0] = is_virtual != 0 ? in.once<std::uintptr_t>() : reinterpret_cast<std::uintptr_t>(read_code(in));
    if (platform::names_virtual_function(fn) != (is_virtual != 0))
        fail("the bytes hold no pointer to a member function");
    return fn;
}

void reject_null_member(bool is_null) {
    if (is_null) fail("a null pointer to a member does not travel; pass a member");
}

void reject_untrusted_code(const reader& in) {
    if (!in.trusts_code())
        fail("the bytes name code to be called, and come from where that is not trusted; pass values instead");
}

}  // namespace concur::pickle
