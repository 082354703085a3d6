// What the sanitizers do in our test programs, however these are started. Other builds have these
// functions too and nobody calls them. There is no list of suppressions.

extern "C" {

// The first report ends the test. A child of fork() is watched too, and may run threads.
const char* __tsan_default_options();
const char* __tsan_default_options() {
    return "halt_on_error=1:second_deadlock_stack=1:detect_deadlocks=1:history_size=4:"
           "exitcode=66:die_after_fork=0:external_symbolizer_path=/usr/bin/llvm-symbolizer-19";
}

const char* __asan_default_options();
const char* __asan_default_options() {
    return "detect_stack_use_after_return=1:check_initialization_order=1:strict_init_order=1:"
           "detect_leaks=1";
}

const char* __ubsan_default_options();
const char* __ubsan_default_options() { return "print_stacktrace=1"; }

}  // extern "C"
