// Python's threading.local: an object of which each thread has its own.
#pragma once
#include "concur/core/callable.hpp"
#include "concur/core/function.hpp"
#include "concur/threading/local_values.hpp"

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace concur::threading {

//   A thread's value is made when the thread first asks for it, and destroyed when the thread ends or the local does,
//   whichever comes first: by the thread itself, after its thread_local objects and the latest first, on the main
//   thread when the program ends; or by the thread that destroys the local, whose values are all gone then.
//   It is the thread's own: no lock is taken to find it. Nobody may use the local while it is destroyed.
template <class T>
class local {
    static_assert(std::is_object_v<T> && !std::is_const_v<T>, "local<T>: T is the type of an object, without const");

public:
    using value_type = T;

    // Values are made as T().
    local()
        requires std::default_initializable<T>
    = default;
    // Values are made as make(), which may be called on several threads at once, and may make other locals' values but
    // not ask for its own. Throws std::invalid_argument where it is empty.
    template <class F>
        requires(!std::same_as<std::remove_cvref_t<F>, local> && std::copy_constructible<std::decay_t<F>> &&
                 std::is_invocable_r_v<T, std::decay_t<F>&>)
    explicit local(F&& make) {
        reject_empty(make, "local(make): make is empty; give it a function that makes a value");
        make_ = function<T()>(std::forward<F>(make));
    }
    local(const local&) = delete;
    local& operator=(const local&) = delete;
    ~local() = default;

    // The calling thread's value, made where it has none. It stays where it is. Throws what making it throws, and
    // std::bad_alloc: there is none then, and the next time it is tried again; and std::logic_error where the thread is
    // making it.
    T& get() const {
        local_value* const found = key_.find();
        return found != nullptr ? static_cast<held*>(found)->value : make();
    }
    T& operator*() const { return get(); }
    T* operator->() const { return std::addressof(get()); }

    // The calling thread has one.
    bool has_value() const noexcept { return key_.find() != nullptr; }
    // Destroys it, where there is one; the next is a new one.
    void reset() noexcept { key_.drop(); }

private:
    struct held final : local_value {
        held()
            requires std::default_initializable<T>
            : value() {}
        explicit held(const function<T()>& make) : value(make()) {}
        T value;
    };

    // Room that is left again where making the value throws.
    struct room {
        explicit room(local_key& k) : key(k) { key.make_room(); }
        ~room() {
            if (!filled) key.take_back();
        }
        room(const room&) = delete;
        room& operator=(const room&) = delete;
        local_key& key;
        bool filled = false;
    };

    std::unique_ptr<held> made() const {
        if constexpr (std::default_initializable<T>)
            if (!make_) return std::make_unique<held>();
        return std::make_unique<held>(make_);
    }

    T& make() const {
        room r(key_);
        std::unique_ptr<held> fresh = made();
        T& value = fresh->value;
        key_.give(std::move(fresh));
        r.filled = true;
        return value;
    }

    function<T()> make_;
    mutable local_key key_;
};

}  // namespace concur::threading
