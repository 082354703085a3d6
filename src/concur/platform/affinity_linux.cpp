#include "concur/platform/affinity.hpp"

#include <cstddef>
#include <memory>
#include <new>
#include <sched.h>
#include <unistd.h>

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

    processor_set same_size() const noexcept { return processor_set(room_); }
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

// Of a thread that is bound: what it had before, and what it has now.
struct binding {
    processor_set before;
    processor_set now;
};
thread_local std::unique_ptr<binding> bound;

processor_set usable() noexcept {
    if (bound == nullptr) return processor_set::of_this_thread();
    processor_set copy = bound->before.same_size();
    for (int n = 0; n < copy.room(); ++n)
        if (bound->before.has(n)) copy.add(n);
    return copy;
}

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
    processor_set before = usable();
    processor_set now = before.same_size();
    for (const int n : processors)
        if (before.has(n)) now.add(n);
    if (now.count() == 0) return false;
    std::unique_ptr<binding> fresh(new (std::nothrow) binding{std::move(before), std::move(now)});
    if (fresh == nullptr || !fresh->now.apply()) return false;
    bound = std::move(fresh);
    return true;
}

unbound_meanwhile::unbound_meanwhile() noexcept {
    if (bound != nullptr) bound->before.apply();
}

void unbound_meanwhile::for_ever() noexcept { bound.reset(); }

unbound_meanwhile::~unbound_meanwhile() {
    if (bound != nullptr) bound->now.apply();
}

}  // namespace concur::platform
