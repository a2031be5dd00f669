#!/usr/bin/env python3
"""`candor clamscan` and clamscan(1) side by side over databases that both load: the same lines (files come in any order), the same exit
code. Then what is Candor's own: gaps are said, refused options are named, files are put away by descriptor. See doc/differences.md."""
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile

import lib

RULES = """rule one { strings: $a = "needle-one" condition: $a }
rule two { strings: $a = "needle-two" condition: $a }
rule PUA_like { strings: $a = "needle-pua" condition: $a }
"""
HELLO = b"hello to a list of hashes\n"
OPTIONS = ["", "-r", "-r -i", "-r -o", "-r --quiet", "-r -v", "-r -z", "-r --exclude=a$", "-r --exclude-dir=sub", "-r --include=/a$",
           "-r --include-dir=(tree|sub)$", "-r --exclude=/a$ --exclude=b$", "-r --follow-file-symlinks=2", "-r --follow-dir-symlinks=2",
           "-r --follow-file-symlinks=0 --follow-dir-symlinks=0", "--recursive=no", "--infected --recursive", "-r --stdout",
           "-r --cross-fs=no", "-r --max-filesize=1K", "-r --allmatch=yes --suppress-ok-results", "-r --scan-archive=no", "-r --detect-pua=yes"]


def make_tree(top):
    tree = os.path.join(top, "tree")
    os.makedirs(os.path.join(tree, "sub", "deeper"))
    lib.put(os.path.join(tree, "a"), b"xx needle-one yy needle-two")
    lib.put(os.path.join(tree, "b"), b"clean")
    lib.put(os.path.join(tree, "empty"), b"")
    lib.put(os.path.join(tree, "large"), b"\x01\x02binary" + bytes(3000) + b"needle-two")
    lib.put(os.path.join(tree, "sub", "c"), b"needle-one")
    lib.put(os.path.join(tree, "sub", "deeper", "d"), b"needle-ndb")
    os.symlink("a", os.path.join(tree, "link"))
    os.symlink("sub/deeper", os.path.join(tree, "folder link"))
    os.symlink("nowhere", os.path.join(tree, "dangling"))
    os.mkfifo(os.path.join(tree, "fifo"))
    os.mkdir(os.path.join(top, "db"))
    lib.put(os.path.join(top, "db", "x.yar"), RULES.encode())
    lib.put(os.path.join(top, "db", "y.ndb"), b"Test.Ndb-1:0:*:" + b"needle-ndb".hex().encode() + b"\n")
    lib.put(os.path.join(top, "db", "z.hsb"), hashlib.sha256(HELLO).hexdigest().encode() + b":%d:Test.Hash-1\n" % len(HELLO))
    lib.put(os.path.join(tree, "hello"), HELLO)
    lib.put(os.path.join(top, "list"), b"tree/a\ntree/b\ntree/sub\n")


def lines_of(out, has_summary):
    """Files come in any order; clamscan repeats findings of normalised texts (differences.md); times differ."""
    text = out.decode("utf-8", "replace")
    head, _, summary = text.partition("\n----------- SCAN SUMMARY -----------\n")
    kept = re.findall(r"^(?:Known viruses|Scanned directories|Scanned files|Infected files): \d+$", summary, re.M)
    names = re.findall(r"^([A-Z][a-z ]+):", summary, re.M)
    return sorted(set(head.splitlines())), kept, names if has_summary else []


def run(program, args, top, stdin=None):
    p = subprocess.run([*program, *args], input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, cwd=top, timeout=60)
    return p.returncode, p.stdout, p.stderr


def command_lines():
    for database in ("db/x.yar", "db/y.ndb", "db"):
        for options in OPTIONS:
            yield ["-d", database, *options.split(), "tree"], None
    yield ["-d", "db/x.yar", "-d", "db/y.ndb", "-r", "tree"], None
    yield ["-d", "db/x.yar", "tree/a", "tree/b", "no-such"], None
    yield ["-d", "db/x.yar", "tree/b", "no-such"], None
    yield ["-d", "db/x.yar", "tree/link"], None
    yield ["-d", "db/x.yar", "--follow-file-symlinks=0", "tree/link"], None
    yield ["-d", "db/x.yar", "tree/"], None
    yield ["-d", "db/x.yar", "-f", "list"], None
    yield ["-d", "db/x.yar", "-f", "no-such"], None
    yield ["-d", "db/x.yar", "-"], b"xx needle-one"
    yield ["-d", "db/x.yar", "-"], b"nothing"
    yield ["-d", "no-such", "tree"], None
    yield ["-d", "db/x.yar", "--no-such-option", "tree"], None


