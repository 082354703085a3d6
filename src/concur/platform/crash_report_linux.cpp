// What runs here after a crash asks the system for nothing but to die: no memory, no lock. The table of images
// is made beforehand, and the unwinder finds the tables of functions without a lock. Should it hang nevertheless (a
// program may have registered tables of its own, under a lock), an alarm ends the wait.
#include "concur/platform/stack_trace.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>
#include <vector>

namespace concur::platform {
namespace {

constexpr std::array crashes{SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT};
constexpr unsigned patience = 5;  // seconds

// Never freed, since a handler may be reading: each holds the one before it.
struct image_table {
    const image_table* before;
    std::vector<code_range> ranges;  // in the order of their addresses
};

constinit std::atomic<crash_page*> the_page{nullptr};
constinit std::atomic<const image_table*> the_images{nullptr};
constinit std::atomic<int> the_process{0};  // a child of its fork() has nothing to report
constinit std::atomic<int> the_signal{0};    // of the first thread that crashed
constinit std::atomic<int> the_thread{0};

const code_range* range_of(std::uintptr_t address) noexcept {
    const image_table* const table = the_images.load(std::memory_order_acquire);
    if (table == nullptr) return nullptr;
    const auto after = std::ranges::upper_bound(table->ranges, address, {}, &code_range::begin);
    if (after == table->ranges.begin() || address >= std::prev(after)->end) return nullptr;
    return &*std::prev(after);
}

// --- the machine ------------------------------------------------------------------------------------

#if defined(__x86_64__)

constexpr bool counter_is_known = true;
std::uintptr_t program_counter(const ucontext_t& context) {
    return static_cast<std::uintptr_t>(context.uc_mcontext.gregs[REG_RIP]);
}

// After a call to where no code is: as if the call had just returned.
void undo_call(ucontext_t& context) {
    auto& stack = context.uc_mcontext.gregs[REG_RSP];
    context.uc_mcontext.gregs[REG_RIP] = *reinterpret_cast<const greg_t*>(stack);
    stack += sizeof(greg_t);
}

#elif defined(__aarch64__)

constexpr bool counter_is_known = true;
std::uintptr_t program_counter(const ucontext_t& context) { return context.uc_mcontext.pc; }
void undo_call(ucontext_t& context) { context.uc_mcontext.pc = context.uc_mcontext.regs[30]; }

#else

constexpr bool counter_is_known = false;  // the handler's frames are seen too
std::uintptr_t program_counter(const ucontext_t&) { return 0; }
void undo_call(ucontext_t&) {}

#endif

// --- the report -------------------------------------------------------------------------------------

struct walk {
    raw_trace& trace;
    std::uintptr_t from;  // the first frame that is of interest; those before it are the handler's
    bool begun = !counter_is_known;
};

_Unwind_Reason_Code see_frame(_Unwind_Context* context, void* given) {
    auto& w = *static_cast<walk*>(given);
    int before = 0;
    const std::uintptr_t address = _Unwind_GetIPInfo(context, &before);
    w.begun = w.begun || address == w.from;
    if (!w.begun) return _URC_NO_REASON;
    if (address == 0 || w.trace.count == raw_trace::most) return _URC_END_OF_STACK;
    const std::uintptr_t inside = before != 0 ? address : address - 1;
    add_frame(w.trace, inside, range_of(inside));
    return _URC_NO_REASON;
}

void write_trace(raw_trace& trace, ucontext_t& context) {
    const std::uintptr_t at = program_counter(context);
    if (counter_is_known && range_of(at) == nullptr) {
        add_frame(trace, at, nullptr);
        undo_call(context);
    }
    walk w{trace, program_counter(context)};
    _Unwind_Backtrace(&see_frame, &w);
    if (!w.begun) add_frame(trace, w.from, range_of(w.from));
}

void write_page(crash_page& page, int signal, const siginfo_t& info, ucontext_t& context) {
    page.trace.count = 0;
    page.trace.image_count = 0;
    // A signal that somebody sent has no address, and one for an address that cannot be has none that is true.
    const bool told = info.si_code > 0 && info.si_code != SI_KERNEL;
    page.has_address = (signal == SIGSEGV || signal == SIGBUS) && told ? 1 : 0;
    page.address = page.has_address != 0 ? reinterpret_cast<std::uintptr_t>(info.si_addr) : 0;
    page.system_call = signal == SIGSYS && info.si_code > 0 ? info.si_syscall : -1;
    page.signal = signal;
    write_trace(page.trace, context);
}

// It does not return, but must not say so: AddressSanitizer would look for the thread's stack before the call, and
// for that open a file, which a sandbox forbids.
void die_of(int signal) {
    std::signal(signal, SIG_DFL);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signal);
    pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
    ::syscall(SYS_tgkill, ::getpid(), ::gettid(), signal);
    ::_exit(128 + signal);
}

void give_up(int) { die_of(the_signal.load(std::memory_order_relaxed)); }

void watch_the_time() {
    struct sigaction action{};
    action.sa_handler = &give_up;
    action.sa_flags = SA_ONSTACK;
    sigaction(SIGALRM, &action, nullptr);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGALRM);
    pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
    ::alarm(patience);
}

