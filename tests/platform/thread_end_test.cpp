#include "concur/platform/thread_end.hpp"

#include "concur/platform/os_thread.hpp"
#include "executors/exit_in_child.hpp"
#include "support/child.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>

namespace {

using concur::platform::thread_end;
using concur::platform::when_this_thread_ends;

struct noting : thread_end {
    noting(std::string& to, char c) : thread_end(&note), text(to), mark(c) {}
    static void note(thread_end& e) noexcept {
        auto& me = static_cast<noting&>(e);
        me.text += me.mark;
        if (me.another != nullptr) when_this_thread_ends(*std::exchange(me.another, nullptr));
    }
    std::string& text;
    char mark;
    thread_end* another = nullptr;
};

TEST(thread_end_test, what_was_left_last_comes_first_and_what_that_leaves_comes_too) {
    std::string text;
    noting a(text, 'a'), b(text, 'b'), c(text, 'c');
    c.another = &a;
    std::thread([&] {
        when_this_thread_ends(b);
        when_this_thread_ends(c);
        text += '.';
    }).join();
    EXPECT_EQ(text, ".cab");
}

TEST(thread_end_test, it_comes_after_the_objects_of_the_thread_and_while_it_has_its_block) {
    static std::string text;
    static const void* block_then = nullptr;
    struct object {
        ~object() { text += 'o'; }
    };
    struct looking : thread_end {
        looking() : thread_end(&look) {}
        static void look(thread_end&) noexcept { block_then = concur::platform::lent_block; }
    } last;
    noting a(text, 'a');
    const void* block = nullptr;
    std::thread([&] {
        when_this_thread_ends(last);
        when_this_thread_ends(a);
        block = concur::platform::thread_block();
        thread_local const object o;
        static_cast<void>(&o);
    }).join();
    EXPECT_EQ(text, "oa");
    EXPECT_EQ(block_then, block);
}

void say(std::string_view text) { [[maybe_unused]] const auto n = ::write(STDOUT_FILENO, text.data(), text.size()); }

TEST(thread_end_test, on_the_main_thread_it_comes_before_the_objects_of_the_program_are_destroyed) {
    struct object {
        ~object() { say("then an object"); }
    };
    struct speaking : thread_end {
        speaking() : thread_end([](thread_end&) noexcept { say("first the end, "); }) {}
    };
    const auto child = support::child::run([] {
        static speaking end;
        when_this_thread_ends(end);
        static const object later;
        exit_in_child::now();
        return 1;
    });
    EXPECT_EQ(child.exit_code, 0);
    EXPECT_EQ(child.out, "first the end, then an object");
}

TEST(thread_end_test, the_main_thread_is_known_to_all) {
    const auto mine = static_cast<std::uintptr_t>(pthread_self());
    std::thread([&] {
        EXPECT_EQ(concur::platform::main_thread_handle(), mine);
        EXPECT_EQ(concur::platform::main_thread_id(), ::getpid());
        EXPECT_NE(concur::platform::native_thread_id(), ::getpid());
    }).join();
    EXPECT_EQ(concur::platform::native_thread_id(), ::getpid());
}

}  // namespace
