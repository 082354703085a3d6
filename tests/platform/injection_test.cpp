#include "concur/platform/injection.hpp"

#include "concur/platform/os_thread.hpp"
#include "support/injected.hpp"

#include <cerrno>
#include <gtest/gtest.h>
#include <system_error>

namespace {

using namespace concur::platform;

TEST(injection_test, nothing_fails_at_first) { EXPECT_EQ(injected_error(system_call::mmap), 0); }

TEST(injection_test, the_injector_decides_until_it_is_taken_away) {
    set_injector([](system_call what) noexcept { return what == system_call::fork ? EAGAIN : 0; });
    EXPECT_EQ(injected_error(system_call::fork), EAGAIN);
    EXPECT_EQ(injected_error(system_call::mmap), 0);
    set_injector(nullptr);
    EXPECT_EQ(injected_error(system_call::fork), 0);
}

TEST(injection_test, a_thread_can_be_refused) {
    const support::injected refusal(system_call::thread, EAGAIN);
    EXPECT_THROW(os_thread::start([](void*) noexcept {}, nullptr), std::system_error);
}

}  // namespace
