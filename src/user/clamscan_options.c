/* clamscan's options. One that Candor cannot follow is refused by name, never ignored; those that
 * would only tune what it does otherwise are refused, too. */
#include "user/clamscan_options.h"

#include "common/text.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: candor clamscan [options] PATH... | -\n"
    "\n"
    "  -h, --help                   this help\n"
    "  -V, --version                the version\n"
    "  -v, --verbose                say which file is scanned\n"
    "  -r, --recursive[=yes/no]     folders of folders, too\n"
    "  -i, --infected               only lines of what was found\n"
    "  -o, --suppress-ok-results    no lines of what is OK\n"
    "      --quiet                  errors only\n"
    "      --stdout                 errors to standard output, too\n"
    "      --no-summary             no summary\n"
    "      --bell                   ring when something is found\n"
    "  -l, --log=FILE               append the report to FILE\n"
    "  -d, --database=FILE|DIR      signatures (repeatable); default: /var/lib/clamav\n"
    "      --official-db-only[=yes/no]  containers signed by ClamAV only\n"
    "      --allow-unsigned         load containers whose signature is missing or wrong\n"
    "      --cvdcertsdir=DIR        whose .sign files are believed (default: /etc/clamav/certs)\n"
    "      --detect-pua[=yes/no]    possibly unwanted applications, too\n"
    "  -f, --file-list=FILE         scan what FILE lists\n"
    "  -z, --allmatch[=yes/no]      everything that is found in a file\n"
    "      --cross-fs[=yes/no]      other file systems, too (default yes)\n"
    "      --follow-dir-symlinks=N  0 never, 1 those that are named (default), 2 always\n"
    "      --follow-file-symlinks=N the same of files\n"
    "      --max-dir-recursion=N    folders inside each other (default 15)\n"
    "      --exclude=REGEX          leave out files (repeatable)\n"
    "      --exclude-dir=REGEX      leave out folders (repeatable)\n"
    "      --include=REGEX          these files only (repeatable)\n"
    "      --include-dir=REGEX      these folders only (repeatable)\n"
    "      --scan-archive[=yes/no]  look into containers (default yes)\n"
    "      --max-filesize=SIZE      larger ones are not scanned, and that is said\n"
    "      --max-scansize=SIZE      unpacked from one file\n"
    "      --max-recursion=N        containers inside each other\n"
    "      --max-files=N            parts of one file\n"
    "      --max-scantime=MS        milliseconds for one file\n"
    "      --move=DIR --copy=DIR --remove[=yes/no]   what was found\n"
    "\n"
    "Every other option of clamscan is refused. See candor-clamscan(1).\n";

enum {
    ALLOW_UNSIGNED = 256,
    BELL,
    CERTIFICATES,
    COPY,
    CROSS_FS,
    EXCLUDE,
    EXCLUDE_DIR,
    FOLLOW_DIR,
    FOLLOW_FILE,
    INCLUDE,
    INCLUDE_DIR,
    MAX_DIR,
    MAX_FILES,
    MAX_FILESIZE,
    MAX_RECURSION,
    MAX_SCANSIZE,
    MAX_SCANTIME,
    MOVE,
    NO_SUMMARY,
    OFFICIAL,
    PUA,
    QUIET,
    REMOVE,
    ARCHIVE,
    TO_STDOUT,
};

