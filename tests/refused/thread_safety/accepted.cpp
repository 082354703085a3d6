// What the analysis of clang must take.
#include <concur/threading.hpp>

concur::threading::lock door;
concur::threading::rlock inner;
concur::threading::shared_lock many;
int balance __attribute__((guarded_by(door))) = 0;
int seen __attribute__((guarded_by(many))) = 0;

int right() {
    door.acquire();
    ++balance;
    door.release();
    if (door.try_acquire()) {
        ++balance;
        door.unlock();
    }
    inner.lock();
    inner.unlock();
    many.acquire();
    seen = 1;
    many.release();
    many.acquire_shared();
    const int now = seen;
    many.release_shared();
    return now;
}
