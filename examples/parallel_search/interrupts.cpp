#include "interrupts.hpp"

#include <pthread.h>

namespace parallel_search {
namespace {

bool is_ignored(int signal) {
    struct sigaction action{};
    ::sigaction(signal, nullptr, &action);
    return action.sa_handler == SIG_IGN;
}

}  // namespace

interrupts::interrupts(std::function<void()> on_first) : on_first_(std::move(on_first)) {
    ::sigemptyset(&signals_);
    ::sigaddset(&signals_, SIGINT);
    if (is_ignored(SIGINT)) return;
    ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    thread_ = std::thread([this] { watch(); });
}

interrupts::~interrupts() {
    if (!thread_.joinable()) return;
    state was = state::watching;
    if (state_.compare_exchange_strong(was, state::ended)) {
        ::pthread_kill(thread_.native_handle(), SIGINT);  // it waits for one
    } else {
        state_.store(state::ended);
        state_.notify_one();
    }
    thread_.join();
}

void interrupts::watch() {
    int signal = 0;
    ::sigwait(&signals_, &signal);
    state was = state::watching;
    if (!state_.compare_exchange_strong(was, state::interrupted)) return;
    ::pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
    on_first_();
    state_.wait(state::interrupted);
}

}  // namespace parallel_search
