// oneTBB: an arena's queue, with a packaged_task where a result is wanted; its task_group for calls
// that are all tasks, its parallel_invoke, and its parallel_for.
#include "support/cases.hpp"

#include <future>
#include <memory>
#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_invoke.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>

namespace {

class peer {
public:
    // No slot is kept for the threads outside, so that `workers` threads run tasks and no more. Where
    // one of them is the caller itself, as in a task_group, the arena has room for it.
    explicit peer(int workers)
        : most_(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(workers) + 1),
          queue_(workers, 0),
          joined_(workers, 1) {}

    template <class F>
    auto submit(F fn) {
        auto task = std::make_shared<std::packaged_task<std::invoke_result_t<F>()>>(std::move(fn));
        auto result = task->get_future();
        queue_.enqueue([task] { (*task)(); });
        return result;
    }
    template <class T>
    static T get(std::future<T>& f) {
        return f.get();
    }
    template <class F>
    void post(F fn) {
        queue_.enqueue(std::move(fn));
    }

    long fib(int n) {
        return joined_.execute([n] { return call(n); });
    }

    long fib_by_invoke(int n) {
        return joined_.execute([n] { return invoke(n); });
    }

    void map(const std::vector<int>& in, std::vector<int>& out) {
        joined_.execute([&] {
            tbb::parallel_for(tbb::blocked_range<std::size_t>(0, in.size()), [&](const auto& part) {
                for (std::size_t i = part.begin(); i != part.end(); ++i) out[i] = bench::twice_plus_one(in[i]);
            });
        });
    }

    void for_each(std::vector<int>& all) {
        joined_.execute([&] {
            tbb::parallel_for(
                tbb::blocked_range<std::size_t>(0, all.size()),
                [&](const auto& part) {
                    for (std::size_t i = part.begin(); i != part.end(); ++i) bench::one_more(all[i]);
                },
                tbb::auto_partitioner());
        });
    }

private:
    static long invoke(int n) {
        if (n < 2) return n;
        long a = 0;
        long b = 0;
        tbb::parallel_invoke([&] { a = invoke(n - 1); }, [&] { b = invoke(n - 2); });
        return a + b;
    }

    static long call(int n) {
        if (n < 2) return n;
        long a = 0;
        long b = 0;
        tbb::task_group both;
        both.run([&] { a = call(n - 1); });
        both.run([&] { b = call(n - 2); });
        both.wait();
        return a + b;
    }

    tbb::global_control most_;
    tbb::task_arena queue_;
    tbb::task_arena joined_;
};

}  // namespace

int main(int argc, char** argv) { return bench::run<peer>(argc, argv); }
