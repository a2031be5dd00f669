#!/bin/bash
# rules list, stats, show, slow: what they say of a few rules, and of names that would draw on a terminal.
. "$(dirname "$0")/lib.sh"
cat >"$WORK/a.yar" <<'EOF'
rule one : red blue { strings: $a = "marker" condition: $a }
private rule two { condition: filesize > 10 }
global rule three { strings: $x = "ab" condition: #x > 3 or filesize > 0 }
EOF
exits "list ends well" 0 "$CANDOR" rules list -r "$WORK/a.yar"
has "a rule, its tags, its place" "one [red blue] a.yar:1 1 strings" "$WORK/out"
has "a private rule without strings is always evaluated" "two private a.yar:2 0 strings always:other,elf,pe,zip,ole,pdf" "$WORK/out"
has "a global rule" "three global a.yar:3" "$WORK/out"
exits "list --json" 0 "$CANDOR" rules list --json -r "$WORK/a.yar"
check "each line is an object" sh -c "jq -e .rule <'$WORK/out' | wc -l | grep -qx 3"
exits "stats" 0 "$CANDOR" rules stats -r "$WORK/a.yar"
has "stats count rules" "rules      3, of them 1 private, 1 without strings" "$WORK/out"
exits "show" 0 "$CANDOR" rules show -r "$WORK/a.yar" one
has "show names the tags" "tags       red blue" "$WORK/out"
exits "show of an unknown rule fails" 2 "$CANDOR" rules show -r "$WORK/a.yar" nothing
mkdir "$WORK/files" && echo "a marker" >"$WORK/files/f"
exits "slow" 0 "$CANDOR" rules slow -r "$WORK/a.yar" "$WORK/files"
has "slow counts files" "1 files" "$WORK/out"
check "slow counts evaluations" grep -qE "^ +[1-9][0-9]* +1 +1  one$" "$WORK/out"
: >"$WORK/nothing.yar"
echo "// a comment" >"$WORK/comment.yar"
for nothing in nothing comment; do
    exits "a scan by rules of which there are none is refused ($nothing)" 2 "$CANDOR" scan --no-ledger -r "$WORK/$nothing.yar" "$WORK/files"
    has "and says so ($nothing)" "no rule in $WORK/$nothing.yar" "$WORK/err"
    exits "rules check refuses them, too ($nothing)" 2 "$CANDOR" rules check "$WORK/$nothing.yar"
    exits "candor yara takes them, as yara does ($nothing)" 0 "$CANDOR" yara "$WORK/$nothing.yar" "$WORK/files/f"
done
