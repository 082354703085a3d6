#include "concur/multiprocessing/answer_memory.hpp"

#include "concur/multiprocessing/wire.hpp"
#include "concur/platform/local_socket.hpp"

#include <algorithm>
#include <bit>
#include <new>
#include <system_error>

namespace concur::multiprocessing {
namespace {

constexpr std::size_t aligned(std::size_t n) noexcept { return (n + 63) & ~std::size_t{63}; }

// Memory over a limit is std::bad_alloc, as it is everywhere else in a task.
platform::segment segment_of(std::size_t size) {
    try {
        return platform::create_segment(size);
    } catch (const std::system_error& e) {
        if (e.code() == std::errc::not_enough_memory) throw std::bad_alloc();
        throw;
    }
}

}  // namespace

std::byte* answer_memory::reserve(std::size_t size, message_place& place) {
    if (size > PTRDIFF_MAX / 2) throw std::bad_array_new_length();
    const std::size_t room = aligned(size);
    piece* at = with_room(room);
    while (at == nullptr && pieces_.size() >= most_pieces) {
        // All are in use: the oldest is free when its last answer has been taken.
        const auto oldest = std::ranges::min_element(pieces_, {}, &piece::last);
        channel_->wait_until_taken(oldest->last);
        drop_idle(room);
        at = with_room(room);
    }
    if (at == nullptr) at = &fresh(room);
    place = {.segment = at->serial, .offset = at->used, .size = size};
    std::byte* const memory = at->memory.memory.data() + at->used;
    at->used += room;
    channel_->answer().holds_memory = 1;
    at->last = channel_->number();
    return memory;
}

answer_memory::piece* answer_memory::with_room(std::size_t size) noexcept {
    for (piece& p : pieces_) {
        if (is_idle(p)) p.used = 0;
        if (p.memory.memory.size() - p.used >= size) return &p;
    }
    return nullptr;
}

answer_memory::piece& answer_memory::fresh(std::size_t size) {
    drop_idle(size);
    // Large ones have room to grow by an eighth, small ones to be filled by many.
    const std::size_t step = std::bit_floor(size) / 8;
    const std::size_t whole = std::max(smallest, step == 0 ? size : (size + step - 1) / step * step);
    pieces_.reserve(pieces_.size() + 1);
    piece made{.memory = segment_of(whole), .serial = ++serials_};
    const worker_packet packet{.what = worker_packet::kind::segment, .serial = made.serial, .size = whole};
    if (platform::send_packet(socket_, &packet, sizeof packet, {made.memory.file.get()}, true) !=
        platform::transfer::done)
        throw std::bad_alloc();  // the pool is gone, and so is this process in a moment
    made.memory.file.reset();
    return pieces_.emplace_back(std::move(made));
}

// Before a new one: what is too small, or too much to keep.
void answer_memory::drop_idle(std::size_t needed) noexcept {
    std::size_t total = needed;
    for (const piece& p : pieces_) total += p.memory.memory.size();
    std::erase_if(pieces_, [&](const piece& p) {
        if (!is_idle(p) || (total <= kept && pieces_.size() < most_pieces)) return false;
        const worker_packet packet{.what = worker_packet::kind::dropped, .serial = p.serial};
        platform::send_packet(socket_, &packet, sizeof packet, {}, true);
        total -= p.memory.memory.size();
        return true;
    });
}

}  // namespace concur::multiprocessing
