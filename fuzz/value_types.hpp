// The types that are read from hostile bytes: by the fuzzer, and by the tests that need none.
#pragma once
#include <array>
#include <bitset>
#include <chrono>
#include <complex>
#include <concur/pickle.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <system_error>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

namespace fuzz {

struct point {
    int x;
    double y;
    bool operator==(const point&) const = default;
};

struct record {
    std::string name;
    int numbers[3];
    std::string lines[2];
    std::vector<std::pair<int, double>> pairs;
    std::optional<point> where;
    bool flag;
    bool operator==(const record&) const = default;
};

struct tree {
    int value;
    std::vector<tree> children;
    bool operator==(const tree&) const = default;
};

struct graph {
    std::uint8_t value;
    std::vector<std::shared_ptr<graph>> next;
};

struct chain {
    std::unique_ptr<chain> next;
};

struct wide {
    std::array<double, 64> numbers;
    bool operator==(const wide&) const = default;
};

struct empty {
    bool operator==(const empty&) const = default;
};

struct json {
    std::variant<std::monostate, bool, double, std::string, std::vector<json>, std::map<std::string, json>> value;
    bool operator==(const json&) const = default;
};

class hooked {
public:
    hooked() = default;
    hooked(std::string text, std::vector<hooked> more) : text_(std::move(text)), more_(std::move(more)) {}

    template <class Archive>
    friend void concur_serialize(Archive& ar, hooked& v) {
        ar(v.text_, v.more_);
    }
    bool operator==(const hooked&) const = default;

private:
    std::string text_;
    std::vector<hooked> more_;
};

class opaque {
public:
    bool operator==(const opaque&) const = default;

private:
    int number_ = 0;
    double ratio_ = 0;
};

using everything =
    std::tuple<bool, std::vector<double>, std::vector<std::string>, std::vector<bool>, std::vector<point>,
               std::vector<record>, std::deque<long double>, std::list<std::string>, std::forward_list<int>,
               std::set<std::string>, std::multiset<int>, std::unordered_set<std::uint8_t>, std::map<int, std::string>,
               std::multimap<int, int>, std::unordered_map<std::string, std::vector<int>>, std::array<std::string, 2>,
               std::array<std::uint16_t, 4>, std::optional<std::optional<int>>, std::variant<int, std::string, point>,
               std::tuple<int, std::string>, std::unique_ptr<std::string>, std::shared_ptr<graph>, chain, tree, json,
               hooked, opaque, std::vector<empty>, std::vector<std::optional<wide>>, std::chrono::milliseconds,
               std::chrono::steady_clock::time_point, std::complex<double>, std::bitset<13>, std::filesystem::path,
               std::error_code, std::priority_queue<int>, std::queue<std::string>, std::u16string, std::wstring>;

}  // namespace fuzz
