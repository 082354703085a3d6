// Whatever the bytes are, reading them gives a value or a pickling_error; never more memory than a few times
// what has arrived.
#include <array>
#include <concur/pickle.hpp>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "pickle/samples.hpp"
#include "support/allocations.hpp"
#include "support/corpus.hpp"
#include "value.hpp"

namespace {

using concur::pickling_error;
using concur::pickle::read;
using concur::pickle::reader;

template <class T>
std::vector<std::byte> message_of(const T& v) {
    concur::pickle::sizer counts;
    counts(v);
    std::vector<std::byte> message(counts.size());
    concur::pickle::writer out(message.data(), message.size());
    out(v);
    return message;
}

template <class T>
void expect_error(std::span<const std::byte> bytes) {
    reader in(bytes.data(), bytes.size());
    EXPECT_THROW(
        {
            static_cast<void>(read<T>(in));
            in.expect_end();
        },
        pickling_error);
}

TEST(hostile_bytes, each_end_that_comes_too_early_is_an_error) {
    support::for_each_sample([](const auto& v) {
        const auto message = message_of(v);
        for (std::size_t n = 0; n < message.size(); ++n) {
            // A copy of its own, so that a sanitizer sees what is read beyond.
            const std::vector<std::byte> part(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(n));
            expect_error<std::remove_cvref_t<decltype(v)>>(part);
        }
    });
}

TEST(hostile_bytes, each_byte_that_is_left_is_an_error) {
    support::for_each_sample([](const auto& v) {
        auto message = message_of(v);
        message.push_back(std::byte{0});
        expect_error<std::remove_cvref_t<decltype(v)>>(message);
    });
}

TEST(hostile_bytes, each_byte_that_is_another_gives_a_value_or_an_error) {
    support::for_each_sample([](const auto& v) {
        const auto message = message_of(v);
        for (std::size_t i = 0; i < message.size(); ++i) {
            for (const int other : {0, 1, 2, 3, 0x7f, 0x80, 0xfe, 0xff}) {
                auto changed = message;
                changed[i] = static_cast<std::byte>(other);
                fuzz::read_as<std::remove_cvref_t<decltype(v)>>(changed);
            }
        }
    });
}

TEST(hostile_bytes, the_bytes_of_one_type_read_as_another_give_a_value_or_an_error) {
    support::for_each_sample([](const auto& v) {
        const auto message = message_of(v);
        for (const fuzz::reading read_as : fuzz::all_readings) read_as(message);
    });
}

// The most bytes that reading has taken at once, by the count that the tests' operator new keeps.
template <class T>
void expect_few_allocations(const std::vector<std::byte>& message) {
    const std::size_t before = support::allocations::bytes_here();
    expect_error<T>(message);
    EXPECT_LT(support::allocations::bytes_here() - before, 2048 + 64 * message.size());
}

std::vector<std::byte> counts(std::uint64_t n, std::size_t then) {
    std::vector<std::byte> message(12 + then);
    concur::pickle::writer out(message.data(), message.size());
    out.count(n);
    return message;
}

TEST(hostile_bytes, a_length_takes_no_memory_for_what_has_not_arrived) {
    for (const std::uint64_t n : {std::uint64_t{1000}, std::uint64_t{1} << 31, std::uint64_t{1} << 40,
                                  std::uint64_t{1} << 61, std::numeric_limits<std::uint64_t>::max()}) {
        const auto message = counts(n, 100);
        expect_few_allocations<std::vector<double>>(message);
        expect_few_allocations<std::vector<std::string>>(message);
        expect_few_allocations<std::string>(message);
        expect_few_allocations<std::vector<fuzz::record>>(message);
        expect_few_allocations<std::vector<fuzz::empty>>(message);
        expect_few_allocations<std::vector<std::vector<int>>>(message);
        expect_few_allocations<std::map<int, std::string>>(message);
        expect_few_allocations<std::unordered_set<std::uint8_t>>(message);
        expect_few_allocations<std::deque<long double>>(message);
        expect_few_allocations<std::filesystem::path>(message);
    }
}

TEST(hostile_bytes, an_element_that_is_larger_than_its_bytes_is_not_made_in_advance) {
    // 100 elements announced and as many bytes there, each of half a KiB if it comes; but the second is none.
    auto message = counts(100, 100);
    message[4] = std::byte{0};
    message[5] = std::byte{2};
    expect_few_allocations<std::vector<std::optional<fuzz::wide>>>(message);
}

TEST(hostile_bytes, nesting_ends_at_64) {
    expect_error<fuzz::chain>(std::vector<std::byte>(100'000, std::byte{1}));
    std::vector<std::byte> lists;
    for (int i = 0; i < 100'000; ++i) {
        for (const int byte : {0, 0, 0, 0, 1, 0, 0, 0}) lists.push_back(static_cast<std::byte>(byte));
    }
    expect_error<fuzz::tree>(lists);
}

TEST(hostile_bytes, a_reference_to_an_object_that_is_not_there_is_an_error) {
    const std::array<std::uint32_t, 2> numbers{1, 3};
    std::vector<std::byte> message(8);
    std::memcpy(message.data(), numbers.data(), 8);
    expect_error<std::shared_ptr<std::shared_ptr<int>>>(message);
    message[4] = std::byte{2};  // itself
    expect_error<std::shared_ptr<std::shared_ptr<int>>>(message);
}

TEST(hostile_bytes, a_reference_to_an_object_of_another_type_is_an_error) {
    std::vector<std::byte> message(12);
    const std::array<std::uint32_t, 3> numbers{1, 42, 2};
    std::memcpy(message.data(), numbers.data(), 12);
    expect_error<std::pair<std::shared_ptr<int>, std::shared_ptr<float>>>(message);
}

void read_any(const support::corpus::bytes& bytes) { fuzz::value(bytes.data(), bytes.size()); }

TEST(hostile_bytes, what_the_fuzzer_has_kept_gives_a_value_or_an_error) {
    const support::corpus kept("value");
    for (const auto& bytes : kept.all()) read_any(bytes);
}

TEST(hostile_bytes, what_lies_near_that_gives_a_value_or_an_error) {
    support::corpus kept("value");
    for (int i = 0; i < 50'000; ++i) read_any(kept.near());
}

}  // namespace
