"""Asks clamscan and candor about the same files. Not a test: other scenarios use it."""
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CANDOR = pathlib.Path(os.environ.get("BUILD", ROOT / "build")) / "candor"


def skip_without_clamscan(name):
    if not shutil.which("clamscan"):
        print("ok - %s # skip clamscan is not installed" % name)
        sys.exit(0)


def clamscan(bases, folder):
    """{file name: names found}."""
    run = subprocess.run(
        ["clamscan", "--allmatch", "--no-summary", "-r", "--max-filesize=64M", "--max-scansize=512M",
         "--max-scantime=0", "--pcre-max-filesize=64M"] + sum((["-d", str(b)] for b in bases), []) +
        [str(folder)], capture_output=True, text=True, errors="replace")
    found = collections.defaultdict(set)
    for l in run.stdout.splitlines():
        path, _, rest = l.rpartition(": ")
        if rest.endswith(" FOUND") and not rest.startswith("Heuristics."):
            found[os.path.basename(path)].add(rest[:-6].removesuffix(".UNOFFICIAL"))
    if run.returncode == 2:
        print("# clamscan: " + run.stderr[:500].replace("\n", " / "))
    return found


def candor(bases, folder):
    """{file name: names found}, in all parts of it; what was said of the rules; gaps by kind."""
    run = subprocess.run(
        [str(CANDOR), "scan", "--no-ledger", "--json", "--timeout", "600"] +
        sum((["-r", str(b)] for b in bases), []) + [str(folder)],
        capture_output=True, text=True, errors="replace")
    found, gaps = collections.defaultdict(set), collections.Counter()
    for l in run.stdout.splitlines():
        d = json.loads(l)
        if "path" not in d:
            continue
        found[os.path.basename(d["path"])] = {f["rule"] for f in d["findings"]}
        for g in d["gaps"]:
            gaps[g["kind"]] += 1
    return found, run.stderr, gaps


def compare(top, databases, files):
    """How many files agree, how many names clamscan found, and lines about what differs."""
    samples = top / "samples"
    samples.mkdir(parents=True, exist_ok=True)
    for name, lines in databases.items():
        (top / name).write_text("\n".join(lines) + "\n", encoding="latin-1")
    for name, data in files.items():
        (samples / name).write_bytes(data)
    bases = [top / name for name in databases]
    theirs, (ours, said, _) = clamscan(bases, samples), candor(bases, samples)
    told = ["candor: " + l for l in said.splitlines() if "warning" in l]
    same = 0
    for name in files:
        same += theirs[name] == ours[name]
        if theirs[name] != ours[name]:
            told.append("%s: only clamscan %s, only candor %s" % (
                name, sorted(theirs[name] - ours[name]), sorted(ours[name] - theirs[name])))
    return same, sum(len(theirs[n]) for n in files), told
