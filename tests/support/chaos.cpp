#include "support/chaos.hpp"

#include "concur/core/process_error.hpp"
#include "concur/executors/process_pool_executor.hpp"
#include "concur/futures.hpp"
#include "support/processes.hpp"
#include "support/sanitized.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstddef>
#include <deque>
#include <fcntl.h>
#include <fstream>
#include <random>
#include <string_view>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace support::chaos {
namespace {

using clock = std::chrono::steady_clock;
using concur::future;
using concur::process_pool_executor;

enum class deed : std::uint8_t {
    none,
    crash,
    abort,
    leave_well,
    leave,
    kill,
    stop,  // in the task
    die_reading,
    die_sizing,
    die_writing,               // on the way in, or out
    count
};

// --- the ledger: how often each task was begun; in a file without a name that workers map ------------

class ledger {
public:
    explicit ledger(long tasks) : size_(static_cast<std::size_t>(tasks)) {
        file_ = ::memfd_create("test-ledger", MFD_CLOEXEC);
        if (file_ < 0 || ::ftruncate(file_, static_cast<off_t>(size_)) != 0) fail();
        counts_ = map(file_, size_);
    }
    ~ledger() {
        ::munmap(counts_, size_);
        ::close(file_);
    }
    ledger(const ledger&) = delete;
    ledger& operator=(const ledger&) = delete;

    int file() const { return file_; }
    int begun(long task) const { return counts_[task]; }

    // In a worker.
    static void note(std::int64_t home, int file, long tasks, long task) {
        static std::atomic<std::uint8_t>* const counts = open(home, file, static_cast<std::size_t>(tasks));
        ++counts[task];
    }

private:
    [[noreturn]] static void fail() { throw std::system_error(errno, std::generic_category(), "the ledger"); }
    static std::atomic<std::uint8_t>* map(int file, std::size_t size) {
        void* const at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (at == MAP_FAILED) fail();
        return static_cast<std::atomic<std::uint8_t>*>(at);
    }
    static std::atomic<std::uint8_t>* open(std::int64_t home, int file, std::size_t size) {
        const std::string path = "/proc/" + std::to_string(home) + "/fd/" + std::to_string(file);
        const int mine = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
        if (mine < 0) fail();
        std::atomic<std::uint8_t>* const counts = map(mine, size);
        ::close(mine);
        return counts;
    }

    std::size_t size_;
    int file_ = -1;
    std::atomic<std::uint8_t>* counts_ = nullptr;
};

// --- what travels ---------------------------------------------------------------------------------

// Bytes that a worker may die in the middle of.
struct fragile {
    deed what = deed::none;
    std::int64_t home = ::getpid();
    std::string first = {}, second = {};
};

template <class Archive>
void concur_serialize(Archive& ar, fragile& v) {
    ar(v.what, v.home, v.first);
    constexpr bool sizes = std::is_same_v<Archive, concur::pickle::sizer>;
    const deed now = Archive::is_loading ? deed::die_reading : sizes ? deed::die_sizing : deed::die_writing;
    if (v.what == now && v.home != ::getpid()) std::raise(SIGKILL);
    ar(v.second);
}

struct order {
    long number = 0, tasks = 0;
    std::int64_t home = 0;
    int ledger = -1;
    deed what = deed::none;
    std::uint32_t spin = 0;
    std::uint64_t size = 0;  // of the answer
};

std::string filled(long number, std::uint64_t size) {
    std::string text(size, static_cast<char>('a' + number % 26));
    for (std::size_t i = 0; i < text.size(); i += 4096) text[i] = static_cast<char>(number >> (i / 4096 % 8));
    return text;
}

void act(deed what) {
    switch (what) {
        case deed::crash: *reinterpret_cast<volatile int*>(std::uintptr_t{16}) = 1; break;
        case deed::abort: std::signal(SIGABRT, SIG_DFL), std::abort();
        case deed::leave_well: ::_exit(0);
        case deed::leave: ::_exit(3);
        case deed::kill: std::raise(SIGKILL); break;
        case deed::stop: std::raise(SIGSTOP); break;  // it is woken or killed by someone else
        default: break;
    }
}

fragile work(const order& o, const fragile& given) {
    ledger::note(o.home, o.ledger, o.tasks, o.number);
    if (given.first + given.second != filled(o.number, given.first.size() + given.second.size()))
        throw std::runtime_error("an argument is not what was sent");
    volatile std::uint32_t turns = 0;
    while (turns < o.spin) turns = turns + 1;
    act(o.what);
    return {o.what, o.home, filled(o.number, o.size / 2), std::string(o.size - o.size / 2, 'z')};
}

// --- who kills ------------------------------------------------------------------------------------

// Sends a signal to a worker of a pool of this process; false: it is none any more.
bool signal_own(std::int64_t pid, int signal) {
    const auto file = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
    if (file < 0) return false;
    // The pidfd names one process for good: it is looked at after it was opened.
    const auto fields = status_of(std::to_string(pid));
    const auto parent = fields.size() < 2 ? std::vector<std::string>() : status_of(fields[1]);
    const bool ours = parent.size() >= 2 && parent[1] == std::to_string(::getpid());
    const bool sent = ours && ::syscall(SYS_pidfd_send_signal, file, signal, nullptr, 0) == 0;
    ::close(file);
    return sent;
}

// It lets the pool answer something between two of its deeds: one whose workers die one after another, and
// none of them has answered, takes that for a crash loop.
class killer {
public:
    killer(process_pool_executor& pool, const std::atomic<long>& answered, double deaths_per_s, std::uint64_t seed)
        : pool_(pool), answered_(answered), pause_(1e6 / deaths_per_s), random_(seed), thread_([this] { run(); }) {}
    ~killer() { end(); }
    killer(const killer&) = delete;
    killer& operator=(const killer&) = delete;

