/* A search section with one rule a string. */
#include "make_section.h"

#include <string.h>

void section_open(struct section *b, const struct pattern *patterns, uint32_t count)
{
    struct cover covers[SECTION_RULES];
    uint32_t index[SECTION_RULES];
    uint8_t *always[CLASS_COUNT];
    for (uint32_t i = 0; i < count; i++) {
        index[i] = i;
        covers[i] = (struct cover){
            .rule = i, .classes = (1u << CLASS_COUNT) - 1, .strings = &index[i], .count = 1};
    }
    for (uint32_t i = 0; i < CLASS_COUNT; i++)
        always[i] = b->always[i];
    b->patterns = patterns;
    b->count = count;
    must(search_emit(patterns, count, covers, count, count, always, &b->bytes, NULL) == ERR_NONE);
    must(search_check(buf_get(&b->bytes)));
    b->search = search_open(buf_get(&b->bytes));
    must(b->search != NULL);
}

void section_close(struct section *b)
{
    search_close(b->search);
    buf_done(&b->bytes);
    arena_free(b->arena);
}

static void on_alive(void *ctx, uint32_t rule)
{
    struct section *b = ctx;
    if (rule >= b->count || b->alive[rule])
        b->twice = true;
    else
        b->alive[rule] = true;
}

bool section_rules(struct section *b, enum search_class kind, struct source *source)
{
    struct budget budget;
    budget_init(&budget);
    memset(b->alive, 0, sizeof b->alive);
    return search_rules(b->search, kind, source, &budget, on_alive, b) && !b->twice;
}

bool section_strings(struct section *b, struct source *source, struct hits *hits)
{
    struct budget budget;
    uint32_t index[SECTION_RULES];
    budget_init(&budget);
    for (uint32_t i = 0; i < b->count; i++)
        index[i] = i;
    memset(hits, 0, b->count * sizeof *hits); /* all matches of all of them */
    return search_strings(b->search, source, index, b->count, false, b->arena, &budget, hits);
}
