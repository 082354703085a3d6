#include "concur/platform/image.hpp"

#include "support/child.hpp"
#include "support/gate.hpp"

#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace concur::platform;
using testing::HasSubstr;

[[gnu::noinline]] int some_function() { return 42; }
const void* code_of_this() { return reinterpret_cast<const void*>(&some_function); }

std::string plugin(const char* name) {
    return std::filesystem::canonical(TEST_PLUGINS "/" + std::string(name) + ".so");
}

struct loaded_plugin {
    explicit loaded_plugin(const std::string& path) : handle(dlopen(path.c_str(), RTLD_NOW)) {
        EXPECT_NE(handle, nullptr) << dlerror();
        if (handle != nullptr) code = dlsym(handle, "plugin_number");
    }
    ~loaded_plugin() {
        if (handle != nullptr) dlclose(handle);
    }
    loaded_plugin(const loaded_plugin&) = delete;
    loaded_plugin& operator=(const loaded_plugin&) = delete;

    code_place place() const {
        code_place found;
        EXPECT_TRUE(find_code(code, found));
        return found;
    }

    void* handle;
    void* code = nullptr;
};

// Where the plugin's function lies, as a process that has unloaded it again knows it.
code_place place_in(const char* name) { return loaded_plugin(plugin(name)).place(); }

int call(void* code) { return reinterpret_cast<int (*)()>(code)(); }

// What find_address says that it cannot do; empty where it can.
std::string error_of(const image_id& image, std::uint64_t offset, const std::string& path) {
    try {
        find_address(image, offset, path);
        return {};
    } catch (const std::runtime_error& e) {
        return e.what();
    }
}

TEST(image_test, code_of_the_program_is_found_in_the_program) {
    code_place found;
    ASSERT_TRUE(find_code(code_of_this(), found));
    EXPECT_TRUE(found.in_program);
    EXPECT_EQ(found.image, program_id());
    EXPECT_STREQ(found.path, "");
    EXPECT_EQ(find_address(found.image, found.offset, found.path), code_of_this());
}

TEST(image_test, code_of_a_library_is_found_there_by_its_path) {
    const loaded_plugin p(plugin("plugin_1"));
    const code_place found = p.place();
    EXPECT_FALSE(found.in_program);
    EXPECT_NE(found.image, program_id());
    EXPECT_EQ(found.path, plugin("plugin_1"));
    EXPECT_EQ(find_address(found.image, found.offset, found.path), p.code);
}

TEST(image_test, what_is_no_code_is_not_found) {
    static int data = 0;
    const int local = 0;
    const auto heap = std::make_unique<int>(0);
    code_place found;
    EXPECT_FALSE(find_code(nullptr, found));
    EXPECT_FALSE(find_code(&data, found));
    EXPECT_FALSE(find_code(&local, found));
    EXPECT_FALSE(find_code(heap.get(), found));
    EXPECT_FALSE(find_code(reinterpret_cast<const void*>(~std::uintptr_t{0}), found));
}

TEST(image_test, an_id_is_the_build_id_that_the_linker_wrote) {
    const auto readelf = support::child::run_program({"readelf", "-nW", plugin("plugin_1")});
    ASSERT_EQ(readelf.exit_code, 0) << readelf.err;
    EXPECT_THAT(readelf.out, HasSubstr("Build ID: " + to_string(place_in("plugin_1").image)));
}

TEST(image_test, an_image_without_a_build_id_is_known_by_its_code) {
    const auto readelf = support::child::run_program({"readelf", "-nW", plugin("plugin_nameless_1")});
    EXPECT_THAT(readelf.out, testing::Not(HasSubstr("Build ID")));
    const code_place first = place_in("plugin_nameless_1");
    EXPECT_NE(first.image, image_id{});
    EXPECT_EQ(place_in("plugin_nameless_1").image, first.image);
    EXPECT_NE(place_in("plugin_nameless_2").image, first.image);
    const auto child = support::child::run([&first] {
        const std::string padding(1 << 20, 'x');  // the library lies elsewhere there
        return place_in("plugin_nameless_1").image == first.image ? 0 : 1;
    });
    EXPECT_EQ(child.exit_code, 0);
}

TEST(image_test, an_id_is_written_in_hexadecimal) {
    image_id id;
    id.bytes[0] = std::byte{0xa0};
    id.bytes[19] = std::byte{0x0f};
    EXPECT_EQ(to_string(id), "a00000000000000000000000000000000000000f");
}

TEST(image_test, a_library_that_is_not_there_yet_is_loaded_and_stays) {
    for (const char* name : {"plugin_1", "plugin_nameless_1"}) {
        const code_place known = place_in(name);
        const auto child = support::child::run([&known, name] {
            void* const code = find_address(known.image, known.offset, plugin(name));
            return call(code) == 1 && find_address(known.image, known.offset, "") == code ? 0 : 1;
        });
        EXPECT_EQ(child.exit_code, 0) << child.err;
    }
}

TEST(image_test, a_file_with_another_id_is_refused_and_not_kept) {
    const code_place known = place_in("plugin_1");
    const std::string error = error_of(known.image, known.offset, plugin("plugin_2"));
    EXPECT_THAT(error, HasSubstr(plugin("plugin_2")));
    EXPECT_THAT(error, HasSubstr(to_string(known.image)));
    EXPECT_THAT(error, HasSubstr(to_string(place_in("plugin_2").image)));
    EXPECT_THAT(error, HasSubstr("Build both from the same sources, and restart the program"));
    EXPECT_EQ(dlopen(plugin("plugin_2").c_str(), RTLD_NOW | RTLD_NOLOAD), nullptr);
}

