// The command line.
#pragma once
#include "search_file.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace parallel_search {

enum class executor_kind { serial, threads, processes };

struct options {
    search_plan plan;
    std::vector<std::string> paths;
    executor_kind executor = executor_kind::threads;
    std::optional<int> jobs = {};  // default: the executor's own
    bool ordered = false;
    bool pipeline = false;
    bool crash_test = false;
};

// What is to be said instead of searching: the help, the version, or what is wrong with the command
// line and how to mend it.
struct answer {
    std::string text;
    bool is_error;
};

std::variant<options, answer> read_options(int argc, const char* const* argv);

}  // namespace parallel_search
