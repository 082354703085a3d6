#include "concur/core/lock_watch.hpp"

#include "concur/core/alarm.hpp"
#include "concur/core/aside.hpp"
#include "concur/core/lock_word.hpp"
#include "concur/platform/clock.hpp"
#include "concur/platform/os_thread.hpp"
#include "concur/platform/process.hpp"
#include "concur/platform/stderr.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <new>
#include <utility>
#include <vector>

namespace concur {

constinit atomic<std::uint32_t> lock_watch::state_{0};

holder holder::this_thread() noexcept { return {static_cast<std::uint64_t>(platform::native_thread_id()), false}; }

holder holder::coroutine(const void* frame) noexcept {
    return {static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(frame)), true};
}

namespace {

struct held_lock {
    const void* lock;
    std::source_location where;
};

// Somebody who had the one wanted the other.
struct edge {
    holder who;
    std::source_location had, wanted;
};

struct wait_for {
    const void* at;
    const char* kind;
    holder who;
    std::int64_t since;
    bool reported = false;
};

struct by_id {
    bool operator()(const holder& a, const holder& b) const noexcept {
        return std::pair(a.id, a.is_coroutine) < std::pair(b.id, b.is_coroutine);
    }
};

struct graph {
    std::map<holder, std::vector<held_lock>, by_id> held;
    std::map<const void*, std::vector<holder>> holders;
    std::map<const void*, std::map<const void*, edge>> after;
    std::map<const void*, std::string> names;
    std::map<const void*, wait_for> waits;
};

constinit lock_word graph_lock;  // guards all of it

// Never destroyed: locks are let go after main, too.
constinit graph* seen_so_far = nullptr;
graph& all() {
    if (seen_so_far == nullptr) seen_so_far = new graph;
    return *seen_so_far;
}
std::int64_t longest_ns = 0;
constexpr std::int64_t shortest_look_ns = 500'000;

struct look_again final : timer_alarm {
    look_again() noexcept : timer_alarm(&ring) {}
    static void ring(timer_alarm& a) noexcept;
};

function<void(std::string_view)>& hook() {
    static auto& one = *new function<void(std::string_view)>;
    return one;
}

std::string text_of(const holder& h) {
    if (!h.is_coroutine)
        return "thread '" + platform::thread_name_of(static_cast<std::int64_t>(h.id)) + "' (" + std::to_string(h.id) +
               ")";
    char text[48];
    std::snprintf(text, sizeof text, "coroutine %#llx", static_cast<unsigned long long>(h.id));
    return text;
}

std::string text_of(const std::source_location& l) {
    return std::string(l.file_name()) + ":" + std::to_string(l.line()) + " (" + l.function_name() + ")";
}

// With the lock held, as those that follow.
std::string name_of(const void* at, const char* kind = "lock") {
    const auto named = all().names.find(at);
    if (named != all().names.end()) return std::string(kind) + " '" + named->second + "'";
    char text[48];
    std::snprintf(text, sizeof text, " %p", at);
    return kind + std::string(text);
}

// The way from one lock to another along edges, the two included; empty: there is none.
std::vector<const void*> find_way(const void* from, const void* to) {
    std::map<const void*, const void*> reached_from{{from, nullptr}};
    std::vector<const void*> to_look_at{from};
    while (!to_look_at.empty() && !reached_from.contains(to)) {
        const void* const here = to_look_at.back();
        to_look_at.pop_back();
        const auto next = all().after.find(here);
        if (next == all().after.end()) continue;
        for (const auto& [there, e] : next->second)
            if (reached_from.emplace(there, here).second) to_look_at.push_back(there);
    }
    std::vector<const void*> way;
    if (!reached_from.contains(to)) return way;
    for (const void* at = to; at != nullptr; at = reached_from.at(at)) way.push_back(at);
    std::reverse(way.begin(), way.end());
    return way;
}

std::string describe(const void* first, const void* second, const edge& e) {
    return "  " + text_of(e.who) + " wanted " + name_of(second) + " at " + text_of(e.wanted) + "\n    while it had " +
           name_of(first) + " from " + text_of(e.had) + "\n";
}

std::string report_of_circle(const std::vector<const void*>& way) {
    std::string text =
        "concur: locks are taken in a circle, so that those who take them can wait for each other for ever\n";
    const std::size_t steps = way.size() - 1, most = 12;
    for (std::size_t i = 0; i < steps; ++i) {
        if (steps > most && i == most - 1) {
            text += "  ... " + std::to_string(steps - most) + " more ...\n";
            i = steps - 1;
        }
        text += describe(way[i], way[i + 1], all().after[way[i]].at(way[i + 1]));
    }
    return text + "  take them in the same order everywhere, or together by std::scoped_lock\n";
}

std::string report_of_wait(const wait_for& w) {
    std::string text = "concur: " + text_of(w.who) + " has waited for " +
                       std::to_string((platform::steady_ns() - w.since) / 1'000'000) + " ms for " +
                       name_of(w.at, w.kind) + "\n";
    const auto holders = all().holders.find(w.at);
    if (holders == all().holders.end()) return text;
    for (const holder& h : holders->second)
        for (const held_lock& l : all().held[h])
            if (l.lock == w.at) text += "  " + text_of(h) + " has it from " + text_of(l.where) + "\n";
    if (std::find(holders->second.begin(), holders->second.end(), w.who) != holders->second.end())
        text += "  it waits for itself, unless another lets it go; an rlock can be acquired again\n";
    return text;
}

void tell(const std::string& text) noexcept {
    if (text.empty()) return;
    try {
        function<void(std::string_view)> to;
        {
            const holding h(graph_lock);
            to = hook();
        }
        if (to) to(text);
        else platform::write_stderr(text);
    } catch (...) {
        platform::write_stderr(text);
    }
}

// What it says about the locks that are held while another one is wanted; empty: nothing new.
std::string add_edges(const void* wanted, holder who, const std::source_location& where) {
    std::string text;
    const auto mine = all().held.find(who);
    if (mine == all().held.end()) return text;
    for (const held_lock& had : mine->second) {
        if (had.lock == wanted) continue;  // another may let it go
        auto& after = all().after[had.lock];
        if (after.contains(wanted)) continue;
        std::vector<const void*> way = find_way(wanted, had.lock);
        after.emplace(wanted, edge{who, had.where, where});
        if (way.empty() || !text.empty()) continue;
        way.push_back(wanted);
        text = report_of_circle(way);
    }
    return text;
}

void drop_from(std::vector<held_lock>& list, const void* of) {
    const auto last = std::find_if(list.rbegin(), list.rend(), [of](const held_lock& l) { return l.lock == of; });
    if (last != list.rend()) list.erase(std::next(last).base());
}

// One holder less: the caller where it is one, or else the first.
void drop_holder(const void* of) {
    const auto found = all().holders.find(of);
    if (found == all().holders.end()) return;
    auto& list = found->second;
    auto it = std::find(list.begin(), list.end(), holder::this_thread());
    if (it == list.end()) it = list.begin();
    const auto mine = all().held.find(*it);
    if (mine != all().held.end()) {
        drop_from(mine->second, of);
        if (mine->second.empty()) all().held.erase(mine);
    }
    list.erase(it);
    if (list.empty()) all().holders.erase(found);
}

std::vector<std::string> overdue_waits() {
    std::vector<std::string> texts;
    const std::int64_t now = platform::steady_ns();
    for (auto& [waiter, w] : all().waits) {
        if (w.reported || now - w.since < longest_ns) continue;
        w.reported = true;
        texts.push_back(report_of_wait(w));
    }
    return texts;
}

// Never rung again once the watch is off. It goes on as long as there is somebody who waits.
constinit bool looks_again = false;  // it is set, or rings

look_again& looker() {
    static look_again& one = *new look_again;
    return one;
}

void look_later() noexcept {
    try {
        looker().set(deadline(timeout(std::chrono::nanoseconds(std::max(longest_ns / 2, shortest_look_ns)))));
        looks_again = true;
    } catch (...) {
        looks_again = false;  // no thread for it: waits go unseen
    }
}

void look_again::ring(timer_alarm&) noexcept {
    std::vector<std::string> texts;
    try {
        const holding h(graph_lock);
        looks_again = false;
        if (!lock_watch::is_on() || all().waits.empty() || longest_ns == timeout::endless) return;
        texts = overdue_waits();
        look_later();
    } catch (...) {  // no memory to tell of it
    }
    for (const std::string& text : texts) tell(text);
}

// Whatever is done with the graph: where there is no memory for it, it is left as it is.
template <class F>
void quietly(F change) noexcept {
    std::string text;
    try {
        const holding h(graph_lock);
        text = change();
    } catch (...) {
    }
    tell(text);
}

// Asked for from outside, before main.
bool is_asked_for() noexcept {
    const char* const value = std::getenv("CONCUR_DEADLOCK_WATCH");
    if (value == nullptr || std::string_view(value).empty() || std::string_view(value) == "0") return false;
    lock_watch::turn_on(std::chrono::seconds{10});
    return true;
}

[[maybe_unused]] const bool was_asked_for = is_asked_for();

}  // namespace

