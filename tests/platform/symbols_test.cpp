#include "concur/platform/symbols.hpp"

#include <array>
#include <elf.h>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iterator>
#include <link.h>
#include <random>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace shelf {
[[gnu::noinline]] int number_of(int a) {
    asm volatile("");
    return a + 1;
}
}  // namespace shelf

namespace {

using namespace concur::platform;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string plugin = TEST_PLUGINS "/plugin_1.so";

code_place place_of(const void* address) {
    code_place found;
    EXPECT_TRUE(find_code(address, found));
    return found;
}

std::vector<std::string> symbols(const std::string& path, std::vector<std::uint64_t> offsets,
                                 const image_id& image = {}) {
    return symbols_at(path, image, offsets);
}

// A file in memory.
struct file {
    ~file() { ::close(fd); }
    void write(const std::string& text) const {
        EXPECT_EQ(::ftruncate(fd, 0), 0);
        EXPECT_EQ(::pwrite(fd, text.data(), text.size(), 0), std::ssize(text));
    }

    int fd = ::memfd_create("symbols", MFD_CLOEXEC);
    std::string path = "/proc/self/fd/" + std::to_string(fd);
};

std::string bytes_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(symbols_test, a_function_is_found_at_its_begin_and_inside_it) {
    const auto place = place_of(reinterpret_cast<const void*>(&shelf::number_of));
    EXPECT_THAT(symbols("/proc/self/exe", {place.offset, place.offset + 1}, place.image),
                ElementsAre("_ZN5shelf9number_ofEi", "_ZN5shelf9number_ofEi"));
}

TEST(symbols_test, where_no_function_is_there_is_no_name) {
    EXPECT_THAT(symbols("/proc/self/exe", {0, ~std::uint64_t{0}}, program_id()), ElementsAre("", ""));
    EXPECT_THAT(symbols("/proc/self/exe", {}, program_id()), ElementsAre());
}

TEST(symbols_test, a_file_with_another_build_id_is_not_believed) {
    const auto place = place_of(reinterpret_cast<const void*>(&shelf::number_of));
    EXPECT_THAT(symbols(plugin, {place.offset}), ElementsAre(""));
}

TEST(symbols_test, names_read_as_in_the_source) {
    EXPECT_EQ(readable_symbol("_ZN5shelf9number_ofEi"), "shelf::number_of(int)");
    EXPECT_EQ(readable_symbol("_ZN5shelf9number_ofEi.cold"), "shelf::number_of(int)");
    EXPECT_EQ(readable_symbol("i"), "i") << "a function of C, not the type int";
    EXPECT_EQ(readable_symbol("qsort"), "qsort");
    EXPECT_EQ(readable_symbol("_Znonsense"), "_Znonsense");
    EXPECT_EQ(readable_symbol(""), "");
    EXPECT_LT(readable_symbol(std::string(10'000, 'x')).size(), 500u);
}

TEST(symbols_test, what_is_no_such_file_has_no_symbols) {
    const file odd;
    for (const char* text : {"", "\x7f",
                             "\x7f"
                             "ELF",
                             "#!/bin/sh\n"}) {
        odd.write(text);
        EXPECT_THAT(symbols(odd.path, {16}), ElementsAre("")) << text;
    }
    for (const char* path : {"/nowhere/at_all", "/", "/dev/zero", "/proc/self/status", ""})
        EXPECT_THAT(symbols(path, {16}), ElementsAre("")) << path;
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);  // to read from it would be to wait
    EXPECT_THAT(symbols("/proc/self/fd/" + std::to_string(ends[0]), {16}), ElementsAre(""));
    ::close(ends[0]);
    ::close(ends[1]);
}

std::vector<std::uint64_t> many_offsets() {
    std::vector<std::uint64_t> offsets;
    for (std::uint64_t o = 0; o < 0x3000; o += 0x100) offsets.push_back(o);
    return offsets;
}

TEST(symbols_test, a_file_that_ends_anywhere_does_no_harm) {
    const std::string whole = bytes_of(TEST_PLUGINS "/plugin_nameless_1.so");
    const file cut;
    for (std::size_t size = 0; size < whole.size(); size += size < 200 ? 1 : 97) {
        cut.write(whole.substr(0, size));
        EXPECT_EQ(symbols(cut.path, many_offsets()).size(), many_offsets().size());
    }
}

TEST(symbols_test, a_file_of_which_bytes_were_changed_does_no_harm) {
    const std::string whole = bytes_of(TEST_PLUGINS "/plugin_nameless_1.so");
    ElfW(Ehdr) header;
    whole.copy(reinterpret_cast<char*>(&header), sizeof header);
    const file changed;
    std::mt19937 random(7);
    for (int i = 0; i < 500; ++i) {
        std::string bytes = whole;
        for (int k = 0; k < 1 + i % 8; ++k) {
            // The header and the table of sections hold what is dangerous.
            const std::size_t at =
                i % 2 == 0 ? random() % sizeof header : header.e_shoff + random() % (whole.size() - header.e_shoff);
            bytes[at] = static_cast<char>(i % 3 == 0 ? 0xff : random());
        }
        changed.write(bytes);
        for (const auto& name : symbols(changed.path, many_offsets())) EXPECT_LT(name.size(), std::size_t{1} << 14);
    }
}

}  // namespace
