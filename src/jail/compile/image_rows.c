/* Rows of an image that are copied from the rules as they are. */
#include "jail/compile/cond_emit.h"
#include "jail/compile/image_emit.h"

#include <string.h>

void image_metas(struct image_out *o, const struct ir_rule *rule, struct image_rule *out)
{
    out->tag_first = o->counts[IMAGE_TAGS];
    out->tag_count = rule->tag_count;
    for (uint32_t k = 0; k < rule->tag_count; k++) {
        struct image_text text = image_text_of(o, rule->tags[k]);
        (void)image_append(o, IMAGE_TAGS, &text);
    }
    out->meta_first = o->counts[IMAGE_METAS];
    out->meta_count = rule->meta_count;
    for (uint32_t k = 0; k < rule->meta_count; k++) {
        const struct ir_meta *m = &rule->metas[k];
        struct image_meta row = {.key = image_text_of(o, m->key), .kind = m->kind};
        row.value = (uint64_t)m->i;
        if (m->kind == IR_META_FLOAT)
            memcpy(&row.value, &m->f, sizeof row.value);
        if (m->kind == IR_META_STRING)
            row.text = image_text_of(o, m->text);
        if (m->kind == IR_META_STRING && span_equal(m->key, SPAN_OF("class")))
            out->kind = row.text;
        (void)image_append(o, IMAGE_METAS, &row);
    }
}

void image_externals(struct image_out *o, const struct ir *ir)
{
    for (uint32_t i = 0; i < ir->external_count; i++) {
        const struct ir_external *x = &ir->externals[i];
        struct image_external row = {.name = image_text_of(o, x->name), .kind = x->kind};
        row.value = (uint64_t)x->i;
        if (x->kind == FACT_FLOAT)
            memcpy(&row.value, &x->f, sizeof row.value);
        if (x->kind == FACT_STRING) {
            struct image_text text = image_text_of(o, x->s);
            row.value = text.at | (uint64_t)text.len << 32;
        }
        (void)image_append(o, IMAGE_EXTERNALS, &row);
    }
}

void image_clam_map(struct image_out *o, const struct ir *ir, const uint32_t *numbers)
{
    uint32_t words = (o->counts[IMAGE_RULES] + 31) / 32, made = 0, word = 0;
    for (uint32_t i = 0; i < ir->rule_count; i++) {
        const struct ir_rule *rule = &ir->rules[i];
        if (!rule->is_clam || rule->is_member || numbers[i] == COND_LEFT_OUT)
            continue;
        for (; made < numbers[i] / 32; made++, word = 0)
            (void)image_append(o, IMAGE_CLAM, &word);
        word |= 1u << (numbers[i] % 32);
    }
    if (word == 0 && made == 0)
        return; /* none */
    for (; made < words; made++, word = 0)
        (void)image_append(o, IMAGE_CLAM, &word);
}

void image_passwords(struct image_out *o, const struct ir *ir)
{
    for (uint32_t i = 0; i < ir->password_count; i++) {
        const struct ir_password *p = &ir->passwords[i];
        struct image_password row = {.text = image_text_of(o, p->text),
                                     .kind = p->is_zip ? IMAGE_LOCK_ZIP : IMAGE_LOCK_ANY};
        (void)image_append(o, IMAGE_PASSWORDS, &row);
    }
}

void image_magics(struct image_out *o, const struct ir *ir)
{
    for (uint32_t i = 0; i < ir->magic_count; i++) {
        const struct ir_magic *m = &ir->magics[i];
        struct image_magic row = {
            .at = m->at, .target = m->target, .bytes = image_text_of(o, m->bytes)};
        (void)image_append(o, IMAGE_MAGICS, &row);
    }
}

void image_signers(struct image_out *o, const struct ir *ir)
{
    for (uint32_t i = 0; i < ir->signer_count; i++) {
        const struct ir_signer *s = &ir->signers[i];
        struct image_signer row = {.modulus = image_text_of(o, s->modulus), .flags = s->flags};
        memcpy(row.subject, s->subject, sizeof row.subject);
        memcpy(row.serial, s->serial, sizeof row.serial);
        (void)image_append(o, IMAGE_SIGNERS, &row);
    }
}
