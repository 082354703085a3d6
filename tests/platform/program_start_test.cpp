#include "concur/platform/program_start.hpp"

#include "support/child.hpp"

#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace {

using support::child::outcome;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> paths_of(const char* names) {
    std::vector<std::string> paths;
    std::istringstream words(names);
    for (std::string name; words >> name;) paths.push_back(START_PROGRAMS "/" + name);
    return paths;
}
std::vector<std::string> hooked_programs() { return paths_of(HOOKED_PROGRAMS); }
std::vector<std::string> other_programs() { return paths_of(OTHER_PROGRAMS); }

outcome with_role(const char* role, const std::string& program) {
    return support::child::run_program({"env", std::string("CONCUR_ROLE=") + role, program});
}

TEST(program_start_test, without_a_role_main_runs_and_knows_that_it_could_be_a_worker) {
    for (const auto& program : hooked_programs()) {
        const outcome o = support::child::run_program({program});
        EXPECT_EQ(o.exit_code, 0) << program << o.err;
        EXPECT_EQ(o.out, "main; hooked: yes; has: no; role: none; has: no; variable: none\ndestroyed\n") << program;
    }
}

TEST(program_start_test, with_a_role_the_role_runs_after_all_initialisation_and_main_does_not) {
    for (const auto& program : hooked_programs()) {
        const outcome o = with_role("worker", program);
        EXPECT_EQ(o.exit_code, 7) << program << o.err;
        EXPECT_THAT(o.out, HasSubstr("role worker; early: a text too long to lie in the string itself; "
                                     "late: another text that is too long to lie in the string; "))
            << program;
        EXPECT_THAT(o.out, Not(HasSubstr("main"))) << program;
    }
}

TEST(program_start_test, the_role_is_not_for_the_programs_that_a_worker_starts) {
    for (const auto& program : hooked_programs())
        EXPECT_THAT(with_role("worker", program).out, HasSubstr("; variable: none; role: none\n")) << program;
}

TEST(program_start_test, when_the_role_ends_static_objects_are_destroyed) {
    for (const auto& program : hooked_programs())
        EXPECT_THAT(with_role("worker", program).out, testing::EndsWith("destroyed\n")) << program;
}

TEST(program_start_test, where_main_is_not_hooked_it_runs_and_can_take_the_role) {
    for (const auto& program : other_programs()) {
        const outcome o = with_role("server", program);
        EXPECT_EQ(o.exit_code, 0) << program << o.err;
        EXPECT_EQ(o.out, "main; hooked: no; has: yes; role: server; has: no; variable: none\n") << program;
    }
}

TEST(program_start_test, a_program_with_more_rights_than_its_caller_takes_no_orders_from_the_environment) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can make such a program for another user";
    char folder[] = "/tmp/concur_start_XXXXXX";
    ASSERT_NE(::mkdtemp(folder), nullptr);
    ::chmod(folder, 0755);
    const std::string program = std::string(folder) + "/program";
    std::filesystem::copy_file(START_PROGRAMS "/start_with_archive", program);
    ::chmod(program.c_str(), 04755);
    const outcome o = support::child::run([&program]() -> int {
        ::setenv("CONCUR_ROLE", "worker", 1);
        if (::setresuid(65534, 65534, 65534) != 0) return 2;
        ::execl(program.c_str(), program.c_str(), nullptr);
        return 3;
    });
    std::filesystem::remove_all(folder);
    if (o.exit_code == 7) GTEST_SKIP() << "nobody gets more rights from files in /tmp";
    EXPECT_EQ(o.exit_code, 126);
    EXPECT_EQ(o.out, "");
    EXPECT_THAT(o.err, HasSubstr("more rights than its caller"));
}

}  // namespace
