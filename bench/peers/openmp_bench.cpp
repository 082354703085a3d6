// OpenMP, as g++ has it: tasks, and the parallel loop. It gives no handle on a task, and cannot be asked to
// run one elsewhere: with more than 64 for each thread, the one that makes a task runs it at once.
#include "support/cases.hpp"

#include <omp.h>

namespace {

class peer {
public:
    explicit peer(int workers) : workers_(workers) { omp_set_dynamic(0); }

    long fib_by_invoke(int n) {
        long result = 0;
#pragma omp parallel num_threads(workers_)
#pragma omp single
        result = invoke(n);
        return result;
    }

    void map(const std::vector<int>& in, std::vector<int>& out) {
#pragma omp parallel for num_threads(workers_)
        for (std::size_t i = 0; i < in.size(); ++i) out[i] = bench::twice_plus_one(in[i]);
    }

    void for_each(std::vector<int>& all) {
#pragma omp parallel for num_threads(workers_)
        for (std::size_t i = 0; i < all.size(); ++i) bench::one_more(all[i]);
    }

private:
    static long invoke(int n) {
        if (n < 2) return n;
        long a = 0;
#pragma omp task default(none) shared(a) firstprivate(n)
        a = invoke(n - 1);
        const long b = invoke(n - 2);
#pragma omp taskwait
        return a + b;
    }

    int workers_;
};

}  // namespace

int main(int argc, char** argv) { return bench::run<peer>(argc, argv); }
