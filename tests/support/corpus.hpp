// What a fuzzer has kept, and what lies near that. The same each time.
#pragma once
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace support {

class corpus {
public:
    using bytes = std::vector<std::uint8_t>;

    // In the folder of that name. Throws where nothing is in it.
    explicit corpus(const std::string& name) {
        for (const auto& file : std::filesystem::directory_iterator(CONCUR_CORPUS "/" + name)) {
            std::ifstream in(file.path(), std::ios::binary);
            all_.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
        }
        if (all_.empty()) throw std::runtime_error("the corpus '" + name + "' is empty");
        std::ranges::sort(all_);  // a folder has no order
    }

    const std::vector<bytes>& all() const noexcept { return all_; }

    // One of those, perhaps with another behind it, and with a few bytes changed.
    bytes near() {
        bytes made = any();
        if (chance_() % 2 == 0) {
            const bytes& more = any();
            made.insert(made.end(), more.begin(), more.end());
        }
        for (auto n = chance_() % 8; n > 0 && !made.empty(); --n)
            made[chance_() % made.size()] = static_cast<std::uint8_t>(chance_());
        return made;
    }

private:
    const bytes& any() { return all_[chance_() % all_.size()]; }

    std::vector<bytes> all_;
    std::mt19937 chance_{20};
};

}  // namespace support
