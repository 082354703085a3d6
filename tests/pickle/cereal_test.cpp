#include "concur/pickle/cereal.hpp"

#include <cereal/types/map.hpp>
#include <cereal/types/memory.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>
#include <concur/pickle.hpp>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using concur::pickling_error;
using concur::pickle::dumps;
using concur::pickle::loads;

class person {
public:
    person() = default;
    person(std::string name, bool is_here) : name_(std::move(name)), is_here_(is_here) {}
    bool operator==(const person&) const = default;

    template <class Archive>
    void serialize(Archive& ar) {
        ar(CEREAL_NVP(name_), is_here_, scores_);
    }

private:
    std::string name_;
    bool is_here_ = false;
    std::vector<double> scores_{1, 2};
};

class split {
public:
    split() = default;
    explicit split(int n) : n_(n) {}
    int n() const { return n_; }

private:
    int n_ = 0;
    std::string unsaved_ = "unsaved";

    template <class Archive>
    friend void save(Archive& ar, const split& v) {
        ar(v.n_);
    }
    template <class Archive>
    friend void load(Archive& ar, split& v) {
        ar(v.n_);
    }
};

struct chain {
    std::unique_ptr<chain> next;
    template <class Archive>
    void serialize(Archive& ar) {
        ar(next);
    }
};

// Has both; ours is asked.
struct has_both {
    int n = 0;
    template <class Archive>
    void serialize(Archive&) {
        ADD_FAILURE();
    }
    template <class Archive>
    friend void concur_serialize(Archive& ar, has_both& v) {
        ar(v.n);
    }
};

struct team {
    std::map<std::string, person> members;
    std::vector<person> others;
    bool operator==(const team&) const = default;
};

TEST(cereal, classes_that_it_knows_travel_as_they_are_and_inside_others) {
    const person one("one", true);
    EXPECT_EQ(loads<person>(dumps(one)), one);
    const team all{{{"a", one}, {"b", person("two", false)}}, {one, one}};
    EXPECT_EQ(loads<team>(dumps(all)), all);
    EXPECT_EQ(loads<split>(dumps(split(42))).n(), 42);
}

TEST(cereal, leaves_to_pickle_what_pickle_has_a_way_for) {
    EXPECT_EQ(loads<has_both>(dumps(has_both{3})).n, 3);
    EXPECT_EQ(concur::pickle::kind_of<std::string>(), concur::pickle::kind::sequence);
    EXPECT_EQ((concur::pickle::kind_of<std::map<int, int>>()), concur::pickle::kind::map);
}

TEST(cereal, bytes_that_end_too_early_or_are_others_give_a_value_or_an_error) {
    const auto bytes = dumps(person("a name that is not short at all", true));
    for (std::size_t n = 0; n < bytes.size(); ++n) {
        const std::vector<std::byte> part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
        EXPECT_THROW(loads<person>(part), pickling_error);
    }
    for (std::size_t i = 4; i < bytes.size(); ++i) {
        auto changed = bytes;
        changed[i] = std::byte{0xff};
        try {
            static_cast<void>(loads<person>(changed));
        } catch (const pickling_error&) {
        }
    }
}

TEST(cereal, nesting_has_an_end) {
    EXPECT_NE(loads<chain>(dumps(chain{std::make_unique<chain>()})).next, nullptr);
    const std::vector<std::byte> endless(100'000, std::byte{1});
    concur::pickle::reader in(endless.data(), endless.size());
    EXPECT_THROW(concur::pickle::read<chain>(in), pickling_error);
}

class shape {
public:
    virtual ~shape() = default;
};

struct holds_unknown {
    std::shared_ptr<shape> p;
    template <class Archive>
    void serialize(Archive& ar) {
        int n = 0;
        ar(n);
        if (p) throw cereal::Exception("no such shape");
    }
};

TEST(cereal, its_errors_are_pickling_errors) {
    EXPECT_THROW(dumps(holds_unknown{std::make_shared<shape>()}), pickling_error);
}

}  // namespace
