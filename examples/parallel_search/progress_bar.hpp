// A line on standard error that shows how far the search is.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace parallel_search {

struct progress {
    std::uint64_t done = 0;     // files
    std::uint64_t found = 0;    // files, also those still to be searched
    std::uint64_t bytes = 0;
    std::uint64_t matches = 0;
};

// The line itself, at most `width` characters.
std::string progress_line(const progress& now, std::chrono::duration<double> passed, std::size_t width);

//   Draws on a terminal only, ten times a second at most. What else is written to a terminal has to
//   hide() it first.
class progress_bar {
public:
    progress_bar();

    void show(const progress& now);
    void hide() noexcept;

private:
    using clock = std::chrono::steady_clock;

    bool on_terminal_;
    bool drawn_ = false;
    clock::time_point began_ = clock::now();
    clock::time_point next_;
};

}  // namespace parallel_search
