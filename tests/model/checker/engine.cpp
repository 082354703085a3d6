#include "engine.hpp"

#include <cstdlib>
#include <cstring>
#include <exception>

namespace concur::model {

bool in_program = false;
engine* the_engine = nullptr;

namespace {

std::string name(std::size_t thread) { return "thread " + std::to_string(thread); }

}  // namespace

engine::engine() { forget_stacks(); }

void engine::forget_stacks() {
    for (thread& t : threads_) t.own.begin(&engine::thread_main);
    for (thread& t : threads_) t.now = state::unused;
}

void engine::reset() {
    races.start_schedule();
    atomics.start_schedule();
    blocks.start_schedule();
    log.start_schedule();
    for (std::size_t i = 0; i < started_; ++i) threads_[i].now = state::unused;
    for (std::size_t i = 0; i < lent_count_; ++i) lent_[i].bytes.fill(0);
    at_exit.clear();
    started_ = ended_ = lent_count_ = 0;
    turns_ = 0;
    steps_ = 0;
    ready_ = yielded_ = timed_ = ordered_ = 0;
    now = 1'000'000'000;
    failing_starts = 0;
    failed_ = false;
    current_ = 0;
}

bool engine::run_schedule(void (*body)()) {
    reset();
    body_ = body;
    start([](void*) { the_engine->body_thread(); }, nullptr);
    show_block();
    runs_ = true;
    outside_.leave_for(threads_[0].own);
    runs_ = false;
    if (!failed_) require_no_leak();
    for (std::size_t i = 0; i < started_; ++i)
        if (threads_[i].now != state::ended) threads_[i].own.begin(&engine::thread_main);
    globals.put_back();
    search.end_schedule(steps_);
    return !failed_;
}

// Runs in the program: thread 0, and then what was to run at the program's end.
void engine::body_thread() {
    body_();
    while (true) {
        void (*last)() = nullptr;
        {
            const visit v;
            if (!at_exit.empty()) {
                last = at_exit.back();
                at_exit.pop_back();
            }
        }
        if (last == nullptr) return;
        last();
    }
}

void engine::thread_main() {
    while (true) {
        engine& e = *the_engine;
        thread& t = e.current();
        in_program = true;
        try {
            t.run(t.argument);
            while (platform::thread_end* const end = t.left) {
                t.left = end->next;
                end->run(*end);
            }
        } catch (const std::exception& error) {
            in_program = false;
            e.fail(std::string("an exception left ") + name(e.current_) + ": " + error.what());
        } catch (...) {
            in_program = false;
            e.fail("an exception left " + name(e.current_));
        }
        in_program = false;
        e.thread_ended();
    }
}

std::size_t engine::start(void (*run)(void*), void* argument) {
    if (started_ == max_threads) fail("the scenario starts more than eight threads");
    const std::size_t id = started_++;
    thread& t = threads_[id];
    t.known = {};
    t.run = run;
    t.argument = argument;
    t.lent_block = -1;
    t.left = nullptr;
    t.forever = 0;
    t.at = 0;
    t.ran = t.yielded = t.ready_then = t.goes_after = 0;
    t.now = state::ready;
    t.detached = t.timed = t.timed_out = false;
    ready_ |= bit(id);
    if (id != 0) {
        t.known.clock = current().known.clock;
        t.known.view = current().known.view;
        add_event(deed::start, current().at, nullptr, id);
        tick_on();
    }
    t.known.clock.at[id] = t.known.view.at[id] = 1;
    return id;
}

void engine::thread_ended() {
    thread& t = current();
    t.now = state::ended;
    ready_ &= ~bit(current_);
    ++ended_;
    add_event(deed::end, 0);
    if (t.lent_block >= 0) {
        lent& l = lent_[static_cast<std::size_t>(t.lent_block)];
        l.left = t.known.clock;
        l.free = true;
    }
    for (std::size_t i = 0; i < started_; ++i) {
        if (threads_[i].now != state::joining || threads_[i].joins != current_) continue;
        threads_[i].now = state::ready;
        ready_ |= bit(i);
    }
    yielded_ = 0;
    if (is_over()) t.own.leave_for(outside_);
    else pause();
}

// The program has ended: whoever is left was detached and sleeps. A process would end here too.
bool engine::is_over() const {
    if (ended_ == started_) return true;
    if (ready_ != 0 || threads_[0].now != state::ended) return false;
    for (std::size_t i = 0; i < started_; ++i)
        if (threads_[i].now != state::ended && !threads_[i].detached) return false;
    return true;
}

void engine::fail(std::string what) {
    in_program = false;
    failure_ = std::move(what);
    failed_ = true;
    current().own.leave_for(outside_);
    std::abort();  // no one comes back to what was dropped
}

void engine::note(std::uintptr_t at, std::size_t size, touch how, place from) {
    const auto id = static_cast<std::uint8_t>(current_);
    const vector_clock& clock = current().known.clock;
    const bool good = races.note(at, size, {clock.at[id], from, id, 0, how}, clock);
    if (good && !races.full()) return;
    in_program = false;
    if (!good) fail(sentence(races.found()));
    fail("the scenario touches more memory than the checker follows");
}

void engine::require_alive(const void* at, const char* what, place from) {
    const auto key = reinterpret_cast<std::uintptr_t>(at);
    const access* freed = races.freed_at(key);
    if (freed == nullptr && !atomics.at(key).ended) return;
    std::string text = std::string(what) + " by " + name(current_) + " at " + written(from);
    if (freed != nullptr) text += "; " + name(freed->thread) + " had freed it at " + written(freed->from);
    else text += "; the atomic there had been destroyed";
    fail(text);
}

word& engine::word_at(const void* at, std::size_t size) {
    const auto key = reinterpret_cast<std::uintptr_t>(at);
    word& w = atomics.at(key);
    std::uint64_t value = 0;
    std::memcpy(&value, at, size);
    if (atomics.full()) fail("the scenario has more atomics than the checker follows");
    if (w.size == 0 || w.newest().value != value) w.begin(value);
    w.size = static_cast<std::uint8_t>(size);
    return w;
}

void engine::synchronise(const void* at) {
    knowledge& k = current().known;
    stored& s = word_at(at, 8).newest();
    k.clock.join(s.released);
    k.view.join(s.released);
    s.released = k.clock;
    tick_on();
}

void engine::add_event(deed what, place from, const void* at, std::uint64_t before, std::uint64_t after,
                       std::memory_order order, std::uint32_t age) {
    log.add({what, static_cast<std::uint8_t>(current_), static_cast<std::uint8_t>(order),
             static_cast<std::uint8_t>(age), from, reinterpret_cast<std::uintptr_t>(at), before, after});
}

// A block that an ended thread left goes to the next thread that asks.
void* engine::block_of_current() {
    thread& t = current();
    for (std::size_t i = 0; t.lent_block < 0 && i < lent_count_; ++i)
        if (lent_[i].free) t.lent_block = static_cast<int>(i);
    const bool fresh = t.lent_block < 0;
    if (fresh) t.lent_block = static_cast<int>(lent_count_++);
    lent& l = lent_[static_cast<std::size_t>(t.lent_block)];
    if (!fresh && l.free) {
        t.known.clock.join(l.left);
        t.known.view.join(l.left);
    }
    l.free = false;
    show_block();
    return l.bytes.data();
}

// All threads of a schedule are fibers of one thread: what the library keeps for each has to go with them.
void engine::show_block() noexcept {
    const int mine = current().lent_block;
    platform::lent_block = mine < 0 ? nullptr : lent_[static_cast<std::size_t>(mine)].bytes.data();
}

std::string engine::stuck() const {
    std::string text;
    for (std::size_t i = 0; i < started_; ++i) {
        const thread& t = threads_[i];
        text += "  " + name(i);
        if (t.now == state::ended) text += " has ended\n";
        else if (t.now == state::joining) text += " joins " + name(t.joins) + " at " + written(t.at) + "\n";
        else if (t.now == state::sleeping) text += " sleeps at " + written(t.at) + "\n";
        else text += " could go on at " + written(t.at) + "\n";
    }
    return text;
}

void engine::require_no_leak() {
    std::vector<heap::range> roots;
    if (blocks.any_alive()) {
        roots = globals.ranges();
        for (std::size_t i = 0; i < lent_count_; ++i) {
            const auto begin = reinterpret_cast<std::uintptr_t>(lent_[i].bytes.data());
            roots.push_back({begin, begin + block_size});
        }
    }
    for (std::size_t i = 0; i < started_ && blocks.any_alive(); ++i)
        if (threads_[i].now != state::ended) roots.push_back(threads_[i].own.stack_in_use());
    const block* lost = blocks.leak(std::move(roots));
    if (lost == nullptr) return;
    failed_ = true;
    failure_ = "leak: " + std::to_string(lost->size) + " bytes that " + name(lost->by) + " allocated at " +
               written(lost->allocated);
}

}  // namespace concur::model
