// A filter of system calls, which knows their numbers and what lies in registers. It is a list of what is allowed, so
// that a call that a later kernel brings is forbidden.
#include "concur/platform/sandbox.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <initializer_list>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <span>
#include <string>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace concur::platform {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t machine = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t machine = AUDIT_ARCH_AARCH64;
#else
constexpr std::uint32_t machine = 0;  // no rules for it
#endif

// Numbers from 424 on are the same on every machine, and older headers lack some.
constexpr long close_range_call = 436;
constexpr long epoll_pwait2_call = 441;
constexpr long futex_waitv_call = 449;
constexpr long openat2_call = 437;
constexpr long faccessat2_call = 439;
constexpr long clone3_call = 435;

constexpr long for_computing[] = {
    SYS_futex,     SYS_read,        SYS_write,    SYS_recvmsg, SYS_sendmsg,       SYS_mmap,         SYS_munmap,
    SYS_madvise,   SYS_brk,         SYS_mprotect, SYS_mremap,  SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep,
    SYS_nanosleep, SYS_gettimeofday};
constexpr long for_descriptors[] = {
    SYS_readv,       SYS_writev,         SYS_pread64,         SYS_pwrite64,        SYS_preadv,       SYS_pwritev,
    SYS_preadv2,     SYS_pwritev2,       SYS_lseek,           SYS_close,           close_range_call, SYS_dup,
    SYS_dup3,        SYS_fstat,          SYS_ftruncate,       SYS_fallocate,       SYS_fsync,        SYS_fdatasync,
    SYS_ppoll,       SYS_pselect6,       SYS_epoll_create1,   SYS_epoll_ctl,       SYS_epoll_pwait,  epoll_pwait2_call,
    SYS_eventfd2,    SYS_timerfd_create, SYS_timerfd_settime, SYS_timerfd_gettime, SYS_pipe2,        SYS_recvfrom,
    SYS_sendto,      SYS_recvmmsg,       SYS_sendmmsg,        SYS_shutdown,        SYS_getsockopt,   SYS_getsockname,
    SYS_getpeername, SYS_memfd_create,   SYS_msync,           SYS_mincore,         SYS_mlock,        SYS_munlock,
    SYS_signalfd4};
constexpr long for_threads[] = {SYS_exit,
                                SYS_exit_group,
                                SYS_set_robust_list,
                                SYS_set_tid_address,
                                SYS_rseq,
                                SYS_membarrier,
                                SYS_sched_yield,
                                SYS_sched_getaffinity,
                                SYS_sched_getparam,
                                SYS_sched_getscheduler,
                                SYS_sched_get_priority_max,
                                SYS_sched_get_priority_min,
                                SYS_getcpu,
                                futex_waitv_call};
constexpr long for_signals[] = {SYS_rt_sigprocmask,  SYS_rt_sigreturn,  SYS_rt_sigpending,
                                SYS_rt_sigtimedwait, SYS_rt_sigsuspend, SYS_sigaltstack,
                                SYS_restart_syscall, SYS_setitimer,     SYS_getitimer};
constexpr long for_itself[] = {SYS_getrandom, SYS_getpid,    SYS_gettid,      SYS_getppid,   SYS_getuid,    SYS_geteuid,
                               SYS_getgid,    SYS_getegid,   SYS_getresuid,   SYS_getresgid, SYS_getgroups, SYS_getpgid,
                               SYS_getsid,    SYS_getrusage, SYS_times,       SYS_sysinfo,   SYS_uname,     SYS_umask,
                               SYS_wait4,     SYS_waitid,    SYS_getpriority, SYS_getrlimit};

// Files by their names.
constexpr long no_access[] = {
    SYS_openat,     openat2_call,         SYS_statx,     SYS_faccessat, faccessat2_call,   SYS_readlinkat,
    SYS_getcwd,     SYS_getdents64,       SYS_statfs,    SYS_fstatfs,   SYS_chdir,         SYS_fchdir,
    SYS_mkdirat,    SYS_mknodat,          SYS_unlinkat,  SYS_renameat,  SYS_renameat2,     SYS_linkat,
    SYS_symlinkat,  SYS_truncate,         SYS_utimensat, SYS_fchmod,    SYS_fchmodat,      SYS_fchown,
    SYS_fchownat,   SYS_getxattr,         SYS_lgetxattr, SYS_fgetxattr, SYS_listxattr,     SYS_llistxattr,
    SYS_flistxattr, SYS_setxattr,         SYS_lsetxattr, SYS_fsetxattr, SYS_inotify_init1, SYS_inotify_add_watch,
    SYS_flock,      SYS_name_to_handle_at};

