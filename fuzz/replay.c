/* main() of a replay: runs each file given, so that seeds and crashes need no libFuzzer. */
#include "drive.h"

#include <stdio.h>
#include <stdlib.h>

enum { FILE_MOST = 64 << 20 };

static int one(const char *path, uint8_t *room)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        return 1;
    }
    size_t len = fread(room, 1, FILE_MOST, f);
    (void)fclose(f);
    /* A block of its own, so that a sanitizer sees one byte past it. */
    uint8_t *copy = malloc(len ? len : 1);
    if (!copy)
        return 1;
    for (size_t i = 0; i < len; i++)
        copy[i] = room[i];
    (void)LLVMFuzzerTestOneInput(copy, len);
    free(copy);
    return 0;
}

int main(int argc, char **argv)
{
    uint8_t *room = malloc(FILE_MOST);
    int bad = room == NULL;
    for (int i = 1; i < argc && room; i++)
        bad += one(argv[i], room);
    free(room);
    return bad != 0;
}
