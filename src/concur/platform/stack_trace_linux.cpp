#include "concur/platform/stack_trace.hpp"

#include "concur/platform/symbols.hpp"

#include <algorithm>
#include <climits>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <span>
#include <string_view>
#include <unistd.h>
#include <unwind.h>
#include <vector>

namespace concur::platform {
namespace {

// --- taking ---------------------------------------------------------------------------------------

struct capturing {
    raw_trace& into;
    int skip;
    const void* until;
};

void add_found(raw_trace& into, std::uintptr_t address) noexcept {
    code_place place;
    try {
        if (!find_code(reinterpret_cast<const void*>(address), place)) return add_frame(into, address, nullptr);
    } catch (...) {  // no memory for the table of images
        return add_frame(into, address, nullptr);
    }
    code_range range;
    range.base = address - place.offset;
    range.image = place.image;
    range.path = place.path;
    add_frame(into, address, &range);
}

_Unwind_Reason_Code capture_frame(_Unwind_Context* context, void* given) {
    auto& c = *static_cast<capturing*>(given);
    int before = 0;
    const std::uintptr_t address = _Unwind_GetIPInfo(context, &before);
    if (c.skip-- > 0) return _URC_NO_REASON;
    if (address == 0 || c.into.count == raw_trace::most) return _URC_END_OF_STACK;
    const auto function = static_cast<std::uintptr_t>(_Unwind_GetRegionStart(context));
    if (c.until != nullptr && function == reinterpret_cast<std::uintptr_t>(c.until)) return _URC_END_OF_STACK;
    add_found(c.into, before != 0 ? address : address - 1);
    return _URC_NO_REASON;
}

// Which of the trace's images it is; no_image where there is no more room.
std::uint32_t image_of(raw_trace& trace, const code_range& range) noexcept {
    std::uint32_t i = 0;
    while (i < trace.image_count && trace.images[i] != range.image) ++i;
    if (i < trace.image_count) return i;
    if (i == raw_trace::most_images) return raw_trace::no_image;
    constexpr std::size_t room = sizeof trace.paths[0] - 1;
    const std::size_t length = std::strlen(range.path);
    const std::size_t kept = std::min(length, room);
    trace.images[i] = range.image;
    trace.paths[i] = {};
    std::memcpy(trace.paths[i].data(), range.path + length - kept, kept);
    ++trace.image_count;
    return i;
}

// --- naming ---------------------------------------------------------------------------------------

// The only letters that a path from elsewhere may bring into a message.
std::string last_part(std::string_view path) {
    std::string name(path.substr(path.rfind('/') + 1));
    for (char& c : name)
        if (c < ' ' || c > '~') c = '?';
    return name;
}

std::string file_of_program() {
    std::array<char, PATH_MAX> path;
    const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
    std::string file(path.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    constexpr std::string_view deleted = " (deleted)";
    if (file.ends_with(deleted)) file.resize(file.size() - deleted.size());
    return file;
}

// An image of the trace, as far as the calling process knows it.
struct known_image {
    std::string name = "?";
    std::string file;                // empty: there is none, or the image is not loaded here
    std::vector<code_range> ranges;  // here
};

struct search {
    const image_id& wanted;
    std::vector<code_range> found;
    static void see(const code_range& range, void* given) {
        auto& s = *static_cast<search*>(given);
        if (range.image == s.wanted) s.found.push_back(range);
    }
};

known_image find_image(const raw_trace& trace, std::size_t i) {
    search s{trace.images[i], {}};
    each_code_range(&search::see, &s);
    known_image image;
    image.ranges = std::move(s.found);
    if (image.ranges.empty()) {
        const auto& path = trace.paths[i];
        const auto end = std::ranges::find(path, '\0');
        image.name = last_part({path.data(), static_cast<std::size_t>(end - path.begin())});
    } else if (image.ranges[0].in_program) {
        image.file = "/proc/self/exe";  // the program as it was started, also where its file was replaced
        image.name = last_part(file_of_program());
    } else {
        image.name = last_part(image.ranges[0].path);
        if (image.ranges[0].path[0] == '/')
            image.file = image.ranges[0].path;  // what the system itself brings has no file
    }
    return image;
}

// What the loader knows where the file does not say.
std::string exported_symbol(const known_image& image, std::uint64_t offset) {
    for (const auto& range : image.ranges) {
        const std::uintptr_t address = range.base + offset;
        Dl_info info{};
        if (address < range.begin || address >= range.end) continue;
        if (dladdr(reinterpret_cast<const void*>(address), &info) != 0 && info.dli_sname != nullptr)
            return info.dli_sname;
    }
    return {};
}

std::string at(const std::string& image, std::uint64_t offset) {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(offset));
    return image.empty() ? text.data() : image + "+" + text.data();
}

struct named_frame {
    std::string symbol, place;
};

// Names the frames that lie in one image.
void name_frames(const raw_trace& trace, std::size_t i, std::span<named_frame> frames) {
    const known_image image = find_image(trace, i);
    std::vector<std::size_t> which;
    std::vector<std::uint64_t> offsets;
    for (std::size_t f = 0; f < frames.size(); ++f) {
        if (trace.frames[f].image != i) continue;
        which.push_back(f);
        offsets.push_back(trace.frames[f].offset);
    }
    std::vector<std::string> symbols(offsets.size());
    if (!image.file.empty()) symbols = symbols_at(image.file, trace.images[i], offsets);
    for (std::size_t k = 0; k < which.size(); ++k) {
        if (symbols[k].empty()) symbols[k] = exported_symbol(image, offsets[k]);
        frames[which[k]] = {symbols[k], at(image.name, offsets[k])};
    }
}

}  // namespace

void add_frame(raw_trace& trace, std::uintptr_t address, const code_range* range) noexcept {
    if (trace.count >= raw_trace::most) return;
    const std::uint32_t image = range != nullptr ? image_of(trace, *range) : raw_trace::no_image;
    const std::uint64_t offset = image == raw_trace::no_image ? address : address - range->base;
    trace.frames[trace.count] = {image, offset};
    ++trace.count;
}

[[gnu::noinline]] void capture(raw_trace& into, int skip, const void* until) noexcept {
    into.count = 0;
    into.image_count = 0;
    capturing c{into, skip + 1, until};
    _Unwind_Backtrace(&capture_frame, &c);
}

std::string describe(const raw_trace& trace) {
    const std::size_t images = std::min<std::size_t>(trace.image_count, raw_trace::most_images);
    std::vector<named_frame> frames(std::min<std::size_t>(trace.count, raw_trace::most));
    for (std::size_t i = 0; i < images; ++i) name_frames(trace, i, frames);
    std::string text;
    for (std::size_t f = 0; f < frames.size(); ++f) {
        const auto& [symbol, place] = frames[f];
        text += '#';
        text += std::to_string(f);
        text += ' ';
        text += symbol.empty() ? std::string("?") : readable_symbol(symbol);
        text += " at ";
        text += place.empty() ? at("", trace.frames[f].offset) : place;
        text += '\n';
    }
    return text;
}

}  // namespace concur::platform
