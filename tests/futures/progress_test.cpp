#include "concur/futures/progress.hpp"

#include "concur/executors/thread_pool_executor.hpp"
#include "concur/futures/as_completed.hpp"
#include "concur/futures/promise.hpp"
#include "support/ready.hpp"
#include "support/terminal.hpp"

#include <algorithm>
#include <chrono>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <list>
#include <memory>
#include <ranges>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace concur;
using support::terminal;

constexpr std::int64_t second = 1'000'000'000;

// As it stands on the terminal in the end: without what was drawn over.
std::string last_line(std::string drawn) {
    if (drawn.ends_with('\n')) drawn.pop_back();
    drawn = drawn.substr(drawn.rfind('\r') + 1);
    return drawn.substr(0, drawn.find('\x1b'));
}

std::string line(std::string_view description, std::size_t done, std::optional<std::size_t> total, std::int64_t elapsed,
                 std::size_t columns, bool utf8 = false) {
    return progress_line{description, done, total, elapsed, columns, utf8}.text();
}

TEST(progress_test, a_line_tells_share_count_time_and_rate) {
    EXPECT_EQ(line("rows", 25, 100, 10 * second, 60), "rows:  25%|####               | 25/100 [00:10<00:30, 2.50/s]");
    EXPECT_EQ(line("", 100, 100, 100 * second, 52), "100%|################| 100/100 [01:40<00:00, 1.00/s]");
}

TEST(progress_test, the_bar_goes_by_eighths_where_the_text_is_utf8) {
    EXPECT_EQ(line("", 1, 2, 4 * second, 44, true), " 50%|███▌   | 1/2 [00:04<00:04, 4.00 s each]");
}

TEST(progress_test, without_a_total_there_is_a_count_and_so_it_is_where_there_are_more_than_were_told) {
    EXPECT_EQ(line("rows", 25, std::nullopt, 10 * second, 60), "rows: 25 [00:10, 2.50/s]");
    EXPECT_EQ(line("", 11, 10, second, 60), "11 [00:01, 11.00/s]");
}

TEST(progress_test, times_and_rates_of_each_size_can_be_read) {
    EXPECT_EQ(line("", 0, 10, 0, 30), "  0% 0/10 [00:00<?, ?/s]");
    EXPECT_EQ(line("", 0, 0, second, 30), "100% 0/0 [00:01<00:00, ?/s]");
    EXPECT_EQ(line("", 1, 3, 7200 * second, 50), " 33%|##    | 1/3 [2:00:00<4:00:00, 7200.00 s each]");
    EXPECT_EQ(line("", 123456, std::nullopt, second, 50), "123456 [00:01, 123456/s]");
    EXPECT_EQ(line("", 500, std::nullopt, 2 * second, 50), "500 [00:02, 250.0/s]");
}

