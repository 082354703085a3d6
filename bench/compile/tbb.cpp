#include <future>
#include <memory>
#include <tbb/task_arena.h>

int main() {
    tbb::task_arena pool;
    const auto task = std::make_shared<std::packaged_task<int()>>([] { return 0; });
    auto result = task->get_future();
    pool.enqueue([task] { (*task)(); });
    return result.get();
}
