#include "console.hpp"

#include "write_all.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>

namespace parallel_search {
namespace {

// As every program does whose reader has gone, also where it was started with SIGPIPE ignored.
[[noreturn]] void end_by_sigpipe() {
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
    std::_Exit(had_errors);
}

}  // namespace

void console::add(const file_result& result) {
    const std::lock_guard guard(lock_);
    failed_ |= result.failed;
    ++progress_.done;
    progress_.bytes += result.bytes;
    progress_.matches += result.matches;
    if (!result.text.empty() || !result.complaint.empty()) bar_.hide();
    if (!result.text.empty()) write(result.text);
    if (!result.complaint.empty()) write_all(STDERR_FILENO, result.complaint);
    bar_.show(progress_);
}

void console::complain(std::string_view line) {
    const std::lock_guard guard(lock_);
    failed_ = true;
    bar_.hide();
    write_all(STDERR_FILENO, line);
}

exit_status console::status() const noexcept {
    if (failed_) return had_errors;
    return progress_.matches > 0 ? found_some : found_none;
}

void console::finish() {
    const std::lock_guard guard(lock_);
    bar_.hide();
}

void console::leave(exit_status status) {
    const std::lock_guard guard(lock_);
    bar_.hide();
    std::_Exit(status);
}

void console::write(std::string_view text) {
    const int error = write_all(STDOUT_FILENO, text);
    if (error == 0) return;
    if (error == EPIPE) end_by_sigpipe();
    write_all(STDERR_FILENO, complaint_about("standard output", error));
    std::_Exit(had_errors);
}

std::optional<file_id> output_file() {
    struct stat s{};
    if (::fstat(STDOUT_FILENO, &s) != 0 || !S_ISREG(s.st_mode)) return {};
    return id_of(s);
}

}  // namespace parallel_search
