// Ownership of one file descriptor.
#pragma once

namespace concur::platform {

class fd {
public:
    fd() noexcept = default;
    explicit fd(int number) noexcept : number_(number) {}
    fd(fd&& other) noexcept : number_(other.release()) {}
    fd& operator=(fd&& other) noexcept {
        reset(other.release());
        return *this;
    }
    ~fd() { reset(); }

    int get() const noexcept { return number_; }
    explicit operator bool() const noexcept { return number_ >= 0; }
    int release() noexcept {
        const int n = number_;
        number_ = -1;
        return n;
    }
    void reset(int number = -1) noexcept;  // closes what it had; errno stays as it was

private:
    int number_ = -1;
};

// What is there to be read now, at most `size` bytes; 0 at the end, negative where there is nothing yet.
long read_some(int file, void* into, unsigned long size) noexcept;

// A small write to it would not wait.
bool can_write(int file) noexcept;

// Writes all of it, also over interruptions, and waits where `file` does not block and is full. False:
// the system says no. Nobody gets a SIGPIPE.
bool write_all(int file, const void* data, unsigned long size) noexcept;

// Whether this process may open files. After open_no_more_files() nothing in platform/ tries to, and does
// without what a file would have told: a sandbox would end the process for it.
bool may_open_files() noexcept;
void open_no_more_files() noexcept;

}  // namespace concur::platform
