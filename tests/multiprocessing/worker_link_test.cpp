#include "concur/multiprocessing/worker_link.hpp"

#include "concur/futures/remote_call.hpp"
#include "multiprocessing/linked.hpp"
#include "support/child.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using namespace concur::multiprocessing;
using concur::remote_call;
using concur::remote_task;
namespace platform = concur::platform;

int add(int a, int b) { return a + b; }

using worker_link_test = support::linked;

TEST_F(worker_link_test, gives_a_worker_tasks_and_reads_its_answers) {
    start();
    send(add, 1, 2);
    EXPECT_EQ(value<int>(), 3);
    send([](std::string s) { return s + s; }, std::string(100'000, 'x'));
    EXPECT_EQ(value<std::string>(), std::string(200'000, 'x'));
}

TEST_F(worker_link_test, tells_the_worker_what_it_is_to_be) {
    const worker_link limited(8, {.memory = 1 << 20, .files = 20});
    EXPECT_EQ(limited.shared->settings.memory, 1 << 20);
    EXPECT_EQ(limited.shared->settings.files, 20);
}

TEST_F(worker_link_test, notes_where_each_of_its_tasks_is) {
    auto& first = send(add, 1, 2);
    auto& second = send(add, 3, 4);
    EXPECT_EQ(first.stands, remote_task::stage::sent);
    EXPECT_EQ(first.where, &link);
    EXPECT_EQ(first.number, 0u);
    EXPECT_EQ(second.number, 1u);
    EXPECT_EQ(link.flight(1), &second);
    EXPECT_EQ(link.unanswered, 2u);
    EXPECT_EQ(link.given, 2);
    EXPECT_FALSE(link.is_idle());
    EXPECT_FALSE(link.is_running(first));
}

TEST_F(worker_link_test, takes_the_newest_task_back_that_has_not_begun) {
    auto& first = send(add, 1, 2);
    auto& second = send(add, 3, 4);
    EXPECT_EQ(link.take_back(), &second);
    EXPECT_EQ(second.stands, remote_task::stage::outside);
    EXPECT_EQ(link.unanswered, 1u);
    EXPECT_EQ(link.take_back(), &first);
    EXPECT_EQ(link.take_back(), nullptr);
    EXPECT_TRUE(link.is_idle());
}

TEST_F(worker_link_test, takes_nothing_back_that_has_begun) {
    worker_end worker(*link.shared);
    auto& first = send(add, 1, 2);
    auto& second = send(add, 3, 4);
    EXPECT_TRUE(worker.start());
    EXPECT_TRUE(link.is_running(first));
    EXPECT_FALSE(link.take_back(first));
    EXPECT_EQ(link.take_back(), &second);
    EXPECT_EQ(link.take_back(), nullptr);
}

TEST_F(worker_link_test, keeps_a_slot_free_for_the_word_to_go_home) {
    while (link.takes_tasks()) send(add, 1, 2);
    EXPECT_EQ(link.unanswered, ring_size - 1);
    link.retire();
    link.retire();
    EXPECT_EQ(link.channel.room(), 0u) << "once";
    EXPECT_FALSE(link.takes_tasks());
}

TEST_F(worker_link_test, takes_no_tasks_when_it_goes_home_or_is_condemned) {
    EXPECT_TRUE(link.takes_tasks());
    link.condemned = true;
    EXPECT_FALSE(link.takes_tasks());
    link.condemned = false;
    link.retire();
    EXPECT_FALSE(link.takes_tasks());
    EXPECT_TRUE(link.is_idle()) << "that is no task";
    EXPECT_EQ(link.take_back(), nullptr);
}

TEST_F(worker_link_test, is_given_short_tasks_ahead_and_long_ones_one_by_one) {
    EXPECT_EQ(link.depth(), 2u) << "nothing is known yet";
    EXPECT_FALSE(link.is_worth_a_look());
    for (int i = 0; i < 200; ++i) link.note_run_time(500);
    EXPECT_EQ(link.depth(), ring_size - 2);
    EXPECT_TRUE(link.is_worth_a_look());
    for (int i = 0; i < 200; ++i) link.note_run_time(10'000);
    EXPECT_GT(link.depth(), 2u);
    EXPECT_LT(link.depth(), ring_size - 2);
    for (int i = 0; i < 200; ++i) link.note_run_time(UINT32_MAX);
    EXPECT_EQ(link.depth(), 2u);
    EXPECT_FALSE(link.is_worth_a_look());
}

TEST_F(worker_link_test, sends_an_initializer_before_all_tasks) {
    start();
    std::vector<std::byte> request;
    {
        const auto thunk =
            concur::pickle::name_code(reinterpret_cast<const void*>(&concur::serve_call<int (*)(int, int), int, int>));
        int (*const fn)(int, int) = add;
        concur::pickle::sizer size;
        concur::write_call(size, thunk, fn, 20, 22);
        request.resize(size.size());
        concur::pickle::writer out(request.data(), request.size());
        concur::write_call(out, thunk, fn, 20, 22);
    }
    EXPECT_TRUE(link.send_initializer(request, {}, memory));
    EXPECT_TRUE(link.initializing);
    EXPECT_EQ(value<int>(), 42);
    EXPECT_TRUE(link.is_idle());
}

TEST_F(worker_link_test, announces_each_segment_of_the_arena_once) {
    start();
    for (int i = 0; i < 5; ++i) {
        send([](const std::string& s) { return s.size(); }, std::string(300, 'x'));
        EXPECT_EQ(value<std::size_t>(), 300u);
    }
    send([] { return std::string("unread"); });
    EXPECT_EQ(value<std::string>(), "unread");
}

TEST_F(worker_link_test, tells_a_worker_of_segments_that_are_no_more_even_while_it_sleeps) {
    start();
    const auto maps = [] {
        int count = 0;
        std::ifstream all("/proc/self/maps");
        for (std::string line; std::getline(all, line);) count += line.find(" r--s ") != line.npos ? 1 : 0;
        return count;
    };
    const auto& large = send([](const std::string& s) { return s.size(); }, std::string(1 << 20, 'x'));
    const std::uint32_t serial = large.request.large().segment;
    EXPECT_EQ(value<std::size_t>(), std::size_t{1} << 20);
    send(maps);
    EXPECT_EQ(value<int>(), 1);
    link.tell_gone({serial, serial + 1, 10'000});
    send(maps);
    EXPECT_EQ(value<int>(), 0);
}

TEST_F(worker_link_test, is_told_that_there_is_no_server_or_no_worker_any_more) {
    start();
    send([] { ::_exit(3); });
    EXPECT_TRUE(until_nonsense()) << "the worker has hung up";
    const auto task = std::make_unique<remote_call<std::size_t>>(host, false);
    task->encode<std::size_t (*)(const std::string&), std::string>([](const std::string& s) { return s.size(); },
                                                                   std::string(1000, 'x'));
    EXPECT_FALSE(link.send(*task, memory)) << "its segment cannot be announced";
    task->mark_read();
    task->release();
    EXPECT_EQ(task->stands, remote_task::stage::outside);
}

TEST_F(worker_link_test, keeps_the_last_words_and_passes_all_on) {
    const auto how = support::child::run([this] {
        server = std::make_unique<server_link>(start_method::forkserver, nullptr);
        link.start(*server);
        send([] {
            for (int i = 0; i < 2000; ++i) {
                const std::string line = "line " + std::to_string(i) + '\n';
                platform::write_all(2, line.data(), line.size());
            }
            return 1;
        });
        while (!link.channel.answer_waits()) link.read_errors();
        for (int i = 0; i < 10; ++i) link.read_errors();
        const bool kept = link.last_errors.size() == 4096 && link.last_errors.ends_with("line 1999\n");
        tasks.clear();
        return kept ? 0 : 1;
    });
    EXPECT_EQ(how.exit_code, 0);
    EXPECT_TRUE(how.err.starts_with("line 0\nline 1\n"));
    EXPECT_TRUE(how.err.ends_with("line 1999\n"));
}

}  // namespace
