// Values to bytes and back, between processes of one machine: the three archives that every codec is
// written against.
//
// A message has the byte order and the alignment of this machine's memory. Its positions count from
// its first byte. A value is written twice: by a sizer, which only counts, then by a writer, straight
// into the place where the bytes are to be.
#pragma once
#include "concur/core/process_error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace concur::pickle {

// How a T travels: `least`, the fewest bytes that one takes; write(archive, value); read(reader).
template <class T>
struct codec;

class reader;

template <class T>
T read(reader& in);

// Throws pickling_error.
[[noreturn]] void fail(const char* what);

inline constexpr std::size_t most_depth = 64;   // of values that hold values of their own kind
inline constexpr std::size_t most_align = 16;   // what a message is sure to be aligned to
inline constexpr std::uint32_t long_count = ~std::uint32_t{0};  // the count itself follows, in eight bytes

// memcpy, without its header.
inline void copy_bytes(std::byte* to, const void* from, std::size_t n) noexcept {
    std::char_traits<char>::copy(reinterpret_cast<char*>(to), static_cast<const char*>(from), n);
}

// A large copy in pieces that a processor's own cache holds: the C library's copy of such a size takes four fifths of
// the time that its copies of many megabytes take.
inline constexpr std::size_t piece = std::size_t{256} << 10;
void copy_in_pieces(std::byte* to, const void* from, std::size_t n) noexcept;

constexpr std::size_t align_up(std::size_t position, std::size_t to) noexcept {
    return (position + to - 1) & ~(to - 1);
}
// To `beyond` bytes beyond such a place.
constexpr std::size_t align_up(std::size_t position, std::size_t to, std::size_t beyond) noexcept {
    return align_up(position + to - beyond, to) + beyond - to;
}

// Objects that have been written, so that each is written once however many shared_ptrs lead to it.
class shared_objects {
public:
    shared_objects() noexcept = default;
    ~shared_objects() {
        if (table_ != nullptr) drop();
    }
    shared_objects(const shared_objects&) = delete;
    shared_objects& operator=(const shared_objects&) = delete;

    // The number of the object, from 2 on, where it is known; 1 where it is new, and then it gets the next
    // number, and `done` must follow. Throws pickling_error for one that is not done: it leads back to itself.
    std::uint32_t enter(const void* object, const void* type);
    void done(const void* object, const void* type) noexcept;

    // How many there are; and to have that many again, the others being forgotten.
    std::size_t count() const noexcept;
    void go_back_to(std::size_t count) noexcept;

private:
    struct table;
    void drop() noexcept;

    table* table_ = nullptr;  // made when the first object comes
};

// One step deeper, as long as it lives.
template <class Archive>
class deeper {
public:
    explicit deeper(Archive& ar) : ar_(ar) {
        if (ar_.depth_ == most_depth) fail("the value is nested more than 64 deep; pass it in a flatter form");
        ++ar_.depth_;
    }
    ~deeper() { --ar_.depth_; }
    deeper(const deeper&) = delete;
    deeper& operator=(const deeper&) = delete;

private:
    Archive& ar_;
};

// What sizer and writer have in common. `Archive` is one of them.
template <class Archive>
class output {
public:
    static constexpr bool is_loading = false;

    // For hooks: writes each of them.
    template <class... T>
    void operator()(const T&... values) {
        (codec<T>::write(self(), values), ...);
    }

    void count(std::size_t n) {
        const auto small = n < long_count ? static_cast<std::uint32_t>(n) : long_count;
        self().bytes(&small, sizeof small);
        if (small == long_count) self().bytes(&n, sizeof n);
    }

    void counted_bytes(const void* from, std::size_t n) {
        count(n);
        self().bytes(from, n);
    }

    shared_objects& shared() noexcept { return shared_; }

private:
    friend class deeper<Archive>;
    Archive& self() noexcept { return static_cast<Archive&>(*this); }

    shared_objects shared_;
    std::size_t depth_ = 0;
};

// Counts the bytes that a writer will need.
class sizer : public output<sizer> {
public:
    void align(std::size_t to, std::size_t beyond = 0) noexcept { size_ = align_up(size_, to, beyond); }
    void bytes(const void*, std::size_t n) noexcept { size_ += n; }
    // Room for `n` bytes that the caller fills; null here, where nothing is to be filled.
    std::byte* claim(std::size_t n) noexcept {
        size_ += n;
        return nullptr;
    }
    std::size_t size() const noexcept { return size_; }

    // Where it stands; and to stand there again: what was written since then was not.
    struct place {
        std::size_t size, objects;
    };
    place here() noexcept { return {size_, shared().count()}; }
    void go_back_to(const place& p) noexcept {
        size_ = p.size;
        shared().go_back_to(p.objects);
    }

private:
    std::size_t size_ = 0;
};