// With the lock held.
void lock_watch::change(std::uint32_t set, std::uint32_t clear) noexcept {
    state_.store((state_.load(std::memory_order_relaxed) & ~clear) | set, std::memory_order_relaxed);
}

// The graph may have been in the middle of a change, and the timer has no thread here: it begins anew, and leaves the
// old one as it is.
void lock_watch::forget_in_child() noexcept {
    ::new (&graph_lock) lock_word;
    seen_so_far = nullptr;
    looks_again = false;
    change(0, has_names);
}

// Waits that last already are measured by the new limit.
void lock_watch::turn_on(timeout longest_wait) noexcept {
    static const bool is_forked_well = platform::in_fork_child([] { forget_in_child(); });
    static_cast<void>(is_forked_well);
    const holding h(graph_lock);
    longest_ns = longest_wait.ns();
    change(on, 0);
    if (looks_again && looker().cancel()) looks_again = false;
    if (!looks_again && seen_so_far != nullptr && !all().waits.empty() && longest_ns != timeout::endless) look_later();
}

// What was seen of locks that are held is of no use later, since what happens meanwhile goes unseen.
void lock_watch::turn_off() noexcept {
    const holding h(graph_lock);
    change(0, on);
    if (seen_so_far == nullptr) return;
    all().held.clear();
    all().holders.clear();
    all().after.clear();
    all().waits.clear();
}

