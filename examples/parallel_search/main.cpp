// parallel_search: what Python's introduction to concurrent.futures does with a few pages of the web,
// done with all the files of a tree. `parallel_search --help` says how to call it.
//
//   tree_walk --file--> search_file() on an executor --file_result--> console
//
// The executor may be a pool of threads or of processes: nothing but pool_for() knows which. With --pipeline there is
// none: threads, and queues between them.
//
// tree_walk      finds files                        search_forms   bring the three together
// search_file    searches one, and knows of nobody  pipeline       does so with threads and queues
// console        writes results, one at a time      interrupts     see Ctrl-C
//                                                   options        read the command line
#include "console.hpp"
#include "interrupts.hpp"
#include "options.hpp"
#include "search_forms.hpp"
#include "write_all.hpp"

#include <unistd.h>

#include <exception>
#include <memory>
#include <string>

namespace parallel_search {
namespace {

std::unique_ptr<concur::executor> pool_for(const options& wanted) {
    if (wanted.executor == executor_kind::processes) {
        concur::process_pool_options how;
        if (wanted.jobs) how.max_workers = *wanted.jobs;
        return std::make_unique<concur::process_pool_executor>(how);
    }
    concur::thread_pool_options how{.thread_name_prefix = "search"};
    if (wanted.jobs) how.max_workers = *wanted.jobs;
    return std::make_unique<concur::thread_pool_executor>(how);
}

void search_side_by_side(const options& wanted, tree_walk& files, console& out) {
    if (wanted.ordered) {
        const interrupts watch([&] { out.leave(was_interrupted); });
        const auto pool = pool_for(wanted);
        return search_in_order(*pool, files, wanted.plan, out);
    }
    concur::promise<file_result> interrupted;
    const interrupts watch([&] { interrupted.set_result(file_result{}); });
    const auto pool = pool_for(wanted);
    search_as_completed(*pool, files, wanted.plan, out, interrupted.get_future());
}

void search_with_queues(const options& wanted, tree_walk& files, console& out) {
    const interrupts watch([&] { out.leave(was_interrupted); });
    const int searchers = wanted.jobs.value_or(concur::process_cpu_count());
    search_in_pipeline(static_cast<std::size_t>(searchers), files, wanted.plan, out);
}

void search_one_by_one(const options& wanted, tree_walk& files, console& out) {
    const interrupts watch([&] { out.leave(was_interrupted); });
    search_serially(files, wanted.plan, out);
}

// The middle one of all files; empty: there is none.
std::string middle_file(const std::vector<std::string>& paths) {
    std::vector<std::string> all;
    for (const found_file& file : tree_walk(paths, [](std::string_view, int) {})) all.push_back(file.path);
    return all.empty() ? std::string() : all[all.size() / 2];
}

int search(options wanted) {
    console out;
    if (wanted.crash_test) wanted.plan.crash_at = middle_file(wanted.paths);
    if (wanted.plan.form == output_form::lines) wanted.plan.own_output = output_file();
    tree_walk files(wanted.paths,
                    [&](std::string_view path, int error) { out.complain(complaint_about(path, error)); });
    if (wanted.pipeline) search_with_queues(wanted, files, out);
    else if (wanted.executor == executor_kind::serial) search_one_by_one(wanted, files, out);
    else search_side_by_side(wanted, files, out);
    out.finish();
    return out.status();
}

int run(int argc, const char* const* argv) {
    const auto read = read_options(argc, argv);
    if (const auto* said = std::get_if<answer>(&read)) {
        write_all(said->is_error ? STDERR_FILENO : STDOUT_FILENO, said->text);
        return said->is_error ? had_errors : found_some;
    }
    return search(std::get<options>(read));
}

}  // namespace
}  // namespace parallel_search

int main(int argc, char** argv) {
    try {
        return parallel_search::run(argc, argv);
    } catch (const std::exception& e) {
        parallel_search::write_all(STDERR_FILENO, std::string("parallel_search: ") + e.what() + "\n");
        return parallel_search::had_errors;
    }
}
