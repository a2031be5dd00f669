/* Reports: verdicts, parts, and what a lying jail may make of them. */
#include "common/report.h"

#include "common/limits.h"
#include "test.h"

static struct report *fresh(void)
{
    struct report *r = report_new(SPAN_OF("/a/file"));
    assert_non_null(r);
    return r;
}

TEST(verdicts)
{
    struct report *r = fresh();
    assert_int_equal(report_verdict(r, 0), VERDICT_CLEAN);
    assert_true(report_add_gap(r, 0, GAP_ENCRYPTED, 0, SPAN_OF("x")));
    assert_int_equal(report_verdict(r, 0), VERDICT_PARTIAL);
    assert_int_equal(report_verdict(r, UINT64_C(1) << GAP_ENCRYPTED), VERDICT_CLEAN);
    assert_int_equal(report_verdict(r, UINT64_C(1) << GAP_TRUNCATED), VERDICT_PARTIAL);
    report_fail(r, SPAN_OF("broken"));
    report_fail(r, SPAN_OF("later"));
    assert_int_equal(report_verdict(r, UINT64_MAX), VERDICT_ERROR);
    assert_true(span_equal(r->failure, SPAN_OF("broken")));
    assert_true(report_add_finding(r, &(struct report_finding){.name = SPAN_OF("R")}));
    assert_int_equal(report_verdict(r, 0), VERDICT_FOUND);
    report_free(r);
    report_free(NULL);
}

TEST(parts_read_from_the_outside_in)
{
    struct report *r = fresh();
    static const char *const names[] = {"", "a.zip", "b.tar", "c.txt"};
    for (uint32_t i = 0; i < 4; i++)
        assert_true(report_add_object(r, &(struct report_object){.id = i,
                                                                 .parent = i ? i - 1 : 0,
                                                                 .name = span_text(names[i])}));
    struct span part[8];
    assert_int_equal(report_part(r, 3, part, 8), 3);
    assert_true(span_equal(part[0], SPAN_OF("a.zip")));
    assert_true(span_equal(part[2], SPAN_OF("c.txt")));
    assert_int_equal(report_part(r, 0, part, 8), 0);
    assert_int_equal(report_part(r, 77, part, 8), 0);
    report_free(r);
}

TEST(a_circle_of_parents_ends)
{
    struct report *r = fresh();
    (void)report_add_object(r, &(struct report_object){.id = 5, .parent = 6, .name = SPAN_OF("x")});
    (void)report_add_object(r, &(struct report_object){.id = 6, .parent = 5, .name = SPAN_OF("y")});
    struct span part[8];
    assert_true(report_part(r, 6, part, 8) <= 2);
    report_free(r);
}

TEST(a_flood_of_gaps_ends_and_hides_no_finding)
{
    struct report *r = fresh();
    uint64_t i = 0;
    while (i < LIMIT_RECORDS_PER_FILE + 10 && report_add_gap(r, 0, GAP_DAMAGED, i, SPAN_OF("")))
        i++;
    assert_int_equal(i, LIMIT_RECORDS_PER_FILE);
    assert_int_equal(r->gaps[r->gaps_len - 1].kind, GAP_TOO_MANY);
    assert_true(report_add_finding(r, &(struct report_finding){.name = SPAN_OF("R")}));
    assert_int_equal(report_verdict(r, 0), VERDICT_FOUND);
    report_free(r);
}
