/* Rules for `candor yara` and `yarac`: sources and definitions as those programs take them. */
#ifndef CANDOR_YARA_RULES_H
#define CANDOR_YARA_RULES_H

#include "user/command.h"
#include "user/yara_args.h"
#include "user/yara_catalogue.h"

struct yara_rules_options {
    const struct yara_texts *defines;
    bool no_warnings, fail_on_warnings, strict_escape, strict_x;
    int64_t max_strings; /* of one rule */
};

/* Compiles `files` (each FILE or NAMESPACE:FILE; "-" is standard input) into *out; complaints go to
 * standard error, in yara's words where it has any. A failure that was said already leaves why
 * empty. */
enum err yara_rules_compile(const struct yara_rules_options *o, char **files, int count,
                            struct ruleset_choice *out, struct why *why);
/* -C: an image made by `candor yarac`. */
enum err yara_rules_load(const struct yara_rules_options *o, const char *path,
                         struct ruleset_choice *out, struct why *why);
/* Complains of the first rule with more than max_strings. */
enum err yara_rules_count_strings(const struct yara_rules_options *o,
                                  const struct yara_catalogue *c);
/* The same for rules of which nothing is known yet. */
enum err yara_rules_check_counts(const struct yara_rules_options *o, struct ruleset_choice *rules,
                                 struct why *why);
/* No rules at all. */
enum err yara_rules_none(struct ruleset_choice *out, struct why *why);

#endif
