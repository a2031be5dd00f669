/* YARA-X's module lnk: Windows shortcuts. An attacker typed every byte.
 * Format: [MS-SHLLINK] 8.0; the inside of shell items: "Windows Shell Item format" of the libfwsi project.
 * Where these are silent, and for damaged files: observed of YARA-X 1.20. */
#include "jail/facts/fact_build.h"
#include "jail/facts/fact_text.h"
#include "jail/facts/lnk_fields.h"
#include "jail/facts/modules.h"
#include "jail/facts/whole_bytes.h"

enum {
    HEADER_BYTES = 0x4c,
    /* LinkFlags, 2.1.1 */
    HAS_IDS = 1,
    HAS_INFO = 2,
    HAS_NAME = 4,
    HAS_RELATIVE_PATH = 8,
    HAS_WORKING_DIR = 16,
    HAS_ARGUMENTS = 32,
    HAS_ICON = 64,
    IS_UNICODE = 128,
    /* LinkInfoFlags, 2.3 */
    HAS_VOLUME = 1,
    HAS_NETWORK = 2,
    INFO_BYTES = 28,
    INFO_WIDE_BYTES = 36, /* with the places of the Unicode paths */
    LABEL_IS_WIDE = 0x14,
    GUID_BYTES = 16,
    VOLUME_NAME_BYTES = 20,
    /* offsets behind a shell item's class byte */
    GUID_AT = 1,
    NETWORK_AT = 2,
    FILE_NAME_AT = 11,
    CPL_NARROW_AT = 9, /* a zero there: the path is in UTF-16, behind it */
    CPL_WIDE_AT = 21,
};
static const uint32_t tracker_block = 0xa0000003; /* 2.5.10 */
static const uint64_t ticks_a_second = 10000000, seconds_to_1970 = 11644473600;

struct lnk {
    struct source *source;
    struct arena *arena;
    struct fact *items; /* by enum lnk_field */
    struct reader r;    /* where the next structure begins */
};

static void set_number(const struct lnk *l, uint32_t at, uint64_t v)
{
    fact_set_int(&l->items[at], (int64_t)v);
}

/* A number that YARA-X keeps as a signed one of 32 bits, when it is none of these. */
static void set_choice(const struct lnk *l, uint32_t at, uint32_t v)
{
    if (v <= INT32_MAX)
        set_number(l, at, v);
}

static void set_time(const struct lnk *l, uint32_t at, uint64_t filetime)
{
    uint64_t seconds = filetime / ticks_a_second;
    if (seconds >= seconds_to_1970)
        set_number(l, at, seconds - seconds_to_1970);
}

/* A text up to its zero or the end, in UTF-16 or in the code page, which is taken for UTF-8. */
static void set_text(const struct lnk *l, struct fact *f, struct span bytes, bool wide)
{
    if (wide)
        fact_set_utf16(f, l->arena, bytes);
    else
        fact_set_utf8(f, l->arena, fact_c_text(bytes));
}

/* ShellLinkHeader, 2.1. False: this is no shortcut. */
static bool load_header(struct lnk *l, uint32_t *flags)
{
    static const uint8_t class_id[GUID_BYTES] = {1, 0x14, 2, 0, 0, 0, 0, 0, 0xc0, [15] = 0x46};
    struct reader *r = &l->r;
    uint32_t size = reader_u32le(r);
    struct span id = reader_take(r, GUID_BYTES);
    if (size != HEADER_BYTES || !span_equal(id, span_make(class_id, sizeof class_id)) ||
        reader_left(r) < HEADER_BYTES - 4 - GUID_BYTES)
        return false;
    *flags = reader_u32le(r);
    set_number(l, LNK_FILE_ATTRIBUTES, reader_u32le(r));
    set_time(l, LNK_CREATION_TIME, reader_u64le(r));
    set_time(l, LNK_ACCESS_TIME, reader_u64le(r));
    set_time(l, LNK_WRITE_TIME, reader_u64le(r));
    set_number(l, LNK_FILE_SIZE, reader_u32le(r));
    set_number(l, LNK_ICON_INDEX, reader_u32le(r));
    set_choice(l, LNK_SHOW_COMMAND, reader_u32le(r));
    reader_seek(r, HEADER_BYTES);
    return true;
}

/* --- shell items --- */

static enum lnk_item_type type_of(uint8_t class)
{
    if (class == 0x1e || class == 0x1f)
        return SHELL_ROOT;
    if (class == 0x70)
        return SHELL_CONTROL_PANEL;
    uint8_t range = class & 0x70;
    bool is_range = range == SHELL_VOLUME || range == SHELL_FILE || range == SHELL_NETWORK;
    return (enum lnk_item_type)(is_range ? range : class);
}

