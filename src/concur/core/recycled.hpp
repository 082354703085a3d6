// Memory for objects that come and go all the time: blocks that are used again.
#pragma once
#include "concur/core/this_thread.hpp"

#include <cstddef>
#include <new>

namespace concur {

// What the two below come to where the thread has no block at hand, or no room for one.
void* take_block_elsewhere(std::size_t size);
void give_block_elsewhere(void* block, std::size_t size) noexcept;

// `size` bytes, aligned as operator new aligns them. Throws std::bad_alloc.
inline void* take_block(std::size_t size) {
    if (size <= largest_block)
        if (thread_state* const me = thread_state::mine_if_any())
            if (void* const block = me->blocks[block_size_index(size)].take()) return block;
    return take_block_elsewhere(size);
}

// Back from take_block(size), on whatever thread.
inline void give_block(void* block, std::size_t size) noexcept {
    if (size <= largest_block)
        if (thread_state* const me = thread_state::mine_if_any())
            if (me->blocks[block_size_index(size)].give(block)) return;
    give_block_elsewhere(block, size);
}

// A base: objects of the classes below it, made by `new`, lie in such blocks. Who deletes one through a pointer
// to a base needs a virtual destructor there, which knows the size.
struct recycled {
    static void* operator new(std::size_t size) { return take_block(size); }
    static void operator delete(void* block, std::size_t size) noexcept { give_block(block, size); }

    static void* operator new(std::size_t size, std::align_val_t alignment) { return ::operator new(size, alignment); }
    static void operator delete(void* block, std::size_t size, std::align_val_t alignment) noexcept {
        ::operator delete(block, size, alignment);
    }
};

// For who counts what is allocated and freed: while it lives, blocks come from operator new and go to operator
// delete, and none are kept but by other threads, which may have some at hand and room for some.
class recycling_pause {
public:
    recycling_pause() noexcept;
    ~recycling_pause();
    recycling_pause(const recycling_pause&) = delete;
    recycling_pause& operator=(const recycling_pause&) = delete;
};

}  // namespace concur
