// The C library's own: pthread_spin, pthread_barrier, sem_t.
#include "threading/threading_cases.hpp"

#include <pthread.h>
#include <semaphore.h>

namespace {

class spin {
public:
    spin() { pthread_spin_init(&inside_, PTHREAD_PROCESS_PRIVATE); }
    ~spin() { pthread_spin_destroy(&inside_); }
    spin(const spin&) = delete;
    spin& operator=(const spin&) = delete;
    void lock() { pthread_spin_lock(&inside_); }
    void unlock() { pthread_spin_unlock(&inside_); }

private:
    pthread_spinlock_t inside_;
};

class posix_semaphore {
public:
    explicit posix_semaphore(unsigned n) { sem_init(&inside_, 0, n); }
    ~posix_semaphore() { sem_destroy(&inside_); }
    posix_semaphore(const posix_semaphore&) = delete;
    posix_semaphore& operator=(const posix_semaphore&) = delete;
    void acquire() {
        while (sem_wait(&inside_) != 0) continue;
    }
    void release() { sem_post(&inside_); }

private:
    sem_t inside_;
};

class posix_barrier {
public:
    explicit posix_barrier(int n) { pthread_barrier_init(&inside_, nullptr, static_cast<unsigned>(n)); }
    ~posix_barrier() { pthread_barrier_destroy(&inside_); }
    posix_barrier(const posix_barrier&) = delete;
    posix_barrier& operator=(const posix_barrier&) = delete;
    void wait() { pthread_barrier_wait(&inside_); }

private:
    pthread_barrier_t inside_;
};

struct kit {
    using lock = spin;
    using semaphore = posix_semaphore;
    using barrier = posix_barrier;
};

}  // namespace

int main(int argc, char** argv) { return bench::run_threading<kit>(argc, argv); }
