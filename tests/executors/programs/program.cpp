// A program that uses a pool of processes, linked in several ways: see CMakeLists.txt beside it.
#include <concur/concur.hpp>

#include "executors/programs/plugin.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace {

int squared(int n) { return n * n; }

using concur::start_method;

int use(concur::process_pool_executor& pool) {
    const int by_function = pool.submit(squared, 5).result();
    const int by_lambda = pool.submit([](int n) { return n + 1; }, 16).result();
    return by_function + by_lambda;
}

int use_pool(start_method how = start_method::forkserver) {
    concur::process_pool_executor pool{{.max_workers = 1, .start_method = how}};
    return use(pool);
}

// There is another program where this one was.
void replace(const char* self) {
    std::filesystem::remove(self);
    std::ofstream(self) << "#!/bin/sh\nexit 9\n";
    std::filesystem::permissions(self, std::filesystem::perms::owner_all);
}

int use_pool_when_replaced(const char* self) {
    replace(self);  // before the first worker starts
    return use_pool();
}

// A worker that starts after that, for one that has died, is of the program that runs.
int use_pool_before_and_after(const char* self) {
    concur::process_pool_executor pool{1}, spawned{{.max_workers = 1, .start_method = start_method::spawn}};
    int sum = use(pool) + use(spawned);
    replace(self);
    for (auto* each : {&pool, &spawned}) {
        each->submit([] { std::raise(SIGKILL); }).exception();
        sum += use(*each);
    }
    return sum / 4;
}

// Another build of it takes its place, and nothing but that place tells where the program is.
int use_pool_of_another_build(const char* self, const char* other) {
    std::filesystem::rename(other, self);
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

// Before main(), which a worker never comes to.
const int used_early = std::getenv("USES_A_POOL_EARLY") != nullptr ? use_pool() : 0;

int do_what(std::string_view what, char** argv) {
    if (what == "early") return used_early;
    if (what == "forked") return use_pool(start_method::fork);
    if (what == "spawned") return use_pool(start_method::spawn);
    if (what == "replaced") return use_pool_when_replaced(argv[0]);
    if (what == "replaced_later") return use_pool_before_and_after(argv[0]);
    if (what == "other_build") return use_pool_of_another_build(argv[0], argv[2]);
    if (what == "plugin") return use_plugin(argv[2]);
    return use_pool();
}

}  // namespace

int main(int argc, char** argv) {
    if (WITH_FREEZE_SUPPORT) concur::multiprocessing::freeze_support(argc, argv);
    try {
        std::printf("%d\n", do_what(argc > 1 ? argv[1] : "pool", argv));
        return 0;
    } catch (const std::exception& e) {
        std::printf("%s\n", e.what());
        return 1;
    }
}
