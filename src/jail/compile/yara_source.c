/* One stream of tokens from a YARA source and the files it includes. Hostile bytes. Facts: YARA's
 * manual ("Including files"); depth 16 and the refusal of cycles as in YARA 4.5. */
#include "common/text.h"
#include "jail/compile/yara_state.h"

bool yara_source_open(struct yara *y, const struct source_file *file)
{
    struct yara_file *f = &y->files[y->file_count];
    *f = (struct yara_file){.lex = yara_lex_of(file->bytes, y->arena), .name = file->name};
    if (!ir_add_file(y->ir, file->name, &f->index))
        return yara_say_no_memory(y) != NULL;
    y->file_count++;
    return true;
}

static struct yara_lex *current(struct yara *y)
{
    return &y->files[y->file_count - 1].lex;
}

static void read_token(struct yara *y)
{
    struct yara_lex *lex = current(y);
    yara_lex_next(lex, &y->tok);
    if (lex->is_out_of_memory)
        (void)yara_say_no_memory(y); /* NULL always */
    else if (y->tok.kind == YT_BAD)
        yara_say_error(y, &y->tok, "%s", lex->error);
}

static bool is_open(const struct yara *y, struct span name)
{
    for (uint32_t i = 0; i < y->file_count; i++)
        if (span_equal(y->files[i].name, name))
            return true;
    return false;
}

/* At the word `include`: opens the file named behind it. An include that fails is an error of its
 * own, not of the rule around it. */
static void include_file(struct yara *y)
{
    struct yara_token word = y->tok;
    char shown[200];
    const struct compile_input *in = y->fe->in;
    struct source_file got = {0};
    const char *reason = "includes are not allowed here";
    read_token(y);
    if (y->tok.kind != YT_TEXT) {
        yara_say_expected(y, "a file's name in quotes behind include");
        return;
    }
    text_escape_into(shown, sizeof shown, y->tok.text);
    if (y->file_count > LIMIT_INCLUDE_DEPTH) {
        yara_say_error(y, &word, "too many levels of included rules\t: include \"%s\"", shown);
    } else if (!in->include || !in->include(in->include_ctx, y->tok.text,
                                            y->files[y->file_count - 1].name, &got, &reason)) {
        yara_say_error(y, &word, "can't open include file: %s\t: %s", shown, reason);
    } else if (is_open(y, got.name)) {
        yara_say_error(y, &word, "includes circular reference\t: include \"%s\"", shown);
    } else {
        (void)yara_source_open(y, &got); /* out of memory is marked in y */
    }
}

void yara_source_next(struct yara *y)
{
    y->taken++;
    for (;;) {
        read_token(y);
        if (y->tok.kind == YT_INCLUDE)
            include_file(y);
        else if (y->tok.kind == YT_END && y->file_count > 1)
            y->file_count--;
        else
            return;
        if (y->is_out_of_memory) {
            y->tok.kind = YT_END;
            return;
        }
    }
}

int yara_source_peek(struct yara *y, unsigned ahead)
{
    struct yara_lex lex = *current(y);
    struct yara_token t = y->tok;
    for (unsigned i = 0; i < ahead; i++)
        yara_lex_next(&lex, &t);
    return t.kind;
}

bool yara_source_accept(struct yara *y, int kind)
{
    if (y->tok.kind != kind)
        return false;
    yara_source_next(y);
    return true;
}

bool yara_source_expect(struct yara *y, int kind)
{
    if (yara_source_accept(y, kind))
        return true;
    yara_say_expected(y, yara_lex_kind(kind));
    return false;
}
