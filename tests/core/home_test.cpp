#include "concur/core/home.hpp"

#include <array>
#include <cstddef>
#include <exception>
#include <gtest/gtest.h>
#include <memory>
#include <set>
#include <span>
#include <stdexcept>
#include <vector>

namespace {

using namespace concur;

struct nowhere final : home {
    void post(job&, int) override {}
};

TEST(home_test, each_has_a_number_that_never_comes_again) {
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(seen.insert(std::make_unique<nowhere>()->id()).second);
    const nowhere one;
    EXPECT_EQ(one.id(), one.id());
    EXPECT_FALSE(seen.contains(0)) << "0 is nobody's";
}

// Takes `most` in one step, and `room` in all.
struct narrow final : home {
    narrow(std::size_t m, std::size_t r) : most(m), room(r) {}

    void post(job& j, int) override {
        if (taken.size() == room) throw std::length_error("full");
        taken.push_back(&j);
        ++singly;
    }

    std::size_t post_some(std::span<job* const> jobs) noexcept override {
        std::size_t n = 0;
        for (; n < jobs.size() && n < most && taken.size() < room; ++n) taken.push_back(jobs[n]);
        return n;
    }

    const std::size_t most, room;
    std::vector<job*> taken;
    int singly = 0;
};

struct listed : job {
    listed()
        : job([](job&) noexcept {},
              [](job& j, std::exception_ptr why) noexcept {
                  auto& self = static_cast<listed&>(j);
                  self.cancelled = why == nullptr;
                  ++self.refused;
              }) {}
    int refused = 0;
    bool cancelled = false;
};

struct some_jobs {
    std::array<listed, 5> jobs;
    std::array<job*, 5> all{&jobs[0], &jobs[1], &jobs[2], &jobs[3], &jobs[4]};
};

TEST(home_test, what_is_posted_in_one_step_or_several_keeps_its_order) {
    for (const std::size_t most : {0u, 2u, 9u}) {
        some_jobs some;
        narrow where(most, 9);
        where.post_all(some.all);
        EXPECT_EQ(where.taken, std::vector<job*>(some.all.begin(), some.all.end())) << most;
        EXPECT_EQ(where.singly, most == 0 ? 5 : most == 2 ? 1 : 0);
    }
    narrow(2, 9).post_all({});
}

TEST(home_test, of_several_jobs_those_that_are_not_taken_are_refused_as_cancelled) {
    for (const std::size_t most : {0u, 2u, 9u}) {
        some_jobs some;
        narrow where(most, 3);
        EXPECT_THROW(where.post_all(some.all), std::length_error);
        EXPECT_EQ(where.taken.size(), 3u);
        for (std::size_t i = 0; i < 5; ++i) {
            EXPECT_EQ(some.jobs[i].refused, i < 3 ? 0 : 1) << i << " of " << most;
            EXPECT_EQ(some.jobs[i].cancelled, i >= 3);
        }
    }
}

}  // namespace
