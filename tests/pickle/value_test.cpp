#include "concur/pickle/value.hpp"

#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace {

using namespace concur::pickle;

struct good {
    std::string text;
    std::map<int, std::optional<double>> numbers;
};
struct bad {
    int x;
    std::vector<std::tuple<int, const char*>> texts;
};
struct list {
    good value;
    std::unique_ptr<list> next;
    std::vector<std::shared_ptr<list>> others;
};
struct bad_list {
    std::unique_ptr<bad_list> next;
    std::mutex lock;
};

TEST(picklable, is_what_has_only_picklable_parts) {
    EXPECT_TRUE(picklable<int> && picklable<good> && picklable<std::vector<good>>);
    EXPECT_FALSE(picklable<int*> || picklable<bad> || picklable<std::vector<bad>>);
}

TEST(picklable, may_be_a_type_that_holds_itself) {
    EXPECT_TRUE(picklable<list>);
    EXPECT_FALSE(picklable<bad_list>);
}

TEST(judge, finds_the_part_that_does_not_travel) {
    EXPECT_TRUE((std::is_same_v<judge<std::optional<bad>>::type, verdict<const char*, reason::pointer>>));
    EXPECT_TRUE((std::is_same_v<judge<bad_list>::type, verdict<bad_list, reason::immovable>>));
}

}  // namespace
