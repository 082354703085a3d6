// A worker of nobody's pool, and the test at the pool's end of its channel.
#pragma once
#include "concur/futures/remote_call.hpp"
#include "concur/multiprocessing/arena.hpp"
#include "concur/multiprocessing/channel.hpp"
#include "concur/multiprocessing/segments.hpp"
#include "concur/multiprocessing/worker_loop.hpp"
#include "concur/pickle/exception.hpp"
#include "concur/platform/child_process.hpp"
#include "concur/platform/local_socket.hpp"
#include "concur/platform/shared_memory.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace support {

// A call as it travels.
template <class F, class... A>
std::vector<std::byte> written(F fn, A... args) {
    namespace pickle = concur::pickle;
    const auto thunk = pickle::name_code(reinterpret_cast<const void*>(&concur::serve_call<F, A...>));
    pickle::sizer size;
    concur::write_call(size, thunk, fn, args...);
    std::vector<std::byte> bytes(size.size());
    pickle::writer out(bytes.data(), bytes.size());
    concur::write_call(out, thunk, fn, args...);
    return bytes;
}

class far_worker {
public:
    explicit far_worker(const concur::multiprocessing::worker_settings& settings = {})
        : memory(concur::platform::create_segment(sizeof(concur::multiprocessing::channel_layout))),
          shared(*::new(memory.memory.data()) concur::multiprocessing::channel_layout) {
        shared.settings = settings;
        concur::platform::socket_pair ends = concur::platform::make_socket_pair();
        concur::platform::pipe_ends pipe = concur::platform::make_pipe();
        socket = std::move(ends.here);
        errors = std::move(pipe.read);
        their_socket = std::move(ends.there);
        their_errors = std::move(pipe.write);
    }
    far_worker(const far_worker&) = delete;
    far_worker& operator=(const far_worker&) = delete;

    // The worker has them now.
    void give_up_their_ends() {
        memory.file.reset();
        their_socket.reset();
        their_errors.reset();
    }

    // Asks for a call; returns the request's number. Large ones go through the arena.
    template <class F, class... A>
    std::uint32_t ask(F fn, A... args) {
        return ask_with({}, fn, args...);
    }
    struct how {
        concur::multiprocessing::request_kind kind = concur::multiprocessing::request_kind::task;
        bool takes_token = false;
    };
    template <class F, class... A>
    std::uint32_t ask_with(const how& h, F fn, A... args) {
        return ask_bytes(h, written(fn, args...));
    }
    std::uint32_t ask_bytes(const how& h, const std::vector<std::byte>& bytes) {
        concur::multiprocessing::request_slot& slot = parent.next_slot();
        slot.kind = h.kind;
        slot.takes_token = h.takes_token ? 1 : 0;
        slot.place = {.size = bytes.size()};
        if (bytes.size() <= slot.room) std::ranges::copy(bytes, slot.bytes.begin());
        else put_elsewhere(slot, bytes);
        return parent.send();
    }
    std::uint32_t retire() { return ask_bytes({.kind = concur::multiprocessing::request_kind::retire}, {}); }

    // Sleeps until an answer has come. Throws where the worker is gone instead.
    const concur::multiprocessing::answer_slot& next() {
        while (!parent.answer_waits())
            if (parent.may_sleep()) read_packet(true);
        return parent.answer(0);
    }
    // The next answer's bytes, wherever they lie.
    std::vector<std::byte> bytes() {
        const auto& slot = next();
        while (read_packet(false)) continue;
        const std::byte* const at = slot.place.segment == concur::multiprocessing::message_place::in_slot
                                        ? slot.bytes.data()
                                        : segments.find(slot.place);
        if (at == nullptr) throw std::runtime_error("the answer lies nowhere");
        return {at, at + slot.place.size};
    }
    // Takes the next answer: its value, or throws its exception.
    template <class R>
    R value() {
        using concur::multiprocessing::answer_kind;
        const std::vector<std::byte> all = bytes();
        const answer_kind kind = parent.answer(0).kind;
        parent.take(1);
        if (kind == answer_kind::withdrawn) throw std::runtime_error("it was withdrawn");
        if (kind == answer_kind::exception)
            std::rethrow_exception(
                concur::pickle::unpack_exception({reinterpret_cast<const char*>(all.data()), all.size()}));
        concur::pickle::reader in(all.data(), all.size());
        if constexpr (!std::is_void_v<R>) return concur::pickle::read<R>(in);
    }

