#include "search_forms.hpp"

#include "pipeline.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <exception>
#include <ranges>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace parallel_search {
namespace {

using concur::future;
using file_of = std::unordered_map<future<file_result>, found_file>;

// How many files may be under way: enough to keep every worker busy while a large one lasts, and
// few enough to hold in memory, whatever the size of the tree.
constexpr std::size_t window = 512;

// What is wrong with a file is in its result; what is thrown is wrong with the executor, the machine, or the
// search itself, where that ran in a process of its own.
template <class Get>
file_result result_for(const found_file& file, Get get) {
    try {
        return get();
    } catch (const std::exception& e) {
        const std::string_view what = e.what();
        const std::string first_line(what.substr(0, what.find('\n')));  // the others tell the stack of a crash
        return {
            .path = file.path, .complaint = "parallel_search: " + file.path + ": " + first_line + "\n", .failed = true};
    }
}

void submit_some(concur::executor& where, tree_walk& files, const search_plan& plan, file_of& pending) {
    while (pending.size() < window) {
        auto file = files.next();
        if (!file) return;
        future<file_result> searched = where.submit(search_file, *file, plan);
        pending.emplace(std::move(searched), std::move(*file));
    }
}

// search_file and its plan as one value. A lambda that refers to the plan would do for threads alone.
struct planned_search {
    search_plan plan;

    file_result operator()(const found_file& file) const { return search_file(file, plan); }
};

}  // namespace

void search_serially(tree_walk& files, const search_plan& plan, console& out) {
    while (const auto file = files.next()) {
        out.expect(files.found());
        out.add(result_for(*file, [&] { return search_here(*file, plan); }));
    }
}

void search_as_completed(concur::executor& where, tree_walk& files, const search_plan& plan, console& out,
                         const future<file_result>& interrupted) {
    concur::thread_pool_executor here;
    file_of pending{{interrupted, {}}};
    for (;;) {
        submit_some(where, files, plan, pending);
        out.expect(files.found());
        if (pending.size() == 1) return;
        // Half of them; then there is room for more, and nobody has to wait for the slowest.
        std::size_t wanted = pending.size() / 2;
        for (future<file_result>& f : concur::as_completed(std::views::keys(pending))) {
            if (f == interrupted) out.leave(was_interrupted);
            found_file file = std::move(pending.extract(f).mapped());
            const file_result result = result_for(file, [&] { return std::move(f).result(); });
            if (result.is_another) pending.emplace(here.submit(search_here, file, plan), std::move(file));
            else out.add(result);
            if (--wanted == 0) break;
        }
    }
}

void search_in_order(concur::executor& where, tree_walk& files, const search_plan& plan, console& out) {
    std::deque<found_file> under_way;
    const auto noted = [&](const found_file& file) { return under_way.emplace_back(file); };
    auto noted_files = std::views::transform(files, noted);
    auto results = where.map({.buffersize = window}, planned_search{plan}, noted_files);
    for (auto r = results.begin(); r != results.end(); ++r) {
        out.expect(files.found());
        const found_file& file = under_way.front();
        file_result result = result_for(file, [&] { return std::move(*r); });
        if (result.is_another) result = search_here(file, plan);
        out.add(result);
        under_way.pop_front();
    }
}

void search_in_pipeline(std::size_t searchers, tree_walk& files, const search_plan& plan, console& out) {
    std::atomic<std::uint64_t> found = 0;
    const auto walk = [&] {
        auto file = files.next();
        found = files.found();
        return file;
    };
    const auto search = [&](const found_file& file) {
        return result_for(file, [&] { return search_here(file, plan); });
    };
    const auto print = [&](const file_result& result) {
        out.expect(found);
        out.add(result);
    };
    run_pipeline({.walk = walk, .search = search, .print = print}, searchers, window);
}

}  // namespace parallel_search
