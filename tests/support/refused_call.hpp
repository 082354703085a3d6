// A system that does not know a call, or one of its flags.
#pragma once
#include <array>
#include <cstddef>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

namespace support {

// From now on system call `number` fails with `error` in this process, where its second argument has one of
// `flags` (0: always). For good, so in a child. False: this machine cannot do that.
inline bool refuse_call(long number, int error, unsigned flags = 0) {
    const auto step = [](int code, unsigned k, int jump_if = 0, int jump_else = 0) {
        return sock_filter{static_cast<unsigned short>(code), static_cast<unsigned char>(jump_if),
                           static_cast<unsigned char>(jump_else), k};
    };
    constexpr unsigned second_argument = offsetof(seccomp_data, args) + sizeof(unsigned long long);
    std::array steps{
        step(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        step(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(number), 0, 2),
        step(BPF_LD | BPF_W | BPF_ABS, second_argument),
        flags == 0 ? step(BPF_JMP | BPF_JA, 1) : step(BPF_JMP | BPF_JSET | BPF_K, flags, 1, 0),
        step(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        step(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
    };
    const sock_fprog program{static_cast<unsigned short>(steps.size()), steps.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

}  // namespace support
