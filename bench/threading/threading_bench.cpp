#include "threading/threading_cases.hpp"

#include <concur/threading.hpp>

namespace {

struct kit {
    using lock = concur::threading::lock;
    using rlock = concur::threading::rlock;
    using semaphore = concur::threading::semaphore;
    using event = concur::threading::event;

    class condition : public concur::threading::condition {
    public:
        using concur::threading::condition::condition;
        static constexpr bool notified_with_the_lock = true;
    };

    class barrier {
    public:
        explicit barrier(int n) : inside_(n) {}
        void wait() { inside_.wait(); }

    private:
        concur::threading::barrier inside_;
    };
};

}  // namespace

int main(int argc, char** argv) { return bench::run_threading<kit>(argc, argv); }