static const struct option flags[] = {
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {"verbose", no_argument, NULL, 'v'},
    {"recursive", optional_argument, NULL, 'r'},
    {"infected", no_argument, NULL, 'i'},
    {"suppress-ok-results", no_argument, NULL, 'o'},
    {"quiet", no_argument, NULL, QUIET},
    {"stdout", no_argument, NULL, TO_STDOUT},
    {"no-summary", no_argument, NULL, NO_SUMMARY},
    {"bell", no_argument, NULL, BELL},
    {"log", required_argument, NULL, 'l'},
    {"database", required_argument, NULL, 'd'},
    {"official-db-only", optional_argument, NULL, OFFICIAL},
    {"allow-unsigned", no_argument, NULL, ALLOW_UNSIGNED},
    {"cvdcertsdir", required_argument, NULL, CERTIFICATES},
    {"detect-pua", optional_argument, NULL, PUA},
    {"file-list", required_argument, NULL, 'f'},
    {"allmatch", optional_argument, NULL, 'z'},
    {"cross-fs", optional_argument, NULL, CROSS_FS},
    {"follow-dir-symlinks", optional_argument, NULL, FOLLOW_DIR},
    {"follow-file-symlinks", optional_argument, NULL, FOLLOW_FILE},
    {"max-dir-recursion", required_argument, NULL, MAX_DIR},
    {"exclude", required_argument, NULL, EXCLUDE},
    {"exclude-dir", required_argument, NULL, EXCLUDE_DIR},
    {"include", required_argument, NULL, INCLUDE},
    {"include-dir", required_argument, NULL, INCLUDE_DIR},
    {"scan-archive", optional_argument, NULL, ARCHIVE},
    {"max-filesize", required_argument, NULL, MAX_FILESIZE},
    {"max-scansize", required_argument, NULL, MAX_SCANSIZE},
    {"max-recursion", required_argument, NULL, MAX_RECURSION},
    {"max-files", required_argument, NULL, MAX_FILES},
    {"max-scantime", required_argument, NULL, MAX_SCANTIME},
    {"move", required_argument, NULL, MOVE},
    {"copy", required_argument, NULL, COPY},
    {"remove", optional_argument, NULL, REMOVE},
    {NULL, 0, NULL, 0},
};

static enum err read_bool(const char *text, bool *out, struct why *why)
{
    bool yes = !text || strcasecmp(text, "yes") == 0;
    if (!yes && strcasecmp(text, "no") != 0)
        return fail(why, ERR_USAGE, "yes or no is wanted, not \"%s\"", text);
    *out = yes;
    return ERR_NONE;
}

static enum err read_number(const char *text, uint64_t *out, struct why *why)
{
    if (!text || !text_size(span_text(text), out))
        return fail(why, ERR_USAGE, "a number is wanted, not \"%s\"", text ? text : "nothing");
    return ERR_NONE;
}

static enum err read_degree(const char *text, uint64_t *out, struct why *why)
{
    *out = 1;
    if (text)
        TRY(read_number(text, out, why));
    return *out <= 2 ? ERR_NONE : fail(why, ERR_USAGE, "0, 1 or 2 is wanted for links");
}

static enum err add_pattern(struct clamscan_patterns *p, const char *text, struct why *why)
{
    if (p->count == CLAMSCAN_LIST_MOST)
        return fail(why, ERR_USAGE, "more than %d patterns of a kind", CLAMSCAN_LIST_MOST);
    if (regcomp(&p->items[p->count], text, REG_EXTENDED | REG_NOSUB) != 0)
        return fail(why, ERR_USAGE, "\"%s\" is no regular expression", text);
    p->count++;
    return ERR_NONE;
}

static enum err set_act(struct clamscan_options *o, enum putaway_act act, const char *folder,
                        struct why *why)
{
    if (o->act != PUTAWAY_NONE && o->act != act)
        return fail(why, ERR_USAGE, "only one of --move, --copy and --remove");
    o->act = act;
    o->folder = folder;
    return ERR_NONE;
}

static enum err set_limit(struct clamscan_options *o, int flag, struct why *why)
{
    uint64_t *const places[] = {
        [MAX_DIR - MAX_DIR] = &o->folder_depth,    [MAX_FILES - MAX_DIR] = &o->objects,
        [MAX_FILESIZE - MAX_DIR] = &o->file_bytes, [MAX_RECURSION - MAX_DIR] = &o->depth,
        [MAX_SCANSIZE - MAX_DIR] = &o->scan_bytes, [MAX_SCANTIME - MAX_DIR] = &o->time_ms,
    };
    return read_number(optarg, places[flag - MAX_DIR], why);
}

