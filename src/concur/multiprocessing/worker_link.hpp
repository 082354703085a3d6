// One worker of a pool, as the pool sees it.
#pragma once
#include "concur/core/lock_word.hpp"
#include "concur/futures/remote_task.hpp"
#include "concur/multiprocessing/arena.hpp"
#include "concur/multiprocessing/channel.hpp"
#include "concur/multiprocessing/segments.hpp"
#include "concur/multiprocessing/wire.hpp"
#include "concur/platform/local_socket.hpp"
#include "concur/platform/shared_memory.hpp"

#include <array>
#include <climits>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace concur::multiprocessing {

class server_link;

//   collecting  held by whoever takes answers; taken before the pool's lock, never after it.
//   segments    guarded by collecting.
//   the rest    guarded by the pool's lock, but for answer_waits(), may_sleep() and is_awake() of the channel.
class worker_link {
public:
    // Of answers that a worker may have announced at once: it keeps eight.
    static constexpr std::size_t most_segments = 32;

    // Makes all that the two share. Throws std::system_error.
    // `most_tasks`: how many it may run in its life.
    worker_link(std::uint64_t id, const worker_settings& settings, long most_tasks = LONG_MAX);
    worker_link(const worker_link&) = delete;
    worker_link& operator=(const worker_link&) = delete;

    // Has the server start it; false: there is no server any more.
    bool start(server_link& server) noexcept;

    // It has come so far that it runs tasks, or so it says.
    bool is_ready() const noexcept { return shared->ready.load(std::memory_order_acquire) != 0 && !initializing; }
    // It can be given a task now.
    bool takes_tasks() const noexcept { return !retiring && !condemned && given < most_tasks && channel.room() > 1; }
    // It has run all that it may.
    bool has_served() const noexcept { return given >= most_tasks && is_idle(); }
    bool is_idle() const noexcept { return unanswered == 0; }
    // It was told to end, and has nothing to do but that. Where its initializer runs still, that is for no task.
    bool leaves() const noexcept { return retiring && !condemned && is_idle(); }
    // How many tasks it may have at once: those that are short are sent ahead.
    std::uint32_t depth() const noexcept;
    void note_run_time(std::uint32_t ns) noexcept;
    // Its tasks are so short that who waits for one may as well stay awake.
    bool is_worth_a_look() const noexcept { return usual_ns_ < 50'000; }

    // Gives it a task; false: it does not listen (and must be killed).
    bool send(remote_task& t, arena& memory) noexcept;
    // Its bytes; where they do not fit into a slot they lie in `lease`.
    bool send_initializer(const std::vector<std::byte>& bytes, const memory_lease& lease, arena& memory) noexcept;
    void retire() noexcept;
    // The newest task that it has; null: it has none.
    remote_task* newest() noexcept;
    // Takes the newest task back that it has not begun; null: there is none.
    remote_task* take_back() noexcept;
    bool take_back(remote_task& t) noexcept;
    bool is_running(const remote_task& t) const noexcept;
    // A number that was answered or is still to be.
    remote_task*& flight(std::uint32_t number) noexcept { return flights_[number % ring_size]; }
    // Tells it of segments that are no more.
    void tell_gone(const std::vector<std::uint32_t>& serials) noexcept;

    // Reads what came over its socket; `collecting` is held. No more than so many packets at once: one that
    // floods its socket must not keep the others waiting.
    enum class packets { read, more, none_any_more };  // the last: it has hung up, or talks nonsense
    packets read_packets() noexcept;
    // The bytes of an answer, found or copied into `copy`; `collecting` is held. Null: there are no such bytes.
    const std::byte* bytes_of(const answer_slot& answer, const message_place& place,
                              std::array<std::byte, answer_slot::room>& copy) noexcept;
    // Passes what it wrote to its standard error on, and keeps the end of it.
    void read_errors() noexcept;

    const std::uint64_t id;
    const long most_tasks;
    platform::segment memory;
    channel_layout* shared;
    parent_end channel;
    platform::fd socket, errors;
    platform::fd pidfd;
    std::int64_t pid = 0;
    lock_word collecting;
    known_segments segments{most_segments};
    bool lost_segment = false;  // one came without its file: this process had no descriptor left
    std::uint32_t unanswered = 0;  // tasks that it has and has not answered
    long given = 0;                // tasks so far that were not taken back
    bool initializing = false;     // its first answer is that of the initializer
    std::exception_ptr initializer_error;  // guarded by collecting
    int watchers = 0;  // threads that wait for an answer of its and take all themselves
    bool retiring = false;
    bool errors_held = false;  // the collector's: nobody reads the program's standard error at the moment
    std::int64_t hung_up_at = 0;    // the collector's; 0: it has not
    std::int64_t leaves_since = 0;  // likewise
    bool overdue = false;    // it is being killed because its task's time is over
    bool condemned = false;  // it is being killed
    bool orphaned = false;   // the collector's: its server died, which is no fault of its
    std::string cause;             // why it was killed, where the pool did that
    std::string last_errors;

private:
    bool share(std::uint32_t serial, arena& memory) noexcept;
    request_slot& filled_slot(request_kind kind) noexcept;
    static void put_bytes(request_slot& slot, const std::byte* small, const memory_lease& large,
                          std::size_t size) noexcept;

    std::array<remote_task*, ring_size> flights_{};
    std::vector<bool> shared_segments_;  // by serial
    platform::fd their_socket_, their_errors_;
    std::uint32_t usual_ns_ = 1'000'000;  // how long its tasks take
};

}  // namespace concur::multiprocessing
