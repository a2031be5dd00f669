#!/bin/bash
# A second scan of unchanged files does not open them; anything that could change a verdict makes it open them again.
. "$(dirname "$0")/lib.sh"
export HOME=$WORK XDG_CONFIG_HOME=$WORK/config XDG_STATE_HOME=$WORK/state
STATE=$XDG_STATE_HOME/candor
TREE=/usr/share/perl
[ -d "$TREE" ] || TREE=/usr/share/doc
cat >"$WORK/a.yar" <<'EOF'
rule no_such_thing { strings: $a = "a marker that no program holds 3f9c" condition: $a }
EOF
sed 's/3f9c/3f9d/' "$WORK/a.yar" >"$WORK/b.yar"
count() { jq -r "select(.summary) | .$1" "$WORK/out"; }
# Only ext, xfs, btrfs and f2fs keep times that can be believed, and root's state lies elsewhere.
case $(stat -f -c %T "$TREE") in ext* | xfs | btrfs | f2fs) ;; *)
    skip "a second scan" "the file system of $TREE is not one whose times are believed"
    exit 0
    ;;
esac
# The clone may lie where nobody else may look, so its programs are copied.
mkdir "$WORK/bin"
cp "$(realpath "$BUILD/candor")" "$(realpath "$BUILD/candor-jail")" "$WORK/bin"
CANDOR=$WORK/bin/candor
if [ "$(id -u)" = 0 ]; then
    as="setpriv --reuid=65534 --regid=65534 --clear-groups"
    chmod 777 "$WORK"
    $as true 2>"$WORK/err" || { skip "a second scan" "setpriv: $(cat "$WORK/err")"; exit 0; }
else
    as=
fi
scan() { $as "$CANDOR" scan --json --no-ledger --no-progress --accept all "$@"; }
exits "a first scan" 0 scan -r "$WORK/a.yar" "$TREE"
files=$(count files) clean=$(count clean)
check "it knew nothing" [ "$(count cached)" = 0 ]
exits "a second scan" 0 scan -r "$WORK/a.yar" "$TREE"
check "as many files, as many clean" [ "$(count files) $(count clean)" = "${files:-none} $clean" ]
cached=$(count cached)
check "nearly all were known ($cached of $files)" [ "$((cached * 10))" -ge "$((files * 9 + 1))" ]
check "the cache is its owner's alone" [ "$(stat -c %a "$STATE/verdicts")" = 600 ]
exits "a known file is shown with --all" 0 scan -r "$WORK/a.yar" --all "$TREE"
check "every file has its line" [ "$(grep -c '"verdict":"clean"' "$WORK/out")" = "$clean" ]
exits "--no-cache" 0 scan -r "$WORK/a.yar" --no-cache "$TREE"
check "opens all of them" [ "$(count cached)" = 0 ]
exits "--exhaustive" 0 scan -r "$WORK/a.yar" --exhaustive "$TREE"
check "opens all of them, too" [ "$(count cached)" = 0 ]
exits "other rules" 0 scan -r "$WORK/b.yar" "$TREE"
check "know nothing" [ "$(count cached)" = 0 ]
$as mkdir "$WORK/mine"
echo "nothing" | $as tee "$WORK/mine/f" >"$WORK/null"
exits "a new file" 0 scan -r "$WORK/b.yar" "$WORK/mine"
exits "again at once" 0 scan -r "$WORK/b.yar" "$WORK/mine"
check "is not kept: its time may still be the same when it is written again" [ "$(count cached)" = 0 ]
