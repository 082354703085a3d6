#include "concur/platform/cpu.hpp"

#include "support/child.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <sched.h>
#include <string>

namespace {

using concur::platform::spin_limit;
using concur::platform::usable_cpus;

cpu_set_t mask_now() {
    cpu_set_t mask;
    CPU_ZERO(&mask);
    EXPECT_EQ(::sched_getaffinity(0, sizeof mask, &mask), 0);
    return mask;
}

// The first `n` of the processors that this process may use.
cpu_set_t first_of_mask(int n) {
    const cpu_set_t all = mask_now();
    cpu_set_t some;
    CPU_ZERO(&some);
    for (std::size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&some) < n; ++cpu)
        if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, &some);
    return some;
}

std::string first_cpu() {
    const cpu_set_t one = first_of_mask(1);
    for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu)
        if (CPU_ISSET(cpu, &one)) return std::to_string(cpu);
    return "0";
}

int usable_with(const cpu_set_t& mask) {
    const auto child = support::child::run([&mask] {
        if (::sched_setaffinity(0, sizeof mask, &mask) != 0) return -1;
        return usable_cpus();
    });
    return child.exit_code.value_or(-2);
}

TEST(cpu_test, usable_cpus_is_one_at_least_and_no_more_than_the_affinity_mask_has) {
    const cpu_set_t mask = mask_now();
    EXPECT_GE(usable_cpus(), 1);
    EXPECT_LE(usable_cpus(), CPU_COUNT(&mask));
}

TEST(cpu_test, usable_cpus_follows_the_affinity_mask) {
    EXPECT_EQ(usable_with(first_of_mask(1)), 1);
    EXPECT_EQ(usable_with(mask_now()), usable_cpus());
}

TEST(cpu_test, a_thread_spins_only_where_another_can_run_meanwhile) {
    const cpu_set_t mask = mask_now();
    EXPECT_EQ(spin_limit() > 0, CPU_COUNT(&mask) > 1);
    EXPECT_EQ(spin_limit(), spin_limit());
    concur::platform::relax();
}

TEST(cpu_test, a_program_tied_to_one_processor_never_spins) {
    const std::string self = std::filesystem::read_symlink("/proc/self/exe");
    const auto tied =
        support::child::run_program({"taskset", "-c", first_cpu(), self,
                                     "--gtest_filter=cpu_test.a_thread_spins_only_where_another_can_run_meanwhile"});
    EXPECT_EQ(tied.exit_code, 0) << tied.out << tied.err;
    EXPECT_NE(tied.out.find("[  PASSED  ] 1 test"), std::string::npos) << tied.out;
}

}  // namespace
