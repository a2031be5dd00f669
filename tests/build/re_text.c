/* Trees as text. The trees are the tests' own, so recursion is fine. */
#include "re_text.h"

static void set_text(struct buf *out, const struct re *node)
{
    buf_byte(out, '[');
    for (unsigned c = 0; c < 256; c++) {
        unsigned end = c;
        if (!re_has(node, (uint8_t)c))
            continue;
        while (end < 255 && re_has(node, (uint8_t)(end + 1)))
            end++;
        buf_print(out, end > c ? "%02x-%02x" : "%02x", c, end);
        c = end;
    }
    buf_byte(out, ']');
}

static void list_text(struct buf *out, const struct re *node, char between)
{
    buf_byte(out, '(');
    for (uint32_t i = 0; i < node->count; i++) {
        if (i)
            buf_byte(out, (uint8_t)between);
        re_text(out, node->kids[i]);
    }
    buf_byte(out, ')');
}

void re_text(struct buf *out, const struct re *node)
{
    static const char *const plain[] = {
        [RE_EMPTY] = "empty", [RE_ANY] = "any",  [RE_START] = "^",
        [RE_END] = "$",       [RE_WORD] = "\\b", [RE_NOT_WORD] = "\\B",
    };
    if (node->kind == RE_BYTE) {
        buf_print(out, "%s%02x", node->negated ? "~" : "", node->value);
        if (node->mask != 0xff)
            buf_print(out, "&%02x", node->mask);
    } else if (node->kind == RE_SET) {
        set_text(out, node);
    } else if (node->kind == RE_CAT || node->kind == RE_ALT) {
        list_text(out, node, node->kind == RE_CAT ? ' ' : '|');
    } else if (node->kind == RE_REPEAT) {
        re_text(out, node->kids[0]);
        buf_print(out, "{%u,", node->min);
        if (node->max != RE_NO_MAX)
            buf_print(out, "%u", node->max);
        buf_text(out, node->greedy ? "}" : "}?");
    } else {
        buf_text(out, plain[node->kind]);
    }
}
