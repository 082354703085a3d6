// A bare pool with futures to compare with: one allocation a task, a ring as the queue, workers that
// park. No cancelling, no exceptions, no callbacks, no growing. Simple, not optimal.
// With `spins` both sides look for 20 us before they sleep.
#pragma once
#include "support/cases.hpp"

#include <cstdint>
#include <memory>
#include <type_traits>

namespace yardstick {

struct task {
    void (*run)(task&) noexcept;
    std::atomic<std::uint32_t> owners;
    std::atomic<std::uint32_t> done{0};
    int result = 0;

    void release() noexcept {
        if (owners.load(std::memory_order_acquire) == 1 || owners.fetch_sub(1, std::memory_order_acq_rel) == 1)
            delete this;
    }
};

template <class F>
struct task_of : task {
    task_of(F f, std::uint32_t n) : task{&run_it, {n}}, fn(std::move(f)) {}
    static void run_it(task& t) noexcept {
        auto& self = static_cast<task_of&>(t);
        if constexpr (std::is_void_v<std::invoke_result_t<F&>>) self.fn();
        else self.result = self.fn();
        if (self.done.exchange(1, std::memory_order_acq_rel) == 2) self.done.notify_one();
        self.release();
    }
    F fn;
};

// A ring for many on both sides: the number in a cell says whose turn it is there.
class ring {
public:
    ring() : cells_(new cell[size]) {
        for (std::size_t i = 0; i < size; ++i) cells_[i].turn.store(i, std::memory_order_relaxed);
    }

    void push(task* t) noexcept {
        const std::size_t at = tail_.fetch_add(1, std::memory_order_relaxed);
        cell& c = cells_[at % size];
        while (c.turn.load(std::memory_order_acquire) != at) std::this_thread::yield();
        c.what = t;
        c.turn.store(at + 1, std::memory_order_release);
    }

    task* pop() noexcept {
        std::size_t at = head_.load(std::memory_order_relaxed);
        for (;;) {
            cell& c = cells_[at % size];
            if (c.turn.load(std::memory_order_acquire) != at + 1) {
                const std::size_t now = head_.load(std::memory_order_relaxed);
                if (now == at) return nullptr;
                at = now;
            } else if (head_.compare_exchange_weak(at, at + 1, std::memory_order_relaxed)) {
                task* const t = c.what;
                c.turn.store(at + size, std::memory_order_release);
                return t;
            }
        }
    }

private:
    static constexpr std::size_t size = 1 << 18;
    struct cell {
        std::atomic<std::size_t> turn;
        task* what;
    };
    std::unique_ptr<cell[]> cells_;
    alignas(64) std::atomic<std::size_t> tail_{0};
    alignas(64) std::atomic<std::size_t> head_{0};
};

inline void look_for_a_while(const auto& ready) {
    using clock = std::chrono::steady_clock;
    const auto end = clock::now() + std::chrono::microseconds(20);
    while (!ready() && clock::now() < end)
        for (int i = 0; i < 20 && !ready(); ++i) __builtin_ia32_pause();
}

template <bool spins>
class pool {
public:
    explicit pool(int workers) {
        for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { work(); });
    }
    ~pool() {
        ended_.store(true);
        epoch_.fetch_add(1);
        epoch_.notify_all();
        for (auto& t : threads_) t.join();
    }

    template <class F>
    task* submit(F fn) {
        return put(new task_of<F>(std::move(fn), 2));
    }
    static int get(task* t) noexcept {
        if constexpr (spins) look_for_a_while([t] { return t->done.load(std::memory_order_acquire) == 1; });
        std::uint32_t seen = 0;
        t->done.compare_exchange_strong(seen, 2, std::memory_order_acq_rel);
        while (t->done.load(std::memory_order_acquire) != 1) t->done.wait(2, std::memory_order_acquire);
        const int result = t->result;
        t->release();
        return result;
    }
    template <class F>
    void post(F fn) {
        put(new task_of<F>(std::move(fn), 1));
    }

private:
    task* put(task* t) {
        queue_.push(t);
        std::atomic_thread_fence(std::memory_order_seq_cst);
        if (sleepers_.load(std::memory_order_relaxed) > 0) {
            epoch_.fetch_add(1, std::memory_order_release);
            epoch_.notify_one();
        }
        return t;
    }

    void work() {
        while (!ended_.load(std::memory_order_relaxed)) {
            task* t = queue_.pop();
            if (spins && t == nullptr) look_for_a_while([&] { return t != nullptr || (t = queue_.pop()) != nullptr; });
            if (t == nullptr) t = sleep();
            if (t != nullptr) t->run(*t);
        }
    }

    task* sleep() {
        const std::uint32_t epoch = epoch_.load(std::memory_order_acquire);
        sleepers_.fetch_add(1, std::memory_order_seq_cst);
        std::atomic_thread_fence(std::memory_order_seq_cst);
        task* t = queue_.pop();
        if (t == nullptr && !ended_.load()) epoch_.wait(epoch, std::memory_order_acquire);
        sleepers_.fetch_sub(1, std::memory_order_relaxed);
        return t;
    }

    ring queue_;
    alignas(64) std::atomic<std::uint32_t> epoch_{0};
    std::atomic<std::uint32_t> sleepers_{0};
    std::atomic<bool> ended_{false};
    std::vector<std::thread> threads_;
};

}  // namespace yardstick
