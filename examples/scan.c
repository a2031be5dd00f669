/* scan RULES FILE...: the smallest useful program on libcandor.
 *   cc scan.c $(pkg-config --cflags --libs candor) */
#include <candor.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int scan(struct candor *c, const char *path)
{
    static const char *const words[] = {"clean", "found", "not wholly looked at", "error"};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct candor_report *r = fd < 0 ? NULL : candor_scan_fd(c, fd, path);
    if (!r) {
        fprintf(stderr, "%s: %s\n", path, fd < 0 ? "cannot be opened" : candor_error(c));
        return 2;
    }
    enum candor_verdict verdict = candor_report_verdict(r);
    printf("%s: %s\n", path, words[verdict]);
    const struct candor_finding *f;
    for (size_t i = 0; (f = candor_report_finding(r, i)); i++)
        printf("  %s %s\n", f->rule, f->part);
    const struct candor_gap *g;
    for (size_t i = 0; (g = candor_report_gap(r, i)); i++)
        printf("  gap %s %s %s\n", g->kind, g->part, g->detail);
    candor_report_free(r);
    close(fd);
    return verdict == CANDOR_CLEAN ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct candor *c = candor_new();
    int worst = 0;
    signal(SIGPIPE, SIG_IGN);
    if (getenv("CANDOR_JAIL"))
        candor_set_jail(c, getenv("CANDOR_JAIL"));
    if (argc < 3 || candor_add_rules(c, argv[1]) != CANDOR_OK || candor_start(c) != CANDOR_OK) {
        fprintf(stderr, "scan: %s\n", argc < 3 ? "usage: scan RULES FILE..." : candor_error(c));
        candor_free(c);
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        int code = scan(c, argv[i]);
        worst = code > worst ? code : worst;
    }
    candor_free(c);
    return worst;
}
