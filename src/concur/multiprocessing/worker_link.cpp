#include "concur/multiprocessing/worker_link.hpp"

#include "concur/multiprocessing/server_link.hpp"
#include "concur/platform/child_process.hpp"
#include "concur/platform/stderr.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace concur::multiprocessing {
namespace {

constexpr std::size_t last_words = 4096;  // bytes of standard error that are kept

}  // namespace

worker_link::worker_link(std::uint64_t number, const worker_settings& settings, long most)
    : id(number),
      most_tasks(most),
      memory(platform::create_segment(sizeof(channel_layout))),
      shared(::new(memory.memory.data()) channel_layout),
      channel(*shared) {
    shared->settings = settings;
    platform::socket_pair ends = platform::make_socket_pair();
    platform::pipe_ends pipe = platform::make_pipe();
    socket = std::move(ends.here);
    their_socket_ = std::move(ends.there);
    errors = std::move(pipe.read);
    their_errors_ = std::move(pipe.write);
}

bool worker_link::start(server_link& server) noexcept {
    const bool told = server.start_worker(id, memory.file.get(), their_socket_.get(), their_errors_.get());
    their_socket_.reset();
    their_errors_.reset();
    memory.file.reset();
    return told;
}

std::uint32_t worker_link::depth() const noexcept {
    constexpr std::uint32_t short_ns = 20'000, ahead_ns = 200'000;
    if (usual_ns_ >= short_ns) return 2;
    return std::clamp(ahead_ns / (usual_ns_ + 1), 2u, ring_size - 2);
}

void worker_link::note_run_time(std::uint32_t ns) noexcept {
    if (ns == 0) return;
    usual_ns_ = static_cast<std::uint32_t>((std::uint64_t{usual_ns_} * 7 + ns) / 8);
}

bool worker_link::send(remote_task& t, arena& arena) noexcept {
    if (!t.request.is_small() && !share(t.request.large().segment, arena)) return false;
    request_slot& slot = filled_slot(request_kind::task);
    slot.takes_token = t.takes_token() ? 1 : 0;
    put_bytes(slot, t.request.small_bytes(), t.request.large(), t.request.size());
    flight(channel.sent()) = &t;
    t.stands = remote_task::stage::sent;
    t.where = this;
    t.number = channel.sent();
    ++unanswered;
    ++given;
    channel.send(t.stop_wanted);  // in one step: it may begin at once
    return true;
}

bool worker_link::send_initializer(const std::vector<std::byte>& bytes, const memory_lease& lease,
                                   arena& arena) noexcept {
    if (lease.at != nullptr && !share(lease.segment, arena)) return false;
    request_slot& slot = filled_slot(request_kind::initializer);
    put_bytes(slot, bytes.data(), lease, bytes.size());
    flight(channel.sent()) = nullptr;
    initializing = true;
    channel.send();
    return true;
}

void worker_link::retire() noexcept {
    if (std::exchange(retiring, true)) return;
    filled_slot(request_kind::retire);
    flight(channel.sent()) = nullptr;
    channel.send();
}

request_slot& worker_link::filled_slot(request_kind kind) noexcept {
    request_slot& slot = channel.next_slot();
    slot.kind = kind;
    slot.takes_token = 0;
    slot.place = {};
    return slot;
}

// In the slot, or where they have been written already.
void worker_link::put_bytes(request_slot& slot, const std::byte* small, const memory_lease& large,
                            std::size_t size) noexcept {
    slot.place.size = size;
    if (large.at == nullptr) {
        std::copy_n(small, size, slot.bytes.begin());
    } else {
        slot.place.segment = large.segment;
        slot.place.offset = large.offset;
    }
}

remote_task* worker_link::newest() noexcept {
    for (std::uint32_t n = channel.sent(); n != channel.next_answer(); --n)
        if (remote_task* const t = flight(n - 1)) return t;
    return nullptr;
}

