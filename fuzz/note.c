/* Signed notes, checkpoints, policies, proofs, tile paths: what a mirror or a stranger's witness
 * may send. */
#include "drive.h"

#include "common/crypto.h"
#include "common/quorum.h"
#include "common/root_note.h"
#include "common/rule_bundle.h"
#include "common/source_leaf.h"
#include "common/tlog.h"

static void try_note(struct span s, struct arena *a)
{
    static struct note n;
    static struct quorum q;
    struct checkpoint c;
    struct quorum_verdict v;
    if (note_parse(s, a, &n, NULL) != ERR_NONE)
        return;
    (void)checkpoint_parse(n.text, &c, NULL);
    if (quorum_parse(
            SPAN_OF(
                "log "
                "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx\n"
                "quorum none\n"),
            &q, NULL) == ERR_NONE)
        (void)quorum_weigh(&q, &n, &v, NULL);
}

static void try_release(struct span s)
{
    static struct quorum q;
    struct rule_bundle_past past = {0};
    struct rule_bundle_verdict v;
    if (quorum_parse(SPAN_OF("log example.com/log/testdata+33d7b496+"
                             "AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx\nquorum none\n"),
                     &q, NULL) == ERR_NONE)
        (void)rule_bundle_judge(s, &q, &past, 1800000000, &v, NULL);
}

static void try_bundle(struct span s)
{
    struct reader r = reader_of(s);
    struct span entry;
    while (tlog_next_entry(&r, &entry))
        ;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool warm;
    struct why why = {0};
    if (!warm && crypto_warm(&why) != ERR_NONE)
        return 0;
    warm = true;
    struct arena *a = arena_new(0);
    struct span s = span_make(data, size);
    struct tlog_proof p;
    struct note_key key;
    static struct quorum q;
    int level;
    uint64_t index;
    uint32_t width;
    struct rule_leaf leaf;
    struct source_leaf source;
    struct root_note root;
    try_note(s, a);
    try_bundle(s);
    (void)root_note_open(s, a, &root, NULL);
    (void)rule_leaf_parse(s, &leaf, NULL);
    (void)source_leaf_parse(s, &source, NULL);
    try_release(s);
    (void)quorum_parse(s, &q, NULL);
    (void)note_key_parse(s, &key, NULL);
    (void)tlog_path_parse(s, &level, &index, &width);
    if (tlog_proof_parse(s, a, &p, NULL) == ERR_NONE)
        try_note(p.note, a);
    arena_free(a);
    return 0;
}
