#include "concur/futures/map_travel.hpp"

#include "concur/core/process_error.hpp"
#include "concur/pickle.hpp"
#include "support/reports.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace {

using concur::map_batch;
using concur::map_chunk;
using concur::pickle::picklable;
using concur::pickle::reader;
using concur::pickle::sizer;
using concur::pickle::writer;

template <class T>
std::vector<std::byte> bytes_of(const T& value) {
    sizer size;
    size(value);
    std::vector<std::byte> bytes(size.size());
    writer out(bytes.data(), bytes.size());
    out(value);
    return bytes;
}

template <class T>
T back(const std::vector<std::byte>& bytes) {
    reader in(bytes.data(), bytes.size(), true);
    T value = concur::pickle::read<T>(in);
    in.expect_end();
    return value;
}

// Refuses one number, when it is read.
struct picky {
    int n = 0;
};
template <class Archive>
void concur_serialize(Archive& ar, picky& p) {
    ar(p.n);
    if (Archive::is_loading && p.n == 13) throw std::domain_error("thirteen");
}

struct ring {
    std::shared_ptr<ring> next = {};
};

constexpr auto length = [](const std::string& s) { return s.size(); };
using length_chunk = map_chunk<std::decay_t<decltype(length)>, std::tuple<std::string>>;

}  // namespace

TEST(map_travel_test, a_task_of_map_arrives_with_all_of_its_items) {
    length_chunk chunk(length, {"a"});
    chunk.add({"bcd"});
    chunk.add({std::string(1000, 'e')});
    auto arrived = back<length_chunk>(bytes_of(chunk));
    ASSERT_EQ(arrived.size(), 3U);
    auto results = arrived();
    EXPECT_EQ(results.at(0).get(), 1U);
    EXPECT_EQ(results.at(1).get(), 3U);
    EXPECT_EQ(results.at(2).get(), 1000U);
}

TEST(map_travel_test, each_result_arrives_as_its_value_or_as_its_own_exception) {
    map_batch<int> batch;
    batch.add([] { return 7; });
    batch.add([]() -> int { throw std::out_of_range("beyond"); });
    batch.add([] { return 9; });
    auto arrived = back<map_batch<int>>(bytes_of(batch));
    ASSERT_EQ(arrived.size(), 3U);
    EXPECT_EQ(arrived.at(0).get(), 7);
    EXPECT_THROW(arrived.at(1), std::out_of_range);
    EXPECT_EQ(arrived.at(2).get(), 9);
}

TEST(map_travel_test, calls_that_return_nothing_are_counted) {
    map_batch<void> batch;
    batch.add([] {});
    batch.add([] { throw std::runtime_error("no"); });
    auto arrived = back<map_batch<void>>(bytes_of(batch));
    ASSERT_EQ(arrived.size(), 2U);
    EXPECT_NO_THROW(arrived.at(0));
    EXPECT_THROW(arrived.at(1), std::runtime_error);
}

TEST(map_travel_test, an_exception_that_was_sent_is_reported_where_it_arrives_and_not_where_it_was_sent) {
    support::reports seen;
    {
        map_batch<int> batch;
        batch.add([]() -> int { throw std::runtime_error("lost"); });
        const auto bytes = bytes_of(batch);
        {
            const auto sent = std::move(batch);
        }
        EXPECT_EQ(seen.count(), 0U);
        {
            const auto arrived = back<map_batch<int>>(bytes);
        }
    }
    EXPECT_EQ(seen.count(), 1U);
}

TEST(map_travel_test, results_in_front_of_one_that_cannot_be_read_are_there) {
    map_batch<picky> batch;
    for (const int n : {1, 2, 13, 4, 5}) batch.add([n] { return picky{n}; });
    const support::reports seen;
    {
        auto arrived = back<map_batch<picky>>(bytes_of(batch));
        ASSERT_EQ(arrived.size(), 5U);
        EXPECT_EQ(arrived.at(0).get().n, 1);
        EXPECT_EQ(arrived.at(1).get().n, 2);
        EXPECT_THROW(arrived.at(2), std::domain_error);
        EXPECT_THROW(arrived.at(3), concur::pickling_error);
        EXPECT_THROW(arrived.at(4), concur::pickling_error);
    }
    EXPECT_EQ(seen.count(), 0U);
    {
        const auto nobody_looks = back<map_batch<picky>>(bytes_of(batch));
    }
    EXPECT_EQ(seen.count(), 2U) << "the one, and once for all behind it";
}

TEST(map_travel_test, a_result_that_cannot_be_written_is_that_items_error) {
    const auto shared = std::make_shared<ring>();
    const auto circle = std::make_shared<ring>();
    circle->next = circle;
    map_batch<std::shared_ptr<ring>> batch;
    for (const auto& r : {shared, circle, shared, shared}) batch.add([r] { return r; });
    auto arrived = back<map_batch<std::shared_ptr<ring>>>(bytes_of(batch));
    ASSERT_EQ(arrived.size(), 4U);
    EXPECT_THROW(arrived.at(1), concur::pickling_error);
    EXPECT_EQ(arrived.at(0).get(), arrived.at(2).get()) << "the same object still";
    EXPECT_EQ(arrived.at(0).get(), arrived.at(3).get());
    circle->next.reset();
}

TEST(map_travel_test, bytes_that_end_early_are_refused) {
    length_chunk chunk(length, {"some text"});
    chunk.add({"more"});
    const auto bytes = bytes_of(chunk);
    for (std::size_t n = 0; n < bytes.size(); ++n) {
        const std::vector<std::byte> part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
        EXPECT_THROW(back<length_chunk>(part), concur::pickling_error) << n;
    }
}

TEST(map_travel_test, a_task_without_an_item_is_refused) {
    const std::vector<std::byte> none(4, std::byte{0});
    EXPECT_THROW(back<length_chunk>(none), concur::pickling_error);
}

TEST(map_travel_test, only_what_can_travel_makes_a_task_that_can) {
    using pointer_chunk = map_chunk<int (*)(int*), std::tuple<int*>>;
    EXPECT_TRUE(picklable<length_chunk>);
    EXPECT_FALSE(picklable<pointer_chunk>);
    EXPECT_TRUE(picklable<map_batch<std::string>>);
    EXPECT_FALSE(picklable<map_batch<int*>>);
}
