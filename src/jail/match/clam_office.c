/* Office documents as ClamAV tells them from other ZIPs. Hostile bytes: the object's. *Observed*
 * with clamscan 1.4.6: the first three local headers in the first 32 KiB count; a name that begins
 * with word/, xl/, ppt/ or Contents/content.hpf decides; when there is none, but one with
 * [Content_Types].xml, docProps/ or the like, the first such name of the directory does. */
#include "jail/match/clam_office.h"

#include "common/limits.h"

enum {
    HEAD_BYTES = 32 * 1024,
    LOCAL_BYTES = 30,
    LOCALS_MOST = 3,
    NAME_LEAST = 21, /* ClamAV looks at no header with fewer bytes behind it */
    CENTRAL_BYTES = 46,
    NAME_BYTES = 20, /* of the longest name that decides */
    END_BYTES = 22,
    END_REACH = 65557 /* it and the longest comment */
};

static enum clam_office kind_of_name(struct span name)
{
    static const struct {
        const char *begins;
        enum clam_office kind;
    } rows[] = {{"word/", OFFICE_WORD},
                {"xl/", OFFICE_EXCEL},
                {"ppt/", OFFICE_POWERPOINT},
                {"Contents/content.hpf", OFFICE_HANGUL}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (span_starts(name, span_text(rows[i].begins)))
            return rows[i].kind;
    return OFFICE_NONE;
}

/* Names that let ClamAV look into the directory, too. */
static bool is_likely_name(struct span name)
{
    static const char *const begins[] = {"[Content_Types].xml",
                                         "[ContentTypes].xml",
                                         "_.rels/.rels",
                                         "docProps/",
                                         "customXml/",
                                         "mimetype",
                                         "BinData",
                                         "Contents",
                                         "version.xml",
                                         "settings.xml",
                                         "Preview/PrvText.txt",
                                         "META-INF/container.xml"};
    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
        if (span_starts(name, span_text(begins[i])))
            return true;
    return false;
}

/* The end record, from its signature on; .at is NULL when there is none. */
static struct span find_end(struct source *s)
{
    uint64_t from = s->size > END_REACH ? s->size - END_REACH : 0;
    struct span tail = source_view(s, from, s->size - from);
    size_t at = span_find_last(tail, SPAN_OF("PK\5\6"));
    return at == SIZE_MAX ? (struct span){NULL, 0} : span_cut(tail, at, SIZE_MAX);
}

static enum clam_office of_directory(struct source *s)
{
    struct reader end = reader_of(find_end(s));
    reader_skip(&end, 10);
    uint32_t count = reader_u16le(&end);
    reader_skip(&end, 4);
    uint64_t at = reader_u32le(&end);
    enum clam_office found = OFFICE_NONE;
    for (uint32_t i = 0; !end.bad && i < count && found == OFFICE_NONE; i++) {
        struct reader r = reader_of(source_view(s, at, CENTRAL_BYTES + NAME_BYTES));
        uint32_t magic = reader_u32le(&r);
        reader_skip(&r, 24);
        uint32_t name_len = reader_u16le(&r), extra = reader_u16le(&r), comment = reader_u16le(&r);
        reader_skip(&r, 12);
        if (r.bad || magic != 0x02014b50)
            break;
        found = kind_of_name(span_cut(reader_rest(&r), 0, name_len));
        if (found == OFFICE_HANGUL && name_len != NAME_BYTES)
            found = OFFICE_NONE; /* here it is the whole name */
        at += CENTRAL_BYTES + (uint64_t)name_len + extra + comment;
    }
    return found;
}

enum clam_office clam_office_of(struct source *s)
{
    struct span head = source_view(s, 0, HEAD_BYTES);
    bool is_likely = false;
    size_t at = 0;
    uint32_t locals = 0;
    while (locals < LOCALS_MOST && (at = span_find(head, SPAN_OF("PK\3\4"), at)) != SIZE_MAX) {
        at += LOCAL_BYTES;
        struct span name = span_cut(head, at, SIZE_MAX);
        if (name.len < NAME_LEAST)
            break;
        enum clam_office kind = kind_of_name(name);
        if (kind != OFFICE_NONE)
            return kind;
        is_likely = is_likely || is_likely_name(name);
        locals++;
    }
    return is_likely && locals == LOCALS_MOST ? of_directory(s) : OFFICE_NONE;
}
