#include "line_blocks.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace parallel_search {
namespace {

constexpr std::size_t smallest = std::size_t{4} << 10;
constexpr std::size_t largest = std::size_t{256} << 10;  // but for longer lines

// The length of what ends with a line. Where there is a NUL it ends a line too, as for grep: else a
// file of nothing but NULs would be one line.
std::size_t whole_lines(const char* text, std::size_t size) {
    const void* last = ::memrchr(text, '\n', size);
    if (last == nullptr) last = ::memrchr(text, '\0', size);
    return last == nullptr ? 0 : static_cast<std::size_t>(static_cast<const char*>(last) - text) + 1;
}

}  // namespace

line_blocks::line_blocks(int fd, std::size_t size)
    : fd_(fd),
      capacity_(std::clamp(size, smallest, largest - 1) + 1),
      buffer_(std::make_unique_for_overwrite<char[]>(capacity_)) {}

std::span<char> line_blocks::next() {
    end_ -= block_;
    std::memmove(buffer_.get(), buffer_.get() + block_, end_);
    for (;;) {
        make_room();
        const std::size_t before = end_;
        const std::size_t got = read_some();
        const std::size_t whole = got == 0 ? before : whole_lines(buffer_.get() + before, got);
        block_ = got == 0 || whole == 0 ? whole : before + whole;
        if (got == 0 || whole != 0) return {buffer_.get(), block_};
    }
}

void line_blocks::make_room() {
    if (end_ <= capacity_ / 2) return;
    auto larger = std::make_unique_for_overwrite<char[]>(2 * capacity_);
    std::memcpy(larger.get(), buffer_.get(), end_);
    buffer_ = std::move(larger);
    capacity_ *= 2;
}

std::size_t line_blocks::read_some() {
    for (;;) {
        const ssize_t got = ::read(fd_, buffer_.get() + end_, capacity_ - end_);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw std::system_error(errno, std::generic_category());
        end_ += static_cast<std::size_t>(got);
        return static_cast<std::size_t>(got);
    }
}

}  // namespace parallel_search
