// What no pool of processes can be faster than, on this machine: messages between two processes, copies
// of memory, and a process that starts and ends.
#include "support/cases.hpp"
#include "support/process_work.hpp"
#include "yardstick/shared_ring.hpp"

#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace {

using bench::request;
using bench::sample;

constexpr std::uint32_t last = 0;  // of what is asked of a worker; to all else it answers with 1

template <bool sleeps>
void serve(yardstick::ring_pair<sleeps>& rings) {
    for (;;) {
        auto m = rings.there.take();
        if (m.words[0] == last) return;
        m.words[0] = 1;
        while (!rings.back.room()) __builtin_ia32_pause();
        rings.back.put(m);
    }
}

template <bool sleeps>
class ring_worker {
public:
    void ask() noexcept { rings_->there.put({{1}}); }
    bool ready() const noexcept { return rings_->there.room(); }
    bool answered() const noexcept { return rings_->back.filled(); }
    std::uint32_t answer() noexcept { return rings_->back.take().words[0]; }
    void call() {
        ask();
        bench::require(answer() == 1, "a message was lost");
    }
    ~ring_worker() { rings_->there.put({{last}}); }
    ring_worker() = default;
    ring_worker(const ring_worker&) = delete;
    ring_worker& operator=(const ring_worker&) = delete;

private:
    yardstick::shared<yardstick::ring_pair<sleeps>> rings_;
    yardstick::child worker_{[this] { serve(*rings_); }};
};

// Keeps all workers' rings full.
template <bool sleeps>
void stream(std::vector<std::unique_ptr<ring_worker<sleeps>>>& workers, std::size_t n) {
    std::size_t asked = 0;
    std::size_t answered = 0;
    while (answered < n) {
        for (auto& w : workers) {
            while (asked < n && w->ready()) w->ask(), ++asked;
            while (w->answered()) answered += w->answer();
        }
        if (asked == n) __builtin_ia32_pause();
    }
    bench::require(answered == n, "a message was lost");
}

template <bool sleeps>
sample measure_ring(const request& asked) {
    if (asked.name == "process_tasks") {
        std::vector<std::unique_ptr<ring_worker<sleeps>>> workers;
        for (int i = 0; i < asked.workers; ++i) workers.push_back(std::make_unique<ring_worker<sleeps>>());
        const std::size_t n = asked.tasks(1'000'000);
        return bench::twice(n, [&] { stream(workers, n); });
    }
    ring_worker<sleeps> worker;
    if (asked.name == "process_trip_asleep")
        return bench::measure_each(bench::times(200, asked), bench::let_everybody_sleep, [&] { worker.call(); });
    const std::size_t n = asked.tasks(200'000);
    return bench::twice(n, [&] {
        for (std::size_t i = 0; i < n; ++i) worker.call();
    });
}

// --- a pipe each way ------------------------------------------------------------------------------

class pipe_worker {
public:
    pipe_worker() : there_(open()), back_(open()), worker_([this] { serve(); }) {}
    ~pipe_worker() { say(there_, last); }
    pipe_worker(const pipe_worker&) = delete;
    pipe_worker& operator=(const pipe_worker&) = delete;

    void call() {
        say(there_, 1);
        bench::require(heard(back_) == 1, "a message was lost");
    }

private:
    struct ends {
        int read;
        int write;
    };
    using message = std::uint32_t[16];

    static ends open() {
        int both[2];
        if (pipe(both) != 0) throw std::runtime_error("pipe failed");
        return {both[0], both[1]};
    }
    static void say(const ends& to, std::uint32_t word) {
        const message m{word};
        bench::require(write(to.write, m, sizeof m) == sizeof m, "a pipe took less");
    }
    static std::uint32_t heard(const ends& from) {
        message m;
        bench::require(read(from.read, m, sizeof m) == sizeof m, "a pipe gave less");
        return m[0];
    }
    void serve() {
        while (heard(there_) != last) say(back_, 1);
    }

    ends there_;
    ends back_;
    yardstick::child worker_;
};

sample measure_pipe(const request& asked) {
    pipe_worker worker;
    if (asked.name == "process_trip_asleep")
        return bench::measure_each(bench::times(200, asked), bench::let_everybody_sleep, [&] { worker.call(); });
    const std::size_t n = asked.tasks(20'000);
    return bench::twice(n, [&] {
        for (std::size_t i = 0; i < n; ++i) worker.call();
    });
}

// --- copies ---------------------------------------------------------------------------------------

struct copying {
    explicit copying(const request& asked)
        : megabytes(asked.name == "process_echo_1mb" ? 1 : 64),
          doubles(bench::doubles_in(megabytes, asked)),
          times(bench::times(megabytes == 1 ? 1000 : 30, asked)),
          ways(asked.name == "process_view_64mb" ? 1 : 2) {}

    std::size_t megabytes;
    std::size_t doubles;
    std::size_t times;
    int ways;
};

// Into memory that has been written before.
sample measure_warm_copy(const request& asked) {
    const copying c(asked);
    std::vector<double> here(c.doubles, 1.0);
    std::vector<double> there(c.doubles, 2.0);
    const std::size_t bytes = c.doubles * sizeof(double);
    return bench::measure_each(c.times, [&] {
        std::memcpy(there.data(), here.data(), bytes);
        asm volatile("" : : "r"(there.data()) : "memory");
        if (c.ways == 2) std::memcpy(here.data(), there.data(), bytes);
        asm volatile("" : : "r"(here.data()) : "memory");
    });
}

// Into vectors that are made for it, as a result is.
sample measure_fresh_copy(const request& asked) {
    const copying c(asked);
    const std::vector<double> here(c.doubles, 1.0);
    return bench::measure_each(c.times, [&] {
        const std::vector<double> there(here);
        asm volatile("" : : "r"(there.data()) : "memory");
        if (c.ways == 1) return;
        const std::vector<double> back(there);
        asm volatile("" : : "r"(back.data()) : "memory");
    });
}

// --- processes ------------------------------------------------------------------------------------

sample measure_fork(const request& asked) {
    return bench::measure_each(bench::times(200, asked), [] { const yardstick::child ends_at_once([] {}); });
}

sample measure(const request& asked) {
    if (asked.peer == "ring_spins") return measure_ring<false>(asked);
    if (asked.peer == "ring_sleeps") return measure_ring<true>(asked);
    if (asked.peer == "pipe") return measure_pipe(asked);
    if (asked.peer == "memcpy_warm") return measure_warm_copy(asked);
    if (asked.peer == "memcpy_fresh") return measure_fresh_copy(asked);
    if (asked.peer == "fork") return measure_fork(asked);
    throw std::invalid_argument("there is no limit '" + asked.peer + "'");
}

}  // namespace

int main(int argc, char** argv) { return bench::report(argc, argv, measure); }
