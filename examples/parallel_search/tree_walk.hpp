// The files below some paths, one after the other.
#pragma once
#include "file_id.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parallel_search {

struct found_file {
    std::string path;
    bool named = false;  // by the user: it may be a link, a pipe, a device
    std::optional<file_id> id = {};  // a named one has to be this file
};

//   An input range: a directory is read when the one before it is through, so that who takes the
//   files slowly holds few of them. Below each path they come in the order of their paths, byte by byte.
//
//   As grep -r, it follows a link that the user named and none that it finds, so there are no loops;
//   and of what it finds it gives regular files alone.
class tree_walk {
public:
    // Told of each path that cannot be walked. The walk goes on.
    using complain = std::function<void(std::string_view path, int error)>;

    tree_walk(const std::vector<std::string>& paths, complain on_error);
    tree_walk(const tree_walk&) = delete;
    tree_walk& operator=(const tree_walk&) = delete;

    std::optional<found_file> next();

    // Files seen so far, also those that next() has still to give.
    std::uint64_t found() const noexcept { return found_; }

    class iterator {
    public:
        using value_type = found_file;
        using difference_type = std::ptrdiff_t;
        using iterator_concept = std::input_iterator_tag;

        iterator() = default;
        explicit iterator(tree_walk* walk) : walk_(walk), file_(walk->next()) {}

        const found_file& operator*() const noexcept { return *file_; }
        iterator& operator++() {
            file_ = walk_->next();
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const iterator& it, std::default_sentinel_t) noexcept { return !it.file_; }

    private:
        tree_walk* walk_ = nullptr;
        std::optional<found_file> file_;
    };

    iterator begin() { return iterator(this); }
    static std::default_sentinel_t end() noexcept { return {}; }

private:
    enum class kind { named, directory, file };
    struct entry {
        std::string path;
        kind what;
    };

    std::optional<found_file> visit_named(entry e);
    void visit_directory(const std::string& path, int flags);
    std::vector<entry> entries_of(const std::string& path, int flags);

    complain complain_;
    std::vector<entry> todo_;  // the last is next
    std::uint64_t found_ = 0;
};

}  // namespace parallel_search
