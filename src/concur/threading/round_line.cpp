#include "concur/threading/round_line.hpp"

#include "concur/core/error.hpp"

namespace concur::threading {
namespace {

round_line::arrival& arrival_of(const waiter& w) noexcept {
    return *reinterpret_cast<round_line::arrival*>(static_cast<std::uintptr_t>(w.ticket));
}

}  // namespace

class round_line::round_law final : public waiting_law {
public:
    bool try_now(waiter&) const noexcept override { return false; }
    bool join(waiter& w) const noexcept override;
    bool end(waiter& w, turn how) const noexcept override;
    bool leave(waiter& w) const noexcept override;
    void pass_on(waiter&) const noexcept override {}
    const char* kind() const noexcept override { return "barrier"; }
};

const waiting_law& round_line::law() noexcept {
    static constexpr round_law one;
    return one;
}

bool round_line::round_law::join(waiter& w) const noexcept {
    taken_waiters told;
    bool stands = false;
    {
        line_at line(w.at);
        stands = static_cast<round_line*>(w.at)->join(line, w, told);
    }
    told.run_all_aside();
    return stands;
}

bool round_line::round_law::end(waiter& w, turn how) const noexcept {
    taken_waiters told;
    {
        line_at line(w.at);
        if (!line.end(w, how)) return false;
        static_cast<round_line*>(w.at)->note_gone(line, w, told);
    }
    told.run_all_aside();
    return true;
}

bool round_line::round_law::leave(waiter& w) const noexcept {
    taken_waiters told;
    {
        line_at line(w.at);
        if (!line.leave(w)) return false;
        static_cast<round_line*>(w.at)->note_gone(line, w, told);
    }
    told.run_all_aside();
    return true;
}

// One whose time was over while it was called has come all the same, and gives up at once.
bool round_line::join(line_at& line, waiter& w, taken_waiters& told) noexcept {
    arrival& a = arrival_of(w);
    if (broken_) {
        w.how = turn::refused;
        return false;
    }
    if (arrived_ == parties_) return line.join(w);
    a = {arrived_++, round_};
    if (arrived_ == parties_) {
        w.how = turn::given;
        return false;
    }
    if (line.join(w)) return true;
    break_up(line, told);
    return false;
}

// One of the next round has not come yet, as far as the others know.
void round_line::note_gone(line_at& line, const waiter& w, taken_waiters& told) noexcept {
    if (arrival_of(w).index != no_index) break_up(line, told);
}

void round_line::break_up(line_at& line, taken_waiters& told) noexcept {
    broken_ = true;
    line.take_all(turn::refused, told);
}

// Those who have come in this round; those of the next one come anew.
void round_line::send_away(line_at& line, turn how, taken_waiters& told) noexcept {
    arrived_ = 0;
    ++round_;
    while (waiter* const w = line.first()) told.push(*line.take(arrival_of(*w).index == no_index ? turn::called : how));
}

std::size_t round_line::come_out(turn how, const arrival& a, const function<void()>& action) {
    if (how == turn::refused) throw broken_barrier_error("wait: the barrier is broken, or was reset; reset() mends it");
    if (how != turn::given && a.index == no_index)
        throw broken_barrier_error("wait: the round before did not end in time, or a stop was asked for");
    if (how != turn::given)
        throw broken_barrier_error("wait: not all came in time, or a stop was asked for; the barrier is broken now");
    if (a.index + 1 < parties_) return a.index;
    try {
        if (action) action();
    } catch (...) {
        break_round(a.round);
        throw;
    }
    if (!end_round(a.round)) throw broken_barrier_error("wait: the barrier was aborted or reset while its action ran");
    return a.index;
}

void round_line::break_round(std::uint32_t round) noexcept {
    taken_waiters told;
    {
        line_at line(this);
        if (round_ == round) break_up(line, told);
    }
    told.run_all();
}

// False: it has ended otherwise.
bool round_line::end_round(std::uint32_t round) noexcept {
    taken_waiters told;
    {
        line_at line(this);
        if (broken_ || round_ != round) return false;
        send_away(line, turn::given, told);
    }
    told.run_all();
    return true;
}

void round_line::abort() noexcept {
    taken_waiters told;
    {
        line_at line(this);
        break_up(line, told);
    }
    told.run_all();
}

void round_line::reset() noexcept {
    taken_waiters told;
    {
        line_at line(this);
        broken_ = false;
        send_away(line, turn::refused, told);
    }
    told.run_all();
}

std::size_t round_line::waiting() const noexcept {
    const line_at line(this);
    return broken_ ? 0 : arrived_;
}

bool round_line::broken() const noexcept {
    const line_at line(this);
    return broken_;
}

}  // namespace concur::threading
