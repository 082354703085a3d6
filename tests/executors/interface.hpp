// The same tests over executor& on threads and on processes: what both have in common is tested once.
#pragma once
#include "concur/executors/process_pool_executor.hpp"
#include "concur/executors/thread_pool_executor.hpp"
#include "support/process_gate.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <type_traits>

template <class Pool>
class executor_interface_test : public testing::Test {
protected:
    // A pool, which lives until the test is over and its gates are open, or until drop().
    concur::executor& of(int workers) {
        pool_ = std::make_unique<Pool>(workers);
        return *pool_;
    }
    void drop() { pool_.reset(); }

private:
    std::unique_ptr<Pool> pool_;
};

using executor_kinds = testing::Types<concur::thread_pool_executor, concur::process_pool_executor>;

struct executor_kind_names {
    template <class Pool>
    static std::string GetName(int) {
        return std::is_same_v<Pool, concur::thread_pool_executor> ? "threads" : "processes";
    }
};

// What tasks are made of: functions that any executor can run.
namespace tasks {

inline int same(int n) { return n; }
inline int wait_at(const support::door& d) {
    d.wait();
    return 1;
}
inline unsigned come_to(const support::door& d) { return d.come(); }

}  // namespace tasks
