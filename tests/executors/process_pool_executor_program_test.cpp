// Programs that are their own workers, however they are linked and whatever becomes of their files.
#include "support/census.hpp"
#include "support/child.hpp"
#include "support/confined.hpp"
#include "support/sanitized.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

namespace fs = std::filesystem;

fs::path program(const std::string& name) { return fs::path(POOL_PROGRAMS) / name; }

void expect_answer(const support::child::outcome& child, const std::string& answer) {
    EXPECT_EQ(child.exit_code.value_or(-1), 0) << child.out << child.err;
    EXPECT_EQ(child.out, answer + "\n") << child.err;
    EXPECT_TRUE(support::until([] { return support::all_below(::getpid()).empty(); })) << "something is left";
}
void expect_answer(const std::vector<std::string>& command, const std::string& answer) {
    expect_answer(support::child::run_program(command), answer);
}

// A folder for copies of programs, which goes with all that is in it.
struct folder {
    folder() {
        std::string name = fs::path(testing::TempDir()) / "concur_programs_XXXXXX";
        path = ::mkdtemp(name.data());
    }
    ~folder() { fs::remove_all(path); }
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;

    fs::path copy(const std::string& name) const {
        fs::copy_file(program(name), path / name);
        return path / name;
    }
    fs::path path;
};

// A program on a machine that lacks something; none where that cannot be had, and the test is skipped.
std::optional<support::child::outcome> run_where(const std::function<bool()>& confined, const fs::path& self,
                                                 std::vector<std::string> words) {
    constexpr int no_right = 77;
    words.insert(words.begin(), self);
    const auto child = support::child::run([&] {
        if (!confined()) return no_right;
        std::vector<char*> argv;
        for (std::string& word : words) argv.push_back(word.data());
        argv.push_back(nullptr);
        return ::execv(self.c_str(), argv.data());
    });
    if (child.exit_code != no_right) return child;
    [] { GTEST_SKIP() << support::confined::reason; }();
    return std::nullopt;
}

}  // namespace

TEST(process_pool_executor_program_test, a_program_is_its_own_worker_without_a_word_in_main) {
    expect_answer({program("pool_plain")}, "42");
}

TEST(process_pool_executor_program_test, a_pool_that_is_used_before_main_is_refused_and_told_why) {
    for (const char* name : {"pool_plain", "pool_static"}) {
        if (!fs::exists(program(name))) continue;
        const auto child = support::child::run([&] {
            ::setenv("USES_A_POOL_EARLY", "1", 1);
            return ::execl(program(name).c_str(), name, "early", nullptr);
        });
        EXPECT_EQ(child.signal.value_or(0), SIGABRT) << child.out;
        EXPECT_THAT(child.err, testing::HasSubstr("a pool is used before main()"));
    }
}

TEST(process_pool_executor_program_test, a_program_without_a_build_id_is_told_by_its_code) {
    expect_answer({program("pool_nameless")}, "42");
}

TEST(process_pool_executor_program_test, a_program_linked_in_other_ways_is_its_own_worker_too) {
    for (const char* name : {"pool_static", "pool_fixed"})
        if (fs::exists(program(name))) expect_answer({program(name)}, "42");
}

TEST(process_pool_executor_program_test, a_program_whose_file_was_replaced_goes_on_with_what_it_was) {
    for (const char* when : {"replaced", "replaced_later"}) {
        const folder place;
        expect_answer({place.copy("pool_plain"), when}, "42");
    }
}

TEST(process_pool_executor_program_test, a_lambda_of_a_library_that_was_loaded_later_travels) {
    expect_answer({program("pool_plain"), "plugin", program("pool_plugin.so")}, "42");
}

// --- without /proc ------------------------------------------------------------------------------------

TEST(process_pool_executor_program_test, without_proc_a_program_is_found_by_the_path_that_started_it) {
    if (support::is_sanitized()) GTEST_SKIP() << "a sanitizer reads /proc when it starts";
    for (const char* how : {"pool", "spawned", "forked"})
        if (const auto child = run_where(support::confined::without_proc, program("pool_plain"), {how}))
            expect_answer(*child, "42");
}

TEST(process_pool_executor_program_test, without_proc_another_build_in_the_programs_place_is_found_out) {
    if (support::is_sanitized()) GTEST_SKIP() << "a sanitizer reads /proc when it starts";
    const folder place;
    const fs::path other = place.copy("pool_nameless"), self = place.copy("pool_plain");
    const auto child = run_where(support::confined::without_proc, self, {"other_build", other});
    if (!child) return;
    EXPECT_EQ(child->exit_code.value_or(-1), 1) << child->err;
    EXPECT_THAT(child->out, testing::HasSubstr("another build")) << child->err;
}

TEST(process_pool_executor_program_test, in_a_folder_with_nothing_else_a_program_forks_or_says_what_it_lacks) {
    if (!fs::exists(program("pool_static"))) GTEST_SKIP() << "no static program in this build";
    const folder place;
    place.copy("pool_static");
    const auto in_it = [&] { return support::confined::in_folder(place.path); };
    const auto run = [&](const std::string& self, const char* how) { return run_where(in_it, self, {how}); };
    const auto expect_text = [](const support::child::outcome& child, const char* mend) {
        EXPECT_EQ(child.exit_code.value_or(-1), 1) << child.err;
        EXPECT_THAT(child.out, testing::HasSubstr(mend));
    };
    const auto first = run("/pool_static", "pool");
    if (!first) return;
    expect_text(*first, "there is no /dev/null: make it");
    expect_answer(*run("/pool_static", "forked"), "42");
    fs::create_directory(place.path / "dev");
    std::ofstream(place.path / "dev" / "null").flush();  // any file will do
    for (const char* how : {"pool", "spawned", "forked"}) expect_answer(*run("/pool_static", how), "42");
    expect_text(*run("./pool_static", "pool"), "mount /proc, or use start_method::fork");
    expect_answer(*run("./pool_static", "forked"), "42");
}
