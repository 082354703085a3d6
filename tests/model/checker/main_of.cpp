// The main() of a model program: its command line, and what it takes to survive a failed schedule.
#include "engine.hpp"
#include "search.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string_view>
#include <sys/single_threaded.h>
#include <unistd.h>

namespace concur::model {
namespace {

constexpr const char* usage =
    "--random=N --random-in-all=N --seed=S --preemptions=K --bounded-cap=N --only=NAME --replay=SCHEDULE\n"
    "--expect-failure --allow-incomplete --list\n";

std::uint64_t number(std::string_view text) { return std::strtoull(std::string(text).c_str(), nullptr, 10); }

bool read_option(std::string_view name, std::string_view value, search_options& out) {
    if (name == "--random") out.random = number(value);
    else if (name == "--random-in-all") out.random_in_all = number(value);
    else if (name == "--seed") out.seed = number(value);
    else if (name == "--preemptions") out.preemptions = static_cast<int>(number(value));
    else if (name == "--bounded-cap") out.bounded_cap = number(value);
    else if (name == "--only") out.only = value;
    else if (name == "--replay") out.replay = value;
    else if (name == "--expect-failure") out.expect_failure = true;
    else if (name == "--allow-incomplete") out.allow_incomplete = true;
    else if (name == "--list") out.list = true;
    else return false;
    return true;
}

bool read_options(int argc, char** argv, search_options& out) {
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        const std::size_t equals = word.find('=');
        const bool has_value = equals != std::string_view::npos;
        const std::string_view value = has_value ? word.substr(equals + 1) : std::string_view();
        if (!read_option(word.substr(0, equals), value, out)) return false;
    }
    return true;
}

void on_signal(int signal) {
    in_program = false;
    if (the_engine->runs()) the_engine->fail(std::string("the program died: ") + strsignal(signal));
    std::signal(signal, SIG_DFL);
}

[[noreturn]] void on_terminate() {
    in_program = false;
    std::string what = "std::terminate was called";
    if (const std::exception_ptr error = std::current_exception()) {
        try {
            std::rethrow_exception(error);
        } catch (const std::exception& e) {
            what += std::string(" for an exception: ") + e.what();
        } catch (...) {
            what += " for an exception";
        }
    }
    if (the_engine->runs()) the_engine->fail(what);
    std::fprintf(stderr, "%s\n", what.c_str());
    std::_Exit(1);
}

void watch_signals() {
    constexpr std::size_t size = 65536;
    stack_t about{};
    about.ss_sp = new char[size];  // lasts as long as the process
    about.ss_size = size;
    sigaltstack(&about, nullptr);
    struct sigaction action{};
    action.sa_handler = &on_signal;
    action.sa_flags = SA_ONSTACK | SA_NODEFER;
    for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGILL}) sigaction(signal, &action, nullptr);
}

// By its name; where none has that name, by what the name begins with up to an underscore.
bool selected(const scenario& s, std::string_view only, std::span<const scenario> all) {
    if (only.empty()) return true;
    for (const scenario& other : all)
        if (only == other.name) return only == s.name;
    return std::string_view(s.name).starts_with(std::string(only) + "_");
}

int check_all(search_options options, const char* program, std::span<const scenario> all) {
    const auto chosen = std::ranges::count_if(all, [&](const scenario& s) { return selected(s, options.only, all); });
    const bool any = chosen > 0;
    if (options.random_in_all > 0 && any)
        options.random = (options.random_in_all - 1) / static_cast<std::uint64_t>(chosen) + 1;
    bool good = true;
    for (const scenario& s : all) {
        if (!selected(s, options.only, all)) continue;
        if (!options.replay.empty()) good = replay(s, options) && good;
        else good = check(s, options, program) && good;
    }
    if (!any) std::printf("no scenario of that name; --list shows them\n");
    return good && any ? 0 : 1;
}

}  // namespace

void prepare_engine() {
    __libc_single_threaded = 0;  // so that shared_ptr counts with atomics
    the_engine = new engine;
    std::set_terminate(&on_terminate);
    watch_signals();
    the_engine->globals.remember();
}

int main_of(int argc, char** argv, std::span<const scenario> scenarios) {
    search_options options;
    if (!read_options(argc, argv, options)) {
        std::printf("%s", usage);
        return 2;
    }
    if (options.list) {
        for (const scenario& s : scenarios) std::printf("%s\n", s.name);
        return 0;
    }
    prepare_engine();
    const int result = check_all(options, argv[0], scenarios);
    std::fflush(stdout);
    _exit(result);  // what the program registered for its end belongs to schedules that are over
}

}  // namespace concur::model
