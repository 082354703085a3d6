// The exception that a future ends with, as what it is.
#pragma once
#include "concur/futures/future.hpp"
#include "support/gate.hpp"

#include <stdexcept>
#include <type_traits>

namespace support {

// A reference to a pointer that was thrown again leads elsewhere, in code by clang: such is caught by value.
template <class E>
using caught = std::conditional_t<std::is_pointer_v<E>, E, const E&>;

// A copy of the E that `f` fails with. Another exception is thrown on, and fails the test.
template <class E, class T>
E ended_with(const concur::future<T>& f) {
    try {
        f.result(long_enough);
    } catch (caught<E> e) {
        return e;
    }
    throw std::logic_error("the task has a result, and should have failed");
}

}  // namespace support
