#include "concur/multiprocessing/segments.hpp"

#include "concur/platform/child_process.hpp"
#include "support/held.hpp"
#include "support/injected.hpp"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <limits>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace concur::multiprocessing;
using support::injected;
namespace platform = concur::platform;

constexpr std::size_t page = 4096;

worker_packet announce(std::uint32_t serial, std::uint64_t size) {
    return {.what = worker_packet::kind::segment, .serial = serial, .size = size};
}

// An anonymous file that is nobody's segment yet.
platform::fd plain_file(std::size_t size, int seals) {
    platform::fd file(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    EXPECT_EQ(::ftruncate(file.get(), static_cast<off_t>(size)), 0);
    if (seals != 0) {
        EXPECT_EQ(::fcntl(file.get(), F_ADD_SEALS, seals), 0);
    }
    return file;
}

TEST(segments_test, find_the_bytes_of_a_message) {
    const platform::segment made = platform::create_segment(page);
    std::memcpy(made.memory.data() + 64, "hello", 5);
    known_segments known;
    EXPECT_EQ(known.find({.segment = 7, .offset = 64, .size = 5}), nullptr);
    ASSERT_TRUE(known.add(announce(7, page), made.file));
    const std::byte* const at = known.find({.segment = 7, .offset = 64, .size = 5});
    ASSERT_NE(at, nullptr);
    EXPECT_NE(at, made.memory.data() + 64) << "a mapping of its own";
    EXPECT_EQ(std::memcmp(at, "hello", 5), 0);
}

TEST(segments_test, know_many_apart) {
    known_segments known;
    std::vector<platform::segment> made;
    for (std::uint32_t serial = 1; serial <= 20; ++serial) {
        made.push_back(platform::create_segment(page));
        *made.back().memory.data() = static_cast<std::byte>(serial);
        ASSERT_TRUE(known.add(announce(serial, page), made.back().file));
    }
    for (std::uint32_t serial = 1; serial <= 20; ++serial)
        EXPECT_EQ(*known.find({.segment = serial, .size = 1}), static_cast<std::byte>(serial));
}

TEST(segments_test, find_no_bytes_beyond_the_end) {
    const platform::segment made = platform::create_segment(page);
    known_segments known;
    ASSERT_TRUE(known.add(announce(1, page), made.file));
    constexpr std::uint64_t huge = std::numeric_limits<std::uint64_t>::max();
    EXPECT_NE(known.find({.segment = 1, .offset = 0, .size = page}), nullptr);
    EXPECT_NE(known.find({.segment = 1, .offset = page, .size = 0}), nullptr);
    EXPECT_EQ(known.find({.segment = 1, .offset = 0, .size = page + 1}), nullptr);
    EXPECT_EQ(known.find({.segment = 1, .offset = 1, .size = page}), nullptr);
    EXPECT_EQ(known.find({.segment = 1, .offset = page + 1, .size = 0}), nullptr);
    EXPECT_EQ(known.find({.segment = 1, .offset = huge, .size = 1}), nullptr);
    EXPECT_EQ(known.find({.segment = 1, .offset = huge, .size = huge}), nullptr);
    EXPECT_EQ(known.find({.segment = 1, .offset = 64, .size = huge - 63}), nullptr) << "the sum wraps";
    EXPECT_EQ(known.find({.segment = 2, .size = 1}), nullptr);
}

TEST(segments_test, let_go_of_what_is_dropped) {
    const platform::segment made = platform::create_segment(page);
    known_segments known;
    const support::held before;
    ASSERT_TRUE(known.add(announce(3, page), made.file));
    EXPECT_NE(support::held(), before);
    known.drop(4);
    EXPECT_NE(known.find({.segment = 3, .size = 1}), nullptr);
    known.drop(3);
    EXPECT_EQ(known.find({.segment = 3, .size = 1}), nullptr);
    EXPECT_EQ(support::held(), before);
}

TEST(segments_test, take_a_serial_that_comes_again_for_the_new_one) {
    known_segments known;
    const platform::segment first = platform::create_segment(page);
    const platform::segment second = platform::create_segment(2 * page);
    *second.memory.data() = std::byte{2};
    const support::held before;
    ASSERT_TRUE(known.add(announce(1, page), first.file));
    ASSERT_TRUE(known.add(announce(1, 2 * page), second.file));
    EXPECT_EQ(*known.find({.segment = 1, .size = 2 * page}), std::byte{2});
    EXPECT_EQ(support::held().segments, before.segments + 1);
}

TEST(segments_test, cannot_be_written_through) {
    const platform::segment made = platform::create_segment(page);
    known_segments known;
    ASSERT_TRUE(known.add(announce(1, page), made.file));
    const std::byte* const at = known.find({.segment = 1, .size = 1});
    const platform::child_process child = platform::fork_self();
    if (child.pid == 0) {
        ::signal(SIGSEGV, SIG_DFL);
        *const_cast<std::byte*>(at) = std::byte{1};
        platform::leave(0);
    }
    EXPECT_EQ(platform::reap(child, true)->signal, SIGSEGV);
}

// --- what another process may send instead ------------------------------------------------------------

TEST(segments_test, refuse_a_file_that_could_shrink_under_the_reader) {
    constexpr int all = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    known_segments known;
    for (const int missing : {F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_SEAL}) {
        platform::fd file(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
        ASSERT_EQ(::fallocate(file.get(), 0, 0, page), 0);
        ASSERT_EQ(::fcntl(file.get(), F_ADD_SEALS, all & ~missing), 0);
        EXPECT_FALSE(known.add(announce(1, page), file));
    }
    EXPECT_FALSE(known.add(announce(1, page), plain_file(page, 0)));
    EXPECT_EQ(known.find({.segment = 1, .size = 1}), nullptr);
}

TEST(segments_test, refuse_a_file_with_holes) {
    known_segments known;
    EXPECT_FALSE(known.add(announce(1, 16 * page), plain_file(16 * page, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)));
}

TEST(segments_test, refuse_a_size_that_is_not_the_files) {
    const platform::segment made = platform::create_segment(2 * page);
    known_segments known;
    for (const std::uint64_t lie : {std::uint64_t{0}, std::uint64_t{page}, std::uint64_t{2 * page - 1},
                                    std::uint64_t{2 * page + 1}, std::uint64_t{1} << 40, ~std::uint64_t{0}})
        EXPECT_FALSE(known.add(announce(1, lie), made.file)) << lie;
    EXPECT_TRUE(known.add(announce(1, 2 * page), made.file));
}

TEST(segments_test, refuse_what_is_no_segment_at_all) {
    known_segments known;
    const platform::pipe_ends pipe = platform::make_pipe();
    EXPECT_FALSE(known.add(announce(1, page), pipe.read));
    EXPECT_FALSE(known.add(announce(1, page), platform::fd(::open("/dev/zero", O_RDONLY | O_CLOEXEC))));
    EXPECT_FALSE(known.add(announce(1, page), platform::fd(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC))));
    EXPECT_FALSE(known.add(announce(1, page), platform::fd(::open("/tmp", O_RDONLY | O_CLOEXEC))));
    EXPECT_FALSE(known.add(announce(1, page), platform::fd()));
}

TEST(segments_test, refuse_the_serial_that_means_a_slot) {
    const platform::segment made = platform::create_segment(page);
    known_segments known;
    EXPECT_FALSE(known.add(announce(message_place::in_slot, page), made.file));
    EXPECT_EQ(known.find({.size = 1}), nullptr);
}

TEST(segments_test, refuse_to_know_without_end) {
    const platform::segment made = platform::create_segment(page);
    known_segments known;
    std::uint32_t serial = 1;
    while (serial < 100'000 && known.add(announce(serial, page), made.file)) ++serial;
    EXPECT_EQ(serial, 4097u);
    known.drop(17);
    EXPECT_TRUE(known.add(announce(serial, page), made.file));
    known_segments few(2);
    for (const std::uint32_t n : {1u, 2u, 3u}) EXPECT_EQ(few.add(announce(n, page), made.file), n < 3);
}

TEST(segments_test, stay_as_they_are_where_the_system_has_no_room_for_a_mapping) {
    const platform::segment made = platform::create_segment(page);
    known_segments known;
    ASSERT_TRUE(known.add(announce(1, page), made.file));
    {
        const injected failure(platform::system_call::mmap, ENOMEM);
        EXPECT_FALSE(known.add(announce(2, page), made.file));
    }
    EXPECT_NE(known.find({.segment = 1, .size = 1}), nullptr);
    EXPECT_EQ(known.find({.segment = 2, .size = 1}), nullptr);
    EXPECT_TRUE(known.add(announce(2, page), made.file));
}

}  // namespace
