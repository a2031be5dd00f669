#!/bin/bash
# The house keeps its own rules: lint, generated pages, manual pages, install and uninstall, no work twice.
. "$(dirname "$0")/lib.sh"
cd "$ROOT" || exit 1

check "lint finds nothing" scripts/lint
check "generated pages are up to date" scripts/doc-tables --check
check "doc/modules.md is what the modules say" scripts/doc-modules --check "$BUILD"

# Every long flag that --help names stands in the manual page, and the other way round.
flags() { grep -oE '(^|[^a-z-])--[a-z][a-z-]*' | grep -oE -- '--[a-z-]+' | sort -u; }
for c in scan rules yara yarac clamscan; do
    "$CANDOR" $c --help | flags >"$WORK/help"
    sed 's/\\-/-/g' "man/candor-$c.1" | flags >"$WORK/man"
    missing=$(comm -23 "$WORK/help" "$WORK/man" | tr '\n' ' ')
    [ -z "$missing" ] && say_ok "man/candor-$c.1 has every flag of --help" || say_not_ok "man/candor-$c.1 lacks $missing"
done

check "install into DESTDIR" env DESTDIR="$WORK/root" meson install -C "$BUILD" --no-rebuild --quiet
for f in usr/bin/candor usr/libexec/candor/candor-jail etc/candor/candor.conf usr/share/man/man1/candor-scan.1; do
    [ -f "$WORK/root/$f" ] && say_ok "installed $f" || say_not_ok "installed $f"
done
printf 'nothing\n' >"$WORK/clean.txt"
exits "the installed program scans" 0 "$WORK/root/usr/bin/candor" scan --no-ledger "$WORK/clean.txt"
n=$(ninja -C "$BUILD" -n | grep -c '^\[')
[ "$n" -le 1 ] && say_ok "a second build does nothing" || say_not_ok "a second build has $n steps"
