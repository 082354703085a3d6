// The decoder from elsewhere, called in our own way.
#pragma once
#include <span>

// What there is to know of a picture. An aggregate of numbers, so it can come from another process.
struct summary {
    unsigned width = 0;
    unsigned height = 0;
    unsigned colours = 0;
    unsigned brightness = 0;  // of 100
};

// Throws std::runtime_error for a file that the decoder refuses. It may also crash, hang, or end the process.
summary look_at(std::span<const unsigned char> file);
