// Files go through three parts, which work side by side: a walker, some searchers, a printer.
#pragma once
#include "search_file.hpp"
#include "tree_walk.hpp"

#include <cstddef>
#include <functional>
#include <optional>

namespace parallel_search {

struct pipeline_parts {
    std::function<std::optional<found_file>()> walk;        // on the walker's thread; nothing: that was the last
    std::function<file_result(const found_file&)> search;   // on the searchers' threads, several at once
    std::function<void(const file_result&)> print;          // on the caller's thread, in the order of the walk
};

// Returns when all files are printed. No more than `most_files` are on their way at any time, from before they are
// walked until they are printed, however long one of them takes.
//
// What walk() throws ends the walk: what came before is printed, and then it is thrown here. What the others throw,
// and what comes of a thread that the system refuses, ends all parts: it is thrown here when the threads are back.
void run_pipeline(const pipeline_parts& parts, std::size_t searchers, std::size_t most_files);

}  // namespace parallel_search