// What is older than the newest has begun before it.
remote_task* worker_link::take_back() noexcept {
    remote_task* const t = newest();
    return t != nullptr && take_back(*t) ? t : nullptr;
}

bool worker_link::take_back(remote_task& t) noexcept {
    if (!channel.withdraw(t.number)) return false;
    flight(t.number) = nullptr;
    t.stands = remote_task::stage::outside;
    t.where = nullptr;
    --unanswered;
    --given;
    return true;
}

bool worker_link::is_running(const remote_task& t) const noexcept {
    return channel.state_of(t.number) == claim::running;
}

bool worker_link::share(std::uint32_t serial, arena& arena) noexcept {
    try {
        if (shared_segments_.size() <= serial) shared_segments_.resize(serial + 16);
    } catch (...) {
        return false;
    }
    if (shared_segments_[serial]) return true;
    worker_packet packet{.what = worker_packet::kind::segment, .serial = serial};
    std::size_t size = 0;
    const int file = arena.file_of(serial, size);
    packet.size = size;
    if (platform::send_packet(socket.get(), &packet, sizeof packet, {file}) != platform::transfer::done) return false;
    return shared_segments_[serial] = true;
}

void worker_link::tell_gone(const std::vector<std::uint32_t>& serials) noexcept {
    bool told = false;
    for (const std::uint32_t serial : serials) {
        if (serial >= shared_segments_.size() || !shared_segments_[serial]) continue;
        const worker_packet packet{.what = worker_packet::kind::dropped, .serial = serial};
        told |= platform::send_packet(socket.get(), &packet, sizeof packet) == platform::transfer::done;
        shared_segments_[serial] = false;
    }
    if (told) channel.note();
}

worker_link::packets worker_link::read_packets() noexcept {
    for (int budget = 64; budget > 0; --budget) {
        worker_packet packet;
        platform::packet from;
        const auto got = platform::receive_packet(socket.get(), &packet, sizeof packet, from);
        if (got == platform::transfer::would_block) return packets::read;
        if (got == platform::transfer::closed || from.size != sizeof packet) return packets::none_any_more;
        if (from.cut && from.fd_count == 0 && packet.what == worker_packet::kind::segment) {
            lost_segment = true;
            continue;
        }
        if (from.cut) return packets::none_any_more;
        switch (packet.what) {
            case worker_packet::kind::wake: break;
            case worker_packet::kind::dropped: segments.drop(packet.serial); break;
            case worker_packet::kind::segment:
                if (from.fd_count != 1 || !segments.add(packet, from.fds[0])) return packets::none_any_more;
                break;
            default: return packets::none_any_more;
        }
    }
    return packets::more;
}

const std::byte* worker_link::bytes_of(const answer_slot& answer, const message_place& place,
                                       std::array<std::byte, answer_slot::room>& copy) noexcept {
    if (place.segment == message_place::in_slot) {
        if (place.size > copy.size()) return nullptr;
        std::memcpy(copy.data(), answer.bytes.data(), place.size);
        return copy.data();
    }
    // Its packet was sent before the answer; so many others cannot be in front of it.
    for (int rounds = 64; rounds > 0; --rounds) {
        if (const std::byte* const found = segments.find(place)) return found;
        if (read_packets() != packets::more) break;
    }
    return segments.find(place);
}

void worker_link::read_errors() noexcept {
    std::array<char, 4096> text;
    for (int budget = 16; budget > 0; --budget) {
        const long got = platform::read_some(errors.get(), text.data(), text.size());
        if (got <= 0) return;
        // Where nobody reads the program's own, what cannot be passed on is only kept.
        if (platform::can_write(2)) platform::write_all(2, text.data(), static_cast<unsigned long>(got));
        try {
            last_errors.append(text.data(), static_cast<std::size_t>(got));
            if (last_errors.size() > last_words) last_errors.erase(0, last_errors.size() - last_words);
        } catch (...) {
            last_errors.clear();
        }
    }
}

}  // namespace concur::multiprocessing
