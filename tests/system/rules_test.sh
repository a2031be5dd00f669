#!/bin/bash
# candor rules test: the built-in rules pass in the cage, and what goes wrong is said and counted.
. "$(dirname "$0")/lib.sh"

exits "every case of the built-in rules is as it must be" 0 "$CANDOR" rules test -r "$ROOT/rules"
rules=$(cat "$ROOT"/rules/*.yar | grep -c '^rule ')
cases=$(cat "$ROOT"/rules/tests/*.case | grep -cE '^(hit|miss) ')
has "it counts all $rules rules and $cases cases" "$rules rules with $cases cases: 0 failed" "$WORK/out"
# Read back without Candor's own counting: one object a case, all of them right.
exits "the same as JSON" 0 "$CANDOR" rules test --json -r "$ROOT/rules"
right=$(jq -s 'map(select(.ok and .found == (.expected == "hit"))) | length' <"$WORK/out")
check "JSON has $cases cases, all right" test "$right" = "$cases"
exits "--quiet leaves the count alone" 0 "$CANDOR" rules test --quiet -r "$ROOT/rules"
check "--quiet prints one line" test "$(wc -l <"$WORK/out")" = 1

exits "the built-in rules compile" 0 "$CANDOR" rules build -r "$ROOT/rules" -o "$WORK/own.img"
exits "and find nothing in their own image" 0 "$CANDOR" scan --no-ledger -r "$ROOT/rules" "$WORK/own.img"

mkdir -p "$WORK/r/tests"
cat >"$WORK/r/a.yar" <<'END'
rule Marker { strings: $a = "marker-of-a-test" condition: $a at 0 }
END
cat >"$WORK/r/tests/a.case" <<'END'
rule Marker
hit at the start
+marker-of
|-a-test
miss not at the start
x 20
+marker-of
|-a-test
END
exits "a folder's own cases are found" 0 "$CANDOR" rules test -r "$WORK/r"
has "and are two" "1 rules with 2 cases: 0 failed" "$WORK/out"

cat >"$WORK/wrong.case" <<'END'
rule Marker
hit never
|something else
miss found all the same
|marker-of-a-test
rule Nobody
hit of a rule that is not there
|marker-of-a-test
END
exits "wrong cases make the exit code 1" 1 "$CANDOR" rules test -r "$WORK/r" "$WORK/wrong.case"
has "what was not found is named" "wrong.case:2: never: not found" "$WORK/out"
has "what was found is named" "wrong.case:4: found all the same: found, and must not be" "$WORK/out"
has "a rule that is not there fails" "FAIL Nobody" "$WORK/out"
has "three failures are counted" "2 rules with 3 cases: 3 failed" "$WORK/out"

# A near miss that was not looked at is no near miss: the gzip stream is cut short.
cat >"$WORK/gap.case" <<'END'
rule Marker
miss cut short
x 1f 8b 08 00 00 00 00 00 00 03 4b
END
exits "a gap does not pass for a miss" 1 "$CANDOR" rules test -r "$WORK/r" "$WORK/gap.case"
has "and is named" "gap truncated" "$WORK/out"

printf 'rule Marker\nhit a\nq\n' >"$WORK/bad.case"
exits "a line that is no line refuses the file" 2 "$CANDOR" rules test -r "$WORK/r" "$WORK/bad.case"
has "with file and line" "bad.case:3: not a line of a case" "$WORK/err"
exits "a missing file is an error" 2 "$CANDOR" rules test -r "$WORK/r" "$WORK/none.case"
exits "a folder without cases is an error" 2 "$CANDOR" rules test -r "$WORK/r" "$WORK/r"
exits "rules without cases are an error" 2 "$CANDOR" rules test -r "$WORK/r/a.yar"
exits "an unknown flag is an error" 2 "$CANDOR" rules test --never
exits "help" 0 "$CANDOR" rules test --help
