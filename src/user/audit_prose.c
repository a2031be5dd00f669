/* Prose from tables and a seed. Our own bytes; nothing here is read from anywhere. */
#include "user/audit_prose.h"

#define COUNT(table) ((uint32_t)(sizeof(table) / sizeof(table)[0]))

static const char *const nouns[] = {
    "garden",   "committee", "winter",  "bridge",  "letter",  "village", "proposal",
    "kitchen",  "teacher",   "morning", "market",  "harbour", "season",  "neighbour",
    "museum",   "ceiling",   "journey", "orchard", "meeting", "river",   "carpenter",
    "library",  "evening",   "station", "family",  "holiday", "concert", "breakfast",
    "mountain", "painter",   "recipe",  "cottage"};
static const char *const verbs[] = {"visited",  "described", "repaired",   "remembered",
                                    "painted",  "discussed", "admired",    "crossed",
                                    "measured", "arranged",  "celebrated", "forgot",
                                    "invited",  "followed",  "improved"};
static const char *const adjectives[] = {
    "quiet",  "old",   "careful", "bright", "narrow", "early",   "distant", "pleasant",
    "wooden", "green", "heavy",   "warm",   "modest", "curious", "steady",  "friendly"};
static const char *const names[] = {"Anna",  "Peter", "Ingrid", "Marco", "Elena",  "Johan", "Sofia",
                                    "David", "Lucia", "Henrik", "Amara", "Viktor", "Nadia", "Paul"};
static const char *const families[] = {"Berg",      "Moreau", "Castillo", "Novak",
                                       "Lindqvist", "Okoye",  "Harper",   "Weiss",
                                       "Rossi",     "Tanaka", "Petrov",   "Keller"};
static const char *const towns[] = {"Aarhus", "Lyon",  "Graz",    "Porto", "Bergen",
                                    "Krakow", "Ghent", "Bristol", "Turin", "Uppsala"};
static const char *const markings[] = {"CONFIDENTIAL",      "TOP SECRET",  "Strictly confidential",
                                       "Internal use only", "VERTRAULICH", "For official use only",
                                       "Restricted",        "Eyes only",   "Secret",
                                       "Privileged"};

