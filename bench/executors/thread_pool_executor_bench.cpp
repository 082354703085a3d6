// The library's own pool, by its public names only.
#include "support/cases.hpp"

#include <concur/futures.hpp>

namespace {

class peer {
public:
    explicit peer(int workers) : pool_(workers) {}

    template <class F>
    auto submit(F&& fn) {
        return pool_.submit(std::forward<F>(fn));
    }
    template <class T>
    static T get(concur::future<T>& f) {
        return std::move(f).result();
    }
    template <class F>
    void post(F&& fn) {
        pool_.submit(std::forward<F>(fn));
    }

    long fib(int n) { return pool_.submit(&call, this, n).result(); }

    void map(const std::vector<int>& in, std::vector<int>& out) {
        const long slice = static_cast<long>(in.size() / 16 + 1);
        std::size_t i = 0;
        for (const int y : pool_.map({.chunksize = slice}, [](int x) { return bench::twice_plus_one(x); }, in))
            out[i++] = y;
    }

    long fib_by_invoke(int n) {
        return std::get<0>(concur::invoke(pool_, [this, n] { return fork(n); }));
    }

    void for_each(std::vector<int>& all) {
        concur::for_each(pool_, all, [](int& x) { bench::one_more(x); });
    }

private:
    long fork(int n) {
        if (n < 2) return n;
        const auto [a, b] = concur::invoke(pool_, [this, n] { return fork(n - 1); }, [this, n] { return fork(n - 2); });
        return a + b;
    }

    static long call(peer* p, int n) {
        if (n < 2) return n;
        auto a = p->pool_.submit(&call, p, n - 1);
        auto b = p->pool_.submit(&call, p, n - 2);
        return b.result() + a.result();
    }

    concur::thread_pool_executor pool_;
};

}  // namespace

int main(int argc, char** argv) { return bench::run<peer>(argc, argv); }
