#include "concur/core/this_thread.hpp"

#include <new>

namespace concur {
namespace {

// Deep enough: little stack is left, or so many calls that a race detector's list of them is full.
bool is_deep(int depth) noexcept { return depth >= 2'000 || platform::stack_left() < std::size_t{256} * 1024; }

void run_all(job_line& line) noexcept {
    while (job* const j = line.pop()) j->run(*j);
}

}  // namespace

static_assert(sizeof(thread_state) <= platform::thread_block_size, "the block is too small for what we keep in it");

// The block is all zero when the thread is its first owner.
thread_state& thread_state::make() noexcept {
    void* const block = platform::thread_block();
    auto* const state = static_cast<thread_state*>(block);
    return state->made ? *state : *::new (block) thread_state;
}

reading::reading(const void* from) noexcept : from_(from), around_(thread_state::mine().reads) {
    thread_state::mine().reads = this;
}

reading::~reading() { thread_state::mine().reads = around_; }

bool reading::is_under_way(const void* from) noexcept {
    const reading* r = thread_state::mine().reads;
    while (r != nullptr && r->from_ != from) r = r->around_;
    return r != nullptr;
}

void run_continuations(job_line& line) noexcept {
    thread_state& me = thread_state::mine();
    if (me.depth > 0 && is_deep(me.depth)) {
        while (job* const j = line.pop()) me.deferred.push(*j);
        return;
    }
    ++me.depth;
    run_all(line);
    if (me.depth == 1) run_all(me.deferred);
    --me.depth;
}

void run_deferred() noexcept { run_all(thread_state::mine().deferred); }

}  // namespace concur
