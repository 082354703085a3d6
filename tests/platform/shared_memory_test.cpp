#include "concur/platform/shared_memory.hpp"

#include "support/child.hpp"
#include "support/held.hpp"
#include "support/injected.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <span>
#include <string>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace {

using namespace concur::platform;
using support::injected;

constexpr std::size_t size = 100'000;  // no whole number of pages

std::span<std::byte> bytes_of(const mapping& m) { return {m.data(), m.size()}; }

int error_of(int result) { return result < 0 ? errno : 0; }

// What std::system_error is thrown, and its text.
std::pair<int, std::string> failure(auto&& fn) {
    try {
        fn();
    } catch (const std::system_error& e) {
        return {e.code().value(), e.what()};
    }
    return {0, ""};
}

TEST(shared_memory_test, a_segment_is_all_zeros_and_can_be_written) {
    const segment s = create_segment(size);
    ASSERT_EQ(s.memory.size(), size);
    EXPECT_TRUE(std::ranges::all_of(bytes_of(s.memory), [](std::byte b) { return b == std::byte{0}; }));
    std::ranges::fill(bytes_of(s.memory), std::byte{7});
    EXPECT_TRUE(is_sealed_segment(s.file, size));
}

TEST(shared_memory_test, what_one_mapping_writes_another_reads) {
    const segment s = create_segment(size);
    const mapping read = map_segment(s.file, size, access::read);
    const mapping write = map_segment(s.file, size, access::read_write);
    s.memory.data()[10] = std::byte{1};
    write.data()[size - 1] = std::byte{2};
    EXPECT_EQ(read.data()[10], std::byte{1});
    EXPECT_EQ(read.data()[size - 1], std::byte{2});
    EXPECT_EQ(s.memory.data()[size - 1], std::byte{2});
}

TEST(shared_memory_test, nobody_can_change_its_size_or_its_seals) {
    const segment s = create_segment(size);
    EXPECT_EQ(error_of(::ftruncate(s.file.get(), 0)), EPERM);
    EXPECT_EQ(error_of(::ftruncate(s.file.get(), 2 * size)), EPERM);
    EXPECT_EQ(error_of(::fcntl(s.file.get(), F_ADD_SEALS, F_SEAL_FUTURE_WRITE)), EPERM);
}

TEST(shared_memory_test, others_can_only_read_where_it_says_so) {
    const segment s = create_segment(size, true);
    EXPECT_EQ(failure([&] { map_segment(s.file, size, access::read_write); }).first, EPERM);
    EXPECT_EQ(error_of(static_cast<int>(::pwrite(s.file.get(), "x", 1, 0))), EPERM);
    const mapping read = map_segment(s.file, size, access::read);
    EXPECT_EQ(error_of(::mprotect(read.data(), size, PROT_READ | PROT_WRITE)), EACCES);
    s.memory.data()[0] = std::byte{3};
    EXPECT_EQ(read.data()[0], std::byte{3});
}

TEST(shared_memory_test, no_page_of_it_can_be_taken_away_by_others_who_only_read) {
    const segment s = create_segment(size, true);
    EXPECT_EQ(error_of(::fallocate(s.file.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096)), EPERM);
    EXPECT_TRUE(is_sealed_segment(s.file, size));
}

TEST(shared_memory_test, it_is_close_on_exec_and_cannot_be_executed) {
    const segment s = create_segment(size);
    EXPECT_EQ(::fcntl(s.file.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    EXPECT_NE(::faccessat(s.file.get(), "", X_OK, AT_EMPTY_PATH), 0);
}

TEST(shared_memory_test, a_file_of_another_size_or_with_other_seals_is_not_a_segment) {
    const segment s = create_segment(size);
    EXPECT_FALSE(is_sealed_segment(s.file, size - 1));
    EXPECT_FALSE(is_sealed_segment(s.file, size + 1));
    const fd bare(::memfd_create("concur_bare", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    ASSERT_EQ(::fallocate(bare.get(), 0, 0, size), 0);
    EXPECT_FALSE(is_sealed_segment(bare, size));
    ASSERT_EQ(::fcntl(bare.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
    EXPECT_FALSE(is_sealed_segment(bare, size));
    ASSERT_EQ(::fcntl(bare.get(), F_ADD_SEALS, F_SEAL_SEAL), 0);
    EXPECT_TRUE(is_sealed_segment(bare, size));
    EXPECT_FALSE(is_sealed_segment(fd(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)), size));
    EXPECT_FALSE(is_sealed_segment(fd(), size));
}

TEST(shared_memory_test, a_sealed_file_whose_memory_is_not_there_is_not_a_segment) {
    const fd sparse(::memfd_create("concur_sparse", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    ASSERT_EQ(::ftruncate(sparse.get(), size), 0);
    ASSERT_EQ(::fcntl(sparse.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), 0);
    EXPECT_FALSE(is_sealed_segment(sparse, size));
}

TEST(shared_memory_test, mappings_can_be_moved) {
    const support::held before;
    {
        segment s = create_segment(size);
        std::byte* const at = s.memory.data();
        mapping moved = std::move(s.memory);
        EXPECT_FALSE(s.memory);  // NOLINT(bugprone-use-after-move): that is the question
        EXPECT_EQ(moved.data(), at);
        moved = map_segment(s.file, size, access::read);
        EXPECT_EQ(support::mapped_segments(), before.segments + 1);
        mapping& same = moved;
        moved = std::move(same);
        EXPECT_TRUE(moved);
    }
    EXPECT_EQ(support::held(), before);
}

TEST(shared_memory_test, each_call_that_fails_leaves_nothing_behind) {
    int calls = 0;
    {
        const injected counting;
        create_segment(size, true);
        calls = injected::seen();
    }
    EXPECT_EQ(calls, 4);
    const support::held before;
    for (int nth = 1; nth <= calls; ++nth) {
        const injected failing(injected::any, ENOMEM, nth);
        const auto [error, text] = failure([] { create_segment(size, true); });
        EXPECT_EQ(error, ENOMEM) << nth;
        EXPECT_NE(text.find("100000 bytes"), text.npos) << text;
        EXPECT_NE(text.find("not enough memory"), text.npos) << text;
        EXPECT_EQ(support::held(), before) << nth;
    }
}

TEST(shared_memory_test, an_interrupted_allocation_goes_on) {
    const injected interrupting(injected::system_call::fallocate, EINTR);
    const segment s = create_segment(std::size_t{9} << 20U);
    EXPECT_EQ(injected::seen(), 4);
    EXPECT_TRUE(is_sealed_segment(s.file, std::size_t{9} << 20U));
}

TEST(shared_memory_test, the_text_names_the_limit_that_was_met) {
    const injected failing(injected::system_call::memfd_create, EMFILE);
    const auto [error, text] = failure([] { create_segment(size); });
    EXPECT_EQ(error, EMFILE);
    EXPECT_NE(text.find("ulimit -n"), text.npos) << text;
}

TEST(shared_memory_test, a_segment_of_no_bytes_or_of_far_too_many_is_refused) {
    const support::held before;
    EXPECT_EQ(failure([] { create_segment(0); }).first, EINVAL);
    EXPECT_EQ(failure([] { create_segment(SIZE_MAX); }).first, EINVAL);
    EXPECT_NE(failure([] { create_segment(std::size_t{1} << 50U); }).first, 0);
    EXPECT_EQ(support::held(), before);
}

}  // namespace
