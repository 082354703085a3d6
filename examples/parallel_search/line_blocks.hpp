// A file in large pieces that end where lines do.
#pragma once
#include <cstddef>
#include <memory>
#include <span>

namespace parallel_search {

//   buffer_  [0, block_) was given out last; [block_, end_) is the begin of the next block.
//
//   read() and not mmap: a file that shrinks meanwhile is then a shorter file, and not a SIGBUS.
class line_blocks {
public:
    // Reads from `fd`, in which about `size` bytes are expected.
    line_blocks(int fd, std::size_t size);

    // Whole lines; the last of the file may lack its end. They are the caller's to change, until the
    // next call. Empty at the end of the file. Throws std::system_error, and std::bad_alloc for a line
    // that does not fit into memory.
    std::span<char> next();

private:
    void make_room();
    std::size_t read_some();

    int fd_;
    std::size_t capacity_;
    std::unique_ptr<char[]> buffer_;
    std::size_t block_ = 0;
    std::size_t end_ = 0;
};

}  // namespace parallel_search
