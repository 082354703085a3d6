#include "concur/platform/image.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <exception>
#include <fstream>
#include <iterator>
#include <link.h>
#include <mutex>
#include <pthread.h>
#include <set>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace concur::platform {
namespace {

using bytes = std::span<const std::byte>;

// --- what an image says of itself -------------------------------------------------------------------

bytes memory_of(const dl_phdr_info& info, const ElfW(Phdr) & segment) {
    return {reinterpret_cast<const std::byte*>(info.dlpi_addr + segment.p_vaddr), segment.p_memsz};
}

std::span<const ElfW(Phdr)> segments_of(const dl_phdr_info& info) { return {info.dlpi_phdr, info.dlpi_phnum}; }

bool is_readable(const dl_phdr_info& info, const ElfW(Phdr) & wanted) {
    return std::ranges::any_of(segments_of(info), [&](const ElfW(Phdr) & s) {
        return s.p_type == PT_LOAD && (s.p_flags & PF_R) != 0 && wanted.p_vaddr >= s.p_vaddr &&
               wanted.p_vaddr + wanted.p_memsz <= s.p_vaddr + s.p_memsz;
    });
}

// Three different ways through the same words, each of which no single changed word survives.
struct code_hash {
    void add(std::uint64_t word) {
        for (std::size_t i = 0; i < lanes.size(); ++i) {
            lanes[i] = (lanes[i] ^ word) * factors[i];
            lanes[i] ^= lanes[i] >> 31;
        }
    }
    void add(bytes code) {
        add(code.size());
        for (; code.size() >= 8; code = code.subspan(8)) {
            std::uint64_t word;
            std::memcpy(&word, code.data(), 8);
            add(word);
        }
        for (const std::byte b : code) add(std::to_integer<std::uint64_t>(b));
    }
    static constexpr std::array<std::uint64_t, 3> factors{0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb};
    std::array<std::uint64_t, 3> lanes = factors;
};

// Code is the same in each process, since what the loader fits to its address lies elsewhere.
image_id hash_of(const dl_phdr_info& info) {
    code_hash hash;
    for (const auto& segment : segments_of(info)) {
        if (segment.p_type != PT_LOAD) continue;
        hash.add(segment.p_vaddr);
        hash.add(segment.p_memsz);
        if ((segment.p_flags & (PF_X | PF_R)) == (PF_X | PF_R)) hash.add(memory_of(info, segment));
    }
    image_id id;
    std::memcpy(id.bytes.data(), hash.lanes.data(), id.bytes.size());
    return id;
}

bool build_id_of(bytes notes, image_id& id) { return read_build_id(notes.data(), notes.size(), id); }

image_id id_of(const dl_phdr_info& info) {
    image_id id;
    for (const auto& segment : segments_of(info))
        if (segment.p_type == PT_NOTE && is_readable(info, segment) && build_id_of(memory_of(info, segment), id))
            return id;
    return hash_of(info);
}

// --- the table of what is loaded -------------------------------------------------------------------

// How often anything was loaded and unloaded in this process: the table holds while they are the same.
struct load_counts {
    unsigned long long adds = 0, subs = 0;
    friend bool operator==(const load_counts&, const load_counts&) = default;
};

// Guarded by `lock`, which a fork must not catch held. Never destroyed: other objects' ends may still ask.
struct table {
    load_counts counts;
    std::vector<code_range> ranges;  // in the order of their addresses
    std::set<std::string> paths;     // all that were ever needed, so that each stays where it is
    std::exception_ptr failed;       // no exception may pass through the loader
};
constinit std::mutex lock;

// Before there are threads: a fork in the middle of this would leave its child one that never ends.
[[maybe_unused]] const int watching = pthread_atfork([] { lock.lock(); }, [] { lock.unlock(); }, [] { lock.unlock(); });

std::unique_lock<std::mutex> hold() { return std::unique_lock(lock); }

table& the_table() {
    static table& made = *new table;
    return made;
}

// A library that was loaded by a relative path is known to the loader by that alone.
std::string mapped_file(std::uintptr_t address) {
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        char* rest = nullptr;
        const std::uintptr_t begin = std::strtoull(line.c_str(), &rest, 16);
        const std::uintptr_t end = *rest == '-' ? std::strtoull(rest + 1, nullptr, 16) : 0;
        const std::size_t path = line.find('/');
        if (begin <= address && address < end && path != std::string::npos) return line.substr(path);
    }
    return {};
}