uint32_t prose_draw(struct prose *p, uint32_t below)
{
    /* splitmix64 */
    uint64_t z = (p->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return below ? (uint32_t)((z ^ (z >> 31)) % below) : 0;
}

#define ANY(p, table) (table)[prose_draw((p), COUNT(table))]

/* A word of no language, so that no two runs of papers hold the same names. */
static void mutated(struct prose *p, struct buf *out)
{
    static const char *const syllables[] = {"ba", "ro", "min", "tel", "sa",  "vor", "li", "den",
                                            "ku", "fa", "nes", "gi",  "tor", "al",  "pe", "sum"};
    uint32_t parts = 2 + prose_draw(p, 3);
    for (uint32_t i = 0; i < parts; i++)
        buf_text(out, ANY(p, syllables));
}

void prose_sentence(struct prose *p, struct buf *out)
{
    buf_print(out, "The %s %s ", ANY(p, adjectives), ANY(p, nouns));
    if (prose_draw(p, 4) == 0) {
        buf_text(out, "of ");
        mutated(p, out);
        buf_byte(out, ' ');
    }
    buf_print(out, "%s the %s %s near %s, and %s %s it. ", ANY(p, verbs), ANY(p, adjectives),
              ANY(p, nouns), ANY(p, towns), ANY(p, names), ANY(p, verbs));
}

void prose_paragraph(struct prose *p, struct buf *out, uint32_t sentences)
{
    for (uint32_t i = 0; i < sentences; i++)
        prose_sentence(p, out);
    buf_byte(out, '\n');
}

static void person(struct prose *p, struct buf *out, const char *label)
{
    buf_print(out, "%s: %s %s\n", label, ANY(p, names), ANY(p, families));
}

static void date(struct prose *p, struct buf *out, const char *label)
{
    buf_print(out, "%s: %02u.%02u.%u\n", label, 1 + prose_draw(p, 28), 1 + prose_draw(p, 12),
              1950 + prose_draw(p, 70));
}

static void memo(struct prose *p, struct buf *out)
{
    buf_print(out, "%s\nMEMORANDUM\n", ANY(p, markings));
    person(p, out, "To");
    person(p, out, "From");
    date(p, out, "Date");
    buf_text(out, "Subject: Project ");
    mutated(p, out);
    buf_byte(out, '\n');
    prose_paragraph(p, out, 5);
}

static void invoice(struct prose *p, struct buf *out)
{
    buf_print(out, "INVOICE\nInvoice number: %u\nRechnungsnummer: %u\n", 1000 + prose_draw(p, 9000),
              100000 + prose_draw(p, 900000));
    person(p, out, "Account holder");
    buf_print(out, "IBAN: DE%02u 5001 %04u %04u %04u %02u\nBIC: %s\n", prose_draw(p, 100),
              prose_draw(p, 10000), prose_draw(p, 10000), prose_draw(p, 10000), prose_draw(p, 100),
              "INGDDEFF");
    for (uint32_t i = 1; i < 6; i++)
        buf_print(out, "%u  %s %s  %u.%02u EUR\n", i, ANY(p, adjectives), ANY(p, nouns),
                  1 + prose_draw(p, 900), prose_draw(p, 100));
    buf_text(out, "Please pay within 30 days. Bank account as above.\n");
}

static void resume(struct prose *p, struct buf *out)
{
    buf_text(out, "CURRICULUM VITAE\n");
    person(p, out, "Name");
    date(p, out, "Date of birth");
    buf_print(out, "Nationality: none\nPhone: +49 %u %u\nE-mail: %s.%s@example.org\n",
              100 + prose_draw(p, 900), 1000000 + prose_draw(p, 8999999), ANY(p, names),
              ANY(p, families));
    buf_text(out, "Work experience\n");
    prose_paragraph(p, out, 4);
    buf_text(out, "Education, languages, references on request\n");
}

static void medical(struct prose *p, struct buf *out)
{
    person(p, out, "Patient");
    date(p, out, "Born");
    buf_print(out, "Passport number: %c%08u\nSocial security number: %03u-%02u-%04u\n",
              (char)('A' + prose_draw(p, 26)), prose_draw(p, 100000000), prose_draw(p, 900),
              prose_draw(p, 100), prose_draw(p, 10000));
    buf_text(out, "Diagnosis: seasonal cough. Prescription: rest and tea.\nDear colleague,\n");
    prose_paragraph(p, out, 4);
}

static void contract(struct prose *p, struct buf *out)
{
    buf_text(out, "AGREEMENT\nbetween the parties named below\n");
    person(p, out, "The employer");
    person(p, out, "The employee");
    for (uint32_t i = 1; i < 5; i++) {
        buf_print(out, "Clause %u. ", i);
        prose_paragraph(p, out, 2);
    }
    buf_print(out, "Salary: %u EUR a month. Signed at %s.\n", 1500 + prose_draw(p, 6000),
              ANY(p, towns));
}

static void keys(struct prose *p, struct buf *out)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char *const kinds[] = {"RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "PRIVATE KEY",
                                        "PGP PRIVATE KEY BLOCK", "EC PRIVATE KEY"};
    const char *kind = ANY(p, kinds);
    buf_print(out, "-----BEGIN %s-----\n", kind);
    for (uint32_t line = 0; line < 12; line++) {
        for (uint32_t i = 0; i < 64; i++)
            buf_byte(out, (uint8_t)letters[prose_draw(p, 64)]);
        buf_byte(out, '\n');
    }
    buf_print(out, "-----END %s-----\npassword: %s%u\n", kind, ANY(p, nouns), prose_draw(p, 10000));
}

static void list(struct prose *p, struct buf *out)
{
    buf_text(out, "name;town;born;amount\n");
    for (uint32_t i = 0; i < 20; i++)
        buf_print(out, "%s %s;%s;%u;%u.%02u\n", ANY(p, names), ANY(p, families), ANY(p, towns),
                  1940 + prose_draw(p, 70), prose_draw(p, 5000), prose_draw(p, 100));
}

static void note(struct prose *p, struct buf *out)
{
    prose_paragraph(p, out, 3 + prose_draw(p, 8));
    prose_paragraph(p, out, 3 + prose_draw(p, 8));
}

void prose_paper(struct prose *p, struct buf *out, uint32_t which)
{
    static void (*const papers[PROSE_PAPERS])(struct prose *, struct buf *) = {
        memo, invoice, resume, medical, contract, keys, list, note};
    papers[which % PROSE_PAPERS](p, out);
}
