// What the sanitizers do in our test programs, however these are started. Other builds have these
// functions too and nobody calls them. There is no list of suppressions.
#include <unistd.h>

namespace {
const pid_t program = getpid();
}

extern "C" {

// The first report ends the test. A child of fork() is watched too, and may run threads (die_after_fork).
// report_thread_leaks: a task that calls exit() leaves workers that nobody joins any more.
// ignore_noninstrumented_modules: libstdc++ counts the owners of an exception in its binary, unseen, so who frees one
// last would seem to race with who read it.
const char* __tsan_default_options();
const char* __tsan_default_options() {
    return "halt_on_error=1:second_deadlock_stack=1:detect_deadlocks=1:history_size=4:"
           "exitcode=66:die_after_fork=0:report_thread_leaks=0:ignore_noninstrumented_modules=1:external_symbolizer_path=/usr/bin/llvm-symbolizer-19";
}

const char* __asan_default_options();
const char* __asan_default_options() {
    return "detect_stack_use_after_return=1:check_initialization_order=1:strict_init_order=1:"
           "detect_leaks=1";
}

// A child of fork() has the memory of threads that it does not have: all of it would be called lost.
int __lsan_is_turned_off();
int __lsan_is_turned_off() { return getpid() != program; }

const char* __ubsan_default_options();
const char* __ubsan_default_options() { return "print_stacktrace=1"; }

}  // extern "C"
