#include "fiber.hpp"

#include <boost/context/detail/fcontext.hpp>
#include <cstring>
#include <cxxabi.h>
#include <sys/mman.h>

namespace concur::model {
namespace {

namespace context = boost::context::detail;

struct start {
    void** leaver;
    fiber::function* fn;
};

// The runtime's globals are two words: the caught exceptions, and how many are uncaught.
void* const exception_globals = abi::__cxa_get_globals();

}  // namespace

void fiber::begin(function* fn) {
    constexpr std::size_t guard = 4096;
    if (stack_ == nullptr) {
        void* memory = mmap(nullptr, stack_size + guard, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        mprotect(memory, guard, PROT_NONE);
        stack_ = static_cast<char*>(memory) + guard;
    }
    exceptions_ = {};
    context_ =
        context::make_fcontext(static_cast<char*>(stack_) + stack_size, stack_size, [](context::transfer_t from) {
            const start s = *static_cast<start*>(from.data);
            *s.leaver = from.fctx;
            s.fn();
        });
    entry_ = fn;
}

void fiber::leave_for(fiber& other) noexcept {
    std::memcpy(exceptions_.data(), exception_globals, sizeof exceptions_);
    std::memcpy(exception_globals, other.exceptions_.data(), sizeof exceptions_);
    start s{&context_, other.entry_};
    const context::transfer_t from = context::jump_fcontext(other.context_, &s);
    *static_cast<start*>(from.data)->leaver = from.fctx;
}

}  // namespace concur::model
