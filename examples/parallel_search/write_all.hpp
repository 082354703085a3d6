// write(2), to the end.
#pragma once
#include <string_view>

namespace parallel_search {

// 0, or the errno of what went wrong.
int write_all(int fd, std::string_view text) noexcept;

}  // namespace parallel_search
