// Programs that are their own workers, however they are linked and whatever becomes of their files.
#include "support/child.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;

fs::path program(const std::string& name) { return fs::path(POOL_PROGRAMS) / name; }

void expect_answer(const std::vector<std::string>& command, const std::string& answer) {
    const auto child = support::child::run_program(command);
    EXPECT_EQ(child.exit_code.value_or(-1), 0) << child.out << child.err;
    EXPECT_EQ(child.out, answer + "\n") << child.err;
}

}  // namespace

TEST(process_pool_executor_program_test, a_program_is_its_own_worker_without_a_word_in_main) {
    expect_answer({program("pool_plain")}, "42");
}

TEST(process_pool_executor_program_test, a_program_without_a_build_id_is_told_by_its_code) {
    expect_answer({program("pool_nameless")}, "42");
}

TEST(process_pool_executor_program_test, a_program_linked_in_other_ways_is_its_own_worker_too) {
    for (const char* name : {"pool_static", "pool_fixed"})
        if (fs::exists(program(name))) expect_answer({program(name)}, "42");
}

TEST(process_pool_executor_program_test, a_program_whose_file_was_replaced_goes_on_with_what_it_was) {
    const fs::path copy = fs::temp_directory_path() / ("concur_replaced_" + std::to_string(::getpid()));
    fs::copy_file(program("pool_plain"), copy, fs::copy_options::overwrite_existing);
    expect_answer({copy, "replaced"}, "42");
    fs::remove(copy);
}

TEST(process_pool_executor_program_test, a_lambda_of_a_library_that_was_loaded_later_travels) {
    expect_answer({program("pool_plain"), "plugin", program("pool_plugin.so")}, "42");
}
