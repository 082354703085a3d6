#include "concur/platform/signal_name.hpp"

#include <csignal>

namespace concur::platform {
namespace {

struct named_signal {
    int number;
    const char* name;
    const char* hint = "";
};

constexpr named_signal signals[] = {
    {SIGHUP, "SIGHUP"},
    {SIGINT, "SIGINT"},
    {SIGQUIT, "SIGQUIT"},
    {SIGILL, "SIGILL"},
    {SIGTRAP, "SIGTRAP"},
    {SIGABRT, "SIGABRT"},
    {SIGBUS, "SIGBUS"},
    {SIGFPE, "SIGFPE"},
    {SIGKILL, "SIGKILL", "out of memory?"},
    {SIGUSR1, "SIGUSR1"},
    {SIGSEGV, "SIGSEGV"},
    {SIGUSR2, "SIGUSR2"},
    {SIGPIPE, "SIGPIPE"},
    {SIGALRM, "SIGALRM"},
    {SIGTERM, "SIGTERM"},
    {SIGSTKFLT, "SIGSTKFLT"},
    {SIGCHLD, "SIGCHLD"},
    {SIGCONT, "SIGCONT"},
    {SIGSTOP, "SIGSTOP"},
    {SIGTSTP, "SIGTSTP"},
    {SIGTTIN, "SIGTTIN"},
    {SIGTTOU, "SIGTTOU"},
    {SIGURG, "SIGURG"},
    {SIGXCPU, "SIGXCPU", "its limit of processor time"},
    {SIGXFSZ, "SIGXFSZ", "its limit of a file's size"},
    {SIGVTALRM, "SIGVTALRM"},
    {SIGPROF, "SIGPROF"},
    {SIGWINCH, "SIGWINCH"},
    {SIGIO, "SIGIO"},
    {SIGPWR, "SIGPWR"},
    {SIGSYS, "SIGSYS", "something that the sandbox forbids"},
};

const named_signal* find(int signal) noexcept {
    for (const named_signal& s : signals)
        if (s.number == signal) return &s;
    return nullptr;
}

}  // namespace

const char* signal_name(int signal) noexcept {
    const named_signal* found = find(signal);
    return found != nullptr ? found->name : nullptr;
}

const char* signal_hint(int signal) noexcept {
    const named_signal* found = find(signal);
    return found != nullptr ? found->hint : "";
}

}  // namespace concur::platform