// What the pool has set, and what harmless code can do without.
constexpr long not_permitted[] = {SYS_setrlimit,
                                  SYS_setpriority,
                                  SYS_sched_setscheduler,
                                  SYS_sched_setparam,
                                  SYS_sched_setattr,
                                  SYS_sched_getattr,
                                  SYS_ioprio_set,
                                  SYS_ioprio_get,
                                  SYS_mlockall,
                                  SYS_munlockall,
                                  SYS_mlock2,
                                  SYS_mbind,
                                  SYS_get_mempolicy,
                                  SYS_set_mempolicy,
                                  SYS_setsockopt,
                                  SYS_timer_create,
                                  SYS_setuid,
                                  SYS_setgid,
                                  SYS_setreuid,
                                  SYS_setregid,
                                  SYS_setresuid,
                                  SYS_setresgid,
                                  SYS_setfsuid,
                                  SYS_setfsgid,
                                  SYS_setgroups,
                                  SYS_setpgid,
                                  SYS_setsid,
                                  SYS_capget,
                                  SYS_capset,
                                  SYS_get_robust_list,
                                  SYS_pkey_alloc,
                                  SYS_pkey_free,
                                  SYS_pkey_mprotect,
                                  SYS_personality,
                                  SYS_fadvise64,
                                  SYS_readahead,
                                  SYS_sendfile,
                                  SYS_splice,
                                  SYS_tee,
                                  SYS_copy_file_range,
                                  SYS_sched_rr_get_interval,
                                  SYS_sync,
                                  SYS_syncfs};

#if defined(__x86_64__)
// Older calls, which later kinds of processors do without.
constexpr long old_allowed[] = {SYS_poll, SYS_select, SYS_epoll_create, SYS_epoll_wait, SYS_eventfd, SYS_pipe,
                                SYS_dup2, SYS_time,   SYS_alarm,        SYS_pause,      SYS_getpgrp};
constexpr long old_no_access[] = {SYS_open,     SYS_creat,   SYS_stat,        SYS_lstat,  SYS_access,    SYS_readlink,
                                  SYS_getdents, SYS_mkdir,   SYS_rmdir,       SYS_mknod,  SYS_unlink,    SYS_rename,
                                  SYS_link,     SYS_symlink, SYS_utime,       SYS_utimes, SYS_futimesat, SYS_chmod,
                                  SYS_chown,    SYS_lchown,  SYS_inotify_init};
constexpr long old_not_permitted[] = {SYS_arch_prctl};
#else
constexpr std::span<const long> old_allowed, old_no_access, old_not_permitted;
#endif

constexpr std::uint32_t allow = SECCOMP_RET_ALLOW;
constexpr std::uint32_t forbid = SECCOMP_RET_TRAP;
constexpr std::uint32_t fail(int error) { return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error); }

