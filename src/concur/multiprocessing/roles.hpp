// The roles that a program can be started in; each is told by one line in the environment.
#pragma once
#include <cstdint>
#include <string>

namespace concur::multiprocessing {

std::string server_role(std::int64_t pool_pid, bool spawn);
std::string worker_role(std::int64_t server_pid);

}  // namespace concur::multiprocessing