    // All that it writes to its standard error, until nobody can write there any more.
    std::string words() {
        std::string all;
        std::array<char, 4096> piece;
        for (;;) {
            pollfd ready{errors.get(), POLLIN, 0};
            if (::poll(&ready, 1, 30'000) == 0) throw std::runtime_error("somebody can still write there");
            const ssize_t n = ::read(errors.get(), piece.data(), piece.size());
            if (n <= 0) return all;
            all.append(piece.data(), static_cast<std::size_t>(n));
        }
    }

    concur::platform::segment memory;
    concur::multiprocessing::channel_layout& shared;
    concur::multiprocessing::parent_end parent{shared};
    concur::platform::fd socket, errors, their_socket, their_errors;
    concur::multiprocessing::known_segments segments;
    concur::multiprocessing::arena requests;
    int announced = 0;  // segments, so far

private:
    void put_elsewhere(concur::multiprocessing::request_slot& slot, const std::vector<std::byte>& bytes) {
        const concur::memory_lease lease = requests.lease(bytes.size());
        std::memcpy(lease.at, bytes.data(), bytes.size());
        slot.place.segment = lease.segment;
        slot.place.offset = lease.offset;
        concur::multiprocessing::worker_packet packet{.what = concur::multiprocessing::worker_packet::kind::segment,
                                                      .serial = lease.segment};
        std::size_t size = 0;
        const int file = requests.file_of(lease.segment, size);
        packet.size = size;
        concur::platform::send_packet(socket.get(), &packet, sizeof packet, {file});
    }

    // False: there is none.
    bool read_packet(bool wait) {
        using concur::multiprocessing::worker_packet;
        worker_packet packet;
        concur::platform::packet from;
        const auto got = concur::platform::receive_packet(socket.get(), &packet, sizeof packet, from, wait);
        if (got == concur::platform::transfer::closed && wait) throw std::runtime_error("the worker is gone");
        if (got != concur::platform::transfer::done) return false;
        if (packet.what == worker_packet::kind::dropped) segments.drop(packet.serial);
        if (packet.what != worker_packet::kind::segment) return true;
        ++announced;
        if (!segments.add(packet, from.fds[0])) throw std::runtime_error("a segment is not what its packet says");
        return true;
    }
};

// run_worker() in a child of fork().
class hired : public far_worker {
public:
    struct terms {
        concur::multiprocessing::worker_settings settings = {};
        const concur::multiprocessing::local_initializer* initializer = nullptr;
        std::int64_t parent = concur::platform::this_pid();
    };

    hired() : hired(terms{}) {}
    explicit hired(const terms& t) : far_worker(t.settings) {
        child = concur::platform::fork_self();
        if (child.pid == 0) {
            socket.reset();
            concur::platform::leave(concur::multiprocessing::run_worker(
                std::move(memory.file), std::move(their_socket), std::move(their_errors), t.parent, t.initializer));
        }
        give_up_their_ends();
    }
    ~hired() {
        if (how_) return;
        concur::platform::send_signal(child.pidfd, concur::platform::kill_signal);
        concur::platform::reap(child, true);
    }

    // How it has ended; waits for that.
    const concur::platform::child_end& end() {
        if (!how_) how_ = concur::platform::reap(child, true);
        return *how_;
    }

    concur::platform::child_process child;

private:
    std::optional<concur::platform::child_end> how_;
};

}  // namespace support
