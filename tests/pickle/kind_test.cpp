#include "concur/pickle/kind.hpp"

#include <any>
#include <atomic>
#include <coroutine>
#include <cstdio>
#include <fstream>
#include <functional>
#include <future>
#include <gtest/gtest.h>
#include <mutex>
#include <random>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <typeindex>
#include <vector>

namespace {

using namespace concur::pickle;

struct base {
    int x;
};
struct derived : base {
    int y;
};
struct refers_to {
    int& r;
};
union either {
    int i;
    float f;
};
class hidden {
public:
    const std::string& text() const { return text_; }

private:
    std::string text_;
};
class opaque {
public:
    int x() const { return x_; }

private:
    int x_ = 0;
};
struct hook_without_default {
    explicit hook_without_default(int);
    template <class Archive>
    friend void concur_serialize(Archive&, hook_without_default&) {}
};

TEST(kind_of, takes_private_members_that_are_trivially_copyable_as_they_are) {
    EXPECT_EQ(kind_of<opaque>(), kind::opaque);
}

// Nothing in these is constexpr: g++ cannot see what they hold, and goes by how they are made.
class text_at {
public:
    explicit text_at(const char* text);

private:
    const char* text_;
};
class node {
public:
    node(int value, node* next);

private:
    int value_;
    node* next_;
};
class writes_to {
public:
    writes_to(int n, std::string& out);

private:
    std::string& out_;
};
class calls {
public:
    explicit calls(void (*fn)(int));

private:
    void (*fn_)(int);
};
class amount {
public:
    explicit amount(long cents);

private:
    long cents_;
};
class spot {
public:
    spot(double x, double y);

private:
    double x_, y_;
};
class stamp {
public:
    stamp(std::string_view label, const std::string& more, int n);

private:
    double when_;
};
class label {
public:
    explicit label(const char* text);

private:
    char text_[16];
};
class from_anything {
public:
    template <class T>
    explicit from_anything(T&& from);

private:
    long n_;
};

TEST(kind_of, refuses_private_members_of_a_class_that_is_given_what_to_point_to) {
    EXPECT_EQ(kind_of<text_at>(), kind::refused);
    EXPECT_EQ(kind_of<node>(), kind::refused);
    EXPECT_EQ(kind_of<writes_to>(), kind::refused);
    EXPECT_EQ(kind_of<calls>(), kind::refused);
    EXPECT_EQ(reason_of<node>(), reason::handle);
}

TEST(kind_of, takes_private_members_of_a_class_that_is_given_values) {
    EXPECT_EQ(kind_of<amount>(), kind::opaque);
    EXPECT_EQ(kind_of<spot>(), kind::opaque);
    EXPECT_EQ(kind_of<stamp>(), kind::opaque);
    EXPECT_EQ(kind_of<label>(), kind::opaque) << "it has no room for a pointer";
    EXPECT_EQ(kind_of<from_anything>(), kind::opaque);
    EXPECT_EQ(kind_of<std::mt19937>(), kind::opaque);
    EXPECT_EQ(kind_of<std::normal_distribution<>>(), kind::opaque);
}

// Its elements are in the object itself.
class short_text {
public:
    constexpr short_text() = default;
    const char* data() const { return text_; }
    std::size_t size() const { return static_cast<std::size_t>(size_); }
    const char* begin() const { return text_; }

private:
    char text_[15] = {};
    char size_ = 0;
};

class tagged {
public:
    constexpr explicit tagged(int n) : n_(n) {}
    const int& operator*() const { return n_; }
    const int& get() const { return n_; }

private:
    int n_;
};

TEST(kind_of, does_not_take_a_class_without_pointers_for_a_view_or_an_iterator) {
    EXPECT_EQ(kind_of<short_text>(), kind::opaque);
    EXPECT_EQ(kind_of<tagged>(), kind::opaque);
}

TEST(kind_of, a_lambda_without_captures_is_nothing) {
    EXPECT_EQ((kind_of<decltype([](int x) { return x; })>()), kind::nothing);
    EXPECT_EQ((kind_of<decltype([](auto x) { return x; })>()), kind::nothing);
}

TEST(reason_of, names_what_leads_out_of_the_process) {
    EXPECT_EQ(reason_of<int*>(), reason::pointer);
    EXPECT_EQ(reason_of<std::FILE*>(), reason::pointer);
    EXPECT_EQ(reason_of<int&>(), reason::reference);
    EXPECT_EQ(reason_of<std::reference_wrapper<int>>(), reason::reference);
    EXPECT_EQ(reason_of<std::string_view>(), reason::view);
    EXPECT_EQ(reason_of<std::span<int>>(), reason::view);
    EXPECT_EQ(reason_of<std::initializer_list<int>>(), reason::view);
    EXPECT_EQ(reason_of<std::weak_ptr<int>>(), reason::weak);
    EXPECT_EQ(reason_of<std::unique_ptr<int[]>>(), reason::unowned);
    EXPECT_EQ(reason_of<std::shared_ptr<void>>(), reason::unowned);
    EXPECT_EQ((reason_of<std::unique_ptr<int, void (*)(int*)>>()), reason::unowned);
    EXPECT_EQ(reason_of<std::vector<int>::iterator>(), reason::handle);
    EXPECT_EQ(reason_of<std::coroutine_handle<>>(), reason::handle);
    EXPECT_EQ(reason_of<std::type_index>(), reason::handle);
    EXPECT_EQ(reason_of<std::source_location>(), reason::handle);
}

TEST(reason_of, names_what_belongs_to_the_process) {
    EXPECT_EQ(reason_of<std::future<int>>(), reason::future);
    EXPECT_EQ(reason_of<std::shared_future<int>>(), reason::future);
    EXPECT_EQ(reason_of<std::promise<int>>(), reason::future);
    EXPECT_EQ(reason_of<concur::future<int>>(), reason::future);
    EXPECT_EQ(reason_of<std::ofstream>(), reason::stream);
    EXPECT_EQ(reason_of<std::mutex>(), reason::immovable);
    EXPECT_EQ(reason_of<std::atomic<int>>(), reason::immovable);
    EXPECT_EQ(reason_of<std::thread>(), reason::handle);
    EXPECT_EQ(reason_of<std::thread::id>(), reason::handle);
    EXPECT_EQ(reason_of<std::stop_token>(), reason::handle);
}

TEST(reason_of, names_what_hides_what_it_holds) {
    int number = 1;
    std::string text;
    const auto trivial = [number] { return number; };
    const auto refers = [&number] { return number; };
    const auto owns = [text](std::function<void()>) { return text; };
    EXPECT_EQ(reason_of<std::remove_const_t<decltype(trivial)>>(), reason::closure);
    EXPECT_EQ(reason_of<std::remove_const_t<decltype(refers)>>(), reason::closure);
    EXPECT_EQ(reason_of<std::remove_const_t<decltype(owns)>>(), reason::closure);
    EXPECT_EQ(reason_of<std::function<void()>>(), reason::function);
    EXPECT_EQ((reason_of<decltype(std::bind<void>(std::terminate))>()), reason::handle);
    EXPECT_EQ(reason_of<std::any>(), reason::hidden);
    EXPECT_EQ(reason_of<hidden>(), reason::hidden);
    EXPECT_EQ(reason_of<either>(), reason::choice);
    EXPECT_EQ(reason_of<derived>(), reason::base);
    EXPECT_EQ(reason_of<refers_to>(), reason::members);
    EXPECT_EQ(reason_of<hook_without_default>(), reason::hook);
}

TEST(names_lambda, looks_at_the_type_itself_and_not_at_what_it_is_made_of) {
    EXPECT_TRUE(names_lambda("f()::<lambda(std::function<void()>)>", "<lambda("));
    EXPECT_FALSE(names_lambda("wrapper<f()::<lambda(int)> >", "<lambda("));
    EXPECT_FALSE(names_lambda("f()::<lambda(int)>::local", "<lambda("));
    EXPECT_TRUE(names_lambda("(lambda at /tmp/a.cpp:3:4)", "(lambda at "));
    EXPECT_FALSE(names_lambda("wrapper<(lambda at /tmp/a.cpp:3:4)>", "(lambda at "));
}

}  // namespace
