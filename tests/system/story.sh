#!/bin/bash
# make story: five acts of a fictional vendor, each command typed and its answer looked at; doc/story.md tells the same.
. "$(dirname "$0")/lib.sh"
if [ ! -f "$BUILD/tests/tools/red-jail" ]; then
    skip "the story" "red-jail was not built"
    exit 0
fi
timeout 300 "$ROOT/scripts/story" "$BUILD" >"$WORK/out" 2>&1
code=$?
[ $code = 0 ] && say_ok "the story goes as told: $(grep -c '^    \$ ' "$WORK/out") commands in $(grep -c '^## ' "$WORK/out") acts" || {
    say_not_ok "the story does not go as told (exit code $code)"
    grep '^NOT AS TOLD' "$WORK/out" | cut -c1-400 | sed 's/^/# /'
    tail -n 5 "$WORK/out" | sed 's/^/# /'
}
# What differs by right: as a user nothing is proved and no frame counted.
commands() { grep '^    \$ ' "$1" | grep -v 'candor prove'; }
check "doc/story.md types the same commands (else: scripts/story $BUILD >doc/story.md)" diff <(commands "$ROOT/doc/story.md") <(commands "$WORK/out")
