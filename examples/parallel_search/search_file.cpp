#include "search_file.hpp"

#include "line_blocks.hpp"
#include "pattern_cursors.hpp"
#include "unique_fd.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <limits>
#include <new>
#include <system_error>

namespace parallel_search {
namespace {

std::uint64_t newlines_in(std::string_view text) {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

// The line around text[place], without its newline. No line begins between `after` and its begin.
std::string_view line_around(std::string_view text, std::size_t after, std::size_t place) {
    const std::size_t before = text.substr(after, place - after).rfind('\n');
    const std::size_t begin = before == text.npos ? after : after + before + 1;
    const std::size_t end = std::min(text.find('\n', place), text.size());
    return text.substr(begin, end - begin);
}

// One file on its way through the search.
class file_search {
public:
    file_search(const std::string& path, const search_plan& plan) : plan_(plan), cursors_(plan.patterns) {
        result_.path = path;
    }

    void read(int fd, std::size_t size) {
        line_blocks blocks(fd, size);
        for (std::span<char> block = blocks.next(); !block.empty(); block = blocks.next()) {
            result_.bytes += block.size();
            look_for_nul(block);
            if (!search({block.data(), block.size()})) return;
        }
    }

    void fail(std::string complaint) {
        result_.failed = true;
        result_.complaint = std::move(complaint);
    }

    void leave_to_others() noexcept { result_.is_another = true; }

    file_result finish() {
        const bool matches = result_.matches > 0;
        if (plan_.form == output_form::names && matches) result_.text = result_.path + "\n";
        if (plan_.form == output_form::counts && !result_.failed)
            result_.text = result_.path + ":" + std::to_string(result_.matches) + "\n";
        if (plan_.form == output_form::lines && matches && binary_) {
            result_.text.clear();
            result_.complaint += "Binary file " + result_.path + " matches\n";
        }
        return std::move(result_);
    }

private:
    void look_for_nul(std::span<char> block) {
        if (!binary_) binary_ = std::string_view(block.data(), block.size()).find('\0') != std::string_view::npos;
        // In a binary file NULs end lines, as for grep; to those who count lines it makes a difference.
        if (binary_ && plan_.form == output_form::counts) std::ranges::replace(block, '\0', '\n');
    }

    bool one_is_enough() const noexcept {
        return plan_.form == output_form::names || (plan_.form == output_form::lines && binary_);
    }

    // False: the rest of the file would change nothing.
    bool search(std::string_view block) {
        if (result_.matches > 0 && one_is_enough()) return false;
        cursors_.begin(block);
        std::size_t line = 0;     // the begin of the next line to look at
        std::size_t counted = 0;  // the begin of line number line_number_
        for (;;) {
            const std::size_t match = cursors_.next(line);
            if (match >= block.size()) break;
            ++result_.matches;
            if (one_is_enough()) return false;
            const std::string_view found = line_around(block, line, match);
            const auto begin = static_cast<std::size_t>(found.data() - block.data());
            line = std::min(begin + found.size() + 1, block.size());
            if (plan_.form != output_form::lines) continue;
            line_number_ += newlines_in(block.substr(counted, begin - counted));
            counted = begin;
            add_line(found);
        }
        if (plan_.form == output_form::lines && !binary_) line_number_ += newlines_in(block.substr(counted));
        return true;
    }

    void add_line(std::string_view line) {
        char number[std::numeric_limits<std::uint64_t>::digits10 + 1];
        const auto digits = std::to_chars(std::begin(number), std::end(number), line_number_).ptr - number;
        result_.text.append(result_.path)
            .append(1, ':')
            .append(number, static_cast<std::size_t>(digits))
            .append(1, ':');
        result_.text.append(line).append(1, '\n');
    }

    const search_plan& plan_;
    pattern_cursors cursors_;
    file_result result_;
    std::uint64_t line_number_ = 1;
    bool binary_ = false;
};

// A file that was found may by now be a link, or a pipe that would keep us waiting.
int open_file(const found_file& file) {
    const int how = file.named ? 0 : O_NOFOLLOW | O_NONBLOCK;
    return ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | how);
}

void search_open_file(int fd, const found_file& file, const search_plan& plan, file_search& search) {
    struct stat s{};
    if (::fstat(fd, &s) != 0) return search.fail(complaint_about(file.path, errno));
    if (file.id && *file.id != id_of(s)) return search.leave_to_others();
    const bool regular = S_ISREG(s.st_mode);
    if (!regular && !file.named) return;
    if (regular && plan.own_output == id_of(s))
        return search.fail("parallel_search: " + file.path + ": this is where the output goes, so it is left out\n");
    try {
        search.read(fd, regular ? static_cast<std::size_t>(s.st_size) : 0);
    } catch (const std::system_error& e) {
        search.fail(complaint_about(file.path, e.code().value()));
    } catch (const std::bad_alloc&) {
        search.fail(complaint_about(file.path, ENOMEM));
    }
}

// A bug as they come: something is written where nothing is.
void crash() {
    volatile std::uintptr_t nowhere = 8;
    *reinterpret_cast<volatile int*>(nowhere) = 0;
}

}  // namespace

std::string complaint_about(std::string_view path, int error) {
    return std::string("parallel_search: ").append(path) + ": " + std::generic_category().message(error) + "\n";
}

file_result search_file(const found_file& file, const search_plan& plan) {
    file_search search(file.path, plan);
    const unique_fd fd(open_file(file));
    if (fd.get() >= 0) search_open_file(fd.get(), file, plan, search);
    else if (file.id) search.leave_to_others();
    else if (file.named || errno != ELOOP) search.fail(complaint_about(file.path, errno));
    if (file.path == plan.crash_at) crash();  // what was found is lost with it
    return search.finish();
}

file_result search_here(found_file file, const search_plan& plan) {
    file.id.reset();
    return search_file(file, plan);
}

}  // namespace parallel_search
