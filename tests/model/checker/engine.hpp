// The engine: runs the threads of a schedule, one at a time, on fibers of one thread of the
// operating system, and knows all that they share.
//
//   in_program   true while the code under test runs. Every hook returns at once where it is false,
//                so the engine may itself use what it intercepts.
//   A hook makes a visit, which sets it to false until the hook is done.
#pragma once
#include "choices.hpp"
#include "concur/platform/os_thread.hpp"
#include "concur/platform/thread_end.hpp"
#include "fiber.hpp"
#include "heap.hpp"
#include "image.hpp"
#include "model/checker.hpp"
#include "report.hpp"
#include "shadow.hpp"
#include "words.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace concur::model {

constexpr std::uint32_t bit(std::size_t thread) { return std::uint32_t{1} << thread; }

enum class state : std::uint8_t { unused, ready, sleeping, joining, ended };

struct thread {
    fiber own;
    knowledge known;
    void (*run)(void*) = nullptr;
    void* argument = nullptr;
    const void* sleeps_at = nullptr;
    const void* sleeps_also_at = nullptr;
    std::int64_t deadline = 0;
    std::uint64_t turn = 0;  // the order of those who sleep at one word
    std::size_t joins = 0;
    int lent_block = -1;
    platform::thread_end* left = nullptr;  // what is to be done at its end
    int forever = 0;  // how many model::forever it stands in
    // Fairness, for threads that spin: who has not had a turn between two yields of this thread goes
    // before it.
    std::uint32_t ran = 0;             // the last step that it made
    std::uint32_t yielded = 0;         // the step of its last yield
    std::uint32_t ready_then = 0;      // who could have gone on at that moment
    std::uint32_t goes_after = 0;      // who goes first, one bit per thread
    place at = 0;                      // the engine's last call
    state now = state::unused;
    bool detached = false;
    bool timed = false;
    bool timed_out = false;
};

class engine {
public:
    engine();

    // Runs the body once, as the choices have it. False: it failed; failure() and log tell how.
    bool run_schedule(void (*body)());
    const std::string& failure() const { return failure_; }
    // Drops what a failed schedule left on its stacks.
    void forget_stacks();

    // A scheduling point: someone else may go first.
    void step(place from);
    void yield(place from);
    std::size_t start(void (*run)(void*), void* argument);
    void join(std::size_t other, place from);
    void detach(std::size_t other) { threads_[other].detached = true; }
    void pass_time(std::int64_t ns);
    // False: the deadline came first.
    bool sleep_at(const void* word, std::int64_t ns, const void* also = nullptr);
    void wake_one(const void* word);
    void open(gate& g);
    void pass(gate& g);
    [[noreturn]] void fail(std::string what);
    bool runs() const noexcept { return runs_; }  // a schedule does
    // What was done before at this address by others comes before what this thread does now.
    void synchronise(const void* at);

    void note(std::uintptr_t at, std::size_t size, touch how, place from);
    // The word, alive, with its memory's value.
    word& word_at(const void* at, std::size_t size);
    void require_alive(const void* at, const char* what, place from);
    void add_event(deed what, place from, const void* at = nullptr, std::uint64_t before = 0, std::uint64_t after = 0,
                   std::memory_order order = std::memory_order_relaxed, std::uint32_t age = 0);
    void* block_of_current();
    // What the current thread does from now on comes after what it has released until now.
    void tick_on() noexcept {
        knowledge& k = current().known;
        k.view.at[current_] = ++k.clock.at[current_];
    }

    thread& current() noexcept { return threads_[current_]; }
    std::size_t current_id() const noexcept { return current_; }
    std::uint32_t steps() const noexcept { return steps_; }

    choices search;
    shadow races;
    words atomics;
    heap blocks;
    event_log log;
    image globals;
    std::vector<void (*)()> at_exit;
    std::int64_t now = 0;
    std::uint32_t step_limit = 20'000;
    int failing_starts = 0;

private:
    static constexpr std::size_t none = max_threads;
    static constexpr std::size_t block_size = platform::thread_block_size;
    struct alignas(64) lent {
        std::array<unsigned char, block_size> bytes;
        vector_clock left;  // what its last borrower knew
        bool free;
    };

    static void thread_main();
    void reset();
    void body_thread();
    void thread_ended();
    void go_to(std::size_t next);
    void show_block() noexcept;
    void be_fair();
    void had_its_turn(std::size_t id);
    std::uint32_t may_go() const;
    void leave_program() noexcept;
    thread_options options(bool stay);
    std::size_t next_thread(bool stay);
    void pause();
    void advance_time();
    bool is_over() const;
    std::string stuck() const;
    void require_no_leak();

    std::array<thread, max_threads> threads_;
    fiber outside_;
    std::array<lent, max_threads> lent_{};
    std::string failure_;
    void (*body_)() = nullptr;
    std::size_t current_ = 0;
    std::size_t started_ = 0;
    std::size_t ended_ = 0;
    std::size_t lent_count_ = 0;
    std::uint64_t turns_ = 0;
    std::uint32_t steps_ = 0;
    std::uint32_t ready_ = 0;    // one bit per thread
    std::uint32_t yielded_ = 0;  // and has let the others go first
    std::uint32_t timed_ = 0;    // sleeps until a deadline
    std::uint32_t ordered_ = 0;  // has someone to let go first
    bool failed_ = false;
    bool runs_ = false;
};

extern bool in_program;
extern engine* the_engine;  // made before the first schedule, never freed

class visit {
public:
    visit() noexcept { in_program = false; }
    ~visit() { in_program = true; }
    visit(const visit&) = delete;
    visit& operator=(const visit&) = delete;
};

}  // namespace concur::model
