#include "concur/platform/affinity.hpp"

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <sched.h>
#include <utility>

namespace concur::platform {
namespace {

// A set of processors, as large as the kernel's: a machine may have more than cpu_set_t has bits.
class processor_set {
public:
    // Those of the calling thread. Empty where the system does not tell, or there is no memory.
    static processor_set of_this_thread() noexcept {
        for (int room = CPU_SETSIZE; room <= most; room *= 4) {
            processor_set found(room);
            if (found.bits_ == nullptr || ::sched_getaffinity(0, found.bytes_, found.bits_.get()) == 0) return found;
        }
        return processor_set(0);
    }

    processor_set none() const noexcept { return processor_set(room_); }
    processor_set copy() const noexcept {
        processor_set same(room());
        if (same.bits_ != nullptr) std::memcpy(same.bits_.get(), bits_.get(), bytes_);
        return same;
    }
    int room() const noexcept { return bits_ == nullptr ? 0 : room_; }
    int count() const noexcept { return bits_ == nullptr ? 0 : CPU_COUNT_S(bytes_, bits_.get()); }
    bool has(int n) const noexcept {
        return n >= 0 && n < room() && CPU_ISSET_S(static_cast<std::size_t>(n), bytes_, bits_.get());
    }
    void add(int n) noexcept {
        if (n >= 0 && n < room()) CPU_SET_S(static_cast<std::size_t>(n), bytes_, bits_.get());
    }
    bool apply() const noexcept { return bits_ != nullptr && ::sched_setaffinity(0, bytes_, bits_.get()) == 0; }

private:
    static constexpr int most = 1 << 20;

    struct give_back {
        void operator()(cpu_set_t* bits) const noexcept { CPU_FREE(bits); }
    };

    explicit processor_set(int room) noexcept
        : room_(room),
          bytes_(CPU_ALLOC_SIZE(static_cast<std::size_t>(room))),
          bits_(room > 0 ? CPU_ALLOC(static_cast<std::size_t>(room)) : nullptr) {
        if (bits_ != nullptr) CPU_ZERO_S(bytes_, bits_.get());
    }

    int room_;
    std::size_t bytes_;
    std::unique_ptr<cpu_set_t, give_back> bits_;
};

// Of a thread that is bound: what it had before. It has no destructor, since others of the thread's may ask for it
// when that would have run.
constinit thread_local processor_set* before = nullptr;

processor_set usable() noexcept { return before != nullptr ? before->copy() : processor_set::of_this_thread(); }

}  // namespace

std::vector<int> usable_processors() {
    const processor_set all = usable();
    std::vector<int> numbers;
    for (int n = 0; n < all.room(); ++n)
        if (all.has(n)) numbers.push_back(n);
    return numbers;
}

int usable_processor_count() noexcept { return usable().count(); }

bool bind_this_thread(const std::vector<int>& processors) noexcept {
    processor_set all = usable();
    processor_set wanted = all.none();
    for (const int n : processors)
        if (all.has(n)) wanted.add(n);
    if (wanted.count() == 0) return false;
    std::unique_ptr<processor_set> kept(new (std::nothrow) processor_set(std::move(all)));
    if (kept == nullptr || !wanted.apply()) return false;
    delete std::exchange(before, kept.release());
    return true;
}

void unbind_this_thread() noexcept {
    if (before != nullptr) before->apply();
    delete std::exchange(before, nullptr);
}

unbound_meanwhile::unbound_meanwhile() noexcept {
    if (before == nullptr) return;
    now_ = new (std::nothrow) processor_set(processor_set::of_this_thread());
    if (now_ != nullptr) before->apply();
}

void unbound_meanwhile::for_ever() noexcept {
    delete static_cast<processor_set*>(std::exchange(now_, nullptr));
    delete std::exchange(before, nullptr);
}

unbound_meanwhile::~unbound_meanwhile() {
    const std::unique_ptr<processor_set> now(static_cast<processor_set*>(now_));
    if (now != nullptr) now->apply();
}

}  // namespace concur::platform
