// Memory that processes share: anonymous files, allocated in full and sealed against any change of
// size, so that nobody who holds one can take pages away from under another.
#pragma once
#include "concur/platform/fd.hpp"

#include <cstddef>

namespace concur::platform {

enum class access { read, read_write };

class mapping {
public:
    mapping() noexcept = default;
    mapping(mapping&& other) noexcept;
    mapping& operator=(mapping&& other) noexcept;
    ~mapping();

    std::byte* data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }
    explicit operator bool() const noexcept { return data_ != nullptr; }

private:
    friend mapping map_segment(const fd&, std::size_t, access);
    mapping(std::byte* data, std::size_t size) noexcept : data_(data), size_(size) {}
    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

struct segment {
    fd file;
    mapping memory;  // of this process, for reading and writing
};

// `size` bytes of zeros, sealed: F_SEAL_SHRINK, GROW, SEAL. With `others_only_read` also FUTURE_WRITE:
// no later mapping can be written through, and no page taken away; that of the creator stays as it is.
// Throws std::system_error, with a text that says what there was not enough of; nothing is left then.
segment create_segment(std::size_t size, bool others_only_read = false);

// `size` is no more than the file has. Throws std::system_error.
mapping map_segment(const fd& file, std::size_t size, access how);

// For a file that another process sent: whether it is a sealed segment of just that size, with all of its
// memory in place.
bool is_sealed_segment(const fd& file, std::size_t size) noexcept;

}  // namespace concur::platform
