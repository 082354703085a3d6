// Types that stay: each is refused when it is compiled, for a reason that has its sentence.
#include "concur/pickle.hpp"

#include <any>
#include <array>
#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <initializer_list>
#include <iterator>
#include <latch>
#include <locale>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <queue>
#include <random>
#include <regex>
#include <set>
#include <shared_mutex>
#include <source_location>
#include <span>
#include <sstream>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <typeindex>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace {

using concur::pickle::judge;
using concur::pickle::picklable;
using concur::pickle::reason;

template <class T>
inline constexpr reason why_not = judge<T>::type::why;

// Each part of a T is enough.
template <class T>
bool stays(reason why) {
    static_assert(!picklable<T>);
    static_assert(!picklable<std::vector<T>>);
    static_assert(!picklable<std::pair<int, T>>);
    return why_not<T> == why;
}

struct inner {
    int n;
};
struct with_base : inner {
    std::string text;
};
struct abstract {
    virtual ~abstract() = default;
    virtual int run() = 0;
};
struct polymorphic {
    virtual ~polymorphic() = default;
    virtual int run() { return 1; }
};
struct with_reference {
    const std::string& text;
};
struct with_view {
    std::string_view text;
};
struct with_function {
    std::map<int, std::vector<std::function<void()>>> handlers;
};
struct incomplete;
union either {
    int i;
    float f;
};
class made_by_us {
public:
    const std::string& text() const { return text_; }

private:
    std::string text_;
};
struct closes {
    void operator()(std::FILE* f) const { std::fclose(f); }
};

TEST(odd_types, what_leads_to_somewhere_else_stays) {
    EXPECT_TRUE(stays<int*>(reason::pointer));
    EXPECT_TRUE(stays<void*>(reason::pointer));
    EXPECT_TRUE(stays<const char*>(reason::pointer));
    EXPECT_TRUE(stays<std::FILE*>(reason::pointer));
    EXPECT_TRUE(stays<const std::chrono::steady_clock::time_point*>(reason::pointer));
    EXPECT_TRUE((stays<std::array<incomplete*, 2>>(reason::pointer)));
    EXPECT_TRUE((stays<std::map<int*, int>>(reason::pointer)));
    EXPECT_TRUE((why_not<std::tuple<int, int&>> == reason::reference));
    EXPECT_TRUE(stays<std::reference_wrapper<int>>(reason::reference));
    EXPECT_TRUE(stays<std::string_view>(reason::view));
    EXPECT_TRUE(stays<std::span<int>>(reason::view));
    EXPECT_TRUE(stays<std::initializer_list<int>>(reason::view));
    EXPECT_TRUE(stays<with_view>(reason::view));
    EXPECT_TRUE(stays<std::vector<int>::iterator>(reason::handle));
    EXPECT_TRUE((stays<std::map<int, int>::iterator>(reason::handle)));
    EXPECT_TRUE(stays<std::weak_ptr<int>>(reason::weak));
    EXPECT_TRUE(stays<std::unique_ptr<int[]>>(reason::unowned));
    EXPECT_TRUE(stays<std::shared_ptr<void>>(reason::unowned));
    EXPECT_TRUE((stays<std::unique_ptr<std::FILE, closes>>(reason::unowned)));
    EXPECT_TRUE(stays<std::coroutine_handle<>>(reason::handle));
    EXPECT_TRUE(stays<std::type_index>(reason::handle));
    EXPECT_TRUE(stays<std::source_location>(reason::handle));
    EXPECT_TRUE(stays<std::thread::id>(reason::handle));
}

TEST(odd_types, what_belongs_to_its_process_stays) {
    EXPECT_EQ(why_not<std::atomic<int>>, reason::immovable);
    EXPECT_EQ(why_not<std::mutex>, reason::immovable);
    EXPECT_EQ(why_not<std::shared_mutex>, reason::immovable);
    EXPECT_EQ(why_not<std::latch>, reason::immovable);
    EXPECT_EQ(why_not<std::random_device>, reason::immovable);
    EXPECT_FALSE(picklable<std::unique_lock<std::mutex>>);
    EXPECT_FALSE(picklable<std::thread>);
    EXPECT_FALSE(picklable<std::jthread>);
    EXPECT_FALSE(picklable<std::stop_token>);
    EXPECT_FALSE(picklable<std::stop_source>);
    EXPECT_FALSE(picklable<std::locale>);
    EXPECT_FALSE(picklable<std::regex>);
    EXPECT_FALSE(picklable<std::any>);
    EXPECT_FALSE(picklable<std::filesystem::directory_iterator>);
    EXPECT_EQ(why_not<std::ifstream>, reason::stream);
    EXPECT_EQ(why_not<std::ostringstream>, reason::stream);
}

TEST(odd_types, what_cannot_be_seen_stays) {
    EXPECT_TRUE(stays<std::function<int()>>(reason::function));
    EXPECT_TRUE(stays<with_function>(reason::function));
    EXPECT_TRUE(stays<made_by_us>(reason::hidden));
    EXPECT_TRUE(stays<either>(reason::choice));
    EXPECT_TRUE(stays<with_base>(reason::base));
    EXPECT_FALSE(picklable<with_reference>);
    EXPECT_EQ(why_not<std::optional<std::function<void()>>>, reason::function);
    EXPECT_FALSE(picklable<std::unique_ptr<abstract>>);
    EXPECT_FALSE(picklable<std::unique_ptr<polymorphic>>);
    EXPECT_FALSE(picklable<std::shared_ptr<incomplete>>);
    EXPECT_FALSE((picklable<std::set<int, std::function<bool(int, int)>>>));
    EXPECT_FALSE((picklable<std::unordered_map<int, int, std::function<std::size_t(int)>>>));
    EXPECT_FALSE((picklable<std::priority_queue<int, std::vector<int>, std::function<bool(int, int)>>>));
    int here = 1;
    const auto closure = [&here] { return here; };
    EXPECT_EQ(why_not<std::remove_const_t<decltype(closure)>>, reason::closure);
    EXPECT_EQ(closure(), 1);
}

}  // namespace
