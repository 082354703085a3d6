#include "concur/multiprocessing/worker_loop.hpp"

#include "concur/core/process_error.hpp"
#include "concur/futures/remote_call.hpp"
#include "concur/multiprocessing/answer_memory.hpp"
#include "concur/multiprocessing/channel.hpp"
#include "concur/multiprocessing/run_timer.hpp"
#include "concur/multiprocessing/segments.hpp"
#include "concur/multiprocessing/stop_watcher.hpp"
#include "concur/pickle/exception.hpp"
#include "concur/platform/child_process.hpp"
#include "concur/platform/os_thread.hpp"
#include "concur/platform/process.hpp"
#include "concur/platform/process_tree.hpp"
#include "concur/platform/sandbox.hpp"
#include "concur/platform/stack_trace.hpp"

#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <memory>
#include <string>

namespace concur::multiprocessing {
namespace {

constexpr int failed_initializer = 72, cut_off = 73;

class worker_process final : public answer_room {
public:
    worker_process(channel_layout& shared, int socket, const local_initializer* initializer)
        : end_(shared), memory_(end_, socket), socket_(socket), stops_(shared), initializer_(initializer) {}

    int run() {
        end_.is_ready();
        for (;;) {
            if (!end_.wait_for_request()) {
                read_packets();
                continue;
            }
            const request_slot& request = end_.request();
            end_.answer().holds_memory = 0;
            if (!end_.start()) {
                end_.answer().kind = answer_kind::withdrawn;
                finish_answer(0);
            } else if (request.kind == request_kind::retire) {
                return 0;
            } else if (!serve(request) && request.kind == request_kind::initializer) {
                return failed_initializer;
            }
        }
    }

    std::byte* reserve(std::size_t size) override {
        answer_slot& slot = end_.answer();
        slot.place = {.size = size};
        return size <= answer_slot::room ? slot.bytes.data() : memory_.reserve(size, slot.place);
    }

private:
    struct work {
        worker_process& self;
        const request_slot& request;
    };

    // False: it threw.
    bool serve(const request_slot& request) noexcept {
        timer_.begin();
        work w{*this, request};
        bool well = true;
        try {
            platform::call_and_trace(&run_request, &w, trace_);
            end_.answer().kind = answer_kind::value;
        } catch (...) {
            cut_own_frame();
            answer_with(std::current_exception());
            well = false;
        }
        if (generation_ != platform::fork_generation()) platform::leave(1);  // a child that the task has forked
        stops_.end();
        finish_answer(timer_.end());
        return well;
    }

    static void run_request(void* argument) {
        const work& w = *static_cast<work*>(argument);
        if (w.request.place.size == 0) return w.self.initialize_here();
        pickle::reader in(w.self.bytes_of(w.request), w.request.place.size, true);
        auto* const thunk = reinterpret_cast<remote_thunk*>(pickle::read_code(in));
        std::stop_token token;
        if (w.request.takes_token != 0) token = w.self.stops_.begin(w.self.end_.number());
        thunk(in, token, w.self);
    }

    void initialize_here() {
        if (initializer_ != nullptr && *initializer_) (*initializer_)();
        reserve(0);
    }

    const std::byte* bytes_of(const request_slot& request) {
        if (request.place.segment == message_place::in_slot) return request.bytes.data();
        const std::byte* at = parents_.find(request.place);
        if (at == nullptr) read_packets(), at = parents_.find(request.place);
        if (at == nullptr && is_cut_off_) leave_to_another();
        if (at == nullptr && out_of_memory_) throw std::bad_alloc();  // the worker's limit, most likely
        if (at == nullptr && out_of_files_)
            throw pickling_error("the request did not arrive: its worker has no descriptor left; raise limits.files");
        if (at == nullptr) throw pickling_error("the memory that the request lies in did not arrive");
        return at;
    }

    // An earlier task has closed the socket, by which the memory was to come: this one is not to suffer for it.
    [[noreturn]] void leave_to_another() noexcept {
        end_.give_back();
        platform::leave(cut_off);
    }

