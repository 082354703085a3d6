#include <concur/futures.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <ranges>
#include <string>
#include <unordered_map>

long count_lines(const std::string& path) {
    std::ifstream file;
    file.exceptions(std::ios::failbit);
    file.open(path, std::ios::binary);
    return std::count(std::istreambuf_iterator(file), {}, '\n');
}

int main(int argc, char** argv) {
    concur::thread_pool_executor pool;
    std::unordered_map<concur::future<long>, std::string> path_of;
    for (int i = 1; i < argc; ++i) path_of[pool.submit(count_lines, argv[i])] = argv[i];
    for (auto& future : concur::as_completed(std::views::keys(path_of))) {
        try {
            const long lines = future.result();
            std::cout << path_of[future] << ": " << lines << " lines\n";
        } catch (const std::ios::failure&) {
            std::cout << path_of[future] << ": cannot be read\n";
        }
    }
}
