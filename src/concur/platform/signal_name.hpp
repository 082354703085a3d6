// The names of signals.
#pragma once

namespace concur::platform {

// "SIGKILL"; null where this system has no name for that number.
const char* signal_name(int signal) noexcept;

// What a process has most likely done that died of this signal: "out of memory?"; empty where the
// signal's name says it all.
const char* signal_hint(int signal) noexcept;

}  // namespace concur::platform
