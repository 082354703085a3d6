// A value that makes trouble at one step of its way: when it is written or read, here or in the worker.
#pragma once
#include "concur/pickle/archive.hpp"

#include <csignal>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <unistd.h>

namespace trouble {

enum class step : std::uint8_t { never, sized_here, written_here, read_there, sized_there, written_there, read_here };
enum class deed : std::uint8_t { fail, die, leave, leave_well };

struct error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct value {
    step when = step::never;
    deed what = deed::fail;
    std::int64_t home = ::getpid();
    std::string before = {}, after = {};  // what there is of it when the trouble comes, and what is to follow
};

[[noreturn]] inline void make(deed what) {
    switch (what) {
        case deed::fail: throw error("told to fail");
        case deed::die: ::raise(SIGKILL); break;
        case deed::leave: ::_exit(7);
        case deed::leave_well: ::_exit(0);
    }
    ::_exit(99);
}

template <class Archive>
step step_of(std::int64_t home) {
    const bool here = home == ::getpid();
    if constexpr (Archive::is_loading) return here ? step::read_here : step::read_there;
    else if constexpr (std::is_same_v<Archive, concur::pickle::sizer>)
        return here ? step::sized_here : step::sized_there;
    else return here ? step::written_here : step::written_there;
}

template <class Archive>
void concur_serialize(Archive& ar, value& v) {
    ar(v.when, v.what, v.home, v.before);
    if (v.when == step_of<Archive>(v.home)) make(v.what);
    ar(v.after);
}

}  // namespace trouble