// The first thread writes. What crashes beside it waits for the end; what crashes while it writes is the end.
void on_crash(int signal, siginfo_t* info, void* context) {
    if (::getpid() != the_process.load(std::memory_order_relaxed)) return die_of(signal);
    int none = 0;
    const int self = ::gettid();
    if (!the_thread.compare_exchange_strong(none, self, std::memory_order_relaxed)) {
        while (none != self) ::pause();
        return die_of(the_signal.load(std::memory_order_relaxed));
    }
    the_signal.store(signal, std::memory_order_relaxed);
    watch_the_time();
    if (crash_page* const page = the_page.load(std::memory_order_acquire))
        write_page(*page, signal, *info, *static_cast<ucontext_t*>(context));
    die_of(signal);
}

// --- beforehand -------------------------------------------------------------------------------------

bool same(const std::vector<code_range>& a, const std::vector<code_range>& b) {
    return std::ranges::equal(a, b, [](const code_range& x, const code_range& y) {
        return x.begin == y.begin && x.end == y.end && x.image == y.image;
    });
}

void refresh_table() {
    std::vector<code_range> ranges;
    each_code_range([](const code_range& r, void* to) { static_cast<std::vector<code_range>*>(to)->push_back(r); },
                    &ranges);
    const image_table* const before = the_images.load(std::memory_order_acquire);
    if (before != nullptr && same(before->ranges, ranges)) return;
    the_images.store(new image_table{before, std::move(ranges)}, std::memory_order_release);
}

// Lent to a thread as long as it lives. A stack that somebody else has lent it is left there if it is large enough.
class signal_stack {
public:
    signal_stack() {
        constexpr std::size_t enough = 64 << 10;
        stack_t old{};
        if (sigaltstack(nullptr, &old) == 0 && (old.ss_flags & SS_DISABLE) == 0 && old.ss_size >= enough) return;
        size_ = enough + getauxval(AT_MINSIGSTKSZ);
        void* const memory = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) return;
        memory_ = memory;
        stack_t mine{};
        mine.ss_sp = memory_;
        mine.ss_size = size_;
        sigaltstack(&mine, nullptr);
    }
    ~signal_stack() {
        if (memory_ == nullptr) return;
        stack_t now{};
        if (sigaltstack(nullptr, &now) == 0 && now.ss_sp == memory_) {
            stack_t none{};
            none.ss_flags = SS_DISABLE;
            sigaltstack(&none, nullptr);
        }
        ::munmap(memory_, size_);
    }
    signal_stack(const signal_stack&) = delete;
    signal_stack& operator=(const signal_stack&) = delete;

private:
    void* memory_ = nullptr;
    std::size_t size_ = 0;
};

_Unwind_Reason_Code see_nothing(_Unwind_Context*, void*) { return _URC_NO_REASON; }

void set_handlers() {
    struct sigaction action{};
    action.sa_sigaction = &on_crash;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    for (const int signal : crashes) sigaction(signal, &action, nullptr);
    // In a sandbox nobody may change what this one does, so the kernel has to.
    action.sa_flags |= static_cast<int>(SA_RESETHAND);
    sigaction(SIGSYS, &action, nullptr);
}

}  // namespace

void report_crashes_to(crash_page* page) noexcept {
    thread_local const signal_stack mine;
    static_cast<void>(mine);
    try {
        refresh_table();
    } catch (...) {  // no memory: frames have addresses only
    }
    _Unwind_Backtrace(&see_nothing, nullptr);  // whatever it loads and makes, it does now
    the_process.store(::getpid(), std::memory_order_relaxed);
    if (page != nullptr) the_page.store(page, std::memory_order_release);
    set_handlers();
}

}  // namespace concur::platform