/* What is found, and where. */
static enum err set_scan(struct clamscan_options *o, int flag, struct why *why)
{
    bool yes = false;
    switch (flag) {
    case 'd':
        if (o->database_count == CLAMSCAN_LIST_MOST)
            return fail(why, ERR_USAGE, "more than %d databases", CLAMSCAN_LIST_MOST);
        o->databases[o->database_count++] = optarg;
        return ERR_NONE;
    case 'f':
        o->list = optarg;
        return ERR_NONE;
    case EXCLUDE:
        return add_pattern(&o->exclude, optarg, why);
    case EXCLUDE_DIR:
        return add_pattern(&o->exclude_folder, optarg, why);
    case INCLUDE:
        return add_pattern(&o->include, optarg, why);
    case INCLUDE_DIR:
        return add_pattern(&o->include_folder, optarg, why);
    case FOLLOW_DIR:
        return read_degree(optarg, &o->follow_folders, why);
    case FOLLOW_FILE:
        return read_degree(optarg, &o->follow_files, why);
    case CROSS_FS:
    case ARCHIVE:
        TRY(read_bool(optarg, &yes, why));
        *(flag == ARCHIVE ? &o->no_archives : &o->no_cross_fs) = !yes;
        return ERR_NONE;
    case PUA:
        return read_bool(optarg, &o->pua, why);
    case OFFICIAL:
        return read_bool(optarg, &o->official_only, why);
    case 'r':
        return read_bool(optarg, &o->recursive, why);
    case 'z':
        return read_bool(optarg, &o->all_matches, why);
    default:
        return set_limit(o, flag, why);
    }
}

/* What is said and done. */
static enum err set_one(struct clamscan_options *o, int flag, struct why *why)
{
    bool yes = true;
    switch (flag) {
    case 'i':
        o->infected_only = true;
        return ERR_NONE;
    case 'o':
        o->no_ok = true;
        return ERR_NONE;
    case 'v':
        o->verbose = true;
        return ERR_NONE;
    case 'l':
        o->log = optarg;
        return ERR_NONE;
    case QUIET:
        o->quiet = true;
        return ERR_NONE;
    case TO_STDOUT:
        o->to_stdout = true;
        return ERR_NONE;
    case NO_SUMMARY:
        o->no_summary = true;
        return ERR_NONE;
    case BELL:
        o->bell = true;
        return ERR_NONE;
    case ALLOW_UNSIGNED:
        o->allow_unsigned = true;
        return ERR_NONE;
    case CERTIFICATES:
        o->certificates = optarg;
        return ERR_NONE;
    case MOVE:
    case COPY:
        return set_act(o, flag == MOVE ? PUTAWAY_MOVE : PUTAWAY_COPY, optarg, why);
    case REMOVE:
        TRY(read_bool(optarg, &yes, why));
        return yes ? set_act(o, PUTAWAY_REMOVE, NULL, why) : ERR_NONE;
    default:
        return set_scan(o, flag, why);
    }
}

enum err clamscan_options_read(struct clamscan_options *o, int argc, char **argv, struct why *why)
{
    *o = (struct clamscan_options){.follow_folders = 1, .follow_files = 1, .folder_depth = 15};
    optind = 1;
    opterr = 0;
    for (int flag; (flag = getopt_long(argc, argv, "hVvriol:d:f:z", flags, NULL)) != -1;) {
        if (flag == '?' || flag == ':')
            return fail(why, ERR_USAGE,
                        "candor clamscan has no option %.80s, or it lacks its value; see --help",
                        argv[optind > 1 ? optind - 1 : 1]);
        if (flag == 'h' || flag == 'V') {
            o->done = true;
            if (flag == 'h')
                (void)fputs(help, stdout);
            else
                (void)printf("candor %s, in the manner of ClamAV 1.4\n", CANDOR_VERSION);
            return ERR_NONE;
        }
        TRY(set_one(o, flag, why));
    }
    o->paths = argv + optind;
    o->path_count = argc - optind;
    return ERR_NONE;
}

static void free_patterns(struct clamscan_patterns *p)
{
    for (uint32_t i = 0; i < p->count; i++)
        regfree(&p->items[i]);
    p->count = 0;
}

void clamscan_options_done(struct clamscan_options *o)
{
    free_patterns(&o->exclude);
    free_patterns(&o->exclude_folder);
    free_patterns(&o->include);
    free_patterns(&o->include_folder);
}

bool clamscan_matches(const struct clamscan_patterns *p, const char *path)
{
    for (uint32_t i = 0; i < p->count; i++)
        if (regexec(&p->items[i], path, 0, NULL, 0) == 0)
            return true;
    return false;
}
