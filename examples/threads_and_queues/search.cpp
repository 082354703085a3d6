#include <concur/queue.hpp>
#include <concur/threading.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace fs = std::filesystem;

constexpr int searchers = 4;
constexpr int on_their_way = 500;  // files that are found and not yet printed, at most

template <class Found>
void files_below(const fs::path& place, const Found& found) {
    std::error_code unreadable;
    const std::set<fs::path> inside(fs::directory_iterator(place, unreadable), fs::directory_iterator());
    for (const fs::path& path : inside) {
        const fs::file_type type = fs::symlink_status(path, unreadable).type();
        if (type == fs::file_type::directory) files_below(path, found);
        else if (type == fs::file_type::regular) found(path);
    }
}

std::string lines_with(const std::string& needle, const fs::path& path) {
    const std::string name = path.string();
    std::ifstream file(path, std::ios::binary);
    if (!file) return name + ": cannot be read\n";
    std::string found, line;
    for (int number = 1; std::getline(file, line); ++number)
        if (line.find(needle) != line.npos) found += name + ":" + std::to_string(number) + ":" + line + "\n";
    return found;
}

class pipeline {
public:
    void run(const std::string& needle, const std::vector<std::string>& roots) {
        std::vector<concur::threading::thread> threads;
        threads.emplace_back([&] { walk(roots); });
        for (int i = 0; i < searchers; ++i) threads.emplace_back([&] { search(needle); });
        for (auto& thread : threads) thread.start();
        print_in_order();
    }

private:
    void walk(const std::vector<std::string>& roots) {
        int number = 0;
        for (const std::string& root : roots)
            files_below(root, [&](const fs::path& path) {
                room_.acquire();
                files_.put({number++, path});
            });
        files_.shutdown();
    }

    void search(const std::string& needle) {
        for (const auto& [number, path] : files_) results_.put({number, lines_with(needle, path)});
        if (--searching_ == 0) results_.shutdown();
    }

    void print_in_order() {
        std::map<int, std::string> early;
        int due = 0;
        for (auto& [number, text] : results_) {
            early.emplace(number, std::move(text));
            for (; const auto next = early.extract(due); ++due) {
                std::cout << next.mapped();
                room_.release();
            }
        }
    }

    concur::queue<std::pair<int, fs::path>> files_{64};
    concur::queue<std::pair<int, std::string>> results_{64};
    concur::threading::semaphore room_{on_their_way};
    std::atomic<int> searching_{searchers};
};

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    pipeline().run(argv[1], {argv + 2, argv + argc});
}
