#!/usr/bin/env python3
"""Two trees with equal names, sizes and types and different clean contents: everything Candor leaves behind is the same. Output, exit code,
ledger less hashes and times, files, every call of the opener; but for a declared list (waits; where in a large file it read; how long it took, in its summary), whose bits
are counted and printed. What is the same cannot tell the contents, whatever a parser did with them."""
import collections
import io
import json
import math
import os
import random
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

import lib
from lib import put, say, skip

work = tempfile.mkdtemp(prefix="candor-test.")
os.chmod(work, 0o755)
tree, state = os.path.join(work, "tree"), os.path.join(work, "state")
LARGE = 24 << 20  # more than a window: it is read in pieces, as the jail asks
rules = put(os.path.join(work, "rules.yar"), b'''
rule marker { strings: $a = "two-runs-marker" condition: $a }
rule pair { strings: $a = /two-runs-[0-9]{12}/ condition: $a and filesize > 100 }
''')
# As an ordinary user: root's state has one place only, which is not the test's.
AS_USER = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
program = lib.for_everybody(os.path.join(work, "bin"))
WAITS = {"futex", "futex_waitv", "poll", "ppoll", "wait4", "waitid", "restart_syscall"}
CALL = re.compile(r"^(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)$")


def words(rng, size):
    """Text of so many bytes: lines of words of lengths that are the same whatever the seed."""
    shape = random.Random(5)
    out = bytearray()
    while len(out) < size:
        out += bytes(rng.choice(b"abcdefghijklmnopqrstuvwxyz") for _ in range(shape.randrange(2, 9)))
        out += b"\n" if shape.random() < 0.1 else b" "
    return bytes(out[:size])


def stored_zip(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as z:
        for name, body in members:
            z.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), body)
    return out.getvalue()


