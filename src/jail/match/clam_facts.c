/* Facts that ClamAV's signatures ask about an object. Reads the object (hostile) through
 * clam_exe.c. Facts: ClamAV's manual, "Target types" and "ClamAV file types". */
#include "jail/match/clam_facts.h"

#include "common/text.h"
#include "jail/match/clam_icon.h"
#include "jail/match/clam_office.h"
#include "jail/match/clam_version.h"
#include "jail/match/cond.h"
#include "jail/match/signers.h"

/* Steps for an icon that is measured, and for one signature that it is compared with. */
enum { ICON_COST = 100000, MATCH_COST = 200 };

/* Texts and HTML have a target only as what was made of them, see clam_view.c. */
static const enum clam_target targets[TYPE_COUNT] = {
    [TYPE_MAIL] = CLAM_MAIL,    [TYPE_ELF] = CLAM_ELF,       [TYPE_PE] = CLAM_PE,
    [TYPE_DOS] = CLAM_PE,       [TYPE_MACHO] = CLAM_MACHO,   [TYPE_FATMACHO] = CLAM_MACHO,
    [TYPE_JAVA] = CLAM_JAVA,    [TYPE_OLE2] = CLAM_OLE2,     [TYPE_PDF] = CLAM_PDF,
    [TYPE_SWF] = CLAM_FLASH,    [TYPE_PNG] = CLAM_GRAPHICS,  [TYPE_JPEG] = CLAM_GRAPHICS,
    [TYPE_GIF] = CLAM_GRAPHICS, [TYPE_TIFF] = CLAM_GRAPHICS, [TYPE_BMP] = CLAM_GRAPHICS,
};

bool clam_target_class(uint32_t target, unsigned class)
{
    switch (target) {
    case CLAM_ANY:
        return true;
    case CLAM_PE:
        return class == CLASS_PE;
    case CLAM_ELF:
        return class == CLASS_ELF;
    case CLAM_OLE2:
        return class == CLASS_OLE;
    case CLAM_PDF: /* may begin after other bytes */
        return class == CLASS_PDF || class == CLASS_OTHER;
    default:
        return class == CLASS_OTHER;
    }
}

unsigned clam_class_of(struct object *o)
{
    static const uint8_t classes[CLAM_TARGETS] = {
        [CLAM_PE] = CLASS_PE, [CLAM_ELF] = CLASS_ELF, [CLAM_OLE2] = CLASS_OLE};
    if (o->view != VIEW_RAW)
        return CLASS_OTHER;
    if (o->is_retyped)
        return classes[targets[o->type]];
    return search_class_of(source_view(&o->source, 0, 4));
}

enum clam_target clam_target_of(struct object *o)
{
    unsigned class = search_class_of(source_view(&o->source, 0, 4));
    if (o->view == VIEW_HTML)
        return CLAM_HTML;
    if (o->view == VIEW_TEXT)
        return CLAM_TEXT;
    if (class == CLASS_PE && !o->is_retyped)
        return CLAM_PE;
    if (o->told_target && !o->is_retyped)
        return (enum clam_target)o->told_target;
    return o->type < TYPE_COUNT ? targets[o->type] : CLAM_ANY;
}

