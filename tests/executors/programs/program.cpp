// A program that uses a pool of processes, linked in several ways: see CMakeLists.txt beside it.
#include <concur/concur.hpp>

#include "executors/programs/plugin.hpp"

#include <cstdio>
#include <dlfcn.h>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace {

int squared(int n) { return n * n; }

int use_pool() {
    concur::process_pool_executor pool{1};
    const int by_function = pool.submit(squared, 5).result();
    const int by_lambda = pool.submit([](int n) { return n + 1; }, 16).result();
    return by_function + by_lambda;
}

// Before the first worker starts there is another program where this one was.
int use_pool_when_replaced(const char* self) {
    std::filesystem::remove(self);
    std::ofstream(self) << "#!/bin/sh\nexit 9\n";
    std::filesystem::permissions(self, std::filesystem::perms::owner_all);
    return use_pool();
}

// The worker has never loaded that library.
int use_plugin(const char* path) {
    void* const library = ::dlopen(path, RTLD_NOW);
    if (library == nullptr) return std::fputs(::dlerror(), stderr), 1;
    auto* const run = reinterpret_cast<plugin_function*>(::dlsym(library, "run_on_pool"));
    concur::process_pool_executor pool{1};
    return run == nullptr ? 1 : run(pool);
}

}  // namespace

int main(int argc, char** argv) {
    if (WITH_FREEZE_SUPPORT) concur::multiprocessing::freeze_support(argc, argv);
    try {
        const std::string_view what = argc > 1 ? argv[1] : "pool";
        const int answer = what == "replaced" ? use_pool_when_replaced(argv[0])
                           : what == "plugin" ? use_plugin(argv[2])
                                              : use_pool();
        std::printf("%d\n", answer);
        return 0;
    } catch (const std::exception& e) {
        std::printf("%s\n", e.what());
        return 1;
    }
}
