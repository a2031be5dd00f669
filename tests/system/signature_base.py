#!/usr/bin/env python3
"""Thousands of published rules, asked of Candor and of Debian's yara: the same rules must be true of the same files.

Files: programs of this machine, and files made from the rules' own strings behind several headers, each once more with one byte changed.
A run from scripts/test takes a seeded part; `signature_base.py full [SEED]` takes every rule, header and program."""
import os
import random
import subprocess
import sys
import tempfile

import lib

sys.path.insert(0, os.path.join(lib.ROOT, "tests/build"))
import rule_samples

ARCHIVE = os.path.join(lib.ROOT, "../shared/data/signature-base.tar.xz")
EXTERNALS = ["filename", "filepath", "extension", "filetype", "owner"]
DEFINES = [a for e in EXTERNALS for a in ("-d", e + "=")]
FULL = "full" in sys.argv
SEED = int(next((a for a in sys.argv[1:] if a.isdigit()), "1"))
PER_RULE = 4 if FULL else 1
PROGRAMS = 1000 if FULL else 40


def unpack(folder):
    subprocess.run(["tar", "xJf", ARCHIVE, "-C", folder], check=True)
    names = []
    for place, _, files in os.walk(folder):
        for f in sorted(files):
            if f.endswith((".yar", ".yara")):
                names.append(os.path.join(place, f))
    return sorted(names)


def kept_by_yarac(sources, folder):
    """yarac stops at the first error: sources that it refuses alone are left out for both."""
    kept = []
    out = os.path.join(folder, "one.yarc")
    if subprocess.run(["yarac", "-w", *DEFINES, *sources, out], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
        return sources
    for path in sources:
        p = subprocess.run(["yarac", "-w", *DEFINES, path, out], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if p.returncode == 0:
            kept.append(path)
    return kept


def make_files(sources, folder, rng):
    """One file or more a rule, and a changed twin of each. How many."""
    count = 0
    headers = list(rule_samples.HEADERS.items())
    for path in sources:
        with open(path, "rb") as source:
            data = source.read()
        for name, strings, condition in rule_samples.rules_of(data, rng):
            if not strings:
                continue
            wanted = rule_samples.at_start(condition)
            chosen = headers if PER_RULE == len(headers) else [rng.choice(headers)]
            for kind, header in chosen:
                if wanted and (kind == "plain" or not FULL):
                    header = wanted + header[len(wanted) :]
                body = bytearray(rule_samples.sample(strings, header, rng))
                lib.put(os.path.join(folder, f"{count:06d}-a"), body)
                body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
                lib.put(os.path.join(folder, f"{count:06d}-b"), body)
                count += 1
    return count


def ask_yara(compiled, target):
    """{(namespace, rule, path)}"""
    p = subprocess.run(["yara", "-w", "-e", "-C", compiled, "-r", target, "-a", "600"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    pairs = set()
    for line in p.stdout.decode("utf-8", "replace").splitlines():
        head, _, path = line.partition(" ")
        space, _, rule = head.partition(":")
        pairs.add((space, rule, path))
    return pairs, p.stderr.decode("utf-8", "replace")


def ask_candor(image, target, *flags):
    code, rows, summary, err = lib.scan_json("--no-cache", "-r", image, *flags, target, timeout=3000)
    pairs = set()
    for row in rows:
        for f in row["findings"]:
            if not f["part"]:
                pairs.add((os.path.basename(f["source"]), f["rule"], row["path"]))
    gaps = {g["kind"] for row in rows for g in row["gaps"]} - {"not-opened", "damaged", "truncated", "encrypted", "unsupported-method"}
    return pairs, gaps, err


def compare(name, compiled, image, target):
    theirs, yara_err = ask_yara(compiled, target)
    ours, gaps, err = ask_candor(image, target)
    missing, extra = sorted(theirs - ours), sorted(ours - theirs)
    note = "\n".join(
        [f"yara {len(theirs)}, candor {len(ours)}; missing {len(missing)}, extra {len(extra)}; gaps {gaps} {err[:200]} {yara_err[:300]}"]
        + [f"only yara: {m}" for m in missing[:10]]
        + [f"only candor: {m}" for m in extra[:10]]
    )
    ok = ours == theirs and not gaps
    lib.say(ok, f"{name}: {len(ours)} (rule, file) pairs of {len({(s, r) for s, r, _ in ours})} rules", note)
    return ours if ok else set()


def programs(folder):
    rng = random.Random(SEED)
    names = sorted(n for n in os.listdir("/usr/bin") if os.path.isfile("/usr/bin/" + n) and not os.path.islink("/usr/bin/" + n))
    rng.shuffle(names)
    for n in names[:PROGRAMS]:
        if os.path.getsize("/usr/bin/" + n) < (1 << 30 if FULL else 1 << 20):
            with open("/usr/bin/" + n, "rb") as f:
                lib.put(os.path.join(folder, n), f.read())


def run(folder):
    rng = random.Random(SEED)
    sources = kept_by_yarac(unpack(folder), folder)
    compiled, image = os.path.join(folder, "all.yarc"), os.path.join(folder, "all.img")
    p = subprocess.run(["yarac", "-w", *DEFINES, *[os.path.basename(s) + ":" + s for s in sources], compiled], stderr=subprocess.PIPE)
    if not lib.say(p.returncode == 0, f"yarac compiles {len(sources)} sources", p.stderr.decode("utf-8", "replace")):
        return
    kept = os.path.join(folder, "kept")
    os.mkdir(kept)
    for s in sources:
        os.rename(s, os.path.join(kept, os.path.basename(s)))
    sources = [os.path.join(kept, os.path.basename(s)) for s in sources]
    code, out, err = lib.candor("rules", "build", *DEFINES, "-r", kept, "-o", image)
    if not lib.say(code == 0, "candor compiles the same: " + out.decode().split("\n")[0], err.decode("utf-8", "replace")):
        return
    made, found = os.path.join(folder, "made"), os.path.join(folder, "programs")
    os.mkdir(made)
    os.mkdir(found)
    count = make_files(sources, made, rng)
    programs(found)
    pairs = compare(f"{2 * count} files made from the rules", compiled, image, made)
    compare(f"{len(os.listdir(found))} programs", compiled, image, found)
    enough = len(pairs) >= 2000 and len({(s, r) for s, r, _ in pairs}) >= 800
    lib.say(enough, f"at least 2,000 pairs of 800 rules (there are {len(pairs)} of {len({(s, r) for s, r, _ in pairs})})")
    if pairs and not FULL:
        sample = os.path.join(folder, "sample")
        os.mkdir(sample)
        for f in sorted(os.listdir(made))[::40]:
            os.rename(os.path.join(made, f), os.path.join(sample, f))
        normal, all_rules = ask_candor(image, sample)[0], ask_candor(image, sample, "--exhaustive")[0]
        lib.say(normal == all_rules, f"--exhaustive says the same of {len(os.listdir(sample))} files", sorted(normal ^ all_rules)[:10])


if not os.path.exists(ARCHIVE):
    lib.skip("signature-base", "../shared/data is not there")
else:
    with tempfile.TemporaryDirectory(prefix="candor-sb.") as place:
        run(place)
