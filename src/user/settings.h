/* What a scan is told: candor.conf, then the user's, then the command line. */
#ifndef CANDOR_SETTINGS_H
#define CANDOR_SETTINGS_H

#include "common/arena.h"
#include "common/buf.h"
#include "common/err.h"
#include "user/door_settings.h"

enum { SETTINGS_LIST_MAX = 256 };

enum format { FORMAT_PLAIN, FORMAT_JSON, FORMAT_SARIF };

struct settings {
    struct arena *arena;
    const char *rules[SETTINGS_LIST_MAX];
    uint32_t rule_count;
    const char *includes[SETTINGS_LIST_MAX];
    uint32_t include_count;
    const char *excludes[SETTINGS_LIST_MAX];
    uint32_t exclude_count;
    struct buf *externals;                      /* as build.h wants them */
    const char *certificates;                   /* folder, to judge containers by; NULL: none */
    const char *ledger;                         /* folder; NULL: the state folder's */
    uint64_t accepted;                          /* bit a gap kind */
    uint64_t jobs, depth, max_bytes, timeout_s; /* 0: default */
    const char *policy;     /* whose rule log; NULL: policy beside candor.conf */
    const char *root;       /* the first root note, where those are followed; or NULL */
    uint64_t cooling_off_s; /* before what a release brings becomes active */
    const char *trials[SETTINGS_LIST_MAX]; /* where a trial run takes its sample from */
    uint32_t trial_count;
    uint64_t trial_percent; /* of clean files may match new rules */
    bool builtin_only;      /* not what a rule log made active */
    struct door_settings door;
    enum format format;
    bool quiet, all, explain, isolate, cage_full, exhaustive, no_cache, no_ledger, quarantine;
    bool yara_x, keep_going, no_progress;
    bool plain;          /* no vector instructions in the matcher's kernels */
    bool pua;            /* ClamAV's signatures of potentially unwanted applications, too */
    bool allow_unsigned; /* containers of ClamAV whose signature is missing or wrong */
};

/* candor --config FILE: the one file that settings_init reads from now on. */
void settings_use(const char *path);
/* Zeroes and reads /etc/candor/candor.conf and the user's, if there. ERR_USAGE names file and line
 * of what is wrong. */
enum err settings_init(struct settings *s, struct why *why);
/* Zeroes and reads nothing. */
enum err settings_blank(struct settings *s, struct why *why);
void settings_done(struct settings *s);
/* One configuration file; a missing one is fine. */
enum err settings_read(struct settings *s, const char *path, struct why *why);
/* "encrypted,not-opened" or "all". */
enum err settings_accept(struct settings *s, const char *list, struct why *why);
/* NAME=VALUE as yara -d: integer, float, true/false, else text. */
enum err settings_define(struct settings *s, const char *text, struct why *why);
enum err settings_add(const char **list, uint32_t *count, const char *value, struct why *why);

/* Where Candor keeps its ledger, compiled rules and the like: what `state` in a configuration that
 * was read says, else /var/lib/candor for root, else below XDG_STATE_HOME. False: no place can be
 * named. */
bool settings_state(char *out, size_t size);
/* The machine's own, root's: for those who keep none. False with `state` in the configuration. */
bool settings_system_state(char *out, size_t size);
/* The policy: `policy`, else /etc/candor/policy. */
const char *settings_policy(const struct settings *s);
/* The folder of the built-in rules: beside the build, else installed. False: not found. */
bool settings_builtin_rules(char *out, size_t size);

#endif
