#include "concur/pickle/register_exception.hpp"

#include "concur/pickle/exception.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace concur_test {

struct sold_out : std::runtime_error {
    using runtime_error::runtime_error;
};

// Nothing in the text tells the line.
class syntax_error : public std::runtime_error {
public:
    explicit syntax_error(const std::string& what, int line = 0) : runtime_error(what), line_(line) {}
    int line() const noexcept { return line_; }

private:
    template <class Archive>
    friend void concur_serialize(Archive& ar, syntax_error& e) {
        ar(e.line_);
    }
    int line_;
};

// No std::exception, and no code for the way.
struct rejected {
    std::string by;
    std::vector<int> reasons;
};

class old_style : public std::exception {
public:
    explicit old_style(const char* text) : text_(text) {}
    const char* what() const noexcept override { return text_.c_str(); }

private:
    std::string text_;
};

struct silent : std::exception {
    const char* what() const noexcept override { return "hush"; }
};

struct last final : std::runtime_error {
    using runtime_error::runtime_error;
};

struct carrying : std::runtime_error, std::nested_exception {
    using runtime_error::runtime_error;
};
template <class Archive>
void concur_serialize(Archive&, carrying&) {}

// Its hook fails, one way or the other.
struct touchy : std::runtime_error {
    explicit touchy(const std::string& what, bool w = false) : runtime_error(what), fails_to_write(w) {}
    bool fails_to_write;
};
template <class Archive>
void concur_serialize(Archive& ar, touchy& e) {
    if (Archive::is_loading || e.fails_to_write) throw 42;
    ar(e.fails_to_write);
}

struct named : std::runtime_error {
    using runtime_error::runtime_error;
};
struct other_named : std::runtime_error {
    using runtime_error::runtime_error;
};
struct never_called : std::runtime_error {
    using runtime_error::runtime_error;
};

}  // namespace concur_test

namespace {

using namespace concur;
using namespace concur::pickle;
using namespace concur_test;

std::exception_ptr sent(const std::exception_ptr& error) { return unpack_exception(pack_exception(error)); }

template <class T>
T sent_as(const T& error) {
    try {
        std::rethrow_exception(sent(std::make_exception_ptr(error)));
    } catch (const T& e) {
        EXPECT_EQ(typeid(e), typeid(T));
        return e;
    }
}

std::string remote_type(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const remote_error& e) {
        return e.type_name();
    }
}

const bool sold_out_is_known = register_exception<sold_out>();

TEST(register_exception_test, a_type_that_has_only_its_text_arrives_as_itself) {
    EXPECT_TRUE(sold_out_is_known);
    EXPECT_STREQ(sent_as(sold_out("no apples")).what(), "no apples");
    register_exception<old_style>();
    EXPECT_STREQ(sent_as(old_style("a text of its own")).what(), "a text of its own");
    register_exception<last>();
    EXPECT_STREQ(sent_as(last("the end")).what(), "the end");
}

TEST(register_exception_test, a_type_that_has_not_even_that_arrives_too) {
    register_exception<silent>();
    EXPECT_STREQ(sent_as(silent()).what(), "hush");
}

TEST(register_exception_test, a_hook_brings_what_the_text_does_not_tell) {
    register_exception<syntax_error>();
    const syntax_error e = sent_as(syntax_error("a bracket is missing", 17));
    EXPECT_STREQ(e.what(), "a bracket is missing");
    EXPECT_EQ(e.line(), 17);
}

TEST(register_exception_test, a_picklable_type_arrives_with_all_its_members) {
    register_exception<rejected>();
    const rejected e = sent_as(rejected{"the clerk", {1, 2, 3}});
    EXPECT_EQ(e.by, "the clerk");
    EXPECT_EQ(e.reasons, std::vector({1, 2, 3}));
}

TEST(register_exception_test, it_may_hold_another_exception) {
    register_exception<syntax_error>();
    std::exception_ptr outer;
    try {
        try {
            throw sold_out("no apples");
        } catch (...) {
            std::throw_with_nested(syntax_error("outer", 4));
        }
    } catch (...) {
        outer = sent(sent(std::current_exception()));
    }
    try {
        std::rethrow_exception(outer);
    } catch (const syntax_error& e) {
        EXPECT_EQ(e.line(), 4);
        EXPECT_THROW(std::rethrow_if_nested(e), sold_out);
    }
}

TEST(register_exception_test, a_type_that_holds_another_by_itself_arrives_with_it) {
    register_exception<carrying>();
    std::exception_ptr outer;
    try {
        throw 42;
    } catch (...) {
        outer = sent(std::make_exception_ptr(carrying("outer")));
    }
    try {
        std::rethrow_exception(outer);
    } catch (const carrying& e) {
        EXPECT_EQ(typeid(e), typeid(carrying));
        EXPECT_THROW(e.rethrow_nested(), int);
    }
}

TEST(register_exception_test, a_derived_type_is_another_type) {
    struct derived : sold_out {
        using sold_out::sold_out;
    };
    EXPECT_NE(remote_type(sent(std::make_exception_ptr(derived("x")))), "");
}

TEST(register_exception_test, where_a_hook_fails_the_exception_arrives_as_a_remote_error) {
    register_exception<touchy>();
    EXPECT_EQ(remote_type(sent(std::make_exception_ptr(touchy("x", true)))), "concur_test::touchy");
    EXPECT_EQ(remote_type(sent(std::make_exception_ptr(touchy("x", false)))), "concur_test::touchy");
}

TEST(register_exception_test, a_name_is_used_on_the_way) {
    EXPECT_TRUE(register_exception<named>("shop/named"));
    EXPECT_NE(pack_exception(std::make_exception_ptr(named("x"))).find("shop/named"), std::string::npos);
    EXPECT_STREQ(sent_as(named("x")).what(), "x");
    register_exception<named>("shop/renamed");
    EXPECT_NE(pack_exception(std::make_exception_ptr(named("x"))).find("shop/renamed"), std::string::npos);
    register_exception<named>("shop/named");
    EXPECT_STREQ(sent_as(named("x")).what(), "x");
}

TEST(register_exception_test, a_name_belongs_to_one_type) {
    register_exception<named>("shop/mine");
    EXPECT_THROW(register_exception<other_named>("shop/mine"), std::invalid_argument);
    EXPECT_THROW(register_exception<other_named>("std::runtime_error"), std::invalid_argument);
    EXPECT_THROW(register_exception<other_named>(""), std::invalid_argument);
    EXPECT_STREQ(sent_as(other_named("x")).what(), "x");
}

void a_line_that_is_never_reached() { register_exception<never_called>(); }

TEST(register_exception_test, a_call_that_is_never_reached_is_enough) {
    static_cast<void>(&a_line_that_is_never_reached);
    EXPECT_STREQ(sent_as(never_called("x")).what(), "x");
}

TEST(register_exception_test, the_fields_of_a_type_are_read_as_carefully_as_all_else) {
    register_exception<rejected>();
    const std::string whole = pack_exception(std::make_exception_ptr(rejected{"the clerk", {1, 2, 3}}));
    for (std::size_t n = 0; n < whole.size(); ++n)
        for (const char change : {'\x01', '\x80', '\xff'}) {
            std::string bytes = whole;
            bytes[n] = static_cast<char>(bytes[n] ^ change);
            try {
                unpack_exception(bytes);
            } catch (const pickling_error&) {
            }
        }
}

}  // namespace
