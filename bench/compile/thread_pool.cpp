#include <thread_pool/thread_pool.hpp>

int main() {
    thread_pool::ThreadPool pool(2);
    return pool.Submit([](int x) { return x + 1; }, -1).get();
}
