#include "report.hpp"

#include <cstdio>
#include <string_view>

namespace {

std::string fact(std::string_view what, std::string_view text) {
    constexpr std::size_t column = 12;
    std::string line = "    " + std::string(what);
    return line.append(column - what.size(), ' ').append(text) + "\n";
}

std::string printed(const char* format, double number) {
    char text[64];
    std::snprintf(text, sizeof text, format, number);
    return text;
}

std::string address_text(std::uintptr_t address) {
    char text[64];
    std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(address));
    return text;
}

std::string end_text(const concur::worker_died& death) {
    if (death.exit_code()) return "exit code " + std::to_string(*death.exit_code());
    std::string text = concur::signal_name(death.signal().value_or(0));
    if (death.fault_address()) text += ", touching address " + address_text(*death.fault_address());
    return text;
}

std::string process_text(const concur::worker_died& death) {
    std::string text = std::to_string(death.pid());
    if (death.peak_memory() > 0)
        text += ", peak memory " + printed("%.1f MiB", static_cast<double>(death.peak_memory()) / (1 << 20));
    return text;
}

std::string_view last_line(std::string_view text) {
    while (text.ends_with('\n')) text.remove_suffix(1);
    return text.substr(text.rfind('\n') + 1);
}

// The frames of this program; those below them are the pool's.
std::string stack_text(std::string_view stack) {
    std::string text;
    while (!stack.empty()) {
        const std::size_t end = stack.find('\n');
        const std::string_view frame = stack.substr(0, end);
        if (frame.find("concur::") != frame.npos) break;
        text += fact(text.empty() ? "stack" : "", frame);
        stack.remove_prefix(end == stack.npos ? stack.size() : end + 1);
    }
    return text;
}

}  // namespace

std::string death_in_short(const concur::worker_died& death) {
    if (death.exit_code()) return "ended its process (" + end_text(death) + ")";
    return "crashed (" + concur::signal_name(death.signal().value_or(0)) + ")";
}

std::string death_report(const concur::worker_died& death) {
    std::string text =
        fact("task", death.task_name()) + fact("end", end_text(death)) + fact("process", process_text(death));
    if (const std::string_view words = last_line(death.last_stderr()); !words.empty())
        text += fact("last words", words);
    return text + stack_text(death.stack_trace());
}
