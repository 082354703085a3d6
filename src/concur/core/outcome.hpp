// A value or the exception that came instead.
#pragma once
#include "concur/core/stored.hpp"

#include <exception>

namespace concur {

template <class T>
struct outcome {
    stored<T> value;
    std::exception_ptr error;

    void rethrow_error() const {
        if (error != nullptr) std::rethrow_exception(error);
    }
};

}  // namespace concur
