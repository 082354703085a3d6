// Whether a sanitizer has the program's memory in its hands.
#pragma once

extern "C" [[gnu::weak]] void __asan_init();  // each is there where its sanitizer is
extern "C" [[gnu::weak]] void __tsan_init();

namespace support {

inline bool under_tsan() { return &__tsan_init != nullptr; }
inline bool is_sanitized() { return &__asan_init != nullptr || under_tsan(); }

}  // namespace support
