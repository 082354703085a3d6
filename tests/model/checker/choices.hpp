// Every choice that the engine makes in a schedule: which thread goes on, which store a load sees,
// whether something odd happens. Three ways to make them: by chance, all of them in turn with a
// bounded number of preemptions, or as written down.
//
//   trace_   what was chosen, in order, one entry wherever there was more than one option.
//            It is the schedule: writing it down and following it gives the same run.
//   Bounded: at most so many preemptions and odd things together, and as many loads of old stores.
//   Option 0 is always the usual one: stay with this thread, see the newest store, nothing odd.
#pragma once
#include "model/clock.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace concur::model {

// The threads that can go on; `stays`: the first of them is the one that runs now.
struct thread_options {
    std::array<std::uint8_t, max_threads> thread;
    std::uint8_t threads = 0;
    bool stays = false;
    bool time = false;  // one more option, the last: the clock moves to the next deadline
};

class choices {
public:
    void start_random(std::uint64_t seed);
    void start_bounded(int preemptions);
    bool next_bounded();  // false: every schedule within the bound was seen
    void start_replay(std::string_view trace);
    void end_schedule(std::uint32_t steps);

    int which_thread(const thread_options& options);
    int which_store(int options);
    bool odd();  // something rare and legal: a wake for no reason, a weak compare that fails
    bool now_and_then();  // something legal that the complete search leaves out
    int any_of(int options);
    void yielded(std::size_t thread);

    std::string trace() const;

private:
    enum class way : std::uint8_t { uniform, rarely, priorities, bounded, replay };
    struct branch {
        std::uint8_t chosen;
        std::uint8_t options;
    };

    std::uint64_t random();
    bool one_in(std::uint64_t n) { return random() % n == 0; }
    int below(int n) { return static_cast<int>(random() % static_cast<std::uint64_t>(n)); }
    int random_thread(const thread_options& options);
    int by_priority(const thread_options& options);
    int bounded(int options);
    int written(int options);
    int note(int choice) {
        trace_.push_back(static_cast<std::uint8_t>(choice));
        return choice;
    }

    way way_ = way::uniform;
    bool wild_ = false;  // odd things may happen in this schedule
    std::uint64_t state_ = 1;
    std::vector<std::uint8_t> trace_;

    std::vector<std::uint8_t> written_;
    std::vector<branch> stack_;
    std::size_t depth_ = 0;
    int preemptions_ = 0;
    int left_ = 0;      // preemptions, and odd things
    int old_left_ = 0;  // loads that see an old store

    std::array<std::int32_t, max_threads> priority_{};
    std::array<std::uint32_t, 3> change_at_{};
    std::int32_t lowest_ = 0;
    std::uint32_t step_ = 0;
    std::uint32_t usual_length_ = 16;
};

}  // namespace concur::model