    // Wakes all that it has stopped; how many it has killed.
    long end() {
        over_ = true;
        if (thread_.joinable()) thread_.join();
        return killed_;
    }

private:
    void run() {
        while (!over_) {
            const std::chrono::microseconds pause(random_() % (2 * static_cast<std::uint64_t>(pause_) + 1));
            std::this_thread::sleep_for(pause);  // sleeps: that makes the rate of the deaths
            look_after_stopped();
            const auto pids = pool_.worker_pids();
            if (answered_ == seen_ || pids.empty()) continue;
            seen_ = answered_;
            harm(pids[random_() % pids.size()]);
        }
        for (const std::int64_t pid : pool_.worker_pids()) signal_own(pid, SIGCONT);
    }

    // The thread sanitizer takes a fault for the thread's own deed, and cannot have one in the middle of its own work.
    void harm(std::int64_t pid) {
        const std::array signals{SIGKILL, SIGKILL, under_tsan() ? SIGQUIT : SIGSEGV, SIGTERM, SIGSTOP};
        const int signal = signals[random_() % signals.size()];
        if (!signal_own(pid, signal) || signal == SIGSTOP) return;
        ++killed_;
    }

    // Those that somebody or they themselves have stopped go on, or are killed.
    void look_after_stopped() {
        for (const std::int64_t pid : pool_.worker_pids()) {
            const auto fields = status_of(std::to_string(pid));
            if (fields.empty() || fields[0] != "T" || random_() % 3 == 0) continue;
            const bool kills = random_() % 2 == 0;
            if (signal_own(pid, kills ? SIGKILL : SIGCONT)) killed_ += kills ? 1 : 0;
        }
    }

    process_pool_executor& pool_;
    const std::atomic<long>& answered_;
    long seen_ = 0;
    double pause_;
    std::mt19937_64 random_;
    long killed_ = 0;
    std::atomic<bool> over_{false};
    std::thread thread_;
};

// --- the tasks ------------------------------------------------------------------------------------

class round {
public:
    explicit round(const plan& p) : plan_(p), ledger_(p.tasks), random_(p.seed), pool_(p.workers) {}

    outcome run() {
        // Half of the deaths come from outside; how many there are a second follows from how fast tasks are done.
        killer outside(pool_, answered_, 60.0, plan_.seed + 1);
        for (long n = 0; n < plan_.tasks; ++n) {
            submit(n);
            while (std::ssize(open_) >= most_open || bytes_ > most_bytes) take_oldest();
        }
        while (!open_.empty()) take_oldest();
        o_.deaths += outside.end();
        pool_.shutdown();
        for (long n = 0; n < plan_.tasks; ++n)
            if (ledger_.begun(n) > 1) ++o_.twice, note("task " + std::to_string(n) + " was begun twice");
        return o_;
    }

private:
    struct task {
        order what;
        std::uint64_t bytes;
        future<fragile> result;
    };
    static constexpr long most_open = 2000;
    static constexpr std::uint64_t most_bytes = std::uint64_t{128} << 20;

