#include "report.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <elf.h>
#include <unistd.h>
#include <unordered_map>
#include <vector>

extern "C" const char __executable_start[];  // the linker's name for the image's first byte

namespace concur::model {
namespace {

using sources = std::unordered_map<std::string, std::string>;

constexpr std::array deed_names{
    "loads",
    "stores",
    "changes",
    "compares and stores",
    "compares only",
    "fence",
    "begins",
    "ends",
    "waits at",
    "need not wait at",
    "wakes for no reason at",
    "was woken (0: time is over) at",
    "wakes",
    "yields",
    "starts thread",
    "joins thread",
    "ends",
    "time moves to",
    "frees",
};
constexpr std::array order_names{"relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst"};

std::string hex(std::uint64_t value) {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "%llx", static_cast<unsigned long long>(value));
    return text.data();
}
std::string number(std::uint64_t value) { return value < 10'000 ? std::to_string(value) : "0x" + hex(value); }

const char* verb(touch how) {
    switch (how) {
        case touch::read: return "reads";
        case touch::write: return "writes";
        case touch::atomic_read: return "loads atomically";
        case touch::atomic_write: return "stores atomically";
        case touch::freed: return "frees";
    }
    return "touches";
}

std::string line(const event& e) {
    const auto kind = static_cast<std::size_t>(e.what);
    std::string text = "  " + std::to_string(e.thread) + "  " + deed_names[kind];
    if (e.what <= deed::fence) text += std::string(" (") + order_names[e.order] + ")";
    if (e.at != 0) text += " " + hex(e.at);
    if (e.what == deed::load) text += ": " + number(e.before);
    else if (e.what <= deed::compare_failed || e.what == deed::word_begins)
        text += ": " + number(e.before) + (e.what == deed::compare_failed ? ", found " : " -> ") + number(e.after);
    else if (e.what == deed::start || e.what == deed::join || e.what == deed::futex_over || e.what == deed::futex_wait)
        text += " " + number(e.before);
    else if (e.what == deed::time) text += " " + std::to_string(e.after) + " ns";
    if (e.store_age != 0) text += " (" + std::to_string(e.store_age) + " newer)";
    if (e.from != 0) text += "  " + written(e.from);
    return text + "\n";
}

// A program that may be loaded anywhere is known to its debug information from 0 on.
std::uint64_t link_address(place from) {
    Elf64_Ehdr header;
    std::memcpy(&header, __executable_start, sizeof header);
    return header.e_type == ET_DYN ? from : from + reinterpret_cast<std::uintptr_t>(__executable_start);
}

// Of the lines of one address (innermost first): the first that is not the checker's face or the
// standard library's.
std::string best_line(const std::vector<std::string>& lines) {
    for (const std::string& l : lines)
        if (l.find("model/atomic.hpp") == std::string::npos && l.find("/usr/") == std::string::npos &&
            l.find("??") == std::string::npos)
            return l;
    return lines.empty() ? "?" : lines.front();
}

std::string short_path(std::string path) {
    if (const auto note = path.find(" (disc"); note != std::string::npos) path.resize(note);
    while (!path.empty() && path.back() == '\n') path.pop_back();
    for (const char* root : {"/src/concur/", "/tests/"})
        if (const auto at = path.rfind(root); at != std::string::npos) return path.substr(at + 1);
    return path;
}

void read_symbols(FILE* pipe, const std::vector<std::string>& asked, sources& out) {
    std::array<char, 4096> buffer{};
    std::vector<std::string> lines;
    std::size_t next = 0;
    while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe) != nullptr) {
        if (std::strncmp(buffer.data(), "0x", 2) != 0) {
            lines.push_back(short_path(buffer.data()));
            continue;
        }
        if (next > 0) out[asked[next - 1]] = best_line(lines);
        lines.clear();
        ++next;
    }
    if (next > 0 && next <= asked.size()) out[asked[next - 1]] = best_line(lines);
}

sources symbols(const std::vector<std::string>& places) {
    std::array<char, 4096> program{};
    if (readlink("/proc/self/exe", program.data(), program.size() - 1) <= 0) return {};
    std::string command = "addr2line -a -i -e '" + std::string(program.data()) + "'";
    for (const std::string& p : places)
        command += " 0x" + hex(link_address(static_cast<place>(std::strtoul(p.c_str(), nullptr, 16))) - 1);
    sources found;
    FILE* pipe = popen((command + " 2>/dev/null").c_str(), "r");
    if (pipe == nullptr) return {};
    read_symbols(pipe, places, found);
    pclose(pipe);
    return found;
}

// The next @hex@ from `from` on: its digits, or empty.
std::string next_place(const std::string& text, std::size_t& from) {
    from = text.find('@', from);
    if (from == std::string::npos) return {};
    const std::size_t end = text.find('@', from + 1);
    return end == std::string::npos ? std::string() : text.substr(from + 1, end - from - 1);
}

}  // namespace

std::string event_log::text() const {
    std::string all;
    for (std::size_t i = count_ > kept ? count_ - kept : 0; i < count_; ++i) all += line(ring_[i % kept]);
    return all;
}

place place_of(const void* code) noexcept {
    return static_cast<place>(static_cast<const char*>(code) - __executable_start);
}

std::string written(place from) { return std::string("@").append(hex(from)).append("@"); }

std::string sentence(const conflict& c) {
    const auto who = [](const access& a) {
        return "thread " + std::to_string(a.thread) + " " + verb(a.how) + " at " + written(a.from);
    };
    const auto first = static_cast<unsigned>(__builtin_ctz(c.earlier.bytes & c.later.bytes));
    const std::string where =
        " (" + std::to_string(__builtin_popcount(c.later.bytes)) + " bytes at " + hex(c.cell + first) + ")";
    if (c.earlier.how == touch::freed)
        return "use after free: " + who(c.later) + where + "; " + who(c.earlier) + " before";
    return "data race: " + who(c.later) + where + "; " + who(c.earlier) + "; nothing orders the two";
}

std::string finished(const std::string& text) {
    std::vector<std::string> places;
    std::size_t at = 0;
    for (std::string p = next_place(text, at); !p.empty(); p = next_place(text, at)) {
        places.push_back(p);
        at += p.size() + 2;
    }
    const sources lines = symbols(places);
    std::string out;
    std::size_t copied = at = 0;
    for (std::string p = next_place(text, at); !p.empty(); p = next_place(text, at)) {
        const auto found = lines.find(p);
        out += text.substr(copied, at - copied) + (found == lines.end() ? "0x" + p : found->second);
        copied = at += p.size() + 2;
    }
    return out + text.substr(copied);
}

}  // namespace concur::model
