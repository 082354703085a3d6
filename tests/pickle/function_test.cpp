#include "concur/pickle/function.hpp"

#include "concur/pickle/value.hpp"
#include "concur/platform/image.hpp"
#include "support/child.hpp"

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <stop_token>
#include <string>
#include <sys/mman.h>
#include <vector>

namespace {

using namespace concur;
using namespace concur::pickle;
using testing::HasSubstr;

template <class T>
std::vector<std::byte> bytes_of(const T& value) {
    sizer counts;
    special_codec<T>::write(counts, value);
    std::vector<std::byte> bytes(counts.size());
    writer out(bytes.data(), bytes.size());
    special_codec<T>::write(out, value);
    EXPECT_EQ(out.size(), counts.size());
    EXPECT_GE(out.size(), special_codec<T>::least);
    return bytes;
}

template <class T>
T made_of(const std::vector<std::byte>& bytes, bool trusts_code = true) {
    reader in(bytes.data(), bytes.size(), trusts_code);
    T value = special_codec<T>::read(in);
    in.expect_end();
    return value;
}

template <class T>
T sent(const T& value) {
    return made_of<T>(bytes_of(value));
}

template <class F>
std::string error_of(F fn) {
    try {
        fn();
        return {};
    } catch (const pickling_error& e) {
        return e.what();
    }
}

int twice(int x) { return 2 * x; }
int thrice(int x) noexcept { return 3 * x; }

struct base {
    virtual ~base() = default;
    virtual int drawn(int x) const { return x + 1; }
    int plain(int x) { return x + 2; }
    int field = 7;
};
struct other {
    virtual ~other() = default;
    virtual int moved(int x) { return x + 3; }
    int held(int x) { return x + offset; }
    int offset = 4;
};
struct both : base, other {
    int drawn(int x) const override { return x + 10; }
    int moved(int x) override { return x + 30; }
};

TEST(function_test, a_function_arrives_as_itself) {
    EXPECT_EQ(sent(&twice), &twice);
    EXPECT_EQ(sent(&thrice), &thrice);
    EXPECT_EQ(sent(static_cast<int (*)(const char*)>(&std::atoi))("17"), 17);  // of a shared library
    EXPECT_EQ(sent(+[](int x) { return x - 1; })(3), 2);
}

TEST(function_test, on_its_way_it_is_two_words) { EXPECT_EQ(bytes_of(&twice).size(), 16U); }

TEST(function_test, a_member_function_arrives_virtual_or_not) {
    both b;
    EXPECT_EQ((b.*sent(&base::plain))(0), 2);
    EXPECT_EQ((b.*sent(&base::drawn))(0), 10);
    const auto held = static_cast<int (both::*)(int)>(&other::held);
    const auto moved = static_cast<int (both::*)(int)>(&other::moved);
    EXPECT_TRUE(sent(held) == held);
    EXPECT_TRUE(sent(moved) == moved);
}

TEST(function_test, a_member_arrives_as_itself) { EXPECT_EQ(sent(&base::field), &base::field); }

TEST(function_test, a_null_pointer_does_not_travel) {
    int (*function)(int) = nullptr;
    int (base::*member_function)(int) = nullptr;
    int base::* member = nullptr;
    EXPECT_THAT(error_of([&] { bytes_of(function); }), HasSubstr("null"));
    EXPECT_THAT(error_of([&] { bytes_of(member_function); }), HasSubstr("null"));
    EXPECT_THAT(error_of([&] { bytes_of(member); }), HasSubstr("null"));
}

TEST(function_test, code_that_was_made_at_run_time_does_not_travel) {
    void* page = mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(page, MAP_FAILED);
    EXPECT_THAT(error_of([&] { name_code(page); }), HasSubstr("lies in no file"));
    munmap(page, 4096);
}

TEST(function_test, a_reader_that_does_not_trust_its_message_takes_no_code) {
    const auto refused = [](auto value) {
        const std::vector<std::byte> bytes = bytes_of(value);
        return error_of([&] { made_of<decltype(value)>(bytes, false); });
    };
    EXPECT_THAT(refused(&twice), HasSubstr("not trusted"));
    EXPECT_THAT(refused(&base::plain), HasSubstr("not trusted"));
    EXPECT_THAT(refused(&base::drawn), HasSubstr("not trusted"));
    EXPECT_THAT(refused(&base::field), HasSubstr("not trusted"));
    EXPECT_THAT(refused(by_value([x = 1] { return x; })), HasSubstr("not trusted"));
}

TEST(function_test, a_place_without_code_is_refused) {
    std::vector<std::byte> bytes = bytes_of(&twice);
    const std::uint64_t far = std::uint64_t{1} << 62;
    std::memcpy(bytes.data(), &far, sizeof far);
    EXPECT_THAT(error_of([&] { made_of<int (*)(int)>(bytes); }), HasSubstr("no code"));
}

TEST(function_test, a_function_of_another_build_is_refused_by_name) {
    std::vector<std::byte> bytes = bytes_of(&twice);
    bytes[8] ^= std::byte{1};
    const std::string error = error_of([&] { made_of<int (*)(int)>(bytes); });
    EXPECT_THAT(error, HasSubstr("another build"));
    EXPECT_THAT(error, HasSubstr(platform::to_string(platform::program_id())));
}

TEST(function_test, a_function_of_a_library_that_was_replaced_is_refused) {
    std::vector<std::byte> bytes = bytes_of(static_cast<int (*)(const char*)>(&std::atoi));
    bytes[8] ^= std::byte{1};
    EXPECT_NE(error_of([&] { made_of<int (*)(const char*)>(bytes); }), "");
}

TEST(function_test, bytes_that_end_early_are_refused) {
    const auto refuse_all = [](auto value) {
        const std::vector<std::byte> whole = bytes_of(value);
        for (std::size_t n = 0; n < whole.size(); ++n)
            EXPECT_THROW(made_of<decltype(value)>({whole.begin(), whole.begin() + static_cast<long>(n)}),
                         pickling_error);
    };
    refuse_all(&twice);
    refuse_all(static_cast<int (*)(const char*)>(&std::atoi));
    refuse_all(&base::plain);
    refuse_all(&base::drawn);
    refuse_all(by_value([x = 1] { return x; }));
}

TEST(function_test, a_closure_travels_by_value_when_somebody_promises_that_it_can) {
    const auto fn = sent(by_value([a = 3, b = 0.5](int x) { return a * x + b; }));
    EXPECT_EQ(fn(2), 6.5);
}

TEST(function_test, a_closure_by_value_is_called_as_the_closure_is) {
    auto counting = by_value([n = 0]() mutable { return ++n; });
    EXPECT_EQ(counting(), 1);
    EXPECT_EQ(counting(), 2);
    EXPECT_FALSE((std::is_invocable_v<const decltype(counting)&>));
    const auto moving = by_value([a = 1](std::unique_ptr<int> p) { return *p + a; });
    EXPECT_EQ(moving(std::make_unique<int>(1)), 2);
    const auto reference = by_value([a = 1](int& x) -> int& { return x += a; });
    int x = 1;
    EXPECT_EQ(&reference(x), &x);
}

TEST(function_test, a_closure_by_value_asks_for_a_stop_token_as_the_closure_does) {
    const auto asks = by_value([a = 1](std::stop_token, int x) { return x + a; });
    const auto does_not = by_value([a = 1](int x) { return x + a; });
    EXPECT_TRUE((wants_first<std::stop_token, decltype(asks)&, int>));
    EXPECT_FALSE((wants_first<std::stop_token, decltype(does_not)&, int>));
}

TEST(function_test, whatever_is_a_function_is_picklable) {
    struct functor {
        int offset;
        int operator()(int x) const { return x + offset; }
    };
    struct empty_functor {
        int operator()(int x) const { return x; }
    };
    const auto lambda = [](int x) { return x; };
    const auto closure = [a = 1](int x) { return x + a; };
    EXPECT_TRUE(picklable<decltype(&twice)>);
    EXPECT_TRUE(picklable<decltype(&base::plain)>);
    EXPECT_TRUE(picklable<functor>);
    EXPECT_TRUE(picklable<empty_functor>);
    EXPECT_TRUE(picklable<std::remove_const_t<decltype(lambda)>>);
    EXPECT_TRUE(picklable<by_value_call<std::remove_const_t<decltype(closure)>>>);
    EXPECT_FALSE(picklable<std::remove_const_t<decltype(closure)>>);
    EXPECT_FALSE(picklable<int (&)(int)>);
}

// --- in a program that is started anew ----------------------------------------------------------

constexpr const char* variable = "CONCUR_TEST_FUNCTION";

// Not a test: what the tests below have run in another process. Prints what the function gives for 17.
TEST(function_test, DISABLED_call_what_the_environment_names) {
    const std::string_view text = std::getenv(variable);
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i < text.size(); i += 2)
        bytes.push_back(static_cast<std::byte>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
    std::cout << "[" << made_of<int (*)(int)>(bytes)(17) << "]\n";
}

std::string result_elsewhere(int (*fn)(int)) {
    std::string text;
    for (const std::byte b : bytes_of(fn))
        for (const unsigned digit : {std::to_integer<unsigned>(b) >> 4, std::to_integer<unsigned>(b) & 15})
            text += "0123456789abcdef"[digit];
    setenv(variable, text.c_str(), 1);
    const auto done = support::child::run_program(
        {"/proc/self/exe", "--gtest_also_run_disabled_tests", "--gtest_filter=function_test.DISABLED_call*"});
    unsetenv(variable);
    return done.out;
}

TEST(function_test, a_function_is_called_in_a_program_that_is_started_anew) {
    EXPECT_THAT(result_elsewhere(&twice), HasSubstr("[34]"));
    EXPECT_THAT(result_elsewhere([](int x) { return x + 1; }), HasSubstr("[18]"));
}

TEST(function_test, a_function_of_a_library_is_called_where_that_was_not_loaded) {
    void* library = dlopen(TEST_PLUGIN, RTLD_NOW);
    ASSERT_NE(library, nullptr) << dlerror();
    auto* fn = reinterpret_cast<int (*)(int)>(dlsym(library, "plugin_number"));  // it looks at no argument
    ASSERT_NE(fn, nullptr);
    EXPECT_THAT(result_elsewhere(fn), HasSubstr("[1]"));
    dlclose(library);
}

}  // namespace