def make(seed):
    """The same places on the disk, too: inodes are as equal as names."""
    rng = random.Random(seed)
    program = bytearray(open(os.path.realpath("/bin/true"), "rb").read())
    tail = words(rng, 600)
    t = io.BytesIO()
    with tarfile.open(fileobj=t, mode="w") as tar:
        for n in range(4):
            info = tarfile.TarInfo(f"member-{n}")
            info.size = 700
            tar.addfile(info, io.BytesIO(words(rng, 700)))
    files = {
        "empty": b"",
        "text": words(rng, 5000),
        "table.csv": b"".join(words(rng, 12).replace(b"\n", b" ") + b";" + words(rng, 30).replace(b"\n", b" ") + b"\n" for _ in range(80)),
        "script.sh": b"#!/bin/sh\n" + b"".join(b"# " + words(rng, 60).replace(b"\n", b" ") + b"\n" for _ in range(30)),
        "page.html": b"<html><body><p>" + words(rng, 4000) + b"</p></body></html>",
        "program": bytes(program) + tail,
        "noise": rng.randbytes(100000).replace(b"\x1f", b"\x1e"),
        "archive.zip": stored_zip([(f"m{n}", words(rng, 900)) for n in range(5)]),
        "archive.tar": t.getvalue(),
        "large": (words(rng, 60000) * (LARGE // 60000 + 1))[:LARGE],
        "large.zip": stored_zip([("big", (words(rng, 70000) * (LARGE // 70000 + 1))[:LARGE]), ("small", words(rng, 500))]),
    }
    for n in range(150):
        files[f"many/{n}"] = words(rng, 100 + n)
    for name, body in files.items():
        path = os.path.join(tree, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        put(path, body)
        os.chmod(path, 0o644)
        os.utime(path, (1600000000, 1600000000))
    return files


def masked(text):
    """Without what times and hashes of other things do to it."""
    text = re.sub(r'"duration_ms":\d+', '"duration_ms":T', text)
    text = re.sub(r'("ledger":\{[^}]*"head":)"[0-9a-f]+"', r"\1H", text)
    text = re.sub(r"matched in [\d.]+ s \([^)]*\)", "matched in T", text)
    return re.sub(r"(ledger +.*)\b[0-9a-f]{16}\b", r"\1H", text)


def calls_of_opener(path):
    """Calls of the first process, without addresses and process numbers; how often it waited, where it read in large files."""
    opener, calls, waits, reads = None, [], collections.Counter(), []
    pending = None
    for line in open(path, encoding="utf-8", errors="replace"):
        m = CALL.match(line)
        if not m:
            continue
        opener = opener or m[1]
        if m[1] != opener:
            continue
        name, rest = m[2] or m[3], m[4]
        if m[2] is None and rest.endswith("<unfinished ...>"):
            pending = rest[:-len("<unfinished ...>")]
            continue
        if m[2] is not None:
            rest, pending = (pending or "") + rest, None
        if name in WAITS:
            waits[name] += 1
            continue
        if name == "pread64" and int(re.search(r", (\d+), \d+\)", rest)[1]) > 65536:
            reads.append(int(re.search(r", (\d+)\) ", rest)[1]))
            continue
        rest = re.sub(r"0x[0-9a-f]+", "ADDRESS", rest)
        rest = re.sub(r"(\.img|\.deps)\.\d+", r"\1.N", rest)  # its own process number
        if name == "write" and rest.startswith("1,"):  # the output, compared by itself; its summary names how long it took
            rest = "1, OUTPUT"
        if name in ("fstatfs", "statfs", "sysinfo"):  # how much room others left
            rest = re.sub(r"\d+", "N", rest)
        rest = re.sub(r"\b(PID|pid|tid)?\d{3,7}(?= *(,|\)))", "N", rest) if name in ("kill", "clone", "clone3", "vfork") else rest
        rest = re.sub(r"= \d+$", "= N", rest) if name in ("clone", "clone3", "vfork", "fork", "getpid", "set_tid_address", "brk") else rest
        calls.append(re.sub(r" +", " ", name + "(" + rest.strip()).replace(" )", ")").replace(" ,", ","))
    return calls, waits, reads


def files_left():
    """Every file there is now, but the tree: name, mode, size; its bytes, where no key, time or hash is in it."""
    out = {}
    for base, folders, names in os.walk(work):
        if base.startswith(tree):
            continue
        for name in names:
            path = os.path.join(base, name)
            st = os.lstat(path)
            secret = "/ledger/" in path or name == "verdicts" or name in ("trace", "before")
            out[os.path.relpath(path, work)] = (oct(st.st_mode), st.st_size if name != "trace" else 0, None if secret else open(path, "rb").read())
    return out


def ledger():
    p = subprocess.run([*AS_USER, program, "ledger", "show", "--json", "--ledger", os.path.join(state, "ledger")], stdout=subprocess.PIPE, check=True)
    rows = [json.loads(line) for line in p.stdout.splitlines()]
    return [{k: v for k, v in row.items() if k != "time"} for row in rows]


def run(*args):
    """One scan in a state of its own, under strace. Everything it leaves."""
    shutil.rmtree(state, ignore_errors=True)
    os.mkdir(state)
    trace = os.path.join(work, "trace")
    if AS_USER:
        for path in (work, state):
            os.chown(path, 65534, 65534)
    p = subprocess.run([*AS_USER, "strace", "-f", "-q", "-s", "0", "-e", "signal=none", "-o", trace, program, "scan", "--jobs", "1", "--no-progress", "--no-cache",
                        "--ledger", os.path.join(state, "ledger"), "-r", rules, *args, tree],
                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=300,
                       env={"PATH": os.environ["PATH"], "HOME": state, "XDG_STATE_HOME": state, "TMPDIR": work, "XDG_CACHE_HOME": state})
    calls, waits, reads = calls_of_opener(trace)
    return {"exit code": p.returncode, "output": masked(p.stdout.decode()), "errors": masked(p.stderr.decode()), "ledger": ledger(),
            "files": files_left(), "calls": calls, "waits": waits, "reads": reads}


def differences(a, b):
    """Where two lists or texts part, shortly."""
    if isinstance(a, str):
        a, b = a.split("\n"), b.split("\n")
    if isinstance(a, dict):
        a, b = sorted(a.items()), sorted(b.items())
    if not isinstance(a, list):
        return [f"{a} / {b}"]
    return [f"{len(a)} and {len(b)} entries"] + [f"{n}: {x} / {y}" for n, (x, y) in enumerate(zip(a, b)) if x != y][:6]


def bits_of_reads(reads):
    """What the choice of places could have told, had a jail chosen each freely: so many bits of offset each."""
    return len(reads) * math.log2(LARGE)


def compare(kind, *args):
    one = make("one")
    first = run(*args)
    again = run(*args)  # the noise of the machine
    two = make("two")
    second = run(*args)
    say(one.keys() == two.keys() and all(len(one[k]) == len(two[k]) for k in one) and sum(one[k] != two[k] for k in one) == len(one) - 1,
        f"{kind}: {len(one)} files, all but the empty one with other bytes in the same sizes")
    say(first["exit code"] == 0, f"{kind}: both are clean", first["output"][-800:])
    for what in ("exit code", "output", "errors", "ledger", "files", "calls"):
        size = len(first[what]) if hasattr(first[what], "__len__") else 1
        same = first[what] == second[what]
        say(same, f"{kind}: the same {what} ({size})", "\n".join(differences(first[what], second[what]) + ["and of two equal runs:"] +
                                                              differences(first[what], again[what])) if not same else "")
    waits = [sum(r["waits"].values()) for r in (first, again, second)]
    print(f"# {kind}: waits: {waits[0]} and {waits[2]} calls, {waits[1]} when the same tree is scanned again; "
          f"at most {max(waits)} bits, were each one's being there a choice")
    print(f"# {kind}: window offsets: {len(first['reads'])} and {len(second['reads'])} reads of large files, "
          f"{sum(a != b for a, b in zip(first['reads'], second['reads']))} at other places; at most {bits_of_reads(first['reads']):.0f} bits, were each a free choice")
    say(first["reads"] and len(first["calls"]) > 500, f"{kind}: calls were seen ({len(first['calls'])}), large files were read in pieces ({len(first['reads'])})")


if not shutil.which("strace"):
    skip("two runs", "no strace")
    sys.exit(0)
compare("as JSON", "--json", "--all")
compare("in words", "--all", "--explain")
shutil.rmtree(work)
