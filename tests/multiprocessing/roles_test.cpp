#include "concur/multiprocessing/roles.hpp"

#include "concur/platform/child_process.hpp"
#include "concur/platform/program_start.hpp"
#include "support/child.hpp"

#include <gtest/gtest.h>

namespace {

using namespace concur::multiprocessing;
namespace platform = concur::platform;

// Who looks at the list of processes sees whose they are.
TEST(roles_test, say_whose_server_or_worker_a_process_is) {
    EXPECT_EQ(server_role(17, false), "server of 17");
    EXPECT_EQ(server_role(17, true), "spawning server of 17");
    EXPECT_EQ(worker_role(4'000'000'000), "worker of 4000000000");
}

TEST(roles_test, that_nobody_knows_end_the_process_with_a_word) {
    const auto how = support::child::run([] { return platform::run_role("cook"); });
    EXPECT_EQ(how.exit_code, 71);
    EXPECT_NE(how.err.find("'cook'"), std::string::npos) << how.err;
    EXPECT_NE(how.err.find(platform::role_variable), std::string::npos) << how.err;
}

// As when somebody sets the variable by hand: there are no descriptors to work with.
TEST(roles_test, without_what_they_need_end_the_process) {
    for (const char* role : {"server of 1", "spawning server of 1", "worker of 1", "worker", "server"}) {
        const auto how = support::child::run([role] {
            platform::close_all_but({});
            return platform::run_role(role);
        });
        EXPECT_FALSE(how.timed_out) << role;
        EXPECT_TRUE(how.exit_code.has_value()) << role;
    }
}

}  // namespace
