// The errors that work in other processes adds.
#pragma once
#include "concur/core/error.hpp"
#include "concur/core/function.hpp"

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>

namespace concur {

// A value could not be turned into bytes, or bytes not into a value. (pickle.PicklingError)
class pickling_error : public error {
public:
    using error::error;
};

// (concurrent.futures.process.BrokenProcessPool)
class broken_process_pool : public broken_executor {
public:
    using broken_executor::broken_executor;
};

// What is known of the death of a worker process.
struct worker_death_report {
    std::int64_t pid = 0;               // 0: not known
    std::optional<int> exit_code = {};  // one of the two
    std::optional<int> signal = {};
    std::string cause = {};      // where the pool knows more: "its task ran over its time-out"
    std::string task_name = {};  // empty: one without a name
    bool in_task = true;         // false: it died before it ran one
    std::optional<std::uintptr_t> fault_address = {};
    std::string stack = {};        // a line for each frame, innermost first; empty where there is none
    std::int64_t peak_memory = 0;  // bytes; 0: not known
    std::string last_stderr = {};  // the last lines it wrote there
};

// The worker that ran this task died; no other task is touched by that. What a worker wrote itself is
// cut short and escaped in what(), and given as it came by the other members.
class worker_died : public broken_process_pool {
public:
    explicit worker_died(worker_death_report report);

    std::int64_t pid() const noexcept { return report_->pid; }
    std::optional<int> exit_code() const noexcept { return report_->exit_code; }  // one of the two is set
    std::optional<int> signal() const noexcept { return report_->signal; }
    const std::string& task_name() const noexcept { return report_->task_name; }
    // Where the worker touched memory that was not its; not set where it did not die of that.
    std::optional<std::uintptr_t> fault_address() const noexcept { return report_->fault_address; }
    const std::string& stack_trace() const noexcept { return report_->stack; }
    std::int64_t peak_memory() const noexcept { return report_->peak_memory; }  // in bytes; 0: not known
    const std::string& last_stderr() const noexcept { return report_->last_stderr; }
    const worker_death_report& report() const noexcept { return *report_; }

private:
    std::shared_ptr<const worker_death_report> report_;  // an exception's copies must not throw
};

// "SIGKILL", "SIGSEGV"; "signal 77" where there is no name.
std::string signal_name(int signal);

// An exception of a type that this side cannot make again.
class remote_error : public error {
public:
    remote_error(std::string type_name, const std::string& what, std::string traceback = {},
                 std::exception_ptr nested = nullptr);

    // The traceback is made when somebody asks for it first, on that thread: naming frames is slow. Where
    // that throws it is empty.
    template <std::invocable F>
    remote_error(std::string type_name, const std::string& what, F describe, std::exception_ptr nested)
        : remote_error(std::move(type_name), what, {}, std::move(nested), std::move(describe)) {}

    const std::string& type_name() const noexcept;  // as it reads in C++
    // Where it was thrown: a line for each frame, innermost first; empty where that is not known.
    const std::string& remote_traceback() const noexcept;
    // The exception inside it (std::nested_exception); null where there was none.
    std::exception_ptr nested() const noexcept { return nested_; }

private:
    struct origin;
    remote_error(std::string type_name, const std::string& what, std::string traceback, std::exception_ptr nested,
                 function<std::string()> describe);

    std::shared_ptr<origin> origin_;  // of all copies, which must not throw
    std::exception_ptr nested_;
};

}  // namespace concur
