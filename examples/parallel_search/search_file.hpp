// What is done with one file: a function of plain values, which any executor can run.
#pragma once
#include "tree_walk.hpp"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parallel_search {

enum class output_form {
    lines,   // path:line:text for each line that matches
    names,   // path, once
    counts,  // path:count, also where it is 0
};

struct file_id {
    dev_t device = 0;
    ino_t inode = 0;
    friend bool operator==(const file_id&, const file_id&) = default;
};

struct search_plan {
    std::vector<std::string> patterns;  // a line with any of them matches; none holds a newline
    output_form form = output_form::lines;
    std::optional<file_id> own_output = {};  // a file that we write to is not searched
};

struct file_result {
    std::string path;
    std::string text;       // for standard output, ready to be written
    std::string complaint;  // for standard error
    bool failed = false;    // not read, or not to the end
    std::uint64_t matches = 0;  // lines; where one is enough to know, 1
    std::uint64_t bytes = 0;
};

// "parallel_search: PATH: what the system says", a line.
std::string complaint_about(std::string_view path, int error);

// Never throws for what is wrong with the file: that is the complaint; nor for a line that does
// not fit into memory.
//
// As for grep, a NUL byte makes a file binary: its lines are not shown, only that there is one. All
// of it counts, wherever the byte stands.
file_result search_file(const found_file& file, const search_plan& plan);

}  // namespace parallel_search
