#include "tree_walk.hpp"

#include "unique_fd.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace parallel_search {
namespace {

struct close_directory {
    void operator()(DIR* d) const noexcept { ::closedir(d); }
};
using open_directory = std::unique_ptr<DIR, close_directory>;

open_directory open_at(const std::string& path, int flags) {
    unique_fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags));
    if (fd.get() < 0) return nullptr;
    open_directory opened(::fdopendir(fd.get()));
    if (opened) fd.release();
    return opened;
}

std::string joined(const std::string& directory, std::string_view name) {
    std::string path = directory;
    if (!path.ends_with('/')) path += '/';
    return path += name;
}

bool is_dots(std::string_view name) { return name == "." || name == ".."; }

// DT_DIR, DT_REG, or something that is not walked. Some file systems leave it to the inode.
unsigned char type_of(const dirent& e, int directory) {
    if (e.d_type != DT_UNKNOWN) return e.d_type;
    struct stat s{};
    if (::fstatat(directory, e.d_name, &s, AT_SYMLINK_NOFOLLOW) != 0) return DT_UNKNOWN;
    return S_ISDIR(s.st_mode) ? DT_DIR : S_ISREG(s.st_mode) ? DT_REG : DT_UNKNOWN;
}

// The next entry; null at the end (errno 0) and where reading fails.
const dirent* read_entry(DIR& directory) {
    errno = 0;
    return ::readdir(&directory);
}

}  // namespace

tree_walk::tree_walk(const std::vector<std::string>& paths, complain on_error) : complain_(std::move(on_error)) {
    for (auto path = paths.rbegin(); path != paths.rend(); ++path) todo_.push_back({*path, kind::named});
}

std::optional<found_file> tree_walk::next() {
    while (!todo_.empty()) {
        entry e = std::move(todo_.back());
        todo_.pop_back();
        if (e.what == kind::file) return found_file{.path = std::move(e.path)};
        if (e.what == kind::directory) visit_directory(e.path, O_NOFOLLOW);
        else if (auto file = visit_named(std::move(e))) return file;
    }
    return {};
}

std::optional<found_file> tree_walk::visit_named(entry e) {
    struct stat s{};
    if (::stat(e.path.c_str(), &s) != 0) {
        complain_(e.path, errno);
        return {};
    }
    if (S_ISDIR(s.st_mode)) {
        while (e.path.ends_with("//")) e.path.pop_back();
        visit_directory(e.path, 0);
        return {};
    }
    ++found_;
    return found_file{.path = std::move(e.path), .named = true, .id = id_of(s)};
}

void tree_walk::visit_directory(const std::string& path, int flags) {
    std::vector<entry> entries = entries_of(path, flags);
    // A directory stands where its files will: "a-b" comes before "a/b", as '-' is before '/'.
    for (entry& e : entries)
        if (e.what == kind::directory) e.path += '/';
    std::ranges::sort(entries, std::ranges::greater{}, &entry::path);
    for (entry& e : entries) {
        if (e.what == kind::directory) e.path.pop_back();
        else ++found_;
    }
    todo_.insert(todo_.end(), std::make_move_iterator(entries.begin()), std::make_move_iterator(entries.end()));
}

std::vector<tree_walk::entry> tree_walk::entries_of(const std::string& path, int flags) {
    std::vector<entry> entries;
    const open_directory directory = open_at(path, flags);
    if (!directory) {
        complain_(path, errno);
        return entries;
    }
    while (const dirent* e = read_entry(*directory)) {
        if (is_dots(e->d_name)) continue;
        const unsigned char type = type_of(*e, ::dirfd(directory.get()));
        if (type == DT_DIR) entries.push_back({joined(path, e->d_name), kind::directory});
        else if (type == DT_REG) entries.push_back({joined(path, e->d_name), kind::file});
    }
    if (errno != 0) complain_(path, errno);
    return entries;
}

}  // namespace parallel_search