const char* path_of(table& t, const char* name, std::uintptr_t code) {
    std::string path = name;
    if (!path.starts_with('/') && path.find('/') != std::string::npos)
        if (std::string file = mapped_file(code); !file.empty()) path = std::move(file);
    return t.paths.insert(std::move(path)).first->c_str();
}

void add_image(table& t, const dl_phdr_info& info, bool in_program, const image_id& id) {
    for (const auto& segment : segments_of(info)) {
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
        const std::uintptr_t begin = info.dlpi_addr + segment.p_vaddr;
        const char* const path = in_program ? "" : path_of(t, info.dlpi_name, begin);
        t.ranges.push_back({begin, begin + segment.p_memsz, info.dlpi_addr, id, in_program, path});
    }
}

// What was loaded before and has stayed has the id that it had: a hash is slow to make.
struct refreshing {
    table& t;
    std::vector<code_range> old;  // empty where something was unloaded
    bool begun = false;

    image_id id(const dl_phdr_info& info) const {
        const auto known = std::ranges::find(old, info.dlpi_addr, &code_range::base);
        return known != old.end() ? known->image : id_of(info);
    }
    void begin(load_counts now) {
        begun = true;
        old.swap(t.ranges);
        if (t.counts.subs != now.subs) old.clear();
        t.ranges.clear();
        t.counts = now;
    }
};

// The loader names the program first.
int see_image(dl_phdr_info* info, std::size_t, void* given) noexcept {
    auto& r = *static_cast<refreshing*>(given);
    const load_counts now{info->dlpi_adds, info->dlpi_subs};
    if (!r.begun && r.t.counts == now) return 1;
    try {
        const bool in_program = !r.begun;
        if (!r.begun) r.begin(now);
        add_image(r.t, *info, in_program, r.id(*info));
        return 0;
    } catch (...) {
        r.t.counts = {};
        r.t.failed = std::current_exception();
        return 1;
    }
}

// The caller holds the lock.
const std::vector<code_range>& ranges_now() {
    table& t = the_table();
    refreshing r{t, {}};
    dl_iterate_phdr(&see_image, &r);
    if (t.failed) std::rethrow_exception(std::exchange(t.failed, nullptr));
    if (r.begun) std::ranges::sort(t.ranges, {}, &code_range::begin);
    return t.ranges;
}

// --- the way back -----------------------------------------------------------------------------------

constexpr const char* mend = " Build both from the same sources, and restart the program.";

std::string hexadecimal(std::uint64_t number) {
    std::array<char, 19> text{};
    std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(number));
    return text.data();
}

struct whereabouts {
    bool loaded = false;
    void* address = nullptr;  // null: the offset is not in the image's code
};

// Where copies of one file are loaded, the one from `path`.
whereabouts look_up(const image_id& image, std::uint64_t offset, const std::string& path) {
    const auto held = hold();
    whereabouts found;
    for (const auto& range : ranges_now()) {
        if (range.image != image) continue;
        found.loaded = true;
        const std::uintptr_t address = range.base + offset;
        if (address < range.begin || address >= range.end) continue;
        if (found.address == nullptr || path == range.path) found.address = reinterpret_cast<void*>(address);
    }
    return found;
}