/* Rows are part of images: append only. */
enum { KIND_TYPES = 2 };
static const struct {
    const char *name;
    enum object_type types[KIND_TYPES]; /* TYPE_EMPTY: no more */
    const char *begins;                 /* of cpio archives: NULL for the binary ones */
    enum clam_office office;            /* of a ZIP; it has no type then */
} clam_kinds[] = {
    {"CL_TYPE_ZIP", {TYPE_ZIP}},
    {"CL_TYPE_MAIL", {TYPE_MAIL}},
    {"CL_TYPE_PDF", {TYPE_PDF}},
    {"CL_TYPE_RTF", {TYPE_RTF}},
    {"CL_TYPE_RAR", {TYPE_RAR}},
    {"CL_TYPE_MSOLE2", {TYPE_OLE2}},
    {"CL_TYPE_MSEXE", {TYPE_PE, TYPE_DOS}},
    {"CL_TYPE_GZ", {TYPE_GZIP}},
    {"CL_TYPE_BZ", {TYPE_BZIP2}},
    {"CL_TYPE_XZ", {TYPE_XZ}},
    {"CL_TYPE_7Z", {TYPE_SEVENZIP}},
    {"CL_TYPE_MSCAB", {TYPE_CAB}},
    {"CL_TYPE_ARJ", {TYPE_ARJ}},
    {"CL_TYPE_ISO9660", {TYPE_ISO}},
    {"CL_TYPE_POSIX_TAR", {TYPE_TAR}},
    {"CL_TYPE_OLD_TAR", {TYPE_TAR}},
    {"CL_TYPE_MSCHM", {TYPE_CHM}},
    {"CL_TYPE_ONENOTE", {TYPE_ONENOTE}},
    {"CL_TYPE_HTML", {TYPE_HTML}},
    {"CL_TYPE_SWF", {TYPE_SWF}},
    {"CL_TYPE_CPIO_OLD", {TYPE_CPIO}},
    {"CL_TYPE_CPIO_ODC", {TYPE_CPIO}, "070707"},
    {"CL_TYPE_CPIO_NEWC", {TYPE_CPIO}, "070701"},
    {"CL_TYPE_CPIO_CRC", {TYPE_CPIO}, "070702"},
    {"CL_TYPE_LHA_LZH", {TYPE_LHA}},
    {"CL_TYPE_OOXML_WORD", .office = OFFICE_WORD},
    {"CL_TYPE_OOXML_XL", .office = OFFICE_EXCEL},
    {"CL_TYPE_OOXML_PPT", .office = OFFICE_POWERPOINT},
    {"CL_TYPE_OOXML_HWP", .office = OFFICE_HANGUL},
    {"CL_TYPE_GRAPHICS", {TYPE_BMP}},
    {"CL_TYPE_GIF", {TYPE_GIF}},
    {"CL_TYPE_PNG", {TYPE_PNG}},
    {"CL_TYPE_JPEG", {TYPE_JPEG}},
    {"CL_TYPE_TIFF", {TYPE_TIFF}},
    {"CL_TYPE_ELF", {TYPE_ELF}},
    {"CL_TYPE_MACHO", {TYPE_MACHO}},
    {"CL_TYPE_MACHO_UNIBIN", {TYPE_FATMACHO}},
    {"CL_TYPE_JAVA", {TYPE_JAVA}},
};

bool clam_kind_find(struct span name, uint32_t *out)
{
    for (uint32_t i = 0; i < sizeof clam_kinds / sizeof clam_kinds[0]; i++) {
        if (!span_equal(name, span_text(clam_kinds[i].name)))
            continue;
        *out = i;
        return true;
    }
    return false;
}

enum object_type clam_kind_type(uint32_t kind)
{
    bool is_row = kind < sizeof clam_kinds / sizeof clam_kinds[0];
    return is_row ? clam_kinds[kind].types[0] : TYPE_EMPTY;
}

bool clam_kind_is(uint32_t kind, enum object_type type)
{
    if (kind >= sizeof clam_kinds / sizeof clam_kinds[0])
        return false;
    for (size_t i = 0; i < KIND_TYPES; i++)
        if (clam_kinds[kind].types[i] != TYPE_EMPTY && clam_kinds[kind].types[i] == type)
            return true;
    return false;
}

bool clam_kind_tells(uint32_t kind)
{
    static const enum object_type telling[] = {TYPE_ZIP,  TYPE_RAR, TYPE_SEVENZIP,
                                               TYPE_CAB,  TYPE_ISO, TYPE_TAR,
                                               TYPE_CPIO, TYPE_LHA, TYPE_MAIL};
    for (size_t i = 0; i < sizeof telling / sizeof telling[0]; i++)
        if (clam_kind_is(kind, telling[i]))
            return true;
    return kind < sizeof clam_kinds / sizeof clam_kinds[0] && clam_kinds[kind].office;
}

bool clam_kind_target(uint32_t kind, uint32_t *out)
{
    enum clam_target target = targets[clam_kind_type(kind)];
    *out = target;
    return target == CLAM_GRAPHICS || target == CLAM_MACHO || target == CLAM_PDF ||
           target == CLAM_FLASH || target == CLAM_JAVA;
}

