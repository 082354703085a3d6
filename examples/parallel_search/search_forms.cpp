#include "search_forms.hpp"

#include <exception>
#include <string>
#include <unordered_set>
#include <utility>

namespace parallel_search {
namespace {

using concur::future;

// How many files may be under way: enough to keep every thread busy while a large one lasts, and
// few enough to hold in memory, whatever the size of the tree.
constexpr std::size_t window = 512;

// What is wrong with a file is in its result; what is thrown is wrong with the executor, or the machine.
template <class Get>
void show(Get get, console& out) {
    try {
        out.add(get());
    } catch (const std::exception& e) {
        out.complain(std::string("parallel_search: ") + e.what() + "\n");
    }
}

void submit_some(concur::executor& where, tree_walk& files, const search_plan& plan,
                 std::unordered_set<future<file_result>>& pending) {
    while (pending.size() < window) {
        const auto file = files.next();
        if (!file) return;
        pending.insert(where.submit(search_file, *file, plan));
    }
}

}  // namespace

void search_serially(tree_walk& files, const search_plan& plan, console& out) {
    while (const auto file = files.next()) {
        out.expect(files.found());
        show([&] { return search_file(*file, plan); }, out);
    }
}

void search_as_completed(concur::executor& where, tree_walk& files, const search_plan& plan, console& out,
                         const future<file_result>& interrupted) {
    std::unordered_set<future<file_result>> pending{interrupted};
    for (;;) {
        submit_some(where, files, plan, pending);
        out.expect(files.found());
        if (pending.size() == 1) return;
        // Half of them; then there is room for more, and nobody has to wait for the slowest.
        std::size_t wanted = pending.size() / 2;
        for (future<file_result>& f : concur::as_completed(pending)) {
            if (f == interrupted) out.leave(was_interrupted);
            pending.erase(f);
            show([&] { return std::move(f).result(); }, out);
            if (--wanted == 0) break;
        }
    }
}

void search_in_order(concur::executor& where, tree_walk& files, const search_plan& plan, console& out) {
    const auto search = [&plan](const found_file& file) { return search_file(file, plan); };
    auto results = where.map({.buffersize = window}, search, files);
    for (auto result = results.begin(); result != results.end(); ++result) {
        out.expect(files.found());
        show([&] { return std::move(*result); }, out);
    }
}

}  // namespace parallel_search
