// A worker without a process: its ends of the channel, the socket and the pipe, in the hands of the player.
#pragma once
#include "played_system.hpp"

#include "concur/core/process_error.hpp"
#include "concur/futures/remote_call.hpp"
#include "concur/multiprocessing/channel.hpp"
#include "concur/multiprocessing/segments.hpp"
#include "concur/pickle/exception.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <sys/eventfd.h>
#include <unistd.h>
#include <vector>

namespace fuzz {

using namespace concur::multiprocessing;
namespace platform = concur::platform;

class played_worker final : private concur::answer_room {
public:
    played_worker(std::uint64_t number, int channel, int connection, int standard_error, bool is_honest)
        : id(number),
          honest(is_honest),
          file(copy_of_file(channel)),
          socket(copy_of_file(connection)),
          errors(copy_of_file(standard_error)),
          pidfd(::eventfd(0, EFD_CLOEXEC)),
          memory_(platform::map_segment(file, sizeof(channel_layout), platform::access::read_write)),
          shared(*reinterpret_cast<channel_layout*>(memory_.data())),
          end_(shared) {
        ::fcntl(errors.get(), F_SETFL, O_NONBLOCK);
    }

    // What a worker does with the next request, if there is one: false where there was none, or it went home.
    // Only one that was honest from its start can be asked to do so without end.
    bool serve() {
        if (!alive()) return false;
        shared.ready = 1;
        read_packets();
        if (shared.sent == shared.answered || (honest && shared.taken != shared.answered)) return false;
        end_ = worker_end(shared);
        const request_slot& request = end_.request();
        if (!end_.start()) return answer(answer_kind::withdrawn);
        if (request.kind == request_kind::retire) return retired = true, false;
        try {
            run(request);
            return answer(answer_kind::value);
        } catch (...) {
            write_error(std::current_exception());
            answer(answer_kind::exception);
            return !(failed = request.kind == request_kind::initializer);
        }
    }

    // Says that an answer is there, whatever lies in its slot.
    void say_answered(std::uint32_t by) noexcept {
        shared.answered += by;
        wake();
    }
    void wake() noexcept {
        const wake_by was = shared.parent_sleeps.exchange(wake_by::none);
        if (was == wake_by::word) platform::shared_futex_wake(&shared.parent_sleeps);
        if (was == wake_by::packet) send({.what = worker_packet::kind::wake}, {});
    }
    void send(const worker_packet& packet, std::initializer_list<int> fds) noexcept {
        platform::send_packet(socket.get(), &packet, sizeof packet, fds);
    }

    // Memory for answers, announced as it is, or as it is not.
    void announce(std::size_t size, std::uint32_t serial, std::uint64_t said) {
        segments.push_back(platform::create_segment(size));
        send({.what = worker_packet::kind::segment, .serial = serial, .size = said}, {segments.back().file.get()});
    }

    answer_slot& slot() noexcept { return shared.answers[shared.answered % ring_size]; }
    bool alive() const noexcept { return static_cast<bool>(socket); }

    // As the system does it when a process has ended.
    void die() noexcept {
        file.reset();
        socket.reset();
        errors.reset();
        segments.clear();
        const std::uint64_t one = 1;
        static_cast<void>(!::write(pidfd.get(), &one, sizeof one));
    }

    const std::uint64_t id;
    const bool honest;
    platform::fd file, socket, errors, pidfd;

private:
    platform::mapping memory_;

public:
    channel_layout& shared;
    std::vector<platform::segment> segments;
    std::uint32_t serials = 0;
    int signal = 0;        // what the pool has ordered
    bool retired = false;  // it was told to go, and does
    bool failed = false;   // its initializer threw: it goes
    bool reported = false;

    static played_worker* running;  // whose task runs at the moment

    // What this program has sent begins so.
    static void know_thunk(const std::byte* name) {
        thunk_name known;
        std::copy_n(name, known.size(), known.begin());
        if (std::ranges::find(known_thunks(), known) == known_thunks().end()) known_thunks().push_back(known);
    }

private:
    struct runs {
        explicit runs(played_worker* w) noexcept { running = w; }
        ~runs() { running = nullptr; }
        runs(const runs&) = delete;
        runs& operator=(const runs&) = delete;
    };

    static platform::fd copy_of_file(int number) { return platform::fd(::fcntl(number, F_DUPFD_CLOEXEC, 0)); }

    void run(const request_slot& request) {
        if (request.place.size == 0) return static_cast<void>(reserve(0));
        const std::byte* const at = request.place.segment == message_place::in_slot
                                        ? request.place.size <= request_slot::room ? request.bytes.data() : nullptr
                                        : parents_.find(request.place);
        if (at == nullptr) throw concur::pickling_error("the memory that the request lies in did not arrive");
        // A worker believes its pool; one that has written over its own requests would harm itself alone.
        if (!honest && !is_what_was_sent(at, request.place.size)) throw concur::pickling_error("spoiled");
        concur::pickle::reader in(at, request.place.size, true);
        auto* const thunk = reinterpret_cast<concur::remote_thunk*>(concur::pickle::read_code(in));
        const runs now(this);
        thunk(in, std::stop_token(), *this);
    }

    // It begins with the name of one of the thunks that this program has sent.
    static bool is_what_was_sent(const std::byte* at, std::size_t size) {
        constexpr std::size_t name = concur::pickle::least_code;
        const auto begins_like = [&](const auto& known) { return std::memcmp(known.data(), at, name) == 0; };
        return size >= name && std::ranges::any_of(known_thunks(), begins_like);
    }

    std::byte* reserve(std::size_t size) override {
        message_place place{.size = size};
        std::byte* at = end_.answer().bytes.data();
        if (size > answer_slot::room) {
            if (segments.empty() || segments.back().memory.size() < size) {
                if (serials != 0) send({.what = worker_packet::kind::dropped, .serial = serials}, {});
                announce(size, ++serials, size);
            }
            place.segment = serials;
            at = segments.back().memory.data();
        }
        end_.answer().place = place;
        return at;
    }

    bool answer(answer_kind kind) noexcept {
        end_.answer().kind = kind;
        end_.answer().run_ns = 1000;
        if (end_.send()) send({.what = worker_packet::kind::wake}, {});
        return true;
    }

    void write_error(const std::exception_ptr& error) {
        const std::string bytes = concur::pickle::pack_exception(error);
        std::memcpy(reserve(bytes.size()), bytes.data(), bytes.size());
    }

    void read_packets() noexcept {
        worker_packet packet;
        platform::packet from;
        while (platform::receive_packet(socket.get(), &packet, sizeof packet, from) == platform::transfer::done) {
            if (packet.what == worker_packet::kind::dropped) parents_.drop(packet.serial);
            else if (from.fd_count == 1) parents_.add(packet, from.fds[0]);
        }
    }

    worker_end end_;
    known_segments parents_;

    using thunk_name = std::array<std::byte, concur::pickle::least_code>;
    static std::vector<thunk_name>& known_thunks() {
        static std::vector<thunk_name>& all = *new std::vector<thunk_name>;
        return all;
    }
};

inline played_worker* played_worker::running = nullptr;

}  // namespace fuzz