void lock_watch::report_to(function<void(std::string_view)> to) {
    const holding h(graph_lock);
    hook() = std::move(to);
}

void lock_watch::name(const void* of, std::string text) {
    const holding h(graph_lock);
    all().names.insert_or_assign(of, std::move(text));
    change(has_names, 0);
}

void lock_watch::wants(const void* wanted, holder who, const std::source_location& where) noexcept {
    quietly([&] { return is_on() ? add_edges(wanted, who, where) : std::string(); });
}

void lock_watch::has(const void* got, holder who, const std::source_location& where) noexcept {
    quietly([&] {
        if (!is_on()) return std::string();  // it was turned off since
        all().held[who].push_back({got, where});
        all().holders[got].push_back(who);
        return std::string();
    });
}

void lock_watch::lets_go(const void* of) noexcept {
    quietly([&] { return drop_holder(of), std::string(); });
}

void lock_watch::forget(const void* gone) noexcept {
    quietly([&] {
        while (all().holders.contains(gone)) drop_holder(gone);
        all().after.erase(gone);
        for (auto& [lock_before, after] : all().after) after.erase(gone);
        all().names.erase(gone);
        return std::string();
    });
}

void lock_watch::ends(const void* at, const char* kind, bool is_waited_for) noexcept {
    if (is_waited_for)
        quietly([&] {
            return "concur: " + text_of(holder::this_thread()) + " destroys " + name_of(at, kind) +
                   " while others wait for it\n  let it live until they have gone on\n";
        });
    forget(at);
}

void lock_watch::waits(const void* waiter, const void* at, const char* kind, holder who) noexcept {
    quietly([&] {
        if (!is_on()) return std::string();
        all().waits.insert_or_assign(waiter, wait_for{at, kind, who, platform::steady_ns()});
        if (!looks_again && longest_ns != timeout::endless) look_later();
        return std::string();
    });
}

void lock_watch::waits_no_more(const void* waiter) noexcept {
    quietly([&] { return all().waits.erase(waiter), std::string(); });
}

}  // namespace concur
