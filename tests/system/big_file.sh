#!/bin/bash
# A plain file of 10 GB is scanned through the window: a marker at its very end and ones across every kind of border are
# found, with 512 MiB of memory for everything.
. "$(dirname "$0")/lib.sh"

group=
for base in /sys/fs/cgroup/memory /sys/fs/cgroup; do
    [ -d "$base" ] && mkdir "$base/candor-test-$$" 2>/dev/null || continue
    for file in memory.limit_in_bytes memory.max; do
        if [ -w "$base/candor-test-$$/$file" ] && echo $((512 << 20)) >"$base/candor-test-$$/$file" 2>/dev/null; then
            group=$base/candor-test-$$
            break 2
        fi
    done
    rmdir "$base/candor-test-$$"
done
[ -n "$group" ] || { skip "10 GB in 512 MiB" "no memory cgroup can be made here"; exit 0; }
trap 'rmdir "$group" 2>/dev/null; rm -rf "$WORK"' EXIT

printf 'rule marker { strings: $a = "candor-border-marker-0123456789" condition: $a }\n' >"$WORK/rule.yar"
printf 'rule every_one { strings: $a = "candor-border-marker-0123456789" condition: #a == 6 and @a[6] == filesize - 31 }\n' >>"$WORK/rule.yar"
big=$WORK/big
size=10000000000
truncate -s $size "$big" || { skip "10 GB in 512 MiB" "no sparse file of 10 GB can be made here"; exit 0; }
at() { printf 'candor-border-marker-0123456789' | dd of="$big" bs=1 seek="$1" conv=notrunc status=none; }
for border in $((1 << 20)) $((8 << 20)) $((16 << 20)) $((5 << 30)) $(((8 << 30) - (64 << 10))); do
    at $((border - 15))
done
at $((size - 31))
sh -c 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"' sh "$group" "$CANDOR" scan --no-ledger --jobs 1 -r "$WORK/rule.yar" "$big" \
    >"$WORK/out" 2>"$WORK/err"
code=$?
[ $code = 1 ] && say_ok "exit code 1" || { say_not_ok "exit code $code"; sed 's/^/# /' "$WORK/out" "$WORK/err"; }
has "the first marker's place is said" "FOUND marker at $(((1 << 20) - 15))" "$WORK/out"
has "all six are found, the last one at the very end" "FOUND every_one" "$WORK/out"
peak=$(cat "$group/memory.max_usage_in_bytes" "$group/memory.peak" 2>/dev/null | head -n 1)
echo "# peak of the whole group, page cache included: $((${peak:-0} >> 20)) MiB"
