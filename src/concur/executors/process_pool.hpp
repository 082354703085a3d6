// What a process_pool_executor is made of: the work, the workers, and the thread that collects answers.
#pragma once
#include "concur/core/lock_word.hpp"
#include "concur/core/priority_lines.hpp"
#include "concur/core/share_count.hpp"
#include "concur/executors/pool_registry.hpp"
#include "concur/executors/process_pool_executor.hpp"
#include "concur/futures/promise.hpp"
#include "concur/futures/remote_task.hpp"
#include "concur/multiprocessing/arena.hpp"
#include "concur/multiprocessing/wire.hpp"
#include "concur/multiprocessing/worker_link.hpp"
#include "concur/platform/os_thread.hpp"
#include "concur/platform/poller.hpp"

#include <memory>
#include <string>
#include <vector>

namespace concur {

namespace multiprocessing {
class server_link;
}
class thread_pool_executor;

//   submit --post_remote--> pending_ --assign--> a worker's channel --collect--> its future
//
//   lock_      guards all that follows it. A worker's `collecting` is taken before it.
//   owners_    the executor, the collector, and every task.
//   The collector is a thread of the pool's. It sleeps in poller_, and is the only one that takes
//   workers off and closes their descriptors; answers are also taken by threads that wait for one.
//   No worker can make the pool wait: what it wrote is read, checked, and never waited for.
class process_pool final : public remote_host, public registered_pool {
public:
    explicit process_pool(process_pool_options options);

    memory_lease lease(std::size_t size) override { return memory_.lease(size); }
    void give_back(const memory_lease& lease) noexcept override;
    void post_remote(remote_task& t, int priority) override;
    bool recall(remote_task& t, bool& had_share) noexcept override;
    bool is_running(const remote_task& t) noexcept override;
    bool ask_to_stop(remote_task& t) noexcept override;
    void end_overdue(remote_task& t) noexcept override;
    void help(remote_task& t) override;
    bool park(remote_task& t, parker& spot, deadline until) noexcept override;
    bool call_back(remote_task& t) noexcept override;
    void retain() noexcept override { owners_.add(); }
    void release() noexcept override;
    bool retain_if_alive() noexcept override { return owners_.add_if_any(); }
    void drain() noexcept override;
    void end(bool wait) override { shutdown({.wait = wait}); }

    void shutdown(shutdown_options options);
    // Takes no more work, and ends all workers by that signal.
    void end_workers(int signal);

    bool in_this_process() const noexcept;
    bool is_callback_thread() noexcept;
    int max_workers() const noexcept { return static_cast<int>(*options_.max_workers); }
    std::vector<std::int64_t> worker_pids();

private:
    using worker_link = multiprocessing::worker_link;
    using server_report = multiprocessing::server_report;
    using worker_ptr = std::shared_ptr<worker_link>;
    using task_list = std::vector<remote_task*>;
    enum class phase { open, shut, broken };
    struct taken_answer {
        remote_task* task;    // null: the initializer's
        std::uint32_t place;  // how many answers before it were not taken
    };
    struct taken_answers {
        std::uint32_t count = 0;  // all, also those of no task
        std::uint32_t tasks = 0;
        std::array<taken_answer, multiprocessing::ring_size> of;  // of tasks
        std::optional<multiprocessing::short_answer> only;
    };
    using answer_room = std::array<std::byte, multiprocessing::answer_slot::room>;
    struct found_bytes {
        multiprocessing::answer_kind kind;
        const std::byte* at;
        std::size_t size;
    };

    ~process_pool();

    // process_pool.cpp: work comes in and is given out; called with the lock held.
    void check_open() const;
    void start_up();
    void start_server();
    void end_server() noexcept;
    thread_pool_executor* callback_home() noexcept;
    void start_worker();
    void assign() noexcept;
    worker_link* pick() noexcept;
    bool could_start_worker() noexcept;
    void hand_over(worker_link& w, remote_task& t) noexcept;
    void make_way(int priority) noexcept;
    void put_back(remote_task& t) noexcept;
    void balance() noexcept;
    static void blame(worker_link& w, const char* cause) noexcept;
    void condemn(worker_link& w, const char* cause) noexcept;
    void expect_news() noexcept;
    job* take_pending() noexcept;
    std::vector<std::int64_t> known_pids() const;

