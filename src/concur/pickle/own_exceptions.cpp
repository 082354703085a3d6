#include "concur/pickle/exception_type.hpp"

#include <iterator>
#include <optional>

namespace concur::pickle {
namespace {

template <class T>
struct with_cause {
    static void save(const T& e, exception_out& out) { out.exception(e.cause()); }
    static T make(const std::string& what, exception_in& in) { return T(what, in.exception()); }
};

struct death_fields {
    static void optional(exception_out& out, const auto& value) {
        out.number(value.has_value() ? 1 : 0);
        if (value) out.number(static_cast<std::uint64_t>(*value));
    }

    template <class U>
    static void optional(exception_in& in, std::optional<U>& value) {
        if (in.number() != 0) value = static_cast<U>(in.number());
    }

    static void save(const worker_died& e, exception_out& out) {
        const worker_death_report& r = e.report();
        out.number(static_cast<std::uint64_t>(r.pid));
        optional(out, r.exit_code);
        optional(out, r.signal);
        optional(out, r.fault_address);
        out.number(r.in_task ? 1 : 0);
        out.number(static_cast<std::uint64_t>(r.peak_memory));
        for (const std::string* text : {&r.cause, &r.task_name, &r.stack, &r.last_stderr}) out.message(*text);
    }

    static worker_died make(const std::string&, exception_in& in) {
        worker_death_report r;
        r.pid = static_cast<std::int64_t>(in.number());
        optional(in, r.exit_code);
        optional(in, r.signal);
        optional(in, r.fault_address);
        r.in_task = in.number() != 0;
        r.peak_memory = static_cast<std::int64_t>(in.number());
        for (std::string* text : {&r.cause, &r.task_name, &r.stack, &r.last_stderr}) *text = in.message();
        return worker_died(std::move(r));
    }
};

struct remote_fields {
    static void save(const remote_error& e, exception_out& out) {
        out.message(e.type_name());
        out.message(e.remote_traceback());
    }
    static remote_error make(const std::string& what, exception_in& in) {
        std::string type_name = in.message();
        std::string traceback = in.message();
        return remote_error(std::move(type_name), what, std::move(traceback), in.nested());
    }
};

template <class T>
constexpr exception_type simple(const char* name) {
    return exception_type_of<T, no_fields<T>>::made(name);
}

template <class T>
constexpr exception_type broken(const char* name) {
    return exception_type_of<T, with_cause<T>>::made(name);
}

constexpr exception_type own_types[] = {
    simple<error>("concur::error"),
    simple<cancelled_error>("concur::cancelled_error"),
    simple<timeout_error>("concur::timeout_error"),
    simple<invalid_state_error>("concur::invalid_state_error"),
    simple<executor_shutdown>("concur::executor_shutdown"),
    broken<broken_executor>("concur::broken_executor"),
    broken<broken_thread_pool>("concur::broken_thread_pool"),
    broken<broken_process_pool>("concur::broken_process_pool"),
    exception_type_of<worker_died, death_fields>::made("concur::worker_died"),
    simple<queue_empty>("concur::queue_empty"),
    simple<queue_full>("concur::queue_full"),
    simple<queue_shut_down>("concur::queue_shut_down"),
    simple<pickling_error>("concur::pickling_error"),
    exception_type_of<remote_error, remote_fields>::made("concur::remote_error"),
};

}  // namespace

exception_types own_exception_types() noexcept { return {std::begin(own_types), std::end(own_types)}; }

}  // namespace concur::pickle
