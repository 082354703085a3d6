// A pool, and all that happens around it, as a script says: what the program asks of it, and what its workers do to it,
// any of which may have been taken over. A script is any bytes.
#pragma once
#include "pool_tasks.hpp"

#include "concur/platform/injection.hpp"

#include <initializer_list>
#include <map>
#include <span>
#include <sys/poll.h>
#include <sys/socket.h>

namespace fuzz {

class script {
public:
    explicit script(std::span<const std::uint8_t> bytes) noexcept : left_(bytes) {}

    bool is_over() const noexcept { return left_.empty(); }
    std::uint8_t byte() noexcept {
        if (left_.empty()) return 0;
        const std::uint8_t b = left_.front();
        left_ = left_.subspan(1);
        return b;
    }
    // Numbers that are likely to be taken for a length, an index, a place; or any.
    std::uint64_t number() noexcept {
        static constexpr std::array<std::uint64_t, 20> favourites{0,
                                                                  1,
                                                                  2,
                                                                  3,
                                                                  8,
                                                                  63,
                                                                  64,
                                                                  65,
                                                                  96,
                                                                  224,
                                                                  225,
                                                                  4095,
                                                                  4096,
                                                                  65536,
                                                                  262144,
                                                                  0x7fffffff,
                                                                  0x80000000,
                                                                  0xffffffff,
                                                                  ~std::uint64_t{0},
                                                                  std::uint64_t{1} << 63};
        const std::uint8_t b = byte();
        if (b < 200) return b < favourites.size() ? favourites[b] : b;
        std::uint64_t any = 0;
        for (int i = 0; i < (b < 228 ? 4 : 8); ++i) any = any << 8 | byte();
        return any;
    }
    std::uint32_t word() noexcept { return static_cast<std::uint32_t>(number()); }
    std::span<const std::uint8_t> bytes() noexcept {
        const std::size_t wanted = byte(), n = std::min(wanted, left_.size());
        const auto taken = left_.first(n);
        left_ = left_.subspan(n);
        return taken;
    }

private:
    std::span<const std::uint8_t> left_;
};

// The program's standard error, which nobody reads for a while.
class stuck_errors {
public:
    stuck_errors();
    ~stuck_errors();
    stuck_errors(const stuck_errors&) = delete;
    stuck_errors& operator=(const stuck_errors&) = delete;

private:
    platform::fd before_, unread_;
};

class pool_play final : public player {
public:
    explicit pool_play(std::span<const std::uint8_t> bytes);
    ~pool_play();
    pool_play(const pool_play&) = delete;
    pool_play& operator=(const pool_play&) = delete;

    // To the end: the script's, the pool's, and that of what it held.
    void run();

private:
    using worker_ptr = std::shared_ptr<played_worker>;

    // The player's part: pool_play.cpp.
    void before_wait(std::int64_t ns) override;
    void nothing_came(std::int64_t ns) override;
    void before_load() override;
    void server_started(int socket) override;
    void server_ended() override;
    bool worker_wanted(std::uint64_t id, int channel, int socket, int standard_error) override;
    void worker_signalled(std::uint64_t id, int signal) override;

    // The program's part.
    void submit();
    void program_acts(std::uint8_t what);
    void wind_up();
    bool others_act();
    bool serve_honestly();
    bool goes_home(played_worker& w);
    bool obey_signals();
    void report_end(played_worker& w, int signal, int exit_code);
    void kill(played_worker& w, int signal, bool as_ordered);
    void report(const server_report& r, const played_worker* w);

    // What a worker that was taken over does: hostile_worker.cpp.
    void hostile_act();
    void act(played_worker& w, std::uint8_t what);
    void act_outside(played_worker& w, std::uint8_t what);
    void write_words(played_worker& w);
    void write_answer(played_worker& w);
    void write_segment(played_worker& w);
    void write_crash(played_worker& w);
    void announce(played_worker& w);
    void send_packet(played_worker& w);
    void reshape(played_worker& w);
    void end(played_worker& w);
    void report_start(played_worker& w);
    static int injected(platform::system_call what) noexcept;

    script script_;
    concur::process_pool_options options_;
    bool deaf_in_the_end_;  // those that were taken over do not die by themselves when the script is over
    std::unique_ptr<concur::process_pool_executor> pool_;
    std::vector<std::unique_ptr<asked>> asked_;
    std::vector<worker_ptr> workers_;
    platform::fd server_;
    std::optional<stuck_errors> stuck_;
    std::uint32_t numbers_ = 0;
    std::uint32_t loads_left_ = 0;  // then somebody acts; 0: nobody waits for that
    std::uint32_t calls_left_ = 0;  // then a call of the system fails; 0: none does
    int failure_ = 0;
    bool some_failed_ = false;
    bool winding_up_ = false;
    bool was_shut_ = false;
    int waits_ = 0;
    int helps_ = 0;
};

// What the fuzzer does with the bytes that it makes up.
void play_pool(const std::uint8_t* data, std::size_t size);

}  // namespace fuzz
