// GLib's GAsyncQueue, which holds pointers other than null: the numbers travel as such.
#include "queue/queue_cases.hpp"

#include <glib.h>

namespace {

class glib {
public:
    static constexpr bool bounded = false, unbounded = true;
    explicit glib(std::size_t) : q_(g_async_queue_new()) {}
    ~glib() { g_async_queue_unref(q_); }
    glib(const glib&) = delete;
    glib& operator=(const glib&) = delete;

    void put(std::int64_t n) { g_async_queue_push(q_, reinterpret_cast<gpointer>(n + 1)); }
    std::int64_t get() { return reinterpret_cast<std::int64_t>(g_async_queue_pop(q_)) - 1; }

private:
    GAsyncQueue* const q_;
};

}  // namespace

int main(int argc, char** argv) { return bench::run_queue<glib>(argc, argv); }
