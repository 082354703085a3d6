// Futures that are done already, and what went wrong with one.
#pragma once
#include "concur/futures/promise.hpp"

#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace support {

template <class T>
concur::future<std::decay_t<T>> ready(T&& value) {
    const concur::promise<std::decay_t<T>> p;
    p.set_result(std::forward<T>(value));
    return p.get_future();
}

inline concur::future<void> ready() {
    const concur::promise<void> p;
    p.set_result();
    return p.get_future();
}

// The exception counts as read: nobody is told of it.
template <class T>
concur::future<T> failed(const std::string& what) {
    const concur::promise<T> p;
    p.set_exception(std::runtime_error(what));
    p.get_future().exception();
    return p.get_future();
}

template <class T>
concur::future<T> cancelled() {
    const concur::promise<T> p;
    p.get_future().cancel();
    return p.get_future();
}

// "value", "cancelled", "timeout", or the text of the exception that result() throws.
template <class T>
std::string ending(const concur::future<T>& f, concur::timeout t = concur::none) {
    try {
        f.result(t);
        return "value";
    } catch (const concur::cancelled_error&) {
        return "cancelled";
    } catch (const concur::timeout_error&) {
        return "timeout";
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return "?";
    }
}

}  // namespace support