/* The layout of the object at hand, read once; NULL when it has none or memory ran out. */
static const struct clam_exe *layout(struct cond *c)
{
    if (!c->exe_known) {
        struct clam_exe *exe = arena_new_of(c->now.arena, struct clam_exe);
        c->exe_known = true;
        c->exe = exe && clam_exe_read(c->now.object, exe) ? exe : NULL;
    }
    return c->exe;
}

static const struct clam_version *versions(struct cond *c)
{
    const struct clam_exe *exe = layout(c);
    if (!c->versions && exe) {
        struct clam_version *v = arena_new_of(c->now.arena, struct clam_version);
        if (!v || !clam_version_read(&c->now.object->source, exe, c->now.arena, v))
            c->is_unsure = true;
        c->versions = v;
    }
    return c->versions;
}

static const struct clam_icons *icons(struct cond *c)
{
    const struct clam_exe *exe = layout(c);
    if (!c->icons && exe && clam_target_of(c->now.object) == CLAM_PE) {
        struct clam_pe pe = {&c->now.object->source, exe};
        struct clam_icons *list = arena_new_of(c->now.arena, struct clam_icons);
        if (!list || !clam_icons_read(&pe, c->now.arena, list))
            c->is_unsure = true;
        else
            (void)cond_charge(c, (uint64_t)list->count * ICON_COST); /* the run ends by itself */
        c->icons = list;
    }
    return c->icons;
}

static bool has_icon(struct cond *c, uint32_t first, uint32_t second)
{
    const struct clam_icons *list = icons(c);
    uint32_t known = c->rules->counts[IMAGE_ICONS];
    for (uint32_t i = 0; list && i < list->count; i++)
        for (uint32_t k = 0; k < known && cond_charge(c, MATCH_COST); k++) {
            struct clam_icon s;
            (void)ruleset_read(c->rules, IMAGE_ICONS, k, &s);
            if ((first == ICON_ANY_GROUP || first == s.groups[0]) &&
                (second == ICON_ANY_GROUP || second == s.groups[1]) &&
                clam_icon_match(&list->items[i], &s))
                return true;
        }
    return false;
}

void cond_count_version(struct cond *c, const struct image_insn *i)
{
    const struct clam_version *v = versions(c);
    int64_t count = 0;
    for (uint32_t k = 0; v && k < v->count && cond_charge(c, 1); k++)
        count += cond_hits_at(c, i->c, v->places[k]);
    cond_push_int(c, count);
}

static void push_section(struct cond *c, const struct clam_exe *exe, uint64_t index, bool end)
{
    if (index < exe->count)
        cond_push_int(c, (int64_t)(exe->sections[index].at + (end ? exe->sections[index].len : 0)));
    else
        cond_push_undefined(c);
}

static void push_layout(struct cond *c, const struct image_insn *i)
{
    const struct clam_exe *exe = layout(c);
    if (!exe || (i->a == CLAM_ENTRY && !exe->has_entry)) {
        cond_push_undefined(c);
        return;
    }
    switch (i->a) {
    case CLAM_ENTRY:
        cond_push_int(c, (int64_t)exe->entry);
        break;
    case CLAM_SECTIONS:
        cond_push_int(c, exe->count);
        break;
    case CLAM_SECTION:
    case CLAM_SECTION_END:
        push_section(c, exe, i->c, i->a == CLAM_SECTION_END);
        break;
    case CLAM_LAST_SECTION:
        push_section(c, exe, (uint64_t)exe->count - 1, false);
        break;
    default:
        cond_push_undefined(c);
    }
}

/* *Observed*: the parts of an office document, but for the first, are those of a ZIP, too: each
 * local header but the first is taken for a ZIP behind something else. */
static bool is_part_of(const struct object *part, const struct object *around, uint32_t kind)
{
    if (kind >= sizeof clam_kinds / sizeof clam_kinds[0])
        return false;
    if (around->office && clam_kinds[kind].office)
        return around->office == clam_kinds[kind].office;
    if (around->office && clam_kind_is(kind, TYPE_ZIP))
        return part->id != around->id + 1;
    return clam_kind_is(kind, around->type);
}

