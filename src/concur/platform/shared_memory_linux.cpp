#include "concur/platform/shared_memory.hpp"

#include "concur/platform/injection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/vfs.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace concur::platform {
namespace {

constexpr unsigned noexec_seal = 8;  // MFD_NOEXEC_SEAL, since Linux 6.3
constexpr int fixed_size = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
constexpr std::size_t piece = std::size_t{4} << 20U;

const char* mend_for_memory(int error) noexcept {
    switch (error) {
        case EMFILE: return "this process has too many files open: raise its limit (ulimit -n)";
        case ENFILE: return "the system has too many files open: raise fs.file-max (sysctl)";
        case ENOMEM:
        case ENOSPC:
            return "there is not enough memory, or address space (ulimit -v): send less at once, or give the process "
                   "more";
        case EFBIG: return "that is beyond the limit of file sizes (ulimit -f): raise it";
        default: return "the system refuses it";
    }
}

[[noreturn]] void refuse(int error, const char* what, std::size_t size) {
    throw std::system_error(error, std::generic_category(),
                            std::string("cannot ") + what + " a shared segment of " + std::to_string(size) +
                                " bytes: " + mend_for_memory(error));
}

int new_memory_file(unsigned flags) noexcept { return ::memfd_create("concur", flags); }

fd create_file(std::size_t size) {
    if (const int error = injected_error(system_call::memfd_create)) refuse(error, "create", size);
    constexpr unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    fd file(new_memory_file(flags | noexec_seal));
    if (!file && errno == EINVAL) file.reset(new_memory_file(flags));
    if (!file) refuse(errno, "create", size);
    return file;
}

// The system tells of a file beyond its limit by a signal that ends the program.
bool beyond_limit(std::size_t size) noexcept {
    rlimit limit{};
    return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && size > limit.rlim_cur;
}

// The system's own estimate of what it could still give, in bytes; 0: it does not say.
std::uint64_t available_memory() noexcept {
    if (!may_open_files()) return 0;
    const fd file(::open("/proc/meminfo", O_RDONLY | O_CLOEXEC));
    std::array<char, 512> text{};
    if (!file || ::read(file.get(), text.data(), text.size() - 1) <= 0) return 0;
    constexpr std::string_view name = "MemAvailable:";
    const char* const at = std::strstr(text.data(), name.data());
    return at == nullptr ? 0 : std::strtoull(at + name.size(), nullptr, 10) * 1024;
}

// The system does not refuse what it cannot give: it goes on until all memory is used up, and then
// kills programs. A sixteenth is left to the others.
bool is_there_memory(std::size_t size) noexcept {
    struct sysinfo now{};
    if (::sysinfo(&now) != 0) return true;
    const std::uint64_t unit = now.mem_unit;
    if (size < now.freeram / 2 * unit) return true;
    const std::uint64_t available = available_memory();
    const std::uint64_t most = available > 0 ? available + now.freeswap * unit : (now.totalram + now.totalswap) * unit;
    return size < most - most / 16;
}

int allocate_piece(const fd& file, std::size_t from, std::size_t size) noexcept {
    for (;;) {
        int error = injected_error(system_call::fallocate);
        if (error == 0 && ::fallocate(file.get(), 0, static_cast<off_t>(from), static_cast<off_t>(size)) != 0)
            error = errno;
        if (error != EINTR) return error;
    }
}

// In pieces: a signal makes the system give back what it allocated in one call, and a large one might
// never come to its end.
void allocate(const fd& file, std::size_t size) {
    if (size == 0 || size > PTRDIFF_MAX) refuse(EINVAL, "create", size);
    if (!is_there_memory(size)) refuse(ENOMEM, "create", size);
    if (beyond_limit(size)) refuse(EFBIG, "create", size);
    for (std::size_t at = 0; at < size; at += piece)
        if (const int error = allocate_piece(file, at, std::min(piece, size - at))) refuse(error, "allocate", size);
}

void seal(const fd& file, std::size_t size, bool others_only_read) {
    const int seals = fixed_size | (others_only_read ? F_SEAL_FUTURE_WRITE : 0);
    int error = injected_error(system_call::seal);
    if (error == 0 && ::fcntl(file.get(), F_ADD_SEALS, seals) != 0) error = errno;
    if (error != 0) refuse(error, "seal", size);
}

// Of such files the system may have no page left for a hole that was punched after it looked: SIGBUS.
bool is_of_huge_pages(const fd& file) noexcept {
    constexpr long huge_pages = 0x958458f6;  // HUGETLBFS_MAGIC
    struct statfs system{};
    return may_open_files() && ::fstatfs(file.get(), &system) == 0 && system.f_type == huge_pages;
}

}  // namespace

mapping::mapping(mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

mapping& mapping::operator=(mapping&& other) noexcept {
    mapping old(std::move(other));
    std::swap(data_, old.data_);
    std::swap(size_, old.size_);
    return *this;
}

mapping::~mapping() {
    const int saved = errno;
    if (data_ != nullptr) ::munmap(data_, size_);
    errno = saved;
}

// Mapped before it is sealed: once nobody can write, neither could we.
segment create_segment(std::size_t size, bool others_only_read) {
    segment made;
    made.file = create_file(size);
    allocate(made.file, size);
    made.memory = map_segment(made.file, size, access::read_write);
    seal(made.file, size, others_only_read);
    return made;
}

mapping map_segment(const fd& file, std::size_t size, access how) {
    if (const int error = injected_error(system_call::mmap)) refuse(error, "map", size);
    const int protection = how == access::read ? PROT_READ : PROT_READ | PROT_WRITE;
    void* const at = ::mmap(nullptr, size, protection, MAP_SHARED, file.get(), 0);
    if (at == MAP_FAILED) refuse(errno, "map", size);
    return {static_cast<std::byte*>(at), size};
}

bool is_sealed_segment(const fd& file, std::size_t size) noexcept {
    const int seals = ::fcntl(file.get(), F_GET_SEALS);
    if (seals < 0 || (seals & fixed_size) != fixed_size || is_of_huge_pages(file)) return false;
    struct stat found{};
    if (::fstat(file.get(), &found) != 0 || !std::cmp_equal(found.st_size, size)) return false;
    constexpr std::uint64_t block = 512;
    return static_cast<std::uint64_t>(found.st_blocks) * block >= size;
}

}  // namespace concur::platform