static void load_volume(const struct lnk *l, struct fact *items, uint8_t class, struct span data)
{
    struct span name = span_cut(data, 0, VOLUME_NAME_BYTES);
    if (!(class & 1))
        fact_set_guid(&items[ITEM_VOLUME_ID], l->arena, span_cut(data, GUID_AT, GUID_BYTES));
    else if (name.len == VOLUME_NAME_BYTES)
        set_text(l, &items[ITEM_VOLUME_NAME], name, false);
}

/* A text that begins at `at`; none where the data end before it. */
static void load_text(const struct lnk *l, struct fact *out, struct span data, size_t at, bool wide)
{
    if (data.len >= at)
        set_text(l, out, span_cut(data, at, SIZE_MAX), wide);
}

static void load_cpl(const struct lnk *l, struct fact *out, struct span data)
{
    bool wide = span_byte(data, CPL_NARROW_AT) == 0;
    load_text(l, out, data, wide ? CPL_WIDE_AT : CPL_NARROW_AT, wide);
}

static void load_item(struct lnk *l, struct fact_list *list, struct span bytes)
{
    uint8_t class = span_byte(bytes, 0);
    struct span data = span_cut(bytes, 1, SIZE_MAX);
    struct fact *f = fact_list_add(list);
    if (!f)
        return;
    struct fact *items = f->list.items;
    enum lnk_item_type type = type_of(class);
    fact_set_int(&items[ITEM_TYPE], type);
    fact_set_span(&items[ITEM_DATA], data);
    if (type == SHELL_CPL)
        load_cpl(l, &items[ITEM_CPL], data);
    else if (type == SHELL_ROOT)
        fact_set_guid(&items[ITEM_ROOT], l->arena, span_cut(data, GUID_AT, GUID_BYTES));
    else if (type == SHELL_VOLUME)
        load_volume(l, items, class, data);
    else if (type == SHELL_FILE)
        load_text(l, &items[ITEM_FILE], data, FILE_NAME_AT, class & 4);
    else if (type == SHELL_NETWORK)
        load_text(l, &items[ITEM_NETWORK], data, NETWORK_AT, false);
}

/* LinkTargetIDList, 2.2. Items that end behind the list are cut. False: the list leaves the file. */
static bool load_ids(struct lnk *l, struct fact_list *list)
{
    uint16_t claim = reader_u16le(&l->r);
    struct span all = span_cut(reader_rest(&l->r), 0, claim);
    struct reader r = reader_of(all);
    while (reader_left(&r) >= 2) {
        uint16_t size = reader_u16le(&r);
        if (size == 0)
            break;
        size_t body = size > 2 ? size - 2u : 0;
        struct span item = reader_take(&r, body < reader_left(&r) ? body : reader_left(&r));
        if (list->count >= LIMIT_LNK_ITEMS)
            l->source->facts_cut = true;
        else if (item.len > 0)
            load_item(l, list, item);
    }
    reader_skip(&l->r, claim);
    return !l->r.bad;
}

/* --- LinkInfo --- */

/* VolumeID, 2.3.1. `rest` goes on behind it. */
static void load_volume_id(struct lnk *l, struct span rest)
{
    struct reader r = reader_of(rest);
    uint32_t size = reader_u32le(&r), type = reader_u32le(&r), serial = reader_u32le(&r);
    uint32_t label_at = reader_u32le(&r);
    if (r.bad)
        return;
    set_choice(l, LNK_DRIVE_TYPE, type);
    set_number(l, LNK_DRIVE_SERIAL, serial);
    if (size > rest.len)
        return;
    struct span within = span_cut(rest, 0, size);
    bool wide = label_at == LABEL_IS_WIDE;
    if (wide)
        label_at = reader_u32le(&r);
    if (!r.bad && label_at <= within.len)
        set_text(l, &l->items[LNK_VOLUME_LABEL], span_cut(within, label_at, SIZE_MAX), wide);
}

/* A path by its two offsets: the Unicode one counts where it is not 0. */
static void set_path(struct lnk *l, uint32_t field, struct span info, uint32_t at, uint32_t wide_at)
{
    if (wide_at > 0)
        at = wide_at;
    if (at <= info.len)
        set_text(l, &l->items[field], span_cut(info, at, SIZE_MAX), wide_at > 0);
}

