// How the stack of a throw is seen. Before anything is unwound the runtime goes up the stack and asks
// each catch clause whether it takes the exception: it calls a virtual function of the clause's type_info.
// The type_info of our clause is an object of our own, whose function notes the stack, which is whole
// then, and takes nothing. So no exception is caught, and none that `fn` itself catches gets this far.
#include "concur/platform/stack_trace.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <cxxabi.h>
#include <dlfcn.h>
#include <exception>
#include <new>
#include <unwind.h>

namespace concur::platform {

// Nothing of this type exists. Its first virtual function is never defined, and so no compiler writes
// down its type_info: what it refers to is the object below. (Hidden: another copy of this library has its own.)
struct [[gnu::visibility("hidden")]] nothing_thrown {
    virtual void never_defined();
};

namespace {

// An exception that is looked for a handler here leaves: only the first question is of interest. A second
// comes when the stack is unwound.
struct traced_call {
    explicit traced_call(raw_trace& t) : trace(t), outer(innermost) { innermost = this; }
    ~traced_call() { innermost = outer; }
    traced_call(const traced_call&) = delete;
    traced_call& operator=(const traced_call&) = delete;

    raw_trace& trace;
    traced_call* outer;
    bool noted = false;
    static constinit thread_local traced_call* innermost;
};
constinit thread_local traced_call* traced_call::innermost = nullptr;

using rethrow = void (*)(std::exception_ptr);
constexpr std::array throwing_names{"__cxa_throw", "__cxa_rethrow",
                                    "_ZSt17rethrow_exceptionNSt15__exception_ptr13exception_ptrE"};

bool throws(std::uintptr_t function) {
    return function == reinterpret_cast<std::uintptr_t>(&abi::__cxa_throw) ||
           function == reinterpret_cast<std::uintptr_t>(&abi::__cxa_rethrow) ||
           function == reinterpret_cast<std::uintptr_t>(static_cast<rethrow>(&std::rethrow_exception));
}

// Where a sanitizer stands before the runtime's function that one has another address. Slow.
bool throws_by_name(std::uintptr_t function) {
    Dl_info info{};
    if (dladdr(reinterpret_cast<const void*>(function), &info) == 0 || info.dli_sname == nullptr) return false;
    return std::ranges::any_of(throwing_names, [&](const char* n) { return std::strcmp(info.dli_sname, n) == 0; });
}

struct frame_search {
    bool (*throws)(std::uintptr_t);
    int frame = 0;
    int behind_throw = 0;     // the first frame that is not the runtime's
    bool unwinding = false;  // the stack is not whole any more
};

_Unwind_Reason_Code see_runtime(_Unwind_Context* context, void* given) {
    constexpr int far_enough = 12;
    auto& s = *static_cast<frame_search*>(given);
    const auto function = static_cast<std::uintptr_t>(_Unwind_GetRegionStart(context));
    ++s.frame;
    if (function == reinterpret_cast<std::uintptr_t>(&_Unwind_Resume)) s.unwinding = true;
    if (s.throws(function)) s.behind_throw = s.frame;
    return s.frame < far_enough && !s.unwinding ? _URC_NO_REASON : _URC_END_OF_STACK;
}

// The exception may go through all the outer calls.
[[gnu::noinline]] void note_throw() noexcept {
    traced_call* const innermost = traced_call::innermost;
    if (innermost == nullptr || innermost->noted) return;
    frame_search s{&throws};
    _Unwind_Backtrace(&see_runtime, &s);
    if (s.unwinding) return;
    if (s.behind_throw == 0) {
        s = {&throws_by_name};
        _Unwind_Backtrace(&see_runtime, &s);
    }
    capture(innermost->trace, s.behind_throw, reinterpret_cast<const void*>(&call_and_trace));
    innermost->noted = true;
    for (auto* outer = innermost->outer; outer != nullptr; outer = outer->outer) outer->trace = innermost->trace;
}

class watching_type : public abi::__class_type_info {
public:
    watching_type() : abi::__class_type_info("concur::platform::nothing_thrown") {}
    bool __do_catch(const std::type_info*, void**, unsigned) const override {
        note_throw();
        return false;
    }
};

}  // namespace

// Made at the first call, since there are calls before main().
alignas(watching_type) [[gnu::visibility("hidden")]] std::byte watching_place[sizeof(watching_type)] asm(
    "_ZTIN6concur8platform14nothing_thrownE");

[[gnu::noinline]] void call_and_trace(void (*fn)(void*), void* argument, raw_trace& into) {
    static const auto* const made = new (watching_place) watching_type;
    static_cast<void>(made);
    into.count = 0;
    into.image_count = 0;
    const traced_call call(into);
    try {
        fn(argument);
    } catch (const nothing_thrown&) {
        std::terminate();
    }
}

}  // namespace concur::platform
