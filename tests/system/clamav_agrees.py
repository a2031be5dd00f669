#!/usr/bin/python3
"""Candor and clamscan are asked about bytes made from ClamAV's own signatures, and near misses.

  clamav_agrees.py              a seeded part, well under a minute
  clamav_agrees.py --all [N]    every body signature and N logical ones (default: all)
  clamav_agrees.py --show FILE  keeps the samples in FILE's folder and prints each disagreement
"""
import collections
import lzma
import os
import pathlib
import random
import re
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import clam_ask
import clam_samples

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data" / "clamav"
SEED = int(os.environ.get("CANDOR_TEST_SEED", "20240607"))


def skip(why):
    print("ok - clamav_agrees # skip " + why)
    sys.exit(0)


def lines(name):
    with lzma.open(DATA / name, "rt", encoding="latin-1") as f:
        return [l.rstrip("\r\n") for l in f if l.strip() and not l.startswith("#")]


def make(folder, signatures, rng):
    """Writes samples; {file name: (signature's name, is near miss)}, and why some are missing."""
    made, missing = {}, collections.Counter()
    for i, line in enumerate(signatures):
        for miss in (False, True):
            try:
                name, data = clam_samples.sample(rng, line, miss)
            except (clam_samples.Unmade, KeyError, ValueError, IndexError) as e:
                missing[str(e)[:30]] += 1
                break
            file = "%05d%s" % (i, "n" if miss else "p")
            (folder / file).write_bytes(data)
            made[file] = (name, miss)
    return made, missing


def left_out(said, bases):
    """Names of the signatures that candor said it leaves out."""
    left = set()
    for l in said.splitlines():
        part = l.split(":")
        for b in bases:
            if len(part) > 3 and part[0].endswith(b.name) and part[1].isdigit() and part[1] != "0":
                line = b.read_text(encoding="latin-1").splitlines()[int(part[1]) - 1]
                left.add(line.split(";" if ";" in line else ":")[0])
    return left


def choose(argv, rng):
    body, logical = lines("daily.ndb.xz"), lines("main.ldb.xz")
    if "--all" in argv:
        at = argv.index("--all") + 1
        count = int(argv[at]) if at < len(argv) and argv[at].isdigit() else len(logical)
        return body, rng.sample(logical, min(count, len(logical)))
    rare = [l for l in logical if any(s in l.split(";")[1] for s in ("FileSize", "Sections")) or
            not l.split(";")[1].endswith(("Target:1", "Target:2"))]
    regexes = [l for l in logical if any(clam_samples.split_regex(s) for s in l.split(";")[3:])]
    hard = [bytes_only(l) for l in regexes if re.search(r"/.*(\(\?[P=!<]|\\[1-9]|\.[*+])", l)]
    return rng.sample(body, 60), (rng.sample(rare, 120) + rng.sample(regexes, 60) + hard +
                                  rng.sample(logical, 160))


def bytes_only(line):
    """The signature without what the generator cannot make: macros inside of documents, containers."""
    if line.startswith("Doc.Downloader.Macro-6539595"):  # clamscan refuses it for any target but 2
        return line
    return re.sub(r"Container:\w+,", "", line.replace("Target:2;", "Target:0;"))


def main():
    clam_ask.skip_without_clamscan("clamav_agrees")
    if not (DATA / "main.ldb.xz").exists():
        skip("../shared/data/clamav is not there")
    rng = random.Random(SEED)
    body, logical = choose(sys.argv, rng)
    keep = sys.argv[sys.argv.index("--show") + 1] if "--show" in sys.argv else None
    top = pathlib.Path(keep or tempfile.mkdtemp(prefix="candor-clam-"))
    samples = top / "samples"
    samples.mkdir(parents=True, exist_ok=True)
    bases = [top / "daily.ndb", top / "main.ldb"]
    bases[0].write_text("\n".join(body) + "\n", encoding="latin-1")
    bases[1].write_text("\n".join(logical) + "\n", encoding="latin-1")
    made, missing = make(samples, body + logical, rng)
    theirs = clam_ask.clamscan(bases, samples)
    ours, said, gaps = clam_ask.candor(bases, samples)
    left = left_out(said, bases)
    by_name = {l.split(";" if ";" in l else ":")[0]: l for l in body + logical}
    judge(samples, by_name, made, missing, theirs, ours, left, gaps)
    if not keep:
        shutil.rmtree(top)


def excuse(line, data):
    """Why clamscan may find this signature in these bytes where candor does not (see
    doc/differences.md), or None."""
    target = line.split(":")[1] if ";" not in line else clam_samples.tdb(line.split(";")[1])["Target"]
    if target in ("3", "7") and b"<script" in data.lower():
        return "the form of scripts alone"
    return None


def judge(samples, by_name, made, missing, theirs, ours, left, gaps):
    table, excused = collections.Counter(), collections.Counter()
    for file, (name, miss) in sorted(made.items()):
        them, us = theirs[file] - left, ours[file]
        kind = "near misses" if miss else "positives"
        table[kind, "all"] += 1
        table[kind, "agreed"] += them == us
        table[kind, "matched by clamscan"] += name in theirs[file]
        if them != us and us <= them:
            data = (samples / file).read_bytes()
            why = {excuse(by_name[n], data) for n in them - us}
            if None not in why:
                table[kind, "agreed"] += 1
                for w in why:
                    excused[w] += 1
                continue
        if them != us:
            print("# %s %s (%s): only clamscan %s, only candor %s" %
                  (kind, file, name, sorted(them - us)[:4], sorted(us - them)[:4]))
    for kind in ("positives", "near misses"):
        print("# %s: %d, agreed %d, the signature itself matched by clamscan %d" % (
            kind, table[kind, "all"], table[kind, "agreed"], table[kind, "matched by clamscan"]))
    print("# signatures left out by candor: %d; beyond the generator: %s; gaps: %s" %
          (len(left), dict(missing), dict(gaps)))
    for why, count in sorted(excused.items()):
        print("# excused: %d, %s" % (count, why))
    print("1..2")
    for i, kind in enumerate(("positives", "near misses"), 1):
        ok = table[kind, "all"] > 100 and table[kind, "agreed"] == table[kind, "all"]
        print("%sok %d - %s: clamscan and candor agree on every file" % ("" if ok else "not ", i, kind))


main()
