/* tile: reads small pictures. A library in C, as one gets it from somebody else. */
#pragma once
#include <stddef.h>

extern "C" {

struct tile {
    unsigned width;
    unsigned height;
    unsigned char* rgb; /* three bytes for each pixel, row by row */
};

/* Null, or what is wrong with the file. The picture has to be given to tile_free() then. */
const char* tile_read(const unsigned char* file, size_t size, struct tile* into);

void tile_free(struct tile* picture);

} /* extern "C" */