    // process_pool_answers.cpp: the collector.
    static void run_collector(void* self) noexcept;
    void collect_until_end() noexcept;
    bool has_ended() noexcept;
    bool is_idle() noexcept;
    bool end_is_awaited() const noexcept;
    bool collect_all() noexcept;
    bool may_sleep() noexcept;
    static bool is_to_go_on(const worker_link& w, std::uint32_t just_taken) noexcept;
    bool collect(worker_link& w) noexcept;
    void detach(worker_link& w, taken_answers& into) noexcept;
    void deliver(worker_link& w, const taken_answer& a,
                 const std::optional<multiprocessing::short_answer>& only) noexcept;
    static found_bytes bytes_of(worker_link& w, std::uint32_t place, answer_room& copy);
    void finish(remote_task& t) noexcept;
    void let_go(remote_task& t) noexcept;
    void handle(const platform::poller::event& e) noexcept;
    void tell_of_gone_segments() noexcept;
    void end_overdue_workers() noexcept;
    void release_errors() noexcept;
    std::int64_t longest_sleep() noexcept;
    worker_ptr worker_of(std::uint64_t id) noexcept;

    // process_pool_waiting.cpp: who waits for a result.
    struct watched {
        worker_ptr worker;
        bool is_worth_a_look = false;  // as it was under the lock
        bool has_one_task = false;     // likewise
    };
    watched begin_watch(const remote_task& t) noexcept;
    void end_watch(worker_link& w) noexcept;
    void look(const watched& w, remote_task& t) noexcept;
    [[noreturn]] static void throw_reads_and_waits();

    // process_pool_deaths.cpp: what goes wrong.
    void read_reports() noexcept;
    void note_started(const server_report& report, platform::fd pidfd) noexcept;
    void note_end(const worker_ptr& w, const server_report& report) noexcept;
    void server_is_gone() noexcept;
    void watch_server(std::int64_t now) noexcept;
    std::int64_t server_is_due() const noexcept;
    void sort_out(worker_link& w, task_list& lost, task_list& unwanted) noexcept;
    void lose(remote_task& t, worker_death_report report) noexcept;
    void fail(remote_task& t, std::exception_ptr why) noexcept;
    bool run_again(remote_task& t, bool& overdue) noexcept;
    bool was_expected(const worker_link& w) noexcept;
    void replace(const worker_link& w, bool started, bool was_idle, const std::exception_ptr& why) noexcept;
    void break_down(const std::string& what, const std::exception_ptr& cause) noexcept;

    const process_pool_options options_;
    const multiprocessing::worker_settings settings_;
    const std::uint32_t generation_;
    share_count owners_;
    multiprocessing::arena memory_;
    memory_lease initializer_memory_;
    std::unique_ptr<platform::poller> poller_;  // once made it stays

    lock_word lock_;
    phase phase_ = phase::open;
    std::string broken_what_;
    std::exception_ptr cause_;
    std::exception_ptr why_no_start_;  // of the last worker that could not be had
    priority_lines pending_;
    std::vector<worker_ptr> workers_;
    std::unique_ptr<multiprocessing::server_link> server_;
    std::unique_ptr<thread_pool_executor> callbacks_;
    platform::os_thread collector_;
    bool some_hung_up_ = false;      // the collector's alone
    bool some_errors_held_ = false;  // likewise
    std::int64_t kill_at_ = 0;   // when workers that were told to end and have not are killed; 0: not at all
    promise<void> ended_;
    std::vector<promise<void>> drainers_;     // who waits until there is no work
    std::vector<promise<void>> pid_seekers_;  // who waits for news of a worker's start
    std::uint64_t ids_ = 0;
    int least_sent_ = 0;           // no task so far had a lower priority
    int early_deaths_ = 0;         // in a row, without an answer in between
    bool server_spoke_ = false;    // it has come so far that it works
    int questions_ = 0;            // how often it was asked whether it is there, in this silence
    std::int64_t silent_since_ = 0;  // when it was told of something that it is to answer; 0: of nothing
    bool starts_fail_ = false;     // no more workers can be had for now
    bool collecting_ = false;      // the collector runs, or has run
    bool ending_workers_ = false;  // nobody is to come after those
};

}  // namespace concur