TEST(progress_test, a_line_is_never_wider_than_the_terminal_whatever_it_is_to_show) {
    const std::string evil = "\x1b[2Jnew\nline\t\xff 名前 e\xcc\x81 " + std::string(500, 'x');
    for (const std::string& name : {std::string(), std::string("rows"), evil})
        for (const bool utf8 : {false, true})
            for (std::size_t columns = 0; columns < 200; ++columns)
                for (const std::size_t done : {std::size_t{0}, std::size_t{7}, ~std::size_t{0}})
                    for (const std::optional<std::size_t> total :
                         {std::optional<std::size_t>(), {10}, {~std::size_t{0}}}) {
                        const std::string text = line(name, done, total, 12'345'678'901'234'567, columns, utf8);
                        const auto shown = static_cast<std::size_t>(std::ranges::count_if(
                            text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
                        ASSERT_LE(shown, columns) << text;
                        ASSERT_EQ(text.find_first_of("\x1b\n\r\t\xff"), std::string::npos) << text;
                    }
}

TEST(progress_test, a_loop_ends_with_all_done_and_a_line_end) {
    terminal there;
    std::vector<int> numbers{1, 2, 3};
    for (int& n : progress(numbers, {.description = "adding", .stream = there.stream()})) n += 10;
    EXPECT_EQ(numbers, (std::vector{11, 12, 13}));
    const std::string drawn = there.read();
    EXPECT_EQ(drawn.substr(0, 14), "\radding:   0%|");
    EXPECT_EQ(last_line(drawn).substr(0, 14), "adding: 100%|#");
    EXPECT_NE(last_line(drawn).find("| 3/3 [00:00<00:00, "), std::string::npos) << drawn;
    EXPECT_TRUE(drawn.ends_with("\x1b[K\n"));
    EXPECT_EQ(std::ranges::count(drawn, '\n'), 1);
}

TEST(progress_test, leaving_early_ends_the_line_where_it_was) {
    terminal there;
    for (const int n : progress(std::vector{1, 2, 3, 4}, {.stream = there.stream()}))
        if (n == 3) break;
    std::string drawn = there.read();
    EXPECT_NE(last_line(drawn).find(" 2/4 "), std::string::npos) << drawn;
    EXPECT_TRUE(drawn.ends_with('\n'));
    try {
        for (const int n : progress(std::vector{1, 2, 3, 4}, {.stream = there.stream()}))
            if (n == 2) throw std::runtime_error("oh");
    } catch (const std::runtime_error&) {
    }
    drawn = there.read();
    EXPECT_NE(last_line(drawn).find(" 1/4 "), std::string::npos) << drawn;
    EXPECT_EQ(std::ranges::count(drawn, '\n'), 1);
}

TEST(progress_test, it_draws_ten_times_a_second_at_most) {
    terminal there;
    const auto begin = std::chrono::steady_clock::now();
    long sum = 0;
    for (const int n : progress(std::views::iota(0, 3'000'000), {.stream = there.stream()})) sum += n;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    EXPECT_EQ(sum, 4'499'998'500'000);
    EXPECT_LE(static_cast<double>(std::ranges::count(there.read(), '\r')), 3 + 10 * seconds);
}

TEST(progress_test, it_follows_the_width_of_the_terminal) {
    terminal there(100);
    auto bar = progress(std::vector{1, 2}, {.stream = there.stream()});
    auto it = bar.begin();
    EXPECT_EQ(last_line(there.read()).size(), 99u);
    there.resize(50);
    for (++it; it != bar.end(); ++it) continue;
    EXPECT_EQ(last_line(there.read()).size(), 49u);
}

TEST(progress_test, elsewhere_nothing_is_drawn) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    const platform::fd from(ends[0]), to(ends[1]);
    int sum = 0;
    for (const int n : progress(std::vector{1, 2, 3}, {.stream = to.get()})) sum += n;
    for (const int n : progress(std::vector{1, 2, 3}, {.stream = -1})) sum += n;
    EXPECT_EQ(sum, 12);
    char byte;
    EXPECT_EQ(::read(from.get(), &byte, 1), -1);
    terminal there;
    ::setenv("TERM", "dumb", 1);
    for (const int n : progress(std::vector{1, 2, 3}, {.stream = there.stream()})) sum += n;
    EXPECT_EQ(there.read(), "");
    EXPECT_EQ(sum, 18);
}

TEST(progress_test, a_terminal_that_stands_still_or_goes_away_stops_nobody) {
    terminal still, gone;
    still.stop();
    int sum = 0;
    for (const int n : progress(std::vector{1, 2, 3}, {.stream = still.stream()})) sum += n;
    for (const int n : progress(std::vector{1, 2, 3}, {.stream = gone.stream()})) {
        gone.close();
        sum += n;
    }
    EXPECT_EQ(sum, 12);
}

TEST(progress_test, as_completed_tells_how_many_come) {
    terminal there;
    const promise<int> p;
    int sum = 0;
    for (auto& f : progress(as_completed(std::vector{support::ready(1), p.get_future()}), {.stream = there.stream()})) {
        sum += f.result();
        if (sum == 1) p.set_result(2);
    }
    EXPECT_EQ(sum, 3);
    EXPECT_NE(last_line(there.read()).find(" 2/2 "), std::string::npos);
}

TEST(progress_test, map_tells_how_many_come_and_what_it_throws_comes_through) {
    terminal there;
    thread_pool_executor pool{2};
    const std::vector items{1, 2, 3, 4, 5};
    int sum = 0;
    for (auto& n : progress(pool.map([](int n) { return 2 * n; }, items), {.stream = there.stream()})) sum += n;
    EXPECT_EQ(sum, 30);
    EXPECT_NE(last_line(there.read()).find(" 5/5 "), std::string::npos);
    const auto fail = [](int n) { return n == 3 ? throw std::domain_error("three") : n; };
    auto failing = progress(pool.map(fail, items), {.stream = there.stream()});
    EXPECT_THROW(for (const int n : failing) sum += n, std::domain_error);
    EXPECT_EQ(sum, 33);
}

TEST(progress_test, the_total_of_a_map_is_known_where_its_ranges_are_sized_or_have_been_read) {
    thread_pool_executor pool{1};
    const auto add = [](int a, int b) { return a + b; };
    const std::vector three{1, 2, 3};
    EXPECT_EQ(pool.map(add, three, std::list{1, 2, 3, 4}).total(), 3u);
    EXPECT_EQ(pool.map(add, three, std::views::iota(1)).total(), 3u);
    EXPECT_EQ(pool.map({.buffersize = 1}, add, three, std::list{1, 2}).total(), 2u);
    EXPECT_EQ(pool.map({.buffersize = 1}, add, three, std::views::iota(1)).total(), std::nullopt);
}

TEST(progress_test, a_total_that_is_given_is_taken_and_without_any_it_counts) {
    terminal there;
    auto odd = std::views::iota(0, 10) | std::views::filter([](int n) { return n % 2 == 1; });
    int sum = 0;
    for (const int n : progress(odd, {.stream = there.stream()})) sum += n;
    EXPECT_EQ(last_line(there.read()).substr(0, 3), "5 [");
    for (const int n : progress(odd, {.total = 5, .stream = there.stream()})) sum += n;
    EXPECT_NE(last_line(there.read()).find(" 5/5 "), std::string::npos);
    EXPECT_EQ(sum, 50);
}

TEST(progress_test, what_only_moves_comes_through_and_it_is_a_range_itself) {
    std::vector<std::unique_ptr<int>> pointers;
    pointers.push_back(std::make_unique<int>(4));
    std::unique_ptr<int> kept;
    for (auto& p : progress(pointers, {.stream = -1})) kept = std::move(p);
    EXPECT_EQ(*kept, 4);
    using range = decltype(progress(std::vector<int>()));
    EXPECT_TRUE(std::ranges::input_range<range>);
    int sum = 0;
    for (const int n :
         progress(std::vector{1, 2}, {.stream = -1}) | std::views::transform([](int i) { return 10 * i; }))
        sum += n;
    EXPECT_EQ(sum, 30);
}

}  // namespace
