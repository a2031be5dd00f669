/* The profile of published rules and the audit, over leaves. */
#include "user/vet.h"

#include "common/channel.h"
#include "common/text.h"
#include "user/audit_run.h"

#include <stdio.h>

struct complaints {
    const struct vetting *vetting;
    char first[300];
};

static void on_diag(void *ctx, const struct diag *d)
{
    struct complaints *c = ctx;
    char text[1024], file[200];
    text_escape_into(text, sizeof text, d->text);
    text_escape_into(file, sizeof file, d->file);
    if (d->level == DIAG_ERROR && !c->first[0])
        (void)snprintf(c->first, sizeof c->first, "%.130s, line %u: %.150s", file, d->line, text);
    if (c->vetting->said)
        c->vetting->said(c->vetting->ctx, d->line, text);
}

static enum err refuse_hunters(const struct audit_run *a, struct why *why)
{
    for (uint32_t i = 0; i < a->count; i++) {
        struct buf b;
        char name[200], words[250];
        if (!a->rows[i].name.at || audit_rows_verdict(&a->rows[i]) != AUDIT_HUNTS)
            continue;
        buf_init(&b, 0);
        audit_run_words(&b, &a->rows[i], false);
        (void)snprintf(words, sizeof words, "%.*s", (int)b.len, (const char *)b.at);
        text_escape_into(name, sizeof name, a->rows[i].name);
        buf_clear(&b);
        audit_rows_why(&a->rows[i], &b);
        enum err err =
            fail(why, ERR_RULES, "%.130s hunts documents, not malware: it wants %s (%.*s)", name,
                 words[0] ? words : "what every document has", (int)b.len, (const char *)b.at);
        buf_done(&b);
        return err;
    }
    return ERR_NONE;
}

enum err vet_leaves(struct vetting *v, struct sources *leaves, struct why *why)
{
    struct complaints c = {.vetting = v};
    struct audit_run audit = {.wanted = AUDIT_DOCUMENTS};
    struct why inner = {0};
    struct build_options options = {.jail_path = v->jail_path,
                                    .order_options = ORDER_PUBLISHED,
                                    .diag = {.ctx = &c, .give = on_diag}};
    enum err err = audit_run(&audit, leaves, options, &inner);
    v->crashed = audit.built.crashed || audit.not_looked > 0;
    if (audit.not_looked > 0)
        err = fail(why, ERR_RULES, "a jail that used these rules died");
    else if (err == ERR_RULES && c.first[0])
        err = fail(why, err, "%s", c.first);
    else if (err != ERR_NONE)
        err = fail(why, err, "%s", inner.text);
    else
        err = refuse_hunters(&audit, why);
    audit_run_done(&audit);
    return err;
}
