// How a thread looks for something before it sleeps.
#pragma once
#include "concur/platform/cpu.hpp"

namespace concur {

// So many short spins, of about a microsecond. After the first few another thread may have the processor
// between two of them: the one that is waited for, maybe. None where no other thread can make progress.
class looking {
public:
    explicit looking(int spins) noexcept
        : spin_(platform::spin_limit()),
          left_(spin_ * spins + 1),
          long_from_(spin_ * (spins - 1)),
          alone_until_(spin_ * (spins - spins_alone)) {}

    // False: it is over.
    bool go_on() noexcept { return left_ > 0 && --left_ > 0; }
    // The first spin is over.
    bool is_long() const noexcept { return left_ < long_from_; }
    // Between two looks.
    void rest() const noexcept {
        if (left_ % spin_ == 1 && left_ < alone_until_) platform::yield();
        else platform::relax();
    }

private:
    static constexpr int spins_alone = 3;
    int spin_;
    int left_;
    int long_from_;
    int alone_until_;
};

}  // namespace concur
