/* What is known of the rules of an image, as a jail told it. Texts come from rules: strangers'. */
#ifndef CANDOR_YARA_CATALOGUE_H
#define CANDOR_YARA_CATALOGUE_H

#include "common/arena.h"
#include "common/channel.h"
#include "common/err.h"

struct yara_meta {
    enum about kind; /* ABOUT_META_* */
    int64_t value;
    struct span key, text;
};

struct yara_rule {
    struct span name, space, file;
    uint64_t line, string_count;
    bool is_private;
    struct span *tags;
    struct yara_meta *metas;
    uint32_t tag_count, tag_cap, meta_count, meta_cap;
};

struct yara_catalogue {
    struct arena *arena;
    struct yara_rule *rules;
    uint32_t count, cap;
    struct span *modules;
    uint32_t module_count, module_cap;
    bool bad; /* memory ran out, or the jail told nonsense */
};

enum err yara_catalogue_init(struct yara_catalogue *c, struct why *why);
void yara_catalogue_done(struct yara_catalogue *c);
/* For pool_options.about; ctx is the catalogue. */
void yara_catalogue_add(struct yara_catalogue *c, const struct record *r, struct span key,
                        struct span text);

#endif
