// For a child process of a test: a machine that lacks something. For good, so in a child. False: this process has no
// right to that.
#pragma once
#include <filesystem>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

namespace support::confined {

inline constexpr const char* reason = "only root can take parts of the machine away from itself";

// What is mounted from now on, and what is not any more, is seen by this process and its children alone.
inline bool with_mounts_of_its_own() {
    return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

inline bool without_proc() { return with_mounts_of_its_own() && ::umount2("/proc", MNT_DETACH) == 0; }

// Nothing can be made in /dev/shm.
inline bool with_sealed_dev_shm() {
    return with_mounts_of_its_own() && ::mount("none", "/dev/shm", "tmpfs", MS_RDONLY, nullptr) == 0;
}

// It is the root of all paths, and the working directory.
inline bool in_folder(const std::filesystem::path& folder) {
    return ::chroot(folder.c_str()) == 0 && ::chdir("/") == 0;
}

}  // namespace support::confined