static bool is_in(const struct object *o, uint32_t kind, uint32_t level)
{
    const struct object *part = o, *around = o->container;
    for (; around && level; level--) {
        part = around;
        around = around->container;
    }
    return around && (kind == CLAM_ANY_KIND || is_part_of(part, around, kind));
}

/* Whether the container whose member is at hand is of this kind. */
static bool is_told_by(struct cond *c, uint32_t kind)
{
    const struct member *m = c->now.member;
    if (!m || kind == CLAM_ANY_KIND || kind >= sizeof clam_kinds / sizeof clam_kinds[0])
        return m && kind == CLAM_ANY_KIND;
    if (m->type == TYPE_ZIP && c->now.object->type == TYPE_ZIP) {
        enum clam_office office = clam_office_of(&c->now.object->source);
        /* observed: an office's document is told of as such, and all but its first member as ZIP's,
         * too */
        return clam_kind_is(kind, TYPE_ZIP) ? !office || m->place != 1
                                            : office && clam_kinds[kind].office == office;
    }
    if (!clam_kind_is(kind, m->type))
        return false;
    if (m->type != TYPE_CPIO)
        return true;
    struct span head = source_view(&c->now.object->source, 0, 6);
    const char *begins = clam_kinds[kind].begins;
    return begins ? span_equal(head, span_text(begins)) : !span_starts(head, SPAN_OF("07070"));
}

static void push_signer(struct cond *c, uint32_t row)
{
    if (!c->signers_known)
        c->signers = signers_read(c->now.object, c->now.arena);
    c->signers_known = true;
    cond_push_int(c, signers_have(c->signers, c->rules, row));
}

static void push_claim(struct cond *c, int64_t claim)
{
    if (claim == MEMBER_UNKNOWN)
        cond_push_undefined(c);
    else
        cond_push_int(c, claim);
}

static void push_member(struct cond *c, const struct image_insn *i)
{
    static const struct member nothing = {
        .packed = MEMBER_UNKNOWN, .full = MEMBER_UNKNOWN, .place = MEMBER_UNKNOWN};
    const struct member *m = c->now.member ? c->now.member : &nothing;
    switch (i->a) {
    case CLAM_IS_MEMBER:
        cond_push_int(c, is_told_by(c, i->c));
        break;
    case CLAM_MEMBER_AROUND:
        push_claim(c, c->now.member ? (int64_t)m->around : MEMBER_UNKNOWN);
        break;
    case CLAM_MEMBER_PACKED:
        push_claim(c, m->packed);
        break;
    case CLAM_MEMBER_FULL:
        push_claim(c, m->full);
        break;
    case CLAM_MEMBER_PLACE:
        push_claim(c, m->place);
        break;
    case CLAM_MEMBER_IS_SHUT:
        cond_push_int(c, m->is_encrypted);
        break;
    default:
        cond_push(c, (struct cond_value){.kind = COND_V_STRING, .s = m->name});
    }
}

void cond_clam(struct cond *c, const struct image_insn *i)
{
    struct object *o = c->now.object;
    if (i->a == CLAM_IS_TARGET)
        cond_push_int(c, i->c == CLAM_ANY || clam_target_of(o) == i->c);
    else if (i->a == CLAM_IN)
        cond_push_int(c, is_in(o, i->c & CLAM_ANY_KIND, i->c >> CLAM_LEVEL_BITS));
    else if (i->a == CLAM_IS_ROOT)
        cond_push_int(c, o->container == NULL);
    else if (i->a == CLAM_FROM_END && o->source.size >= i->c)
        cond_push_int(c, (int64_t)(o->source.size - i->c));
    else if (i->a == CLAM_ICON)
        cond_push_int(c, has_icon(c, i->c & ICON_ANY_GROUP, i->c >> 16));
    else if (i->a == CLAM_SIGNER)
        push_signer(c, i->c);
    else if (i->a >= CLAM_IS_MEMBER && i->a <= CLAM_MEMBER_NAME)
        push_member(c, i);
    else
        push_layout(c, i);
}
