#include "pipeline.hpp"

#include "concur/queue.hpp"
#include "concur/threading.hpp"

#include <atomic>
#include <cstdint>
#include <exception>
#include <map>
#include <stop_token>
#include <utility>
#include <vector>

namespace parallel_search {
namespace {

using concur::none;

// How many files, or results, may stand in a queue: enough for nobody to wait for a neighbour who is only a little
// slower.
constexpr std::int64_t line = 64;

template <class T>
struct numbered {
    std::uint64_t number;
    T item;
};

//   walker --files_--> searchers --results_--> printer
//     ^                                           |
//     \---------------- room_ --------------------/
//
//   Each queue holds back who puts, where the next part is slower. Results that came before their turn are in no
//   queue, so there is room_ too: a permit for each file that may be on its way.
//
//   The end goes the same way as the files: the walker shuts files_ down, the last searcher results_. Who gives up
//   before that shuts both down, and ends the walker's wait for room. What was found until then is printed as far as
//   nothing is missing.
class pipeline {
public:
    pipeline(const pipeline_parts& parts, std::size_t most_files)
        : parts_(parts), room_(static_cast<std::int64_t>(most_files)) {}

    void run(std::size_t searchers) {
        try {
            start(searchers);
            print_all();
        } catch (...) {
            give_up(std::current_exception());
        }
        threads_.clear();
        if (const std::exception_ptr error = *error_.lock()) std::rethrow_exception(error);
    }

private:
    void start(std::size_t searchers) {
        searching_ = searchers;
        threads_.reserve(searchers + 1);
        add_thread("walker", [this] { walk_all(); });
        for (std::size_t i = 0; i < searchers; ++i) add_thread("searcher", [this] { search_all(); });
    }

    template <class Part>
    void add_thread(const char* name, Part part) {
        threads_.emplace_back(concur::threading::thread_options{.name = name}, part).start();
    }

    void walk_all() noexcept {
        try {
            for (std::uint64_t number = 0; room_.acquire(none, giving_up_.get_token()); ++number) {
                std::optional<found_file> file = parts_.walk();
                if (!file || !files_.try_put({number, *std::move(file)}, none)) break;
            }
        } catch (...) {
            note(std::current_exception());
        }
        files_.shutdown();
    }

    void search_all() noexcept {
        try {
            for (numbered<found_file>& file : files_)
                if (!results_.try_put({file.number, parts_.search(file.item)}, none)) break;
        } catch (...) {
            give_up(std::current_exception());
        }
        if (--searching_ == 0) results_.shutdown();
    }

    void print_all() {
        std::map<std::uint64_t, file_result> early;
        std::uint64_t next = 0;
        for (numbered<file_result>& result : results_) {
            early.emplace(result.number, std::move(result.item));
            for (; const auto due = early.extract(next); ++next) {
                parts_.print(due.mapped());
                room_.release();
            }
        }
    }

    // The first that is thrown is the one to tell of.
    void note(const std::exception_ptr& error) noexcept {
        const auto noted = error_.lock();
        if (*noted == nullptr) *noted = error;
    }

    void give_up(const std::exception_ptr& error) noexcept {
        note(error);
        giving_up_.request_stop();
        files_.shutdown(true);
        results_.shutdown();
    }

    const pipeline_parts& parts_;
    concur::queue<numbered<found_file>> files_{line};
    concur::queue<numbered<file_result>> results_{line};
    concur::threading::semaphore room_;
    std::stop_source giving_up_;
    std::atomic<std::size_t> searching_{0};  // searchers that are not through
    concur::threading::synchronized<std::exception_ptr> error_;
    std::vector<concur::threading::thread> threads_;
};

}  // namespace

void run_pipeline(const pipeline_parts& parts, std::size_t searchers, std::size_t most_files) {
    pipeline(parts, most_files).run(searchers);
}

}  // namespace parallel_search
