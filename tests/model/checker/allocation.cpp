// operator new and delete of a model program: a schedule's own heap, or the system's.
#include "engine.hpp"

#include <cstdlib>
#include <new>

namespace {

using namespace concur::model;

void* allocate(std::size_t size, std::size_t alignment, const void* code) {
    if (!in_program) {
        const std::size_t step = std::max(alignment, sizeof(void*));
        void* p = step > alignof(std::max_align_t) ? std::aligned_alloc(step, (size + step - 1) / step * step)
                                                   : std::malloc(size);
        return p;
    }
    const visit v;
    engine& e = *the_engine;
    block about{};
    about.allocated = place_of(code);
    about.by = static_cast<std::uint8_t>(e.current_id());
    about.may_stay = e.current().forever != 0;
    void* p = e.blocks.allocate(size, alignment, about);
    if (p == nullptr) e.fail("the scenario uses more memory than the checker has");
    return p;
}

void* allocate_or_throw(std::size_t size, std::size_t alignment, const void* code) {
    void* p = allocate(size, alignment, code);
    if (p == nullptr) throw std::bad_alloc();
    return p;
}

void free_in_schedule(engine& e, void* p, place from) {
    // Only the start of a large block is followed: what else is freed is known by its end.
    constexpr std::size_t followed = 4096;
    block* b = e.blocks.find(p);
    if (b == nullptr) e.fail("delete of what new did not give, at " + written(from));
    if (!b->alive)
        e.fail("double free of " + std::to_string(b->size) + " bytes at " + written(from) + "; freed before at " +
               written(b->freed));
    e.note(b->begin, std::min(std::max<std::size_t>(b->size, 1), followed), touch::freed, from);
    e.blocks.free(*b, from);
    e.add_event(deed::free, from, p, b->size);
}

void release(void* p, const void* code) {
    if (p == nullptr) return;
    if (the_engine == nullptr || !the_engine->blocks.owns(p)) {
        std::free(p);
        return;
    }
    if (!in_program) return;  // the heap of a schedule that is over
    const visit v;
    free_in_schedule(*the_engine, p, place_of(code));
}

constexpr std::size_t plain = alignof(std::max_align_t);
std::size_t as_size(std::align_val_t a) { return static_cast<std::size_t>(a); }

}  // namespace

void* operator new(std::size_t n) { return allocate_or_throw(n, plain, __builtin_return_address(0)); }
void* operator new[](std::size_t n) { return allocate_or_throw(n, plain, __builtin_return_address(0)); }
void* operator new(std::size_t n, std::align_val_t a) {
    return allocate_or_throw(n, as_size(a), __builtin_return_address(0));
}
void* operator new[](std::size_t n, std::align_val_t a) {
    return allocate_or_throw(n, as_size(a), __builtin_return_address(0));
}
void* operator new(std::size_t n, const std::nothrow_t&) noexcept {
    return allocate(n, plain, __builtin_return_address(0));
}
void* operator new[](std::size_t n, const std::nothrow_t&) noexcept {
    return allocate(n, plain, __builtin_return_address(0));
}
void* operator new(std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
    return allocate(n, as_size(a), __builtin_return_address(0));
}
void* operator new[](std::size_t n, std::align_val_t a, const std::nothrow_t&) noexcept {
    return allocate(n, as_size(a), __builtin_return_address(0));
}

void operator delete(void* p) noexcept { release(p, __builtin_return_address(0)); }
void operator delete[](void* p) noexcept { release(p, __builtin_return_address(0)); }
void operator delete(void* p, std::size_t) noexcept { release(p, __builtin_return_address(0)); }
void operator delete[](void* p, std::size_t) noexcept { release(p, __builtin_return_address(0)); }
void operator delete(void* p, std::align_val_t) noexcept { release(p, __builtin_return_address(0)); }
void operator delete[](void* p, std::align_val_t) noexcept { release(p, __builtin_return_address(0)); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { release(p, __builtin_return_address(0)); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { release(p, __builtin_return_address(0)); }
void operator delete(void* p, const std::nothrow_t&) noexcept { release(p, __builtin_return_address(0)); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { release(p, __builtin_return_address(0)); }
void operator delete(void* p, std::align_val_t, const std::nothrow_t&) noexcept {
    release(p, __builtin_return_address(0));
}
void operator delete[](void* p, std::align_val_t, const std::nothrow_t&) noexcept {
    release(p, __builtin_return_address(0));
}