    // Of the stack of a throw, run_request() at its end.
    void cut_own_frame() noexcept {
        if (trace_.count > 1 && trace_.count < platform::raw_trace::most) --trace_.count;
    }

    // What may throw in here is the memory, or that there are no descriptors for more; then there is at least a slot.
    void answer_with(const std::exception_ptr& error) noexcept {
        end_.answer().kind = answer_kind::exception;
        if (write_error(error, &trace_) || write_error(error, nullptr)) return;
        if (!write_error(std::make_exception_ptr(std::bad_alloc()), nullptr)) platform::leave(cannot_begin);
    }

    bool write_error(const std::exception_ptr& error, const platform::raw_trace* trace) noexcept {
        try {
            const std::string bytes = pickle::pack_exception(error, trace);
            std::memcpy(reserve(bytes.size()), bytes.data(), bytes.size());
            return true;
        } catch (...) {
            return false;
        }
    }

    void finish_answer(std::uint32_t run_ns) noexcept {
        end_.answer().run_ns = run_ns;
        if (!end_.send()) return;
        const worker_packet wake{.what = worker_packet::kind::wake};
        // The system may be short of memory for a moment; where the socket is full the pool has a packet to read.
        for (int tries = 100; tries > 0; --tries)
            if (platform::send_packet(socket_, &wake, sizeof wake) != platform::transfer::would_block) return;
    }

    void read_packets() noexcept {
        worker_packet packet;
        platform::packet from;
        auto got = platform::transfer::done;
        while ((got = platform::receive_packet(socket_, &packet, sizeof packet, from)) == platform::transfer::done) {
            if (from.size != sizeof packet) continue;
            if (packet.what == worker_packet::kind::dropped) parents_.drop(packet.serial);
            else if (from.fd_count == 1) out_of_memory_ = !parents_.add(packet, from.fds[0]);
            else out_of_files_ |= from.cut;
        }
        is_cut_off_ = got == platform::transfer::closed;
    }

    worker_end end_;
    answer_memory memory_;
    int socket_;
    known_segments parents_;
    bool out_of_memory_ = false;  // the last of those could not be mapped
    bool out_of_files_ = false;  // one of those came without its file
    bool is_cut_off_ = false;  // nothing comes any more
    stop_watcher stops_;
    run_timer timer_;
    const local_initializer* initializer_;
    const std::uint32_t generation_ = platform::fork_generation();
    platform::raw_trace trace_;
};

bool settle(const worker_settings& wanted, platform::crash_page& crash) noexcept {
    platform::keep_freed_memory();
    platform::report_crashes_to(&crash);
    static_cast<void>(platform::stack_left());  // in a sandbox it could not find out any more
    return (wanted.memory == 0 || platform::limit_memory(wanted.memory)) &&
           (wanted.cpu_ns == 0 || platform::limit_cpu(wanted.cpu_ns)) &&
           (wanted.files == 0 || platform::limit_files(wanted.files)) &&
           (wanted.strict_sandbox == 0 || platform::enter_strict_sandbox());
}

}  // namespace

int run_worker(platform::fd channel, platform::fd socket, platform::fd standard_error, std::int64_t server_pid,
               const local_initializer* initializer) noexcept {
    if (!platform::settle_as_worker(server_pid) || !platform::replace_fd(standard_error.get(), 2)) return cannot_begin;
    standard_error.reset();
    platform::name_this_thread("concur-worker");
    try {
        const auto memory = platform::map_segment(channel, sizeof(channel_layout), platform::access::read_write);
        auto& shared = *reinterpret_cast<channel_layout*>(memory.data());
        channel.reset();
        if (!settle(shared.settings, shared.crash)) return cannot_begin;
        worker_process worker(shared, socket.get(), initializer);
        const int code = worker.run();
        std::cout.flush();
        std::fflush(nullptr);
        platform::kill_own_descendants();
        platform::leave(code);  // a watcher may look at all this to the end
    } catch (...) {
        return cannot_begin;
    }
}

}  // namespace concur::multiprocessing