/* LinkInfo, 2.3. False: it leaves the file. */
static bool load_info(struct lnk *l)
{
    struct span rest = reader_rest(&l->r);
    struct reader r = reader_of(rest);
    uint32_t size = reader_u32le(&r), head = reader_u32le(&r), flags = reader_u32le(&r);
    uint32_t volume_at = reader_u32le(&r), base_at = reader_u32le(&r);
    reader_skip(&r, 4); /* the network's part is not looked at */
    uint32_t suffix_at = reader_u32le(&r), wide_base_at = 0, wide_suffix_at = 0;
    if (head >= INFO_WIDE_BYTES) {
        wide_base_at = reader_u32le(&r);
        wide_suffix_at = reader_u32le(&r);
    }
    if (r.bad || size > rest.len)
        return false;
    struct span info = span_cut(rest, 0, size);
    if (flags & HAS_VOLUME) {
        if (volume_at <= info.len)
            load_volume_id(l, span_cut(info, volume_at, SIZE_MAX));
        set_path(l, LNK_LOCAL_BASE_PATH, info, base_at, wide_base_at);
    }
    if (flags & HAS_NETWORK)
        set_path(l, LNK_COMMON_PATH_SUFFIX, info, suffix_at, wide_suffix_at);
    reader_skip(&l->r, size);
    return true;
}

/* --- strings, extra data --- */

/* StringData, 2.4: counted characters, without a zero. */
static bool load_string(struct lnk *l, uint32_t field, bool wide)
{
    uint64_t count = reader_u16le(&l->r);
    struct span bytes = reader_take(&l->r, wide ? 2 * count : count);
    if (l->r.bad)
        return false;
    if (wide)
        fact_set_utf16(&l->items[field], l->arena, bytes);
    else
        fact_set_utf8(&l->items[field], l->arena, bytes);
    return true;
}

static bool load_strings(struct lnk *l, uint32_t flags)
{
    static const struct {
        uint32_t flag, field;
    } strings[] = {
        {HAS_NAME, LNK_NAME},
        {HAS_RELATIVE_PATH, LNK_RELATIVE_PATH},
        {HAS_WORKING_DIR, LNK_WORKING_DIR},
        {HAS_ARGUMENTS, LNK_CMD_LINE_ARGS},
        {HAS_ICON, LNK_ICON_LOCATION},
    };
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
        if ((flags & strings[i].flag) && !load_string(l, strings[i].field, flags & IS_UNICODE))
            return false;
    return true;
}

/* TrackerDataBlock, 2.5.10, behind its signature. */
static void load_tracker(struct lnk *l, struct span block)
{
    struct reader r = reader_from(block, 4); /* its length */
    struct fact *items = l->items[LNK_TRACKER].list.items;
    uint32_t version = reader_u32le(&r);
    struct span machine = reader_take(&r, 16);
    if (r.bad || reader_left(&r) < 4 * GUID_BYTES)
        return;
    fact_set_int(&items[TRACKER_VERSION], version);
    set_text(l, &items[TRACKER_MACHINE], machine, false);
    for (uint32_t i = TRACKER_VOLUME; i <= TRACKER_BIRTH_FILE; i++)
        fact_set_guid(&items[i], l->arena, reader_take(&r, GUID_BYTES));
}

/* ExtraData, 2.5: blocks up to one of less than four bytes. What follows is an overlay. */
static void load_extra(struct lnk *l, uint64_t total)
{
    for (;;) {
        struct reader before = l->r;
        uint32_t size = reader_u32le(&l->r), signature = 0;
        if (l->r.bad || size > reader_left(&before))
            return;
        if (size < 4)
            break;
        struct span block = reader_take(&l->r, size - 4);
        if (span_u32le(block, 0, &signature) && signature == tracker_block)
            load_tracker(l, span_cut(block, 4, SIZE_MAX));
    }
    uint64_t left = reader_left(&l->r);
    set_number(l, LNK_OVERLAY_SIZE, left);
    if (left > 0)
        set_number(l, LNK_OVERLAY_OFFSET, total - left);
}

static bool load(struct object *o, struct arena *a, struct fact *root, struct span data)
{
    (void)data; /* takes none */
    struct lnk l = {.source = &o->source, .arena = a, .items = root->list.items};
    struct span head = source_view(&o->source, 0, HEADER_BYTES), bytes;
    uint32_t flags = 0;
    l.r = reader_of(head);
    set_number(&l, LNK_IS_LNK, 0);
    if (!load_header(&l, &flags))
        return true;
    if (!whole_bytes(&o->source, a, &bytes))
        return false;
    set_number(&l, LNK_IS_LNK, 1);
    l.r = reader_from(bytes, HEADER_BYTES);
    struct fact_list list = fact_list_new(a, lnk_item_fields);
    bool ok = !(flags & HAS_IDS) || load_ids(&l, &list);
    fact_list_end(&list, &l.items[LNK_TARGET_IDS]);
    if (ok && (!(flags & HAS_INFO) || load_info(&l)) && load_strings(&l, flags))
        load_extra(&l, bytes.len);
    return !list.bad;
}

const struct module module_lnk = {.name = "lnk", .fields = lnk_fields, .load = load};
