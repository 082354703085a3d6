// Every name and form of call of the module threading that is no lock, as a stranger would write it.
#include <concur/threading.hpp>

#include <chrono>
#include <exception>
#include <gtest/gtest.h>
#include <stop_token>
#include <string>
#include <thread>

namespace {

using namespace std::chrono_literals;

int add(int a, int b) { return a + b; }

TEST(contract_test, threads_are_made_started_and_joined) {
    namespace threading = concur::threading;
    threading::thread t{threading::thread_options{.name = "reader", .daemon = false, .stack_size = 1U << 20U}, add, 1,
                        2};
    EXPECT_EQ(t.ident(), std::thread::id());
    t.start();
    t.join();
    EXPECT_TRUE(t.join(1s) && t.join(1s, std::stop_token()));
    EXPECT_FALSE(t.is_alive() || t.daemon());
    EXPECT_EQ(t.name(), "reader");
    EXPECT_NE(t.native_id(), threading::get_native_id());
    EXPECT_EQ(threading::current_thread().ident(), threading::get_ident());
    EXPECT_EQ(threading::main_thread(), threading::current_thread());
    EXPECT_EQ(threading::enumerate().size(), threading::active_count());
    EXPECT_EQ(threading::stack_size(), 0U);
    threading::thread stops{[](std::stop_token stop) { EXPECT_TRUE(stop.stop_possible()); }};
    stops.set_name("stops");
    stops.set_daemon(true);
    EXPECT_TRUE(stops.request_stop() && stops.get_stop_token().stop_requested());
    stops.start();
    stops.join();
    const auto before = threading::set_excepthook([](std::exception_ptr, const threading::thread&) {});
    threading::set_excepthook(before);
}

TEST(contract_test, a_timer_is_started_joined_and_cancelled) {
    using concur::threading::timer;
    timer t{1ms, add, 1, 2};
    t.set_daemon(false);
    t.start();
    t.join();
    EXPECT_TRUE(t.join(1s) && !t.is_alive() && !t.daemon());
    timer stops{1h, [](std::stop_token) {}};
    stops.start();
    EXPECT_TRUE(stops.is_alive() && stops.cancel());
    stops.detach();
}
TEST(contract_test, each_thread_has_its_own_of_a_local) {
    concur::threading::local<int> n;
    const concur::threading::local<std::string> text{[] { return std::string("mine"); }};
    *n = n.get() + 1;
    EXPECT_EQ(text->size(), 4U);
    std::thread([&] { EXPECT_EQ(*n, 0); }).join();
    EXPECT_TRUE(n.has_value());
    n.reset();
}

}  // namespace
