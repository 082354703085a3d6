// A link to a worker, and calls to send through it.
#pragma once
#include "concur/futures/remote_call.hpp"
#include "concur/multiprocessing/server_link.hpp"
#include "concur/multiprocessing/start_method.hpp"
#include "concur/multiprocessing/worker_link.hpp"

#include <array>
#include <cstddef>
#include <gtest/gtest.h>
#include <memory>
#include <poll.h>
#include <vector>

namespace support {

// What a pool is to its tasks, without a pool.
class quiet_host final : public concur::remote_host {
public:
    explicit quiet_host(concur::multiprocessing::arena& memory) : memory_(memory) {}
    concur::memory_lease lease(std::size_t size) override { return memory_.lease(size); }
    void give_back(const concur::memory_lease& lease) noexcept override { memory_.give_back(lease); }
    void post_remote(concur::remote_task&, int) override {}
    bool recall(concur::remote_task&, bool&) noexcept override { return false; }
    bool is_running(const concur::remote_task&) noexcept override { return true; }
    bool ask_to_stop(concur::remote_task&) noexcept override { return false; }
    void end_overdue(concur::remote_task&) noexcept override {}
    void help(concur::remote_task&) override {}
    void retain() noexcept override {}
    void release() noexcept override {}

private:
    concur::multiprocessing::arena& memory_;
};

// A link to a worker of its own, with no pool around it.
struct linked : testing::Test {
    void start() {
        server = std::make_unique<concur::multiprocessing::server_link>(
            concur::multiprocessing::start_method::forkserver, nullptr);
        ASSERT_TRUE(link.start(*server));
    }

    // Sends a call to the worker; the test owns it.
    template <class F, class... A>
    auto& send(F fn, A... args) {
        using result = concur::call_result<F, A...>;
        auto* const call = new concur::remote_call<result>(host, false);
        call->template encode<F, A...>(fn, args...);
        tasks.emplace_back(call);
        EXPECT_TRUE(link.send(*call, memory));
        return *call;
    }

    // False: the worker has hung up, or talks nonsense.
    bool reads_on() { return link.read_packets() != concur::multiprocessing::worker_link::packets::none_any_more; }

    // Sleeps until the worker has answered that.
    bool until_answered(std::uint32_t count = 1) {
        while (link.channel.answers() < count) {
            if (!link.channel.may_sleep()) continue;
            pollfd ready{link.socket.get(), POLLIN, 0};
            if (::poll(&ready, 1, 30'000) != 1) return false;
            if (!reads_on()) return false;
        }
        return true;
    }
    // Reads packets until one is nonsense, or the worker hangs up; true: that has come.
    bool until_nonsense() {
        for (;;) {
            pollfd ready{link.socket.get(), POLLIN, 0};
            if (::poll(&ready, 1, 30'000) != 1) return false;
            if (!reads_on()) return true;
        }
    }
    const std::byte* bytes_of_next() {
        const concur::multiprocessing::answer_slot& slot = link.channel.answer(0);
        return link.bytes_of(slot, concur::multiprocessing::copy_of(slot.place), copied);
    }
    template <class R>
    R value() {
        EXPECT_TRUE(until_answered());
        const concur::multiprocessing::answer_slot& slot = link.channel.answer(0);
        concur::pickle::reader in(bytes_of_next(), slot.place.size);
        R got = concur::pickle::read<R>(in);
        link.channel.take(1);
        return got;
    }

    struct drop {
        void operator()(concur::future_core* core) const {
            core->mark_read();
            core->release();
            core->release();
        }
    };

    concur::multiprocessing::arena memory;
    quiet_host host{memory};
    std::vector<std::unique_ptr<concur::future_core, drop>> tasks;
    std::unique_ptr<concur::multiprocessing::server_link> server;
    concur::multiprocessing::worker_link link{7, concur::multiprocessing::worker_settings{}};
    std::array<std::byte, concur::multiprocessing::answer_slot::room> copied{};
};

}  // namespace support
