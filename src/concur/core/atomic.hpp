// std::atomic, or the model checker's. The checker's build also brings its own futex, clock and
// threads (tests/model/checker/), so that every step that one thread can see of another is its.
#pragma once

#if defined(CONCUR_MODEL_CHECK)
#include "model/atomic.hpp"
#else
#include <atomic>

namespace concur {

template <class T>
using atomic = std::atomic<T>;

}  // namespace concur
#endif
