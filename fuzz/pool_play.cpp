#include "pool_play.hpp"

#include "concur/executors/process_pool.hpp"
#include "concur/platform/child_process.hpp"

#include <csignal>

namespace fuzz {
namespace {

constexpr std::uint32_t most_tasks = 200;
constexpr int most_helps = 1;  // each spins for a while
constexpr int most_waits = 20'000;  // after the script's end

std::uint32_t init_task(std::uint32_t n, const std::string&) { return n; }

concur::process_pool_options options_from(script& s) {
    const std::uint8_t bits = s.byte();
    concur::process_pool_options o{.max_workers = 1 + bits % 3, .stop_grace = std::chrono::seconds(1)};
    if ((bits & 4) != 0) o.max_tasks_per_child = 1 + (bits >> 6);
    if ((bits & 8) != 0) o.on_worker_death = concur::worker_death::break_pool;
    if ((bits & 16) != 0) o.initializer = {&init_task, 7U, std::string((bits & 32) != 0 ? 300 : 1, 'i')};
    return o;
}

// Which of the first descriptors are open.
std::array<bool, 128> open_files() {
    std::array<pollfd, 128> all{};
    for (std::size_t i = 0; i < all.size(); ++i) all[i].fd = static_cast<int>(i);
    ::poll(all.data(), all.size(), 0);
    std::array<bool, 128> open{};
    for (std::size_t i = 0; i < all.size(); ++i) open[i] = (all[i].revents & POLLNVAL) == 0;
    return open;
}

pool_play* playing = nullptr;

}  // namespace

void play_pool(const std::uint8_t* data, std::size_t size) {
    static const auto quiet = std::signal(SIGPIPE, SIG_IGN);
    static_cast<void>(quiet);
    const auto before = open_files();
    pool_play({data, size}).run();
    if (open_files() != before) broken("descriptors were kept, or closed that were not the pool's");
    if (!the_system().shared.empty()) broken("shared memory is still mapped");
}

pool_play::pool_play(std::span<const std::uint8_t> bytes)
    : script_(bytes), options_(options_from(script_)), deaf_in_the_end_(script_.byte() % 2 != 0) {
    honest_runs() = {};
    the_system().player = this;
    playing = this;
    platform::set_injector(&injected);
    pool_ = std::make_unique<concur::process_pool_executor>(options_);
    if (options_.initializer) played_worker::know_thunk(options_.initializer.request().data());
}

pool_play::~pool_play() {
    platform::set_injector(nullptr);
    the_system().player = nullptr;
    playing = nullptr;
}

void pool_play::run() {
    while (the_system().collector == nullptr && !script_.is_over()) submit();
    if (auto* const collect = std::exchange(the_system().collector, nullptr)) collect(the_system().argument);
    the_system().collector = nullptr;
    pool_->shutdown();
    for (const auto& a : asked_) a->check(!some_failed_);
    if (!the_system().alarms.empty()) broken("a timer is left");
    asked_.clear();
    pool_.reset();
    workers_.clear();
    server_.reset();
}

// --- the program ------------------------------------------------------------------------------------

void pool_play::submit() {
    if (numbers_ >= most_tasks) return;
    const std::uint8_t what = script_.byte();
    const std::uint32_t n = numbers_++;
    concur::task_options o{.priority = what / 8 % 4, .idempotent = (what & 64) != 0};
    if ((what & 128) != 0) o.timeout = std::chrono::seconds(1 + script_.byte());
    concur::remote_host& host = *pool_->remote();
    const std::string text(std::array<std::size_t, 4>{10, 300, 5000, n % 8 == 7 ? 70'000U : 96U}[n % 4], 't');
    try {
        switch (what % 8) {
            case 0: asked_.push_back(ask(host, o, n, text, &large_task, n, text)); break;
            case 1: asked_.push_back(ask(host, o, n, json_task(256, n % 16), &json_task, n, n % 16)); break;
            case 2: asked_.push_back(ask(host, o, n, tree_task(256), &tree_task, n)); break;
            case 3: asked_.push_back(ask(host, o, n, 0, &throwing_task, n)); break;
            case 4: asked_.push_back(ask(host, o, n, n + 1, &stoppable_task, n)); break;
            default: asked_.push_back(ask(host, o, n, n * 2654435761U, &small_task, n));
        }
    } catch (const concur::executor_shutdown&) {
    } catch (const concur::broken_process_pool&) {
    } catch (const std::system_error&) {
        if (!some_failed_) broken("a task was not taken, and nothing had failed");
    }
}

void pool_play::program_acts(std::uint8_t what) {
    asked* const some = asked_.empty() || what < 2 ? nullptr : asked_[script_.byte() % asked_.size()].get();
    switch (what) {
        case 0: return submit();
        case 1: return the_system().pass(std::int64_t{script_.byte()} * 10'000'000);
        case 2: return static_cast<void>(some != nullptr && some->cancel());
        case 3: return some != nullptr ? some->request_stop() : void();
        case 4: return some != nullptr && helps_++ < most_helps ? some->help() : void();
        case 5: was_shut_ = true; return pool_->shutdown({.wait = false, .cancel_futures = script_.byte() % 2 != 0});
        case 6: was_shut_ = true; return script_.byte() % 2 != 0 ? pool_->kill_workers() : pool_->terminate_workers();
        default: return stuck_ ? stuck_.reset() : void(stuck_.emplace());
    }
}

stuck_errors::stuck_errors() : before_(::fcntl(2, F_DUPFD_CLOEXEC, 64)) {
    const acting now;
    platform::pipe_ends full = platform::make_pipe();
    ::fcntl(full.write.get(), F_SETFL, O_NONBLOCK);
    const std::array<char, 4096> much{};
    while (::write(full.write.get(), much.data(), much.size()) > 0) continue;
    ::dup2(full.write.get(), 2);
    unread_ = std::move(full.read);
}

stuck_errors::~stuck_errors() { ::dup2(before_.get(), 2); }

// --- what happens while the pool's thread sleeps ------------------------------------------------------

void pool_play::before_wait(std::int64_t) {
    if (winding_up_ && ++waits_ > most_waits) broken("the pool's thread does not come to rest");
    while (!script_.is_over()) {
        const std::uint8_t what = script_.byte();
        if (what < 16) return;  // the pool's turn
        if (what < 80) program_acts(what % 8);
        else hostile_act();
    }
    loads_left_ = 0;
    the_system().wants_loads = false;
    calls_left_ = 0;
    stuck_.reset();
    wind_up();
}

// The script is over: the pool is shut down, those that were taken over die, and the others do what they are there for.
void pool_play::wind_up() {
    if (!winding_up_) {
        winding_up_ = true;
        if (!was_shut_) pool_->shutdown({.wait = false});
    }
    const acting now;
    obey_signals();
    for (const worker_ptr& w : std::vector(workers_))
        if (!w->alive() || (!w->honest && !deaf_in_the_end_)) kill(*w, SIGKILL, false);
    serve_honestly();
}

void pool_play::nothing_came(std::int64_t ns) {
    if (!winding_up_) return;
    if (ns > 0) return the_system().pass(ns);
    if (others_act()) return;
    if (the_system().alarms.empty()) broken("the pool waits for what does not come");
    the_system().pass(std::int64_t{1} << 40);
}

// A task or an initializer that hangs in a worker hangs for ever, and it is right to wait for it: that worker dies in
// the end.
bool pool_play::others_act() {
    const acting now;
    const bool obeyed = obey_signals(), served = serve_honestly();
    if (obeyed || served) return true;
    const bool all_done = std::ranges::all_of(asked_, [](const auto& a) { return a->is_done(); });
    if (all_done && !options_.initializer) return false;
    bool any = false;
    for (const worker_ptr& w : std::vector(workers_))
        if (w->alive() && !w->honest) kill(*w, SIGKILL, false), any = true;
    return any;
}

bool pool_play::serve_honestly() {
    bool any = false;
    for (const worker_ptr& w : std::vector(workers_)) {
        if (!w->honest || !w->alive()) continue;
        any |= w->serve();
        any |= goes_home(*w);
    }
    return any;
}

bool pool_play::goes_home(played_worker& w) {
    if (!w.retired && !w.failed) return false;
    w.die();
    report_end(w, 0, w.failed ? 72 : 0);
    return true;
}

bool pool_play::obey_signals() {
    bool any = false;
    for (const worker_ptr& w : std::vector(workers_)) {
        if (!w->alive() || w->signal == 0 || (w->signal == SIGTERM && !w->honest && deaf_in_the_end_)) continue;
        kill(*w, w->signal, true);
        any = true;
    }
    return any;
}

// --- the server -----------------------------------------------------------------------------------------

void pool_play::kill(played_worker& w, int signal, bool as_ordered) {
    if (w.alive()) w.die();
    if (std::exchange(w.reported, true)) return;
    report({.what = server_report::kind::ended,
            .worker = w.id,
            .pid = static_cast<std::int64_t>(w.id),
            .signal = signal,
            .as_ordered = as_ordered ? 1U : 0U},
           nullptr);
}

void pool_play::report_end(played_worker& w, int signal, int exit_code) {
    if (std::exchange(w.reported, true)) return;
    report({.what = server_report::kind::ended,
            .worker = w.id,
            .pid = static_cast<std::int64_t>(w.id),
            .exit_code = signal != 0 ? -1 : exit_code,
            .signal = signal},
           nullptr);
}

void pool_play::report(const server_report& r, const played_worker* w) {
    if (!server_) return;
    const auto sent = w != nullptr ? platform::send_packet(server_.get(), &r, sizeof r, {w->pidfd.get()})
                                   : platform::send_packet(server_.get(), &r, sizeof r);
    if (sent == platform::transfer::would_block) broken("the pool does not read what its server reports");
}

void pool_play::server_started(int socket) {
    server_.reset(socket);
    report({.what = server_report::kind::hello}, nullptr);
}

void pool_play::server_ended() {
    for (const worker_ptr& w : workers_) w->die();
    workers_.clear();
    server_.reset();
}

bool pool_play::worker_wanted(std::uint64_t id, int channel, int socket, int standard_error) {
    if (!server_) return false;
    workers_.push_back(std::make_shared<played_worker>(id, channel, socket, standard_error, winding_up_));
    report_start(*workers_.back());
    return true;
}

void pool_play::worker_signalled(std::uint64_t id, int signal) {
    for (const worker_ptr& w : workers_)
        if (w->id == id && w->signal != SIGKILL) w->signal = signal;
}

// --- what may happen at any moment ----------------------------------------------------------------------

void pool_play::before_load() {
    if (loads_left_ == 0 || --loads_left_ != 0) return;
    the_system().wants_loads = false;
    const acting now;
    hostile_act();
}

int pool_play::injected(platform::system_call) noexcept {
    if (playing == nullptr || the_system().acting) return 0;
    if (playing->loads_left_ != 0 && playing->loads_left_ % 8 == 0) playing->before_load();
    if (playing->calls_left_ == 0 || --playing->calls_left_ != 0) return 0;
    playing->some_failed_ = true;
    return playing->failure_;
}

}  // namespace fuzz
