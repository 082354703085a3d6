// What is done with one file: a function of plain values, which any executor can run. Values can be sent to
// another process as they are; a reference to something here, or a lambda that holds one, could not.
#pragma once
#include "tree_walk.hpp"

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

struct search_plan {
    std::vector<std::string> patterns;  // a line with any of them matches; none holds a newline
    output_form form = output_form::lines;
    std::optional<file_id> own_output = {};  // a file that we write to is not searched
    std::string crash_at = {};               // the path of a file that the search is to crash on
};

struct file_result {
    std::string path;
    std::string text = {};       // for standard output, ready to be written
    std::string complaint = {};  // for standard error
    bool failed = false;    // not read, or not to the end
    bool is_another = false;  // not searched: the path stands for another file here, or for none
    std::uint64_t matches = 0;  // lines; where one is enough to know, 1
    std::uint64_t bytes = 0;
};

// "parallel_search: PATH: what the system says", a line.
std::string complaint_about(std::string_view path, int error);

// "/dev/stdin" is one file here and another in the next process. A file with an id is searched where its path
// leads to just that, and else left to others: search_here() searches it where it was found.
//
// Never throws for what is wrong with the file: that is the complaint; nor for a line that does
// not fit into memory.
//
// As for grep, a NUL byte makes a file binary: its lines are not shown, only that there is one. All
// of it counts, wherever the byte stands.
file_result search_file(const found_file& file, const search_plan& plan);
file_result search_here(found_file file, const search_plan& plan);

}  // namespace parallel_search
