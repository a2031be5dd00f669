#!/bin/bash
# What the field's own tools pack, Candor sees whole: one text inside, found in each archive, in the cage.
. "$(dirname "$0")/lib.sh"
cd "$WORK" || exit 1
mkdir -p in/sub
printf 'field-tools-%s\n' 'needle: a line that no tool changes' >in/sub/needle.txt
head -c 300000 /dev/urandom >in/noise
seq 1 20000 >in/numbers
: >in/empty
cat >rules.yar <<'R'
rule needle { strings: $a = "field-tools-needle: a line" condition: $a and filesize < 100 }
R
scan() { "$CANDOR" scan --json --no-cache --no-ledger -r "$WORK/rules.yar" "$1"; }

# sees FILE COMMAND...: makes FILE with COMMAND, then the needle must be found in a part of it, without a gap.
sees() {
    local file=$1 name=$1
    shift
    command -v "$1" >/dev/null || { skip "$name" "no $1 here"; return; }
    if ! "$@" >"$WORK/made" 2>&1; then
        say_not_ok "$name: $* failed"
        sed 's/^/# /' "$WORK/made" | head -n 5
        return
    fi
    scan "$file" >out.json 2>err
    if head -n 1 out.json | jq -e '.verdict == "found" and .gaps == [] and (.findings | any(.part != []))' >/dev/null; then
        say_ok "$name by $1"
    else
        say_not_ok "$name by $1"
        head -c 600 out.json err | sed 's/^/# /'
    fi
}
into() { # FILE COMMAND...: standard output to FILE
    local to=$1
    shift
    "$@" >"$to"
}
cpio_of() { (cd in && find . | cpio --quiet -o -H "$2") >"$1"; }

sees t.zip zip -qr t.zip in
sees t0.zip zip -qr0 t0.zip in
sees tb.zip zip -qr -Z bzip2 tb.zip in
sees stream.zip bash -c 'zip -qr - in | cat >stream.zip'
sees t.tar tar cf t.tar in
sees v7.tar tar --format=v7 -cf v7.tar in
sees ustar.tar tar --format=ustar -cf ustar.tar in
sees pax.tar tar --format=pax -cf pax.tar in
sees t.tar.gz tar czf t.tar.gz in
sees t.tar.bz2 tar cjf t.tar.bz2 in
sees t.tar.xz tar cJf t.tar.xz in
sees t.tar.lzma tar --lzma -cf t.tar.lzma in
sees t.tar.zst tar --zstd -cf t.tar.zst in
sees t.a ar rc t.a in/sub/needle.txt in/numbers
sees n.gz bash -c 'gzip -9c in/sub/needle.txt >n.gz'
sees n.xz bash -c 'xz -9ec in/sub/needle.txt >n.xz'
sees n.lzma bash -c 'xz --format=lzma -c in/sub/needle.txt >n.lzma'
sees n.zst bash -c 'zstd -qc --ultra -22 in/sub/needle.txt >n.zst'
for tool in lz4 compress; do
    if command -v $tool >/dev/null; then
        sees "n.$tool" bash -c "$tool -c in/sub/needle.txt >n.$tool"
    else
        skip "n.$tool" "no $tool here"
    fi
done
# Numbers make compress use every width of its codes and clear them.
if command -v compress >/dev/null; then
    sees wide.Z bash -c '(cd in && tar cf - noise numbers sub) | compress -cf >wide.Z'
    sees narrow.Z bash -c '(cd in && tar cf - numbers sub) | compress -b 10 -c >narrow.Z'
fi
if command -v cpio >/dev/null; then
    for format in bin odc newc crc; do
        cpio_of "t.$format.cpio" "$format"
        sees "t.$format.cpio" true
    done
else
    skip "cpio" "no cpio here"
fi
sees t.7z 7zz a -bd t.7z in
sees copy.7z 7zz a -bd -mx0 copy.7z in
sees ppmd.7z 7zz a -bd -m0=PPMd ppmd.7z in
sees t.iso genisoimage -quiet -J -R -o t.iso in
mkdir -p deb/DEBIAN deb/usr && cp in/sub/needle.txt deb/usr/
printf 'Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n' >deb/DEBIAN/control
for z in gzip xz zstd none; do
    if dpkg-deb -Z$z -b deb probe.deb >/dev/null 2>&1; then
        sees "$z.deb" dpkg-deb -Z$z -b deb "$z.deb"
    else
        skip "$z.deb" "this dpkg-deb does not pack with $z"
    fi
done

# Archives inside archives, each by another tool.
mkdir nest && cp t.tar.xz nest/ && tar czf nest.tgz nest
sees nest.zip zip -qr nest.zip nest.tgz
# What cannot be opened is said.
zip -q -P secret enc.zip in/sub/needle.txt
exits "an encrypted zip is partial" 3 "$CANDOR" scan --json --no-cache --no-ledger -r rules.yar enc.zip
has "and the member is named" 'needle.txt' "$WORK/out"
if command -v 7zz >/dev/null; then
    7zz a -bd -psecret -mhe=on enc.7z in >/dev/null
    exits "an encrypted 7z is partial" 3 "$CANDOR" scan --json --no-cache --no-ledger -r rules.yar enc.7z
    has "and says so" '"encrypted"' "$WORK/out"
fi
zip -q noise.zip in/noise && head -c 150000 noise.zip >half.zip
exits "half a zip is no clean file" 3 "$CANDOR" scan --json --no-cache --no-ledger -r "$WORK/rules.yar" half.zip