class filter {
public:
    // The number of a call means something only where the kind of call is known.
    filter() {
        load(offsetof(seccomp_data, arch));
        add(BPF_JMP | BPF_JEQ | BPF_K, machine, 1, 0);
        answer(SECCOMP_RET_KILL_PROCESS);
        load(offsetof(seccomp_data, nr));
#if defined(__x86_64__)
        add(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1);  // x32
        answer(SECCOMP_RET_KILL_PROCESS);
#endif
    }
    void call(long number, std::uint32_t result) {
        only_if(number, 1);
        answer(result);
    }
    void calls(std::span<const long> numbers, std::uint32_t result) {
        for (const long number : numbers) call(number, result);
    }
    // Allowed where that argument has one of the values.
    void call_with(long number, unsigned argument, std::initializer_list<std::uint32_t> values,
                   std::uint32_t otherwise) {
        only_if(number, 2 + 2 * values.size());
        load_argument(argument);
        for (const std::uint32_t value : values) {
            add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
            answer(allow);
        }
        answer(otherwise);
    }
    // Allowed where that argument has not that value.
    void call_but_with(long number, unsigned argument, std::uint32_t value, std::uint32_t otherwise) {
        only_if(number, 4);
        load_argument(argument);
        add(BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
        answer(allow);
        answer(otherwise);
    }
    // Allowed where the first argument has all bits of `must` and none of `must_not`.
    void call_with_flags(long number, std::uint32_t must, std::uint32_t must_not) {
        only_if(number, 6);
        load_argument(0);
        add(BPF_JMP | BPF_JSET | BPF_K, must_not, 3, 0);
        add(BPF_ALU | BPF_AND | BPF_K, must, 0, 0);
        add(BPF_JMP | BPF_JEQ | BPF_K, must, 0, 1);
        answer(allow);
        answer(forbid);
    }
    // Allowed for the process itself where the third argument is null.
    void call_without_new(long number, std::uint32_t self, std::uint32_t otherwise) {
        only_if(number, 10);
        load_argument(0);
        add(BPF_JMP | BPF_JEQ | BPF_K, 0, 2, 0);
        add(BPF_JMP | BPF_JEQ | BPF_K, self, 1, 0);
        answer(otherwise);
        load_argument(2);
        add(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3);
        load(argument_at(2) + sizeof(std::uint32_t));
        add(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1);
        answer(allow);
        answer(otherwise);
    }
    bool install() {
        answer(forbid);
        const sock_fprog program{static_cast<unsigned short>(count_), steps_.data()};
        return !full_ && ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
    }

private:
    void add(unsigned code, std::uint32_t value, unsigned when_true, unsigned when_false) {
        full_ = full_ || count_ == steps_.size();
        if (full_) return;
        steps_[count_] = {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(when_true),
                          static_cast<std::uint8_t>(when_false), value};
        ++count_;
    }
    void load(std::size_t at) { add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(at), 0, 0); }
    void answer(std::uint32_t result) { add(BPF_RET | BPF_K, result, 0, 0); }
    void only_if(long number, std::size_t steps) {
        add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, static_cast<unsigned>(steps));
    }
    static constexpr std::size_t argument_at(unsigned n) { return offsetof(seccomp_data, args) + 8 * n; }
    void load_argument(unsigned n) { load(argument_at(n)); }  // its lower half

    std::array<sock_filter, 1024> steps_{};
    std::size_t count_ = 0;
    bool full_ = false;
};

void add_rules_for_arguments(filter& f) {
    const auto self = static_cast<std::uint32_t>(::getpid());
    constexpr std::uint32_t new_world = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                        CLONE_NEWPID | CLONE_NEWNET | CLONE_PTRACE | CLONE_UNTRACED;
    f.call_with_flags(SYS_clone, CLONE_THREAD | CLONE_VM | CLONE_SIGHAND, new_world);
    f.call(clone3_call, fail(ENOSYS));  // its flags lie in memory; libc takes clone then
    f.call_but_with(SYS_rt_sigaction, 0, SIGSYS, fail(EPERM));
    f.call_with(SYS_tgkill, 0, {self}, forbid);
    f.call_with(SYS_kill, 0, {self}, forbid);
    // A signal as a descriptor's notice could be any signal, to anyone.
    f.call_with(SYS_fcntl, 1, {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD, F_DUPFD_CLOEXEC, F_ADD_SEALS, F_GET_SEALS},
                fail(EPERM));
    f.call(SYS_ioctl, fail(ENOTTY));
    f.call_with(SYS_prctl, 0, {PR_SET_NAME, PR_GET_NAME}, fail(EPERM));
    f.call_with(SYS_newfstatat, 3, {AT_EMPTY_PATH}, fail(EACCES));  // libc's fstat()
    f.call_with(SYS_sched_setaffinity, 0, {0, self}, fail(EPERM));
    f.call_without_new(SYS_prlimit64, self, fail(EPERM));
}

}  // namespace

bool fence_calls() noexcept {
    filter f;
    for (const std::span<const long> group :
         {std::span<const long>(for_computing), std::span<const long>(for_descriptors),
          std::span<const long>(for_threads), std::span<const long>(for_signals), std::span<const long>(for_itself),
          std::span<const long>(old_allowed)})
        f.calls(group, allow);
    add_rules_for_arguments(f);
    f.calls(no_access, fail(EACCES));
    f.calls(old_no_access, fail(EACCES));
    f.calls(not_permitted, fail(EPERM));
    f.calls(old_not_permitted, fail(EPERM));
    return machine != 0 && f.install();
}

std::string missing_for_calls() {
    const auto can_answer = [](std::uint32_t what) {
        return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &what) == 0;
    };
    if (machine == 0) return "rules for this kind of processor";
    if (can_answer(SECCOMP_RET_TRAP) && can_answer(SECCOMP_RET_KILL_PROCESS)) return {};
    return "filters of system calls (Linux 4.14, CONFIG_SECCOMP_FILTER)";
}

}  // namespace concur::platform
