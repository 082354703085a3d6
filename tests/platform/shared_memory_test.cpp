#include "concur/platform/shared_memory.hpp"

#include "concur/platform/local_socket.hpp"
#include "support/child.hpp"
#include "support/held.hpp"
#include "support/injected.hpp"
#include "support/interruptions.hpp"
#include "support/refused_call.hpp"
#include "support/sanitized.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <ctime>
#include <fcntl.h>
#include <functional>
#include <gtest/gtest.h>
#include <span>
#include <string>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
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

// Nothing is allocated, even if this test should fail one day: the injection stands in front of it.
TEST(shared_memory_test, a_segment_of_no_bytes_or_of_more_than_there_is_is_refused_at_once) {
    const support::held before;
    const injected guard(injected::system_call::fallocate, ENOSPC, 1, true);
    EXPECT_EQ(failure([] { create_segment(0); }).first, EINVAL);
    EXPECT_EQ(failure([] { create_segment(SIZE_MAX); }).first, EINVAL);
    EXPECT_EQ(failure([] { create_segment(std::size_t{1} << 50U); }).first, ENOMEM);
    EXPECT_EQ(injected::seen(), 0);
    EXPECT_EQ(support::held(), before);
}

// --- what a real system refuses ---------------------------------------------------------------------

// In a child whose `limit` is `value`: the error that `fn` meets there; 0: none, 255: more is held than before.
int error_under(decltype(RLIMIT_AS) limit, rlim_t value, const std::function<void()>& fn) {
    const auto child = support::child::run([&] {
        const support::held before;
        rlimit all{};
        ::getrlimit(limit, &all);
        rlimit few{value, all.rlim_max};
        ::setrlimit(limit, &few);
        const int error = failure(fn).first;
        ::setrlimit(limit, &all);
        return support::held() == before ? error : 255;
    });
    return child.exit_code.value_or(-1);
}

TEST(shared_memory_test, beyond_the_limit_of_file_sizes_it_throws_and_no_signal_comes) {
    EXPECT_EQ(error_under(RLIMIT_FSIZE, size - 1, [] { create_segment(size); }), EFBIG);
    EXPECT_EQ(error_under(RLIMIT_FSIZE, size, [] { create_segment(size); }), 0);
}

TEST(shared_memory_test, without_a_free_descriptor_it_throws) {
    if (support::is_sanitized()) GTEST_SKIP() << "a sanitizer needs descriptors of its own";
    EXPECT_EQ(error_under(RLIMIT_NOFILE, 0, [] { create_segment(size); }), EMFILE);
}

TEST(shared_memory_test, without_address_space_it_throws) {
    if (support::is_sanitized()) GTEST_SKIP() << "a sanitizer needs address space of its own";
    EXPECT_EQ(error_under(RLIMIT_AS, 0, [] { create_segment(size); }), ENOMEM);
}

TEST(shared_memory_test, a_kernel_that_does_not_know_of_programs_in_memory_files_makes_segments_too) {
    const auto child = support::child::run([] {
        constexpr unsigned noexec_seal = 8;
        if (!support::refuse_call(SYS_memfd_create, EINVAL, noexec_seal)) return 77;
        return is_sealed_segment(create_segment(size).file, size) ? 0 : 1;
    });
    EXPECT_EQ(child.exit_code, 0);
}

TEST(shared_memory_test, a_process_that_may_open_no_file_makes_segments_too) {
    const auto child = support::child::run([] {
        open_no_more_files();
        if (!support::refuse_call(SYS_openat, EACCES)) return 77;
        const injected guard(injected::system_call::fallocate, ENOSPC);
        if (failure([] { create_segment(std::size_t{1} << 50U); }).first != ENOMEM || injected::seen() != 0) return 1;
        return failure([] { create_segment(size); }).first == ENOSPC && create_segment(size).file ? 0 : 2;
    });
    EXPECT_EQ(child.exit_code, 0);
}

// Each signal throws away what one call has allocated: in one call, this would never end.
TEST(shared_memory_test, signals_that_never_stop_do_not_hold_up_an_allocation) {
    const auto child = support::child::run([] {
        support::count_interruptions();
        sigevent how{};
        how.sigev_notify = SIGEV_SIGNAL;
        how.sigev_signo = SIGUSR1;
        timer_t timer{};
        constexpr itimerspec often{{0, 3'000'000}, {0, 3'000'000}};
        if (::timer_create(CLOCK_MONOTONIC, &how, &timer) != 0 || ::timer_settime(timer, 0, &often, nullptr) != 0)
            return 1;
        const segment s = create_segment(std::size_t{128} << 20U);
        return support::interruptions_seen > 0 && s.memory ? 0 : 2;
    });
    EXPECT_EQ(child.exit_code, 0);
}

// --- between processes -----------------------------------------------------------------------------

TEST(shared_memory_test, what_a_child_was_sent_it_sees_and_what_it_writes_is_seen) {
    const segment s = create_segment(size);
    s.memory.data()[1] = std::byte{11};
    const auto [here, there] = make_socket_pair();
    EXPECT_EQ(send_packet(here.get(), "x", 1, {s.file.get()}), transfer::done);
    const auto child = support::child::run([&, &to = there] {
        char byte = 0;
        packet p;
        if (receive_packet(to.get(), &byte, 1, p) != transfer::done || p.fd_count != 1) return 1;
        if (!is_sealed_segment(p.fds[0], size) || is_sealed_segment(p.fds[0], size + 1)) return 2;
        const mapping m = map_segment(p.fds[0], size, access::read_write);
        if (m.data()[1] != std::byte{11}) return 3;
        m.data()[2] = std::byte{22};
        return ::ftruncate(p.fds[0].get(), 0) == 0 ? 4 : 0;
    });
    EXPECT_EQ(child.exit_code, 0);
    EXPECT_EQ(s.memory.data()[2], std::byte{22});
}

TEST(shared_memory_test, memory_of_a_process_that_died_stays_with_whoever_has_it) {
    segment s = create_segment(size, true);
    const auto child = support::child::run([&] {
        s.memory.data()[0] = std::byte{5};  // a copy of the creator's mapping
        ::raise(SIGKILL);
        return 0;
    });
    EXPECT_EQ(child.signal, SIGKILL);
    EXPECT_EQ(s.memory.data()[0], std::byte{5});
}

}  // namespace