TEST(image_test, an_image_that_is_nowhere_is_refused_with_both_ids) {
    image_id strange;
    strange.bytes[3] = std::byte{7};
    const std::string error = error_of(strange, 0, "");
    EXPECT_THAT(error, HasSubstr(to_string(strange)));
    EXPECT_THAT(error, HasSubstr(to_string(program_id())));
    EXPECT_THAT(error, HasSubstr("Build both from the same sources, and restart the program"));
}

TEST(image_test, a_file_that_cannot_be_loaded_is_named) {
    image_id strange;
    EXPECT_THAT(error_of(strange, 0, "/nowhere/at_all.so"), HasSubstr("/nowhere/at_all.so"));
    EXPECT_THAT(error_of(strange, 0, "/proc/self/status"), HasSubstr("/proc/self/status"));
}

TEST(image_test, an_offset_outside_the_code_is_refused) {
    static int data = 0;
    code_place here;
    ASSERT_TRUE(find_code(code_of_this(), here));
    const auto base = reinterpret_cast<std::uintptr_t>(code_of_this()) - here.offset;
    for (const std::uint64_t offset : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{1} << 62,
                                       std::uint64_t{reinterpret_cast<std::uintptr_t>(&data) - base}})
        EXPECT_THAT(error_of(here.image, offset, ""), HasSubstr(to_string(here.image))) << offset;
}

TEST(image_test, what_was_unloaded_is_not_found_and_what_came_after_it_is) {
    for (int round = 0; round < 20; ++round) {
        const void* gone = nullptr;
        image_id first;
        {
            const loaded_plugin p(plugin("plugin_1"));
            first = p.place().image;
            gone = p.code;
        }
        code_place found;
        EXPECT_FALSE(find_code(gone, found));
        const loaded_plugin q(plugin(round % 2 == 0 ? "plugin_2" : "plugin_nameless_2"));  // often where the other was
        EXPECT_NE(q.place().image, first);
    }
}

TEST(image_test, a_library_that_was_loaded_by_a_relative_path_has_an_absolute_one) {
    const auto child = support::child::run([] {
        if (::chdir(TEST_PLUGINS) != 0) return 2;
        const loaded_plugin p("./plugin_1.so");
        if (::chdir("/") != 0) return 3;
        return p.place().path == plugin("plugin_1") ? 0 : 1;
    });
    EXPECT_EQ(child.exit_code, 0) << child.out << child.err;
}

TEST(image_test, of_two_copies_of_a_library_the_one_from_that_path_is_meant) {
    const auto child = support::child::run([] {
        std::string copy = "/tmp/concur_image_XXXXXX";
        if (const int fd = ::mkstemp(copy.data()); fd >= 0) ::close(fd);
        if (support::child::run_program({"cp", plugin("plugin_1"), copy}).exit_code != 0) return 2;
        const loaded_plugin one(plugin("plugin_1")), two(copy);
        ::unlink(copy.c_str());
        const code_place place = one.place();
        if (two.place().image != place.image || one.code == two.code) return 3;
        const bool right = find_address(place.image, place.offset, plugin("plugin_1")) == one.code &&
                           find_address(place.image, place.offset, copy) == two.code;
        return right ? 0 : 1;
    });
    EXPECT_EQ(child.exit_code, 0) << child.err;
}

TEST(image_test, the_ranges_lie_in_order_and_the_program_is_one_of_them) {
    std::vector<code_range> ranges;
    const auto take = [](const code_range& range, void* to) {
        static_cast<std::vector<code_range>*>(to)->push_back(range);
    };
    each_code_range(take, &ranges);
    bool program = false;
    std::uintptr_t last = 0;
    for (const auto& range : ranges) {
        EXPECT_LE(last, range.begin);
        EXPECT_LT(range.begin, range.end);
        last = range.end;
        const auto here = reinterpret_cast<std::uintptr_t>(code_of_this());
        program = program || (range.in_program && range.begin <= here && here < range.end);
    }
    EXPECT_TRUE(program);
}

TEST(image_test, threads_may_ask_while_libraries_come_and_go) {
    support::gate done;
    std::vector<std::thread> asking;
    for (int i = 0; i < 3; ++i)
        asking.emplace_back([&] {
            code_place found;
            while (!done.is_open())
                if (!find_code(code_of_this(), found) || !found.in_program) std::abort();
        });
    for (int i = 0; i < 200; ++i) EXPECT_FALSE(place_in(i % 2 == 0 ? "plugin_1" : "plugin_2").in_program);
    done.open();
    for (auto& t : asking) t.join();
}

TEST(image_test, a_child_of_a_fork_can_ask_whatever_other_threads_did) {
    support::gate done;
    std::thread busy([&] {
        code_place found;
        while (!done.is_open()) find_code(code_of_this(), found);
    });
    for (int i = 0; i < 20; ++i) {
        const auto child = support::child::run([] {
            code_place found;
            return find_code(code_of_this(), found) ? 0 : 1;
        });
        EXPECT_EQ(child.exit_code, 0);
    }
    done.open();
    busy.join();
}

}  // namespace
