#include "concur/platform/large_pages.hpp"

#include <cerrno>
#include <cstdint>
#include <sys/mman.h>
#include <unistd.h>

namespace concur::platform {

void ask_for_large_pages(void* at, std::size_t size) noexcept {
    const int kept = errno;
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const auto first = reinterpret_cast<std::uintptr_t>(at);
    const std::uintptr_t begin = (first + page - 1) / page * page;
    const std::uintptr_t end = (first + size) / page * page;
    if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
    errno = kept;
}

}  // namespace concur::platform