def compare(top):
    wrong, same = [], 0
    for args, stdin in command_lines():
        want, got = run(["clamscan"], args, top, stdin), run([lib.CANDOR, "clamscan"], args, top, stdin)
        loaded = want[0] in (0, 1)  # clamscan prints its summary of nothing when it fails at the start
        a, b = lines_of(want[1], loaded), lines_of(got[1], loaded)
        if want[0] == got[0] and (not loaded or a == b):
            same += 1
        else:
            wrong.append(f"{' '.join(args)}\n  clamscan {want[0]} {a}\n  candor   {got[0]} {b} {got[2][-300:]}"[:1500])
    lib.say(not wrong, f"{same} of {same + len(wrong)} command lines: the same lines and exit code", "\n".join(wrong))


def check_gaps(top):
    code, out, err = run([lib.CANDOR, "clamscan"], ["-d", "db/x.yar", "--max-filesize=1K", "--no-summary", "tree/large"], top)
    lib.say(code == 0 and b"not wholly scanned" in err, "what is not looked at is said on standard error, with clamscan's exit code", (code, out, err))
    code, _, err = run([lib.CANDOR, "clamscan"], ["--bytecode=no", "tree"], top)
    lib.say(code == 2 and b"--bytecode" in err, "an option that Candor lacks is refused by name", (code, err))


def check_put_away(top):
    def tree(name):
        path = os.path.join(top, name)
        shutil.copytree(os.path.join(top, "tree", "sub"), path)
        return path

    store = os.path.join(top, "store")
    os.mkdir(store)
    base = ["-d", "db/x.yar", "-r", "--no-summary"]
    moved = tree("moved")
    code, out, err = run([lib.CANDOR, "clamscan"], [*base, "--move=store", "moved"], top)
    rows = [json.loads(line) for line in open(os.path.join(store, "candor-manifest.jsonl"), encoding="utf-8")]
    lib.say(code == 1 and not os.path.exists(os.path.join(moved, "c")) and os.path.exists(os.path.join(store, "c")) and b"moved to" in out,
            "--move moves", (out, err))
    lib.say(rows == [{**rows[0], "act": "move", "path": "moved/c", "stored": "c", "finding": "one", "size": 10}], "and writes where it came from", rows)
    copied = tree("copied")
    run([lib.CANDOR, "clamscan"], [*base, "--copy=store", "copied"], top)
    lib.say(os.path.exists(os.path.join(copied, "c")) and os.path.exists(os.path.join(store, "c.001")), "--copy copies, beside what is there",
            os.listdir(store))
    removed = tree("removed")
    run([lib.CANDOR, "clamscan"], [*base, "--remove", "removed"], top)
    lib.say(not os.path.exists(os.path.join(removed, "c")) and os.path.exists(os.path.join(removed, "deeper", "d")), "--remove removes what was found",
            os.listdir(removed))
    held = tree("held")
    os.symlink("held", os.path.join(top, "way"))
    code, _, err = run([lib.CANDOR, "clamscan"], [*base, "--remove", "way"], top)
    lib.say(code == 1 and os.path.exists(os.path.join(held, "c")) and b"not put away" in err, "nothing is put away through a link", (code, err))
    code, _, err = run([lib.CANDOR, "clamscan"], [*base, "--move=store", "--remove", "held"], top)
    lib.say(code == 2 and os.path.exists(os.path.join(held, "c")), "two of --move, --copy and --remove are refused", (code, err))


def main():
    with tempfile.TemporaryDirectory() as top:
        make_tree(top)
        if shutil.which("clamscan"):
            compare(top)
        else:
            lib.skip("candor clamscan beside clamscan", "clamscan is not installed")
        check_gaps(top)
        check_put_away(top)


if __name__ == "__main__":
    main()
