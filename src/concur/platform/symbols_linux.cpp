// Nothing that the file says is believed: each number is held against the size of the file, and the
// file is read, not mapped, so that it may shrink meanwhile.
#include "concur/platform/symbols.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <cxxabi.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <memory>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace concur::platform {
namespace {

using elf_header = ElfW(Ehdr);
using section = ElfW(Shdr);
using symbol = ElfW(Sym);

constexpr std::size_t longest_symbol = 1 << 14;
constexpr std::size_t longest_name = 400;
constexpr std::size_t most_notes = 1 << 16;           // bytes
constexpr std::uint64_t largest_table = 1 << 30;

class elf_file {
public:
    explicit elf_file(const std::string& path)
        : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
        struct stat status{};
        if (fd_ >= 0 && ::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode))
            size_ = static_cast<std::uint64_t>(status.st_size);
    }
    ~elf_file() {
        if (fd_ >= 0) ::close(fd_);
    }
    elf_file(const elf_file&) = delete;
    elf_file& operator=(const elf_file&) = delete;

    bool holds(std::uint64_t at, std::uint64_t size) const { return at <= size_ && size <= size_ - at; }

    // False: the file is not so long (any more).
    bool read(std::uint64_t at, void* to, std::size_t size) const {
        if (!holds(at, size)) return false;
        auto* next = static_cast<char*>(to);
        while (size > 0) {
            const ssize_t n = ::pread(fd_, next, size, static_cast<off_t>(at));
            if (n <= 0) return false;
            next += n;
            at += static_cast<std::uint64_t>(n);
            size -= static_cast<std::size_t>(n);
        }
        return true;
    }

private:
    int fd_;
    std::uint64_t size_ = 0;
};

bool is_native(const elf_header& header) {
    constexpr int native_class = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
    constexpr int native_order = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
    return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == native_class &&
           header.e_ident[EI_DATA] == native_order && header.e_shentsize == sizeof(section);
}

// None: it is no file of this kind, or it is damaged.
std::vector<section> sections_of(const elf_file& file) {
    elf_header header;
    if (!file.read(0, &header, sizeof header) || !is_native(header)) return {};
    std::vector<section> sections(header.e_shnum);
    if (!file.read(header.e_shoff, sections.data(), sections.size() * sizeof(section))) return {};
    return sections;
}

// False: it carries another build-id.
bool is_of(const elf_file& file, const std::vector<section>& sections, const image_id& image) {
    for (const auto& s : sections) {
        if (s.sh_type != SHT_NOTE || s.sh_size > most_notes) continue;
        std::vector<std::byte> notes(s.sh_size);
        image_id written;
        if (file.read(s.sh_offset, notes.data(), notes.size()) && read_build_id(notes.data(), notes.size(), written))
            return written == image;
    }
    return true;
}

// The one for the debugger where it was left in, else the one for the loader.
const section* table_of(const std::vector<section>& sections) {
    for (const auto type : {SHT_SYMTAB, SHT_DYNSYM}) {
        const auto found =
            std::ranges::find(sections, static_cast<decltype(section::sh_type)>(type), &section::sh_type);
        if (found != sections.end() && found->sh_entsize == sizeof(symbol) && found->sh_link < sections.size())
            return &*found;
    }
    return nullptr;
}

bool is_function(const symbol& s) {
    const int type = s.st_info & 15;
    return (type == STT_FUNC || type == STT_GNU_IFUNC) && s.st_shndx != SHN_UNDEF && s.st_size > 0;
}

// Of several symbols that hold an offset the smallest is the nearest.
void note_nearest(const symbol& s, std::span<const std::uint64_t> offsets, std::span<std::optional<symbol>> nearest) {
    for (std::size_t i = 0; i < offsets.size(); ++i) {
        const bool inside = offsets[i] >= s.st_value && offsets[i] - s.st_value < s.st_size;
        if (inside && (!nearest[i] || s.st_size < nearest[i]->st_size)) nearest[i] = s;
    }
}

std::vector<std::optional<symbol>> find_nearest(const elf_file& file, const section& table,
                                                std::span<const std::uint64_t> offsets) {
    std::vector<std::optional<symbol>> nearest(offsets.size());
    if (!file.holds(table.sh_offset, table.sh_size)) return nearest;
    std::array<symbol, 1024> piece;
    for (std::uint64_t done = 0, count = std::min(table.sh_size, largest_table) / sizeof(symbol); done < count;) {
        const std::size_t n = std::min<std::uint64_t>(piece.size(), count - done);
        if (!file.read(table.sh_offset + done * sizeof(symbol), piece.data(), n * sizeof(symbol))) break;
        for (const auto& s : std::span(piece).first(n))
            if (is_function(s)) note_nearest(s, offsets, nearest);
        done += n;
    }
    return nearest;
}

std::string text_at(const elf_file& file, const section& strings, std::uint64_t at) {
    if (at >= strings.sh_size) return {};
    std::string text(std::min<std::uint64_t>(longest_symbol, strings.sh_size - at), '\0');
    if (strings.sh_offset > ~at || !file.read(strings.sh_offset + at, text.data(), text.size())) return {};
    const std::size_t end = text.find('\0');
    return end == std::string::npos ? std::string() : text.substr(0, end);
}

std::string cut(std::string name) {
    if (name.size() > longest_name) name.replace(longest_name, std::string::npos, "...");
    return name;
}

}  // namespace

std::vector<std::string> symbols_at(const std::string& path, const image_id& image,
                                    std::span<const std::uint64_t> offsets) {
    std::vector<std::string> names(offsets.size());
    const elf_file file(path);
    const auto sections = sections_of(file);
    const section* const table = is_of(file, sections, image) ? table_of(sections) : nullptr;
    if (table == nullptr) return names;
    const auto nearest = find_nearest(file, *table, offsets);
    for (std::size_t i = 0; i < names.size(); ++i)
        if (nearest[i]) names[i] = text_at(file, sections[table->sh_link], nearest[i]->st_name);
    return names;
}

std::string readable_symbol(const std::string& symbol) {
    if (!symbol.starts_with("_Z")) return cut(symbol);  // "i" is int to the function below
    int status = 0;
    const std::string whole = symbol.substr(0, symbol.find('.'));  // behind it stands which part of the function it is
    const std::unique_ptr<char, decltype(&std::free)> demangled(
        abi::__cxa_demangle(whole.c_str(), nullptr, nullptr, &status), &std::free);
    return cut(status == 0 ? demangled.get() : symbol);
}

}  // namespace concur::platform
