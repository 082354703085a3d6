// What a worker that was taken over does with all that it shares with its pool.
#include "pool_play.hpp"

#include <cerrno>
#include <csignal>
#include <sys/mman.h>

namespace fuzz {

void pool_play::hostile_act() {
    const acting now;
    if (workers_.empty()) return;
    const std::uint8_t what = script_.byte();
    const worker_ptr w = workers_[what / 32 % workers_.size()];
    if (!w->alive()) {
        if (!w->reported) kill(*w, SIGKILL, w->signal == SIGKILL);
        return;
    }
    if (!w->honest) act(*w, what % 32);
}

void pool_play::act(played_worker& w, std::uint8_t what) {
    switch (what) {
        case 0:
        case 1:
        case 2:
        case 3: return w.serve(), static_cast<void>(goes_home(w));
        case 4:
        case 5: return write_words(w);
        case 6:
        case 7:
        case 8: return write_answer(w);
        case 9: return w.say_answered(script_.word());
        case 10:
        case 11: return w.say_answered(1);
        case 12: return write_segment(w);
        case 13:
        case 14: return announce(w);
        case 16: return w.wake();
        case 17: return reshape(w);
        case 18: return write_crash(w);
        case 21: return static_cast<void>(w.shared.ready = script_.byte() % 2);
        case 22:
            return static_cast<void>(w.shared.requests[script_.byte() % ring_size].claimed = claim{script_.word()});
        default: return act_outside(w, what);
    }
}

// What is no matter of memory.
void pool_play::act_outside(played_worker& w, std::uint8_t what) {
    switch (what) {
        case 15: return send_packet(w);
        case 19: return end(w);
        case 20: return static_cast<void>(::shutdown(w.socket.get(), script_.byte() % 3));
        case 23: {
            const std::string text(script_.bytes().size() * 20, 'e');
            return static_cast<void>(!::write(w.errors.get(), text.data(), text.size()));
        }
        case 24: {
            for (int n = script_.byte(); n > 0; --n) w.send({.what = worker_packet::kind::wake}, {});
            return;
        }
        case 25: return w.signal != 0 ? kill(w, w.signal, true) : void();
        case 26:
            failure_ = std::array{EMFILE, ENOMEM, EAGAIN, EINTR, ENOSPC, EPERM}[script_.byte() % 6];
            calls_left_ = 1U + script_.byte() % 32;
            return;
        case 27: return server_.reset(), server_ended();
        default:
            loads_left_ = 1U + script_.word() % 4096;
            the_system().wants_loads = true;
            return;
    }
}

// Into the page of counters and claims, and into any slot.
void pool_play::write_words(played_worker& w) {
    auto* const words = reinterpret_cast<volatile std::uint32_t*>(&w.shared);
    constexpr std::size_t all = sizeof(channel_layout) / 4, first = offsetof(channel_layout, requests) / 4;
    const std::size_t any = script_.number(), from = any % (script_.byte() % 4 == 0 ? all : first);
    const std::size_t count = 1U + script_.byte() % 8;
    for (std::size_t i = from; i < std::min(from + count, all); ++i) words[i] = script_.word();
}

void pool_play::write_answer(played_worker& w) {
    const std::uint8_t what = script_.byte();
    answer_slot& slot = what < 128 ? w.slot() : w.shared.answers[what % ring_size];
    const auto bytes = script_.bytes();
    slot.place = {.segment = message_place::in_slot, .size = bytes.size()};
    if ((what & 1) != 0) slot.place = {.segment = script_.word(), .offset = script_.number(), .size = script_.number()};
    slot.kind = static_cast<answer_kind>((what & 2) != 0 ? script_.word() : (what & 4) != 0 ? 1U : 0U);
    slot.run_ns = what < 64 ? 1000 : script_.word();
    std::copy_n(reinterpret_cast<const std::byte*>(bytes.data()), std::min(bytes.size(), slot.bytes.size()),
                slot.bytes.begin());
    if ((what & 8) != 0) w.say_answered(1);
}

void pool_play::write_segment(played_worker& w) {
    if (w.segments.empty()) return;
    const auto& memory = w.segments[script_.byte() % w.segments.size()].memory;
    const std::size_t at = script_.number() % memory.size();
    const auto bytes = script_.bytes();
    std::copy_n(reinterpret_cast<const std::byte*>(bytes.data()), std::min(bytes.size(), memory.size() - at),
                memory.data() + at);
}

// A segment as it should be, or one that is not what the packet says, or no segment at all.
void pool_play::announce(played_worker& w) {
    if (w.segments.size() >= 40) return;
    const std::uint8_t how = script_.byte();
    const std::uint32_t serial = how % 2 == 0 ? ++w.serials : script_.word();
    const std::size_t size = 1 + script_.number() % 70'000;
    switch (how / 2 % 4) {
        case 0:
        case 1: return w.announce(size, serial, size);
        case 2: return w.announce(size, serial, script_.number());
        default: break;
    }
    const platform::fd open(::memfd_create("mine", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    static_cast<void>(::ftruncate(open.get(), static_cast<off_t>(size)));
    if (how >= 128) ::fcntl(open.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    w.send({.what = worker_packet::kind::segment, .serial = serial, .size = size}, {open.get()});
}

// Any bytes, with any descriptors.
void pool_play::send_packet(played_worker& w) {
    const std::uint8_t how = script_.byte();
    worker_packet packet{
        .what = worker_packet::kind{script_.word()}, .serial = script_.word(), .size = script_.number()};
    std::array<std::byte, 64> bytes{};
    std::memcpy(bytes.data(), &packet, sizeof packet);
    const std::size_t size = how < 128 ? sizeof packet : 1U + how % bytes.size();
    const int a = w.pidfd.get(), b = w.socket.get(), c = w.file.get();
    const auto to = [&](std::initializer_list<int> fds) {
        platform::send_packet(w.socket.get(), bytes.data(), size, fds);
    };
    switch (how % 6) {
        case 0: return to({});
        case 1: return to({a});
        case 2: return to({b});
        case 3: return to({c});
        case 4: return to({a, a, a});
        default: return to({a, b, c, a, b, c, a, b});
    }
}

// Nothing that was sealed becomes larger or smaller; holes may be made.
void pool_play::reshape(played_worker& w) {
    const bool own = !w.segments.empty() && script_.byte() % 2 != 0;
    const int file = own ? w.segments.front().file.get() : w.file.get();
    const auto size = static_cast<off_t>(own ? w.segments.front().memory.size() : sizeof(channel_layout));
    if (::ftruncate(file, 0) == 0 || ::ftruncate(file, size + 4096) == 0) broken("a segment could be reshaped");
    ::fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, size);
}

void pool_play::write_crash(played_worker& w) {
    platform::crash_page& page = w.shared.crash;
    auto* const bytes = reinterpret_cast<std::uint8_t*>(&page);
    const std::size_t from = script_.number() % sizeof page;
    const auto some = script_.bytes();
    std::copy_n(some.data(), std::min(some.size(), sizeof page - from), bytes + from);
    page.signal = script_.byte() % 2 != 0 ? SIGKILL : static_cast<std::int32_t>(script_.word());
    page.trace.count = script_.word();
    page.trace.image_count = script_.word();
}

// It dies; that is known at once, or later.
void pool_play::end(played_worker& w) {
    const std::uint8_t how = script_.byte();
    w.die();
    if (how % 4 == 1) return kill(w, SIGKILL, w.signal == SIGKILL);
    if (how % 4 == 2) return report_end(w, SIGSEGV, 0);
    if (how % 4 == 3) return report_end(w, 0, how / 4);
    if (how % 8 == 4 && !std::exchange(w.reported, true))
        report({.what = server_report::kind::not_started, .error = EAGAIN, .worker = w.id}, nullptr);
}

void pool_play::report_start(played_worker& w) {
    report({.what = server_report::kind::started, .worker = w.id, .pid = static_cast<std::int64_t>(w.id)}, &w);
}

}  // namespace fuzz
