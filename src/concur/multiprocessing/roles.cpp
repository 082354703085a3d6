// What this program does when it was started as somebody's server or worker.
#include "concur/multiprocessing/roles.hpp"

#include "concur/multiprocessing/freeze_support.hpp"
#include "concur/multiprocessing/server.hpp"
#include "concur/multiprocessing/worker_loop.hpp"
#include "concur/platform/child_process.hpp"
#include "concur/platform/image.hpp"
#include "concur/platform/program_start.hpp"

#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>

namespace concur {
namespace multiprocessing {
namespace {

constexpr int unknown_role = 71;

std::int64_t pid_in(std::string_view role) noexcept {
    std::int64_t pid = 0;
    for (const char c : role)
        if (c >= '0' && c <= '9') pid = pid * 10 + (c - '0');
    return pid;
}

// freeze_support() was called.
constinit bool supported = false;  // written before there are threads

// Then main() will be taken over, where that has not been done yet: static initialisers run before.
bool lies_in_program() {
    platform::code_place here;
    return platform::find_code(reinterpret_cast<const void*>(&platform::run_role), here) && here.in_program;
}

}  // namespace

void check_can_be_worker() {
    constexpr const char* mend =
        "make concur::multiprocessing::freeze_support(argc, argv) the first thing that main() does";
    const bool is_hooked = platform::main_is_hooked() || lies_in_program();
    if (platform::has_role() && is_hooked)
        throw std::logic_error(
            "process_pool_executor: a pool is used before main(), by the initializer of a global maybe. Its worker is "
            "this program once more, and comes to that place, too: make the pool there if you like, and use it in "
            "main()");
    if (platform::has_role())
        throw std::logic_error(
            std::string("process_pool_executor: this process was started as a worker, but runs main(): ") + mend);
    if (!is_hooked && !supported)
        throw std::logic_error(std::string("process_pool_executor: this program cannot be its own worker: ") + mend);
}

std::string server_role(std::int64_t pool_pid, bool spawn) {
    return (spawn ? "spawning server of " : "server of ") + std::to_string(pool_pid);
}

std::string worker_role(std::int64_t server_pid) { return "worker of " + std::to_string(server_pid); }

void freeze_support(int, char**) {
    supported = true;
    if (const char* const role = platform::take_role()) platform::leave(platform::run_role(role));
}

}  // namespace multiprocessing

int platform::run_role(const char* role) noexcept {
    using namespace multiprocessing;
    const std::string_view name(role);
    const bool is_worker = name.starts_with("worker");
    for (int n = 3; n <= (is_worker ? 5 : 3); ++n) replace_fd(n, n);  // what it starts gets none of them
    if (!is_worker) settle_as_server();
    // None of the program's exit handlers and destructors: they are for where main() has run.
    if (name.starts_with("server")) leave(run_server(fd(3), pid_in(name), false, nullptr));
    if (name.starts_with("spawning")) leave(run_server(fd(3), pid_in(name), true, nullptr));
    if (name.starts_with("worker")) leave(run_worker(fd(3), fd(4), fd(5), pid_in(name), nullptr));
    std::fprintf(stderr, "concur: the environment variable %s says '%s', which is nothing that this library knows\n",
                 role_variable, role);
    leave(unknown_role);
}

}  // namespace concur