    std::uint64_t some_size() {
        const std::uint64_t kind = random_() % 1000;
        const std::uint64_t most = kind < 500   ? 1
                                   : kind < 800 ? 200
                                   : kind < 970 ? 8'000
                                   : kind < 998 ? 200'000
                                                : plan_.largest;
        return random_() % std::min<std::uint64_t>(most, plan_.largest + 1);
    }

    void submit(long n) {
        order o{.number = n, .tasks = plan_.tasks, .home = ::getpid(), .ledger = ledger_.file()};
        if (random_() % static_cast<std::uint64_t>(plan_.tasks) < static_cast<std::uint64_t>(plan_.deaths))
            o.what = static_cast<deed>(1 + random_() % (static_cast<unsigned>(deed::count) - 1));
        if (random_() % 8 == 0) o.spin = static_cast<std::uint32_t>(random_() % 100'000);
        o.size = some_size();
        const std::uint64_t size = some_size();
        fragile given{.what = o.what, .first = filled(n, size)};
        given.second = given.first.substr(size / 2);
        given.first.resize(size / 2);
        if (o.what != deed::none && o.what != deed::stop) ++o_.deaths;
        bytes_ += size + o.size;
        open_.push_back({o, size + o.size, pool_.submit(work, o, given)});
    }

    void take_oldest() {
        const task t = std::move(open_.front());
        open_.pop_front();
        bytes_ -= t.bytes;
        const std::string name = "task " + std::to_string(t.what.number) + ": ";
        try {
            const fragile value = t.result.result(plan_.limit);
            ++o_.answered;
            ++answered_;
            if (ledger_.begun(t.what.number) == 0) ++o_.unstarted, note(name + "answered, and never begun");
            const bool right = value.first == filled(t.what.number, t.what.size / 2) && value.what == t.what.what &&
                               value.second == std::string(t.what.size - t.what.size / 2, 'z');
            if (!right) ++o_.wrong, note(name + "an answer that is not its own");
        } catch (const concur::worker_died&) {
            ++o_.died;
        } catch (const concur::timeout_error&) {
            ++o_.lost, note(name + "not done in time");
        } catch (const std::exception& e) {
            ++o_.wrong, note(name + e.what());
        }
    }

    void note(std::string text) {
        if (o_.troubles.size() < 10) o_.troubles.push_back(std::move(text));
    }

    plan plan_;
    ledger ledger_;
    std::mt19937_64 random_;
    process_pool_executor pool_;
    std::deque<task> open_;
    std::uint64_t bytes_ = 0;
    std::atomic<long> answered_{0};
    outcome o_;
};

}  // namespace

outcome run(const plan& p) { return round(p).run(); }

std::vector<double> recovery_times(int workers, int deaths) {
    process_pool_executor pool{workers};
    const auto pid_now = [] { return static_cast<std::int64_t>(::getpid()); };
    std::mt19937_64 random(7);
    std::vector<double> times;
    // The pids that answer: all that are not known are of replacements.
    const auto someone_new = [&](const std::vector<std::int64_t>& known) {
        std::vector<future<std::int64_t>> all;
        for (int i = 0; i < 2 * workers; ++i) all.push_back(pool.submit(pid_now));
        return std::ranges::any_of(all, [&](const auto& f) {
            return f.exception() == nullptr && std::ranges::find(known, f.result()) == known.end();
        });
    };
    while (std::ssize(times) < deaths) {
        while (someone_new({}) && std::ssize(pool.worker_pids()) < workers) continue;
        const auto known = pool.worker_pids();
        const auto death = clock::now();
        if (!signal_own(known[random() % known.size()], SIGKILL)) continue;
        while (!someone_new(known)) continue;
        times.push_back(std::chrono::duration<double, std::milli>(clock::now() - death).count());
    }
    std::ranges::sort(times);
    return times;
}

}  // namespace support::chaos
