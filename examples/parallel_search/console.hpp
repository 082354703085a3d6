// Where results go, and what is told of them.
#pragma once
#include "progress_bar.hpp"
#include "search_file.hpp"

#include <cstdint>
#include <mutex>
#include <string_view>

namespace parallel_search {

enum exit_status : int { found_some = 0, found_none = 1, had_errors = 2, was_interrupted = 130 };

//   Each result is written at once and whole, under the lock: whenever the program is left, what was
//   found until then is out, and no line is cut.
//
//   Of one thread at a time, but for complain() and leave(), which any thread may call.
class console {
public:
    void add(const file_result& result);
    void complain(std::string_view line);

    // How many files there are so far, for the progress bar.
    void expect(std::uint64_t files) noexcept { progress_.found = files; }

    // As grep's.
    exit_status status() const noexcept;

    // Takes the progress bar away.
    void finish();

    // Ends the program as it stands. A thread that is in the middle of a file is not waited for: it
    // may be reading from a pipe to which nobody writes.
    [[noreturn]] void leave(exit_status status);

private:
    void write(std::string_view text);

    std::mutex lock_;
    progress_bar bar_;
    progress progress_;
    bool failed_ = false;
};

// The file that standard output goes to, where it is one.
std::optional<file_id> output_file();

}  // namespace parallel_search