// Writes into memory that it is given, and never beyond: a value that has grown since it was sized is a
// pickling_error.
class writer : public output<writer> {
public:
    writer(std::byte* at, std::size_t room) noexcept : begin_(at), at_(at), end_(at + room) {}

    // Writes over what `sink` holds; when that is full, appends by way of `staging`, which is at least as large as
    // any alignment: so that no byte is zeroed only to be written then. Ends with finish().
    writer(std::vector<std::byte>& sink, std::byte* staging, std::size_t room) noexcept
        : writer(sink.data(), sink.size()) {
        sink_ = &sink;
        staging_ = staging;
        staging_room_ = room;
    }

    void align(std::size_t to, std::size_t beyond = 0) {
        const std::size_t gap = align_up(size(), to, beyond) - size();
        std::byte* const at = claim(gap);
        for (std::size_t i = 0; i < gap; ++i) at[i] = std::byte{0};
    }

    void bytes(const void* from, std::size_t n) {
        if (n > left()) return bytes_elsewhere(from, n);
        if (n > piece) copy_in_pieces(at_, from, n);
        else copy_bytes(at_, from, n);
        at_ += n;
    }

    // A count, and so many bytes.
    void counted_bytes(const void* from, std::size_t n) {
        const auto small = static_cast<std::uint32_t>(n);
        if (n > piece || n + sizeof small > left()) return output::counted_bytes(from, n);
        copy_bytes(at_, &small, sizeof small);
        copy_bytes(at_ + sizeof small, from, n);
        at_ += sizeof small + n;
    }

    // Room for `n` bytes, which the caller fills before the next call.
    std::byte* claim(std::size_t n) {
        if (n > left()) return claim_elsewhere(n);
        at_ += n;
        return at_ - n;
    }

    std::size_t size() const noexcept { return before_ + static_cast<std::size_t>(at_ - begin_); }

    // Makes the sink hold what has been written, and no more.
    void finish();

private:
    std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
    void bytes_elsewhere(const void* from, std::size_t n);
    std::byte* claim_elsewhere(std::size_t n);

    std::byte *begin_, *at_, *end_;
    std::vector<std::byte>* sink_ = nullptr;
    std::byte* staging_ = nullptr;
    std::size_t staging_room_ = 0;
    std::size_t before_ = 0;  // bytes in front of begin_, which is the staging when there are some
};

// Reads a message, and trusts nothing in it: whatever is wrong throws pickling_error. What decides over
// memory or control is read from the message once, because the message may lie where another process can write.
class reader {
public:
    static constexpr bool is_loading = true;

    // With `trusts_code` it takes addresses of functions from the message: only where the message
    // comes from a process that may run code here anyway.
    reader(const std::byte* at, std::size_t size, bool trusts_code = false) noexcept
        : begin_(at), at_(at), end_(at + size), trusts_code_(trusts_code) {}

    // For hooks: reads each of them.
    template <class... T>
    void operator()(T&... values) {
        (codec<T>::read_into(*this, values), ...);
    }

    void align(std::size_t to, std::size_t beyond = 0) {
        const auto position = static_cast<std::size_t>(at_ - begin_);
        bytes(align_up(position, to, beyond) - position);
    }

    // The next `n` bytes of the message.
    const std::byte* bytes(std::size_t n) {
        if (n > left()) fail("the bytes end in the middle of a value");
        at_ += n;
        return at_ - n;
    }

    // A number, a tag: read once.
    template <class U>
    U once() {
        U got;
        copy_bytes(reinterpret_cast<std::byte*>(&got), bytes(sizeof got), sizeof got);
        const volatile U& kept = got;
        return kept;
    }

    // How many elements follow, each of which takes `least` bytes: no more than can have arrived.
    std::size_t count(std::size_t least) {
        const auto small = once<std::uint32_t>();
        const std::size_t n = small == long_count ? static_cast<std::size_t>(once<std::uint64_t>()) : small;
        if (n > left() / least) fail("the bytes say that they hold more than they do");
        return n;
    }

    std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
    bool trusts_code() const noexcept { return trusts_code_; }

    // Throws pickling_error where something is left.
    void expect_end() const {
        if (at_ != end_) fail("bytes are left after the value: it is of another type");
    }

    // The objects that shared_ptrs lead to, in the order in which they began.
    struct shared_object {
        std::shared_ptr<void> object;  // null until it is complete
        const void* type;
    };
    std::vector<shared_object>& shared() noexcept { return shared_; }

private:
    friend class deeper<reader>;

    const std::byte *begin_, *at_, *end_;
    std::size_t depth_ = 0;
    bool trusts_code_;
    std::vector<shared_object> shared_;
};

template <class T>
T read(reader& in) {
    return codec<T>::read(in);
}

}  // namespace concur::pickle