std::string id_of_loaded(void* handle) {
    link_map* map = nullptr;
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) return "unknown";
    const auto held = hold();
    const auto& ranges = ranges_now();
    const auto mine = std::ranges::find(ranges, map->l_addr, &code_range::base);
    return mine != ranges.end() ? to_string(mine->image) : "none";
}

std::runtime_error not_loaded(const image_id& image) {
    return std::runtime_error("a function lies in an image with build-id " + to_string(image) +
                              ", which is not loaded here; this program has build-id " + to_string(program_id()) + "." +
                              mend);
}

void load(const image_id& image, const std::string& path) {
    void* const handle = dlopen(path.c_str(), RTLD_NOW);
    if (handle == nullptr)
        throw std::runtime_error("cannot load " + path + ", which has a function (build-id " + to_string(image) +
                                 ") that this program (build-id " + to_string(program_id()) +
                                 ") was asked to call: " + dlerror() + ". Have the file where both can read it.");
    if (look_up(image, 0, path).loaded) return;
    const std::string other = id_of_loaded(handle);
    dlclose(handle);
    throw std::runtime_error(path + " has build-id " + other + " here, and " + to_string(image) +
                             " where the function comes from: the file was replaced." + mend);
}

}  // namespace

std::string to_string(const image_id& id) {
    constexpr const char* digits = "0123456789abcdef";
    std::string text;
    for (const std::byte b : id.bytes) {
        text += digits[std::to_integer<unsigned>(b >> 4)];
        text += digits[std::to_integer<unsigned>(b & std::byte{15})];
    }
    return text;
}

// Notes aligned to 4 and to 8 bytes may lie in one segment, and a walk from note to note goes wrong
// there. But each begins at a multiple of 4, and 16 bytes like the head of this one mean nothing else.
bool read_build_id(const std::byte* notes, std::size_t size, image_id& id) noexcept {
    constexpr std::size_t head_size = sizeof(ElfW(Nhdr)) + 4;
    for (std::size_t at = 0; at + head_size <= size; at += 4) {
        ElfW(Nhdr) head;
        std::memcpy(&head, notes + at, sizeof head);
        const std::byte* const name = notes + at + sizeof head;
        if (head.n_type != NT_GNU_BUILD_ID || head.n_namesz != 4 || std::memcmp(name, "GNU", 4) != 0) continue;
        if (head.n_descsz == 0 || head.n_descsz > size - at - head_size) continue;
        id = {};
        std::memcpy(id.bytes.data(), name + 4, std::min<std::size_t>(head.n_descsz, id.bytes.size()));
        return true;
    }
    return false;
}

bool find_code(const void* address, code_place& found) {
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    const auto held = hold();
    const auto& ranges = ranges_now();
    const auto after = std::ranges::upper_bound(ranges, at, {}, &code_range::begin);
    if (after == ranges.begin()) return false;
    const code_range& range = *std::prev(after);
    if (at >= range.end) return false;
    found = {range.image, at - range.base, range.in_program, range.path};
    return true;
}

void* find_address(const image_id& image, std::uint64_t offset, const std::string& path) {
    whereabouts found = look_up(image, offset, path);
    if (!found.loaded) {
        if (path.empty()) throw not_loaded(image);
        load(image, path);
        found = look_up(image, offset, path);
    }
    if (found.address == nullptr)
        throw std::runtime_error("there is no code at offset " + hexadecimal(offset) + " of the image with build-id " +
                                 to_string(image) + "; this program has build-id " + to_string(program_id()) + "." +
                                 mend);
    return found.address;
}

const image_id& program_id() {
    static const image_id id = [] {
        const auto held = hold();
        const auto& ranges = ranges_now();
        const auto mine = std::ranges::find(ranges, true, &code_range::in_program);
        return mine != ranges.end() ? mine->image : image_id{};
    }();
    return id;
}

void each_code_range(void (*fn)(const code_range& range, void* argument), void* argument) {
    const auto held = hold();
    for (const auto& range : ranges_now()) fn(range, argument);
}

}  // namespace concur::platform
