#include "concur/core/process_error.hpp"

#include "concur/core/lock_word.hpp"
#include "concur/core/printable.hpp"
#include "concur/platform/signal_name.hpp"

#include <algorithm>
#include <string_view>

namespace concur {
namespace {

// What the text of an error repeats of a worker's words, in bytes.
constexpr std::size_t most_of_a_text = 4096;

std::string hexadecimal(std::uintptr_t address) {
    std::string digits;
    do {
        digits.insert(digits.begin(), "0123456789abcdef"[address & 15]);
        address >>= 4;
    } while (address != 0);
    return "0x" + digits;
}

// "12 MiB": to three digits, rounded down.
std::string amount(std::int64_t bytes) {
    static constexpr const char* units[] = {" bytes", " KiB", " MiB", " GiB", " TiB"};
    std::size_t unit = 0;
    std::int64_t tenths = 0;
    for (; bytes >= 1024 && unit < 4; ++unit) {
        tenths = bytes % 1024 * 10 / 1024;
        bytes /= 1024;
    }
    std::string text = std::to_string(bytes);
    if (bytes < 10 && tenths > 0) text += "." + std::to_string(tenths);
    return text + units[unit];
}

std::string how_it_ended(const worker_death_report& report) {
    if (report.signal) {
        std::string text = " died of " + signal_name(*report.signal);
        if (report.fault_address) text += " at address " + hexadecimal(*report.fault_address);
        return text;
    }
    if (report.exit_code) return " exited with code " + std::to_string(*report.exit_code);
    return " is gone";
}

std::string why_it_ended(const worker_death_report& report) {
    std::string why = printable(report.cause, most_of_a_text);
    if (why.empty() && report.signal) why = platform::signal_hint(*report.signal);
    return why.empty() ? why : " (" + why + ")";
}

std::string what_it_did(const worker_death_report& report) {
    if (!report.in_task) return " before it ran a task";
    const std::string task =
        report.task_name.empty() ? "a task" : "task '" + printable_name(report.task_name, most_of_a_name) + "'";
    return (report.signal ? " while it ran " : " in the middle of ") + task;
}

std::string without_line_end(std::string_view text) {
    while (text.ends_with('\n')) text.remove_suffix(1);
    return std::string(text);
}

// `text` below the line above, each of its lines moved in.
void append_lines(std::string& to, const std::string& text, const char* indent) {
    to += indent;
    for (const char c : text) {
        if (c == '\n') to += indent;
        else to += c;
    }
}

std::string text_of(const worker_death_report& report) {
    std::string text = report.pid != 0 ? "worker " + std::to_string(report.pid) : "a worker";
    text += how_it_ended(report) + why_it_ended(report) + what_it_did(report);
    if (report.peak_memory > 0) text += " (peak memory " + amount(report.peak_memory) + ")";
    if (const std::string stack = without_line_end(printable(report.stack, most_of_a_text)); !stack.empty())
        append_lines(text, stack, "\n  ");
    const std::size_t written = report.last_stderr.size();
    const std::string_view last_stderr = report.last_stderr;
    const std::string words =
        without_line_end(printable(last_stderr.substr(written - std::min(written, most_of_a_text)), most_of_a_text));
    if (words.empty()) return text;
    text += "\n  its last words:";
    append_lines(text, words, words.find('\n') == words.npos ? " " : "\n    ");
    return text;
}

}  // namespace

worker_died::worker_died(worker_death_report report)
    : broken_process_pool(text_of(report)), report_(std::make_shared<worker_death_report>(std::move(report))) {}

std::string signal_name(int signal) {
    const char* name = platform::signal_name(signal);
    return name != nullptr ? name : "signal " + std::to_string(signal);
}

//   traceback  guarded by lock until describe is empty, which it stays; constant from then on.
struct remote_error::origin {
    std::string type_name;
    std::string traceback;
    function<std::string()> describe;
    lock_word lock = {};
};

remote_error::remote_error(std::string type_name, const std::string& what, std::string traceback,
                           std::exception_ptr nested)
    : remote_error(std::move(type_name), what, std::move(traceback), std::move(nested), nullptr) {}

remote_error::remote_error(std::string type_name, const std::string& what, std::string traceback,
                           std::exception_ptr nested, function<std::string()> describe)
    : error(what),
      origin_(new origin{std::move(type_name), std::move(traceback), std::move(describe)}),
      nested_(std::move(nested)) {}

const std::string& remote_error::type_name() const noexcept { return origin_->type_name; }

const std::string& remote_error::remote_traceback() const noexcept {
    const holding held(origin_->lock);
    if (origin_->describe) {
        try {
            origin_->traceback = origin_->describe();
        } catch (...) {
            origin_->traceback.clear();
        }
        origin_->describe = nullptr;
    }
    return origin_->traceback;
}

}  // namespace concur
