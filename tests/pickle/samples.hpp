// A value of each kind of type that travels.
#pragma once
#include "value_types.hpp"

namespace support {

inline fuzz::record sample_record(std::string name) {
    return {std::move(name),      {1, 2, 3},           {"first", "a line that is too long to lie in the string itself"},
            {{1, 1.5}, {2, 2.5}}, fuzz::point{4, 5.5}, true};
}

inline std::shared_ptr<fuzz::graph> sample_graph() {
    const auto leaf = std::make_shared<fuzz::graph>(fuzz::graph{3, {}});
    return std::make_shared<fuzz::graph>(
        fuzz::graph{1, {leaf, std::make_shared<fuzz::graph>(fuzz::graph{2, {leaf}}), nullptr}});
}

inline fuzz::json sample_json() {
    fuzz::json list{std::vector<fuzz::json>{{true}, {1.5}, {std::string("text")}}};
    return {std::map<std::string, fuzz::json>{{"list", std::move(list)}, {"nothing", {}}}};
}

template <class V>
void for_each_container(V&& visit) {
    visit(std::vector<double>{1, 2, 3});
    visit(std::vector<std::string>{"a", "", "a text that is too long to lie in the string itself"});
    visit(std::vector<bool>{true, false, true});
    visit(std::vector<fuzz::point>{{1, 2}, {3, 4}});
    visit(std::vector<fuzz::record>{sample_record("one"), sample_record("two")});
    visit(std::deque<long double>{1, 2});
    visit(std::list<std::string>{"a", "b"});
    visit(std::forward_list<int>{1, 2});
    visit(std::set<std::string>{"a", "b"});
    visit(std::multiset<int>{1, 1});
    visit(std::unordered_set<std::uint8_t>{1, 2});
    visit(std::map<int, std::string>{{1, "a"}, {2, "b"}});
    visit(std::multimap<int, int>{{1, 2}, {1, 1}});
    visit(std::unordered_map<std::string, std::vector<int>>{{"a", {1, 2}}, {"b", {}}});
    visit(std::u16string(u"text"));
    visit(std::wstring(L"text"));
    visit(std::vector<fuzz::empty>(5));
    visit(std::vector<std::optional<fuzz::wide>>{std::nullopt, fuzz::wide{}});
    visit(std::priority_queue<int>({}, {3, 1, 2}));
    visit(std::queue<std::string>({"a", "b"}));
}

// `visit(value)` for one of each.
template <class V>
void for_each_sample(V&& visit) {
    using namespace std::chrono_literals;
    for_each_container(visit);
    visit(true);
    visit(std::array<std::string, 2>{"a", "b"});
    visit(std::array<std::uint16_t, 4>{1, 2, 3, 4});
    visit(std::optional<std::optional<int>>(std::optional<int>()));
    visit(std::variant<int, std::string, fuzz::point>("text"));
    visit(std::tuple<int, std::string>(1, "a"));
    visit(std::make_unique<std::string>("text"));
    visit(sample_graph());
    visit(fuzz::chain{std::make_unique<fuzz::chain>(fuzz::chain{std::make_unique<fuzz::chain>()})});
    visit(fuzz::tree{1, {{2, {}}, {3, {{4, {}}}}}});
    visit(sample_json());
    visit(fuzz::hooked("text", {fuzz::hooked("one", {}), fuzz::hooked("two", {fuzz::hooked()})}));
    visit(fuzz::opaque());
    visit(5ms);
    visit(std::chrono::steady_clock::time_point(7ns));
    visit(std::complex<double>(1, 2));
    visit(std::bitset<13>(0x1555));
    visit(std::filesystem::path("/a/b"));
    visit(std::make_error_code(std::errc::timed_out));
}

}  // namespace support
