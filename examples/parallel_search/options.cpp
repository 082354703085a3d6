#include "options.hpp"

#include "concur/version.hpp"

#include <CLI/CLI.hpp>

#include <charconv>
#include <exception>

namespace parallel_search {
namespace {

constexpr int most_jobs = 1024;

constexpr const char* about =
    "Searches files, and all files below directories, for a string, or for any of several, and prints\n"
    "path:line:text for each line that holds one, as the results come.";
constexpr const char* more =
    "Links are followed where they are named here, not where they are found. Binary files are searched,\n"
    "and their lines are not shown. Exit status: 0 a line matched, 1 none did, 2 there were errors,\n"
    "130 after Ctrl-C.";

struct unusable : std::runtime_error {
    using runtime_error::runtime_error;
};

// CLI11 takes "[a,b]" among the positional arguments for a list of two; no argument of ours is one.
// A byte in front hides the bracket from it. Arguments that begin with that byte get another one.
constexpr char shield = '\x01';

std::string shielded(std::string argument) {
    const bool must_hide = !argument.empty() && (argument.front() == '[' || argument.front() == shield);
    return must_hide ? shield + argument : argument;
}

std::string unshielded(std::string argument) {
    if (!argument.empty() && argument.front() == shield) argument.erase(0, 1);
    return argument;
}

// Last first, as CLI11 wants them.
std::vector<std::string> arguments_of(int argc, const char* const* argv) {
    std::vector<std::string> arguments;
    for (int i = argc - 1; i > 0; --i) arguments.push_back(shielded(argv[i]));
    return arguments;
}

std::vector<std::string> values_of(const CLI::Option& o) {
    std::vector<std::string> values;
    for (const std::string& v : o.results()) values.push_back(unshielded(v));
    return values;
}

struct command_line {
    CLI::App app{about, "parallel_search"};
    CLI::Option* pattern = app.add_option("-e,--pattern");
    CLI::Option* executor = app.add_option("--executor");
    CLI::Option* jobs = app.add_option("-j,--jobs");
    bool ordered = false;
    bool pipeline = false;
    bool names = false;
    bool counts = false;
    bool crash_test = false;
    CLI::Option* rest = app.add_option("PATH");

    command_line() {
        app.footer(more);
        app.set_version_flag("--version", "parallel_search " + std::to_string(CONCUR_VERSION_MAJOR) + "." +
                                              std::to_string(CONCUR_VERSION_MINOR) + "." +
                                              std::to_string(CONCUR_VERSION_PATCH));
        app.add_flag("--ordered", ordered, "Show the results in the order of their paths");
        app.add_flag("--pipeline", pipeline,
                     "One thread finds files, -j N search them, one prints, with queues between: in order, too");
        app.add_flag("-l", names, "Show the paths of files that match, and nothing else");
        app.add_flag("-c", counts, "Show for each file how many lines match");
        pattern->description("A string to search for; give it again for each further string")
            ->type_name("PATTERN")
            ->expected(1, -1)
            ->allow_extra_args(false);
        app.add_flag("--crash-test", crash_test, "Let a worker process crash on one file, to see the others searched");
        executor->description("serial: one file after the other; threads (the default) and processes: side by side")
            ->type_name("serial|threads|processes")
            ->take_last();
        jobs->description("How many threads or processes; by default as many as suit this machine")
            ->type_name("N")
            ->take_last();
        rest->description("The files and directories to search. Without -e the first is the PATTERN")
            ->type_name("")
            ->expected(0, -1)
            ->allow_extra_args();
    }
};

// As for grep, each line of a pattern is one.
void add_patterns(const std::string& text, std::vector<std::string>& all) {
    std::size_t begin = 0;
    for (std::size_t end; (end = text.find('\n', begin)) != text.npos; begin = end + 1)
        all.push_back(text.substr(begin, end - begin));
    all.push_back(text.substr(begin));
}

executor_kind executor_of(const command_line& line) {
    if (line.pipeline && !line.executor->empty())
        throw unusable("--pipeline has threads of its own; leave it out, or --executor=" +
                       line.executor->results().back());
    if (line.pipeline && line.crash_test)
        throw unusable("--crash-test would end this program; without --pipeline a worker process crashes in its place");
    if (line.executor->empty()) return line.crash_test ? executor_kind::processes : executor_kind::threads;
    const std::string& name = line.executor->results().back();
    if (line.crash_test && name != "processes")
        throw unusable("--crash-test would end this program; with --executor=processes a worker crashes in its place");
    if (name == "serial") return executor_kind::serial;
    if (name == "threads") return executor_kind::threads;
    if (name == "processes") return executor_kind::processes;
    throw unusable("there is no executor '" + name + "'; take --executor=serial, threads or processes");
}

std::optional<int> jobs_of(const CLI::Option& o, executor_kind executor) {
    if (o.empty()) return {};
    const std::string& text = o.results().back();
    const std::string what = executor == executor_kind::processes ? "processes" : "threads";
    int jobs = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), jobs);
    if (error != std::errc{} || end != text.data() + text.size() || jobs < 1 || jobs > most_jobs)
        throw unusable("-j " + text + ": give a number of " + what + " from 1 to " + std::to_string(most_jobs) +
                       ", or leave -j out for what suits this machine");
    if (executor == executor_kind::serial)
        throw unusable("-j is the number of threads or processes; leave it out with --executor=serial");
    return jobs;
}

options options_of(const command_line& line) {
    options wanted;
    wanted.executor = executor_of(line);
    wanted.jobs = jobs_of(*line.jobs, wanted.executor);
    wanted.ordered = line.ordered;
    wanted.pipeline = line.pipeline;
    wanted.crash_test = line.crash_test;
    if (line.counts) wanted.plan.form = output_form::counts;
    if (line.names) wanted.plan.form = output_form::names;
    for (const std::string& text : values_of(*line.pattern)) add_patterns(text, wanted.plan.patterns);
    wanted.paths = values_of(*line.rest);
    if (wanted.plan.patterns.empty()) {
        if (wanted.paths.empty()) throw unusable("give a PATTERN to search for, and a PATH to search in");
        add_patterns(wanted.paths.front(), wanted.plan.patterns);
        wanted.paths.erase(wanted.paths.begin());
    }
    if (wanted.paths.empty()) throw unusable("give a PATH to search in; . is the directory you are in");
    return wanted;
}

answer refusal(const std::string& what) {
    return {"parallel_search: " + what + "\nparallel_search --help tells more.\n", true};
}

}  // namespace

std::variant<options, answer> read_options(int argc, const char* const* argv) {
    command_line line;
    try {
        line.app.parse(arguments_of(argc, argv));
        return options_of(line);
    } catch (const CLI::CallForHelp&) {
        return answer{line.app.help(), false};
    } catch (const CLI::CallForVersion& e) {
        return answer{std::string(e.what()) + "\n", false};
    } catch (const CLI::ParseError& e) {
        return refusal(unshielded(e.what()));
    } catch (const unusable& e) {
        return refusal(e.what());
    }
}

}  // namespace parallel_search
