// Messages between a pool and its workers, of any bytes: answers, requests, packets, exceptions, functions, traces.
// The fuzzer makes the bytes up; a unit test does the same with those that were kept.
#pragma once
#include "value_types.hpp"

#include "concur/futures/remote_call.hpp"
#include "concur/multiprocessing/arena.hpp"
#include "concur/multiprocessing/segments.hpp"
#include "concur/multiprocessing/worker_link.hpp"
#include "concur/pickle/exception.hpp"
#include "concur/pickle/exception_trace.hpp"
#include "concur/pickle/register_exception.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <unistd.h>

namespace fuzz {

namespace mp = concur::multiprocessing;
using some_bytes = std::span<const std::byte>;

// Takes a T off the front; what is missing is 0.
template <class T>
T taken(some_bytes& bytes) {
    std::array<std::byte, sizeof(T)> raw{};
    const std::size_t n = std::min(raw.size(), bytes.size());
    std::copy_n(bytes.begin(), n, raw.begin());
    bytes = bytes.subspan(n);
    return std::bit_cast<T>(raw);
}

inline std::string_view text_of(some_bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// --- exceptions --------------------------------------------------------------------------------------------

struct known_error : std::runtime_error {
    using std::runtime_error::runtime_error;
    int code = 0;
    std::vector<std::string> words;

    template <class Archive>
    friend void concur_serialize(Archive& ar, known_error& e) {
        ar(e.code, e.words);
    }
};
inline const bool known_error_is_known = concur::pickle::register_exception<known_error>("fuzz::known_error");

// All that can be done with one; a second trip brings it back.
inline void use(const std::exception_ptr& error) {
    const std::string bytes = concur::pickle::pack_exception(error);
    const std::exception_ptr again = concur::pickle::unpack_exception(bytes);
    if ((error == nullptr) != (again == nullptr)) std::abort();
    static_cast<void>(concur::pickle::remote_traceback(error));
    if (error == nullptr) return;
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        static_cast<void>(std::string(e.what()));
    } catch (...) {
    }
}

inline void read_exception(some_bytes bytes, bool trusted) {
    try {
        use(concur::pickle::unpack_exception(text_of(bytes), trusted));
    } catch (const concur::pickling_error&) {
    }
}

// As an element of something else.
inline void read_exceptions(some_bytes bytes) {
    try {
        concur::pickle::reader in(bytes.data(), bytes.size());
        for (const auto& error : concur::pickle::read<std::vector<std::exception_ptr>>(in)) use(error);
    } catch (const concur::pickling_error&) {
    }
}

// --- functions ---------------------------------------------------------------------------------------------

template <class F>
void read_function_as(some_bytes bytes, bool trusted) {
    try {
        concur::pickle::reader in(bytes.data(), bytes.size(), trusted);
        const F fn = concur::pickle::read<F>(in);
        if (!trusted) std::abort();
        concur::pickle::sizer size;
        if constexpr (requires { fn == nullptr; })
            if (fn == nullptr) return;
        concur::pickle::codec<F>::write(size, fn);
    } catch (const concur::pickling_error&) {
    }
}

// A name that is trusted may have a library loaded: not by these.
inline void read_function(some_bytes bytes, std::uint8_t how) {
    constexpr std::size_t place = 8, image = 20;
    std::vector<std::byte> own(bytes.begin(), bytes.end());
    const std::size_t from = how % 4 == 1 ? 9 : 0;
    if (own.size() >= from + place + image + 4)
        std::fill_n(own.begin() + static_cast<std::ptrdiff_t>(from + place + image), 4, std::byte{0});
    const bool trusted = how < 128;
    switch (how % 4) {
        case 0: return read_function_as<int (*)(int)>(own, trusted);
        case 1: return read_function_as<std::size_t (std::string::*)() const noexcept>(own, trusted);
        case 2: return read_function_as<int point::*>(own, trusted);
        default: {
            const auto by_value = concur::pickle::by_value([n = std::uint64_t{1}] { return n; });
            return read_function_as<std::remove_const_t<decltype(by_value)>>(own, trusted);
        }
    }
}

// --- answers -----------------------------------------------------------------------------------------------

template <class R>
void take_as(const std::byte* at, std::size_t size) {
    try {
        concur::pickle::reader in(at, size);
        static_cast<void>(concur::pickle::read<R>(in));
        in.expect_end();
    } catch (const concur::pickling_error&) {
    }
}

// A slot of any content, a segment of any content, packets of any content in front of it.
inline void read_answer(some_bytes bytes) {
    const auto how = taken<std::uint8_t>(bytes);
    mp::worker_link link(1, {});
    mp::answer_slot& slot = link.shared->answers[0];
    slot.place = taken<mp::message_place>(bytes);
    if (how % 4 != 0) slot.place.size %= 512;
    const std::size_t in_slot = std::min(bytes.size(), slot.bytes.size());
    std::copy_n(bytes.begin(), in_slot, slot.bytes.begin());
    const concur::platform::segment own = concur::platform::create_segment(std::max<std::size_t>(bytes.size(), 1));
    std::ranges::copy(bytes, own.memory.data());
    if (!link.segments.add({.what = {}, .serial = 1U + how / 64 % 2, .size = own.memory.size()}, own.file))
        std::abort();
    std::array<std::byte, mp::answer_slot::room> copy;
    const mp::message_place place = mp::copy_of(slot.place);
    const std::byte* const at = link.bytes_of(slot, place, copy);
    if (at == nullptr) return;
    if (place.segment == mp::message_place::in_slot ? place.size > copy.size() : place.size > own.memory.size())
        std::abort();
    switch (how / 4 % 8) {
        case 0: return take_as<std::uint32_t>(at, place.size);
        case 1: return take_as<std::string>(at, place.size);
        case 2: return take_as<json>(at, place.size);
        case 3: return take_as<std::shared_ptr<graph>>(at, place.size);
        case 4: return take_as<std::vector<record>>(at, place.size);
        case 5: return take_as<std::exception_ptr>(at, place.size);
        default: return read_exception({at, place.size}, false);
    }
}

// --- requests ----------------------------------------------------------------------------------------------

class room_for_answer final : public concur::answer_room {
public:
    std::byte* reserve(std::size_t size) override {
        memory_.reset(new std::byte[size]);
        return memory_.get();
    }

private:
    std::unique_ptr<std::byte[]> memory_;
};

// Behind the name of the code: what a worker does with it. `fn` gets what the bytes say.
template <class F, class... A>
void serve(some_bytes bytes, F) {
    room_for_answer answer;
    concur::pickle::reader in(bytes.data(), bytes.size(), true);
    concur::serve_call<F, A...>(in, std::stop_token(), answer);
}

inline void serve_as(some_bytes bytes, std::uint8_t how) {
    using words = std::vector<std::string>;
    switch (how % 8) {
        case 0: return serve<decltype([] { return 1; })>(bytes, {});
        case 1: return serve<decltype([](int a, double b) { return a + b; }), int, double>(bytes, {});
        case 2: return serve<decltype([](std::string_view s) { return s.size(); }), std::string>(bytes, {});
        case 3:
            return serve<decltype([](std::span<const double> all) {
                             double sum = 0;
                             for (const double d : all) sum += d;
                             return sum;
                         }),
                         std::vector<double>>(bytes, {});
        case 4: return serve<decltype([](const words& w, json j) { return std::pair(w, j); }), words, json>(bytes, {});
        case 5:
            return serve<decltype([](const std::stop_token& t, std::map<int, record> m) {
                             return t.stop_requested() ? 0 : m.size();
                         }),
                         std::map<int, record>>(bytes, {});
        case 6: return serve<decltype([](std::shared_ptr<graph> g) { return g; }), std::shared_ptr<graph>>(bytes, {});
        default: return serve<decltype([](std::exception_ptr e) { return e; }), std::exception_ptr>(bytes, {});
    }
}

// In a slot, or in the arena; as a worker finds it.
inline void read_request(some_bytes bytes) {
    const auto how = taken<std::uint8_t>(bytes);
    mp::message_place place = taken<mp::message_place>(bytes);
    if (how < 192) place = {.segment = place.segment % 3, .offset = place.offset % 128, .size = bytes.size()};
    mp::arena memory;
    const concur::memory_lease lease = memory.lease(std::max<std::size_t>(bytes.size(), 97));
    std::ranges::copy(bytes, lease.at);
    std::size_t whole = 0;
    const concur::platform::fd file(::dup(memory.file_of(lease.segment, whole)));
    mp::known_segments known;
    if (!known.add({.what = {}, .serial = 1, .size = whole}, file)) std::abort();
    place.offset += how < 192 ? lease.offset : 0;
    const std::byte* const at = known.find(place);
    if (at != nullptr) {
        try {
            // Not one byte more than there are, so that the sanitizer sees what is read beyond.
            const std::vector<std::byte> exact(at, at + place.size);
            serve_as(exact, how);
        } catch (const concur::pickling_error&) {
        }
    }
    memory.give_back(lease);
}

// --- packets and traces ------------------------------------------------------------------------------------

inline void read_packets(some_bytes bytes) {
    mp::worker_link link(1, {});
    const concur::platform::socket_pair ends = concur::platform::make_socket_pair();
    link.socket.reset(::dup(ends.here.get()));
    const concur::platform::segment own = concur::platform::create_segment(4096);
    for (int budget = 100; budget > 0 && !bytes.empty(); --budget) {
        const auto how = taken<std::uint8_t>(bytes);
        const std::size_t size =
            std::min<std::size_t>(how < 200 ? sizeof(mp::worker_packet) : how - 199U, bytes.size());
        if (size == 0) break;
        std::vector<std::byte> packet(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
        bytes = bytes.subspan(size);
        const int a = own.file.get(), b = ends.here.get();
        const int socket = ends.there.get();
        if (how % 4 == 0) concur::platform::send_packet(socket, packet.data(), size);
        if (how % 4 == 1) concur::platform::send_packet(socket, packet.data(), size, {a});
        if (how % 4 == 2) concur::platform::send_packet(socket, packet.data(), size, {a, b, a, b, a, b, a, b});
        if (how % 4 == 3) concur::platform::send_packet(socket, packet.data(), size, {b});
    }
    for (int budget = 4; budget > 0; --budget)
        if (link.read_packets() == mp::worker_link::packets::none_any_more) break;
    for (const std::uint32_t serial : {0U, 1U, 2U, ~0U}) {
        const std::byte* const at = link.segments.find({.segment = serial, .offset = 4095, .size = 1});
        if (at != nullptr && *at != std::byte{0}) std::abort();
    }
}

inline void read_trace(some_bytes bytes) {
    try {
        static_cast<void>(concur::pickle::describe_trace(text_of(bytes)));
    } catch (const concur::pickling_error&) {
    }
    concur::platform::crash_page page{};
    std::memcpy(&page, bytes.data(), std::min(bytes.size(), sizeof page));
    static_cast<void>(concur::platform::describe(page.trace));
    static_cast<void>(concur::pickle::trace_to_bytes(page.trace));
}

// The first byte says as what the others are read.
inline void message(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return;
    // Not one byte more than there are, so that the sanitizer sees what is read beyond.
    const std::unique_ptr<std::byte[]> own(new std::byte[size - 1]);
    std::copy_n(reinterpret_cast<const std::byte*>(data) + 1, size - 1, own.get());
    const some_bytes bytes(own.get(), size - 1);
    const std::uint8_t how = data[0];
    switch (how % 8) {
        case 0: return read_exception(bytes, how >= 128);
        case 1: return read_exceptions(bytes);
        case 2: return read_function(bytes, how / 8 * 8 | how / 64);
        case 3:
        case 4: return read_answer(bytes);
        case 5: return read_request(bytes);
        case 6: return read_packets(bytes);
        default: return read_trace(bytes);
    }
}

}  // namespace fuzz
