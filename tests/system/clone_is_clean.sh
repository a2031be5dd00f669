#!/bin/bash
# A fresh clone of this repository is clean: Candor's own rules and ClamAV find nothing in it.
# The databases of the shared data are used where they are; an EICAR signature made here is always
# there, so that the scan is known to be able to find something.
. "$(dirname "$0")/lib.sh"

mkdir "$WORK/db" "$WORK/clone" "$WORK/bait"

# What a clone would hold: the files git knows, as they are now.
if ! git -C "$ROOT" ls-files -z >"$WORK/list" 2>/dev/null; then
    skip "scans of the clone" "this is not a git working tree"
    exit 0
fi
(cd "$ROOT" && xargs -0 -r cp --parents -t "$WORK/clone" <"$WORK/list")

# Gaps are fine (samples of broken containers), findings are not.
"$CANDOR" scan --no-ledger -r "$ROOT/rules" "$WORK/clone" >"$WORK/out" 2>"$WORK/err"
status=$?
if { [ "$status" = 0 ] || [ "$status" = 3 ]; } && grep -q '^files  *[1-9]' "$WORK/out"; then
    say_ok "Candor's own rules find nothing in the clone"
else
    say_not_ok "Candor's own rules find nothing in the clone: exit code $status"
    sed 's/^/# /' "$WORK/out" "$WORK/err" | head -n 40
fi

if ! command -v clamscan >/dev/null; then
    skip "clamscan over the clone" "clamscan is not installed"
    exit 0
fi
shared=$ROOT/../shared/data/clamav
with="our own EICAR signature"
if [ -d "$shared" ] && command -v xz >/dev/null; then
    for name in main.ldb main.hdb daily.ndb daily.hsb main.fp daily.fp; do
        [ -f "$shared/$name.xz" ] && xz -dc "$shared/$name.xz" >"$WORK/db/$name"
    done
    with="$with and $(cat "$WORK"/db/*.[lhn]d[b] "$WORK"/db/*.hsb | wc -l) signatures of the shared data"
else
    skip "ClamAV's own databases over the clone" "../shared/data/clamav is not there"
fi
# The test file's text, in pieces; and as hexadecimal for the signature.
eicar='X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-'
eicar="${eicar}STANDARD-ANTIVIRUS-TEST-FILE!\$H+H*"
printf '%s' "$eicar" >"$WORK/bait/eicar"
printf 'Candor.Test.Eicar:0:0:%s\n' "$(printf '%s' "$eicar" | od -An -tx1 -v | tr -d ' \n')" >"$WORK/db/eicar.ndb"

scan() { timeout 500 clamscan --database="$WORK/db" --recursive --infected "$@" >"$WORK/out" 2>"$WORK/err"; }
scan "$WORK/bait"
if [ $? = 1 ]; then say_ok "clamscan finds the test file with these databases"; else
    say_not_ok "clamscan finds the test file with these databases"
    sed 's/^/# /' "$WORK/out" "$WORK/err" | head -n 20
fi
scan "$WORK/clone"
status=$?
files=$(sed -n 's/^Scanned files: //p' "$WORK/out")
if [ "$status" = 0 ] && [ "${files:-0}" -gt 0 ]; then
    say_ok "clamscan finds nothing in the clone ($files files; $with)"
else
    say_not_ok "clamscan finds nothing in the clone: exit code $status"
    sed 's/^/# /' "$WORK/out" "$WORK/err" | head -n 40
fi
