// Which file it is, whatever its path.
#pragma once
#include <sys/stat.h>

namespace parallel_search {

struct file_id {
    dev_t device = 0;
    ino_t inode = 0;
    friend bool operator==(const file_id&, const file_id&) = default;
};

inline file_id id_of(const struct stat& s) noexcept { return {s.st_dev, s.st_ino}; }

}  // namespace parallel_search
