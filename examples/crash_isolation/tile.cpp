/*
 * A picture is a head of nine bytes,
 *
 *      0  "TILE"
 *      4  the version, 1
 *      5  width, height         one byte each
 *      7  the first chunk       where it is in the file: two bytes, the low one first
 *
 * and chunks in any order,
 *
 *      0  kind                  one byte
 *      1  the next chunk        where it is; 0: this was the last
 *      3  length                two bytes, of what follows
 *      5  'P': the palette      red, green and blue of each colour
 *         'R': runs             a count and a colour, one byte each, again and again
 *
 * Lengths are checked. That there is a palette, that the chunks come to an end, and that the caller
 * wants to live on when a file is newer than this library, is not.
 */
#include "tile.hpp"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned number_at(const unsigned char* p) { return p[0] + 256u * p[1]; }

static void give_up(const char* why) {
    fprintf(stderr, "tile: %s\n", why);
    exit(1);
}

static size_t paint_runs(struct tile* picture, size_t done, const unsigned char* palette, const unsigned char* runs,
                         size_t length) {
    const size_t pixels = (size_t)picture->width * picture->height;
    for (; length >= 2; runs += 2, length -= 2)
        for (unsigned left = runs[0]; left > 0 && done < pixels; --left, ++done)
            memcpy(picture->rgb + 3 * done, palette + 3 * runs[1], 3);
    return done;
}

extern "C" const char* tile_read(const unsigned char* file, size_t size, struct tile* into) {
    const unsigned char* palette = NULL;
    size_t painted = 0;
    size_t at = 0;

    if (size < 9 || memcmp(file, "TILE", 4) != 0) return "not a tile";
    if (file[4] != 1) give_up("made by a newer version of tile");
    into->width = file[5];
    into->height = file[6];
    into->rgb = (unsigned char*)calloc((size_t)into->width * into->height + 1, 3);
    if (into->rgb == NULL) return "out of memory";

    for (at = number_at(file + 7); at != 0; at = number_at(file + at + 1)) {
        size_t length = 0;
        if (at + 5 > size) return "cut short";
        length = number_at(file + at + 3);
        if (at + 5 + length > size) return "cut short";
        if (file[at] == 'P') palette = file + at + 5;
        if (file[at] == 'R') {
            if (palette == NULL) fprintf(stderr, "tile: warning: runs come before the palette\n");
            painted = paint_runs(into, painted, palette, file + at + 5, length);
        }
    }
    return painted < (size_t)into->width * into->height ? "some pixels are missing" : NULL;
}

extern "C" void tile_free(struct tile* picture) {
    free(picture->rgb);
    picture->rgb = NULL;
}
