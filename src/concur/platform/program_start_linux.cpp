// Two ways to run something after all static initialisation and before main().
//
// The shared library has a __libc_start_main of its own, which is found before libc's when the program
// calls it to start: it gives libc another main. (Where the library is only what another library
// needs, libc comes first in the search, and nothing is taken over.)
//
// The archive must not do that: in a fully static program ours would stand in the place of libc.a's,
// and there is no second one to go on with. But what is linked from the archive lies in the program
// itself, and so does the list of functions that initialise the program: from the place of ours in that
// list the rest is run, and then the role. Wherever the linker puts ours, all others have run then. It
// stands in the list by its section and not as a constructor, since optimisation at link time makes one
// function out of all constructors. In an archive that was linked into a library nothing is taken over.
#include "concur/platform/program_start.hpp"

#include "concur/platform/stderr.hpp"

#include <cstdint>
#include <cstdlib>
#include <dlfcn.h>
#include <link.h>
#include <sys/auxv.h>
#include <unistd.h>
#include <utility>

namespace concur::platform {
namespace {

// Written before main() runs, by the only thread.
constinit const char* role = nullptr;  // in the block that the system made for the environment, and that stays
constinit bool hooked = false;

// It stays in the environment for now: several libraries may hold a copy of this, and it is for the one that has main().
[[gnu::constructor(101)]] void find_role() {
    role = std::getenv("CONCUR_ROLE");
    if (role == nullptr || getauxval(AT_SECURE) == 0) return;
    write_stderr("concur: CONCUR_ROLE is set, and this program has more rights than its caller; it ends here.\n");
    _exit(126);
}

void hide_role() {
    if (role != nullptr) unsetenv("CONCUR_ROLE");
}

}  // namespace

bool main_is_hooked() noexcept { return hooked; }
bool has_role() noexcept { return role != nullptr; }
const char* take_role() noexcept {
    hide_role();
    return std::exchange(role, nullptr);
}

#ifdef concur_EXPORTS  // the shared library

namespace {

using main_function = int (*)(int, char**, char**);
using start_function = int (*)(main_function, int, char**, void (*)(), void (*)(), void (*)(), void*);
constinit main_function program_main = nullptr;

int run_role_or_main(int argc, char** argv, char** environment) {
    return has_role() ? run_role(take_role()) : program_main(argc, argv, environment);
}

}  // namespace

extern "C" [[gnu::visibility("default")]] int __libc_start_main(main_function main, int argc, char** argv,
                                                                void (*init)(), void (*fini)(), void (*loader_fini)(),
                                                                void* stack_end);
int __libc_start_main(main_function main, int argc, char** argv, void (*init)(), void (*fini)(), void (*loader_fini)(),
                      void* stack_end) {
    const auto start = reinterpret_cast<start_function>(dlsym(RTLD_NEXT, "__libc_start_main"));
    if (start == nullptr) {
        write_stderr("concur: the C library has no __libc_start_main, so the program cannot be started.\n");
        _exit(127);
    }
    program_main = main;
    hooked = true;
    hide_role();
    return start(&run_role_or_main, argc, argv, init, fini, loader_fini, stack_end);
}

#else  // the archive

namespace {

using initializer = void (*)(int, char**, char**);

// The linker's, of the program; null where it makes no such list.
extern "C" {
[[gnu::weak, gnu::visibility("hidden")]] extern initializer __init_array_start[];
[[gnu::weak, gnu::visibility("hidden")]] extern initializer __init_array_end[];
}

#ifdef __clang__
[[clang::no_sanitize("function", "cfi")]]  // the initializers of C++ have no parameters
#endif
void run_the_rest(int argc, char** argv, char** environment);
[[gnu::section(".init_array"), gnu::used]] initializer ours = &run_the_rest;

// The system names the program first.
int holds_ours(dl_phdr_info* program, std::size_t, void*) {
    const auto at = reinterpret_cast<std::uintptr_t>(&ours);
    for (int i = 0; i < program->dlpi_phnum; ++i) {
        const auto& segment = program->dlpi_phdr[i];
        const std::uintptr_t begin = program->dlpi_addr + segment.p_vaddr;
        if (segment.p_type == PT_LOAD && begin <= at && at < begin + segment.p_memsz) return 1;
    }
    return -1;
}

// Before the other initializers, for they may start programs.
[[gnu::constructor(102)]] void find_main() {
    initializer* place = &ours;
    asm("" : "+r"(place));  // no pointer to a single object, to the compiler
    hooked = __init_array_start <= place && place < __init_array_end && dl_iterate_phdr(&holds_ours, nullptr) == 1;
    if (hooked) hide_role();
}

// Initializers may have these parameters with this system.
void run_the_rest(int argc, char** argv, char** environment) {
    if (!hooked || !has_role()) return;
    initializer* const end = __init_array_end;
    initializer* next = &ours;
    asm("" : "+r"(next));
    while (++next < end) (*next)(argc, argv, environment);
    std::exit(run_role(take_role()));
}

}  // namespace

#endif

}  // namespace concur::platform
