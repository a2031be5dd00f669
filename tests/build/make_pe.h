/* Builds small PE files in code: one section ".text" at address 0x1000, file offset 0x400, that
 * holds whatever a test puts in, and data directories that point into it. */
#ifndef CANDOR_MAKE_PE_H
#define CANDOR_MAKE_PE_H

#include "common/buf.h"

enum { MAKE_PE_BASE = 0x1000, MAKE_PE_FILE = 0x400, MAKE_PE_IMAGE_BASE = 0x400000 };

struct make_pe {
    bool is_64;
    uint16_t machine, characteristics;
    uint32_t timestamp, symbols_at;
    const char *section_name;
    struct buf body; /* of the section */
    struct {
        uint32_t rva, size;
    } directories[16];
    struct span stub;    /* between the DOS header and the PE header, at most 256 bytes */
    struct span overlay; /* behind the section */
};

void make_pe_init(struct make_pe *p, bool is_64);
void make_pe_done(struct make_pe *p);
/* Puts bytes into the section, on a 4-byte border; returns their address. */
uint32_t make_pe_add(struct make_pe *p, struct span bytes);
/* The same for a text and its NUL, and for UTF-16 with its NUL. */
uint32_t make_pe_text(struct make_pe *p, const char *text);
uint32_t make_pe_wide(struct make_pe *p, const char *text);
/* `words` numbers of 32 bits. */
uint32_t make_pe_words(struct make_pe *p, const uint32_t *words, uint32_t count);
void make_pe_directory(struct make_pe *p, uint32_t index, uint32_t rva, uint32_t size);
/* Appends the file to `out`. */
void make_pe_end(const struct make_pe *p, struct buf *out);

/* An import table of one library with functions by name; a NULL ends them. ordinal 0: none. */
void make_pe_import(struct make_pe *p, const char *dll, const char *const *names, uint16_t ordinal);
/* The same as delayed imports. */
void make_pe_delayed(struct make_pe *p, const char *dll, const char *const *names);
/* An export table: names; the last function has none and is forwarded. Ordinals from `base`. */
void make_pe_export(struct make_pe *p, const char *dll, const char *const *names, uint32_t base);
/* One resource of a type, id and language, its data given; type 0: named "NAME". */
void make_pe_resource(struct make_pe *p, uint32_t type, uint32_t language, struct span data);
/* The block of a version resource with one pair of strings. */
void make_pe_version(struct buf *out, const char *key, const char *value);
/* A Rich header for `stub`: count entries of (tool << 16 | version, times) under a key. */
void make_pe_rich(struct buf *out, const uint32_t (*entries)[2], uint32_t count, uint32_t key);

/* Appends a file with every part but certificates. */
void make_pe_full(struct buf *out, bool is_64);

#endif
