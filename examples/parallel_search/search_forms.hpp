// The ways through a tree: a plain loop, results as they complete, results in order, and those in order with threads
// and queues alone.
#pragma once
#include "console.hpp"
#include "search_file.hpp"
#include "tree_walk.hpp"

#include "concur/futures.hpp"

#include <cstddef>

namespace parallel_search {

// On this thread, without any executor.
void search_serially(tree_walk& files, const search_plan& plan, console& out);

// submit() and as_completed(): each result is shown when it is there. A file whose search was lost with its
// worker process is complained of, and the others go on. Ends the program when
// `interrupted` is done, after all that was done before it.
void search_as_completed(concur::executor& where, tree_walk& files, const search_plan& plan, console& out,
                         const concur::future<file_result>& interrupted);

// map(): results are shown in the order of the files.
void search_in_order(concur::executor& where, tree_walk& files, const search_plan& plan, console& out);

// Threads and queues, and no executor: likewise in order. The files are walked on a thread of their own.
void search_in_pipeline(std::size_t searchers, tree_walk& files, const search_plan& plan, console& out);

}  // namespace parallel_search
