#include "concur/pickle/archive.hpp"

#include <array>
#include <cstring>
#include <gtest/gtest.h>
#include <utility>
#include <vector>

namespace {

using concur::pickling_error;
using namespace concur::pickle;

TEST(writer, never_writes_beyond_its_room) {
    std::array<std::byte, 8> place{};
    writer out(place.data(), 4);
    const std::uint32_t number = 7;
    out.bytes(&number, 4);
    EXPECT_THROW(out.bytes(&number, 1), pickling_error);
    EXPECT_THROW(out.claim(1), pickling_error);
    EXPECT_EQ(out.size(), 4U);
    EXPECT_EQ(place[4], std::byte{0});
}

TEST(writer, fills_the_gap_of_an_alignment_with_zeros) {
    std::array<std::byte, 16> place;
    place.fill(std::byte{0xff});
    writer out(place.data(), place.size());
    out.bytes("x", 1);
    out.align(8);
    EXPECT_EQ(out.size(), 8U);
    for (std::size_t i = 1; i < 8; ++i) EXPECT_EQ(place[i], std::byte{0});
    EXPECT_EQ(place[8], std::byte{0xff});
}

TEST(writer, aligns_to_a_place_beyond_a_boundary) {
    std::array<std::byte, 128> place;
    for (const auto& [before, after] :
         {std::pair(0U, 16U), std::pair(1U, 16U), std::pair(16U, 16U), std::pair(17U, 80U)}) {
        writer out(place.data(), place.size());
        sizer counts;
        reader in(place.data(), place.size());
        out.claim(before);
        counts.claim(before);
        in.bytes(before);
        out.align(64, 16);
        counts.align(64, 16);
        in.align(64, 16);
        EXPECT_EQ(out.size(), after);
        EXPECT_EQ(counts.size(), after);
        EXPECT_EQ(place.size() - in.left(), after);
    }
}

TEST(writer, writes_many_bytes_as_it_writes_few) {
    std::vector<char> text(3 * piece + 5);
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i % 251);
    for (const std::size_t n : {piece - 1, piece, piece + 1, 2 * piece, text.size()}) {
        std::vector<std::byte> message(sizeof(std::uint32_t) + 2 * n + 1, std::byte{0xff});
        writer out(message.data(), message.size() - 1);
        out.counted_bytes(text.data(), n);
        out.bytes(text.data(), n);
        EXPECT_EQ(out.size(), message.size() - 1);
        reader in(message.data(), message.size());
        ASSERT_EQ(in.count(1), n);
        EXPECT_EQ(std::memcmp(in.bytes(n), text.data(), n), 0);
        EXPECT_EQ(std::memcmp(in.bytes(n), text.data(), n), 0);
        EXPECT_EQ(message.back(), std::byte{0xff});
    }
}

TEST(writer, appends_to_a_vector_by_way_of_its_staging) {
    std::vector<std::byte> sink;
    std::array<std::byte, 16> staging;
    writer out(sink, staging.data(), staging.size());
    std::array<char, 50> text;
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i);
    out.bytes(text.data(), 3);
    out.bytes(text.data() + 3, 40);
    std::memcpy(out.claim(7), text.data() + 43, 7);
    out.finish();
    ASSERT_EQ(sink.size(), text.size());
    EXPECT_EQ(out.size(), text.size());
    EXPECT_EQ(std::memcmp(sink.data(), text.data(), text.size()), 0);
}

TEST(writer, writes_over_what_a_vector_holds_first) {
    std::vector<std::byte> sink(10, std::byte{0xff});
    std::array<std::byte, 16> staging;
    writer less(sink, staging.data(), staging.size());
    less.bytes("abc", 3);
    less.finish();
    EXPECT_EQ(sink.size(), 3U);
    writer more(sink, staging.data(), staging.size());
    more.bytes("de", 2);
    more.bytes("fgh", 3);
    more.align(8);
    more.bytes("i", 1);
    more.finish();
    ASSERT_EQ(sink.size(), 9U);
    EXPECT_EQ(std::memcmp(sink.data(), "defgh\0\0\0i", 9), 0);
}

TEST(reader, ends_where_the_message_ends) {
    const std::array<std::byte, 3> message{};
    reader in(message.data(), message.size());
    in.bytes(2);
    EXPECT_THROW(in.expect_end(), pickling_error);
    EXPECT_THROW(in.bytes(2), pickling_error);
    EXPECT_THROW(in.align(16), pickling_error);
    in.bytes(1);
    EXPECT_NO_THROW(in.expect_end());
}

TEST(reader, believes_no_count_that_cannot_have_arrived) {
    std::array<std::byte, 12> message{};
    writer out(message.data(), message.size());
    out.count(4);
    reader enough(message.data(), message.size());
    EXPECT_EQ(enough.count(2), 4U);
    reader less(message.data(), message.size());
    EXPECT_THROW(less.count(3), pickling_error);
}

TEST(reader, reads_counts_that_take_eight_bytes) {
    std::array<std::byte, 12> message{};
    writer out(message.data(), message.size());
    const std::size_t large = std::size_t{1} << 40;
    out.count(large);
    EXPECT_EQ(out.size(), 12U);
    reader in(message.data(), message.size());
    EXPECT_THROW(in.count(1), pickling_error);
}

TEST(reader, trusts_no_code_unless_told_to) {
    EXPECT_FALSE(reader(nullptr, 0).trusts_code());
    EXPECT_TRUE(reader(nullptr, 0, true).trusts_code());
}

TEST(deeper, goes_down_64_levels) {
    sizer counts;
    std::vector<std::unique_ptr<deeper<sizer>>> levels;
    for (std::size_t i = 0; i < most_depth; ++i) levels.push_back(std::make_unique<deeper<sizer>>(counts));
    EXPECT_THROW(deeper<sizer>{counts}, pickling_error);
    levels.pop_back();
    EXPECT_NO_THROW(deeper<sizer>{counts});
}

TEST(shared_objects, numbers_objects_by_address_and_type) {
    shared_objects known;
    const int a = 0, b = 0;
    const char type = 0, other = 0;
    EXPECT_EQ(known.enter(&a, &type), 1U);
    EXPECT_THROW(known.enter(&a, &type), pickling_error);
    known.done(&a, &type);
    EXPECT_EQ(known.enter(&b, &type), 1U);
    known.done(&b, &type);
    EXPECT_EQ(known.enter(&a, &other), 1U);
    EXPECT_EQ(known.enter(&a, &type), 2U);
    EXPECT_EQ(known.enter(&b, &type), 3U);
}

}  // namespace
