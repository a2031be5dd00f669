#!/usr/bin/env python3
"""The module magic beside yara's own, with the same libmagic: files of this machine, one of each name's ending first, copies of them with
random damage, and small files. In the jail libmagic has no descriptor, no locale, no clock; it must say the same. Rules that do
not ask never load it."""
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib  # noqa: E402

FILES = int(os.environ.get("FILES", "400"))
RULE = b'import "magic" import "console"\nrule said { condition: console.log("type ", magic.type()) and console.log("mime ", magic.mime_type()) }\n'
ODD = [b"", b"\0", b"\n", b"{\"a\": [1, 2]}", b"a,b\n1,2\n3,4\n", b"%PDF-1.7\n%\xe2\xe3", b"PK\3\4" + bytes(40), b"\x1f\x8b\x08" + bytes(30), b"MZ" + bytes(200),
       b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), b"\xff\xfea\0b\0", b"caf\xe9 latin", "caf\u00e9 utf".encode(), b"#!/bin/sh\n", b"\x7fELF" + bytes(60),
       b"LRZI" + bytes(60), b"\x89LZO\0\r\n\x1a\n" + bytes(60), b"GRZipII\0" + bytes(60), b"#EXTM3U \xff\x80\n", b"BZh91AY&SY" + bytes(50)]


def files_of_this_machine(rng):
    seen, out, rest = set(), [], []
    for top in ("/usr/share", "/usr/lib", "/usr/bin", "/etc", "/usr/include"):
        for folder, folders, names in os.walk(top):
            folders.sort()
            for name in sorted(names):
                path, end = os.path.join(folder, name), os.path.splitext(name)[1]
                if os.path.islink(path) or not os.access(path, os.R_OK) or not 0 < os.path.getsize(path) < (4 << 20):
                    continue
                (rest if end in seen else out).append(path)
                seen.add(end)
    rng.shuffle(out)
    rng.shuffle(rest)
    return (out + rest)[:FILES]


def damage(data, rng):
    b = bytearray(data[: rng.choice([64, 600, 5000, 1 << 20])])
    for _ in range(rng.choice([1, 3, 20])):
        b[rng.randrange(len(b))] = rng.randrange(256)
    return bytes(b)


def said(program, top):
    """Path to what was said of it; standard error."""
    p = subprocess.run([*program, "-p", "1", "-a", "500", "--scan-list", "r.yar", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=top, timeout=600)
    out, at = {}, []
    for line in p.stdout.split(b"\n"):
        if line.startswith(b"said "):
            out[line[5:]], at = at, []
        else:
            at.append(line)
    return out, p.stderr


def compare(top):
    rng = random.Random(3)
    paths = files_of_this_machine(rng)
    for i, data in enumerate(ODD):
        paths.append(lib.put(os.path.join(top, f"odd{i}"), data))
    for i in range(FILES):
        with open(paths[rng.randrange(len(paths))], "rb") as f:
            data = f.read()
        if data:
            paths.append(lib.put(os.path.join(top, f"damaged{i}"), damage(data, rng)))
    lib.put(os.path.join(top, "list"), "\n".join(paths).encode() + b"\n")
    want, _ = said(["yara"], top)
    got, err = said([lib.CANDOR, "yara"], top)
    wrong = [f"{p}: yara {want.get(p)}, candor {got.get(p)}" for p in sorted(want.keys() | got.keys()) if want.get(p) != got.get(p)]
    kinds = len({tuple(v) for v in want.values()})
    lib.say(not wrong and not err and len(want) > FILES, f"{len(want)} files of {kinds} kinds: the same type and MIME type as yara says", "\n".join(wrong) + err.decode("utf-8", "replace"))


def cost(top):
    """Whose rules do not import magic, never load it."""
    if not shutil.which("strace"):
        return lib.skip("no library without a rule that asks for it", "no strace here")
    lib.put(os.path.join(top, "plain.yar"), b"rule plain { condition: true }\n")
    opened = []
    for rules in ("plain.yar", "r.yar"):
        trace = os.path.join(top, "trace")
        subprocess.run(["strace", "-f", "-e", "trace=openat", "-o", trace, lib.CANDOR, "yara", rules, "odd1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=top, timeout=100)
        with open(trace, "rb") as f:
            opened.append(b"libmagic" in f.read())
    return lib.say(opened == [False, True], "libmagic is loaded when rules import magic, and never else", opened)


def main():
    if not shutil.which("yara"):
        return lib.skip("the module magic beside yara's", "no yara here")
    with tempfile.TemporaryDirectory() as top:
        lib.put(os.path.join(top, "r.yar"), RULE)
        p = subprocess.run(["yara", "r.yar", "r.yar"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=top, check=False)
        if p.returncode != 0:
            return lib.skip("the module magic beside yara's", "this yara has no magic")
        compare(top)
        cost(top)
    return None


if __name__ == "__main__":
    main()
