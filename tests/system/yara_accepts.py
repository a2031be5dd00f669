#!/usr/bin/env python3
"""Which rules are accepted: Candor's YARA front end and yarac 4.2.3 side by side on the cases of yara_cases.txt, and on
the public rule collection signature-base, when it is there."""
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib import BUILD, HERE, ROOT, say, skip  # noqa: E402

FRONT = os.path.join(BUILD, "tests", "yara-front")
DATA = os.path.join(ROOT, "..", "shared", "data", "signature-base.tar.xz")
MODULES = ["math", "hash", "time", "console", "pe"]
TEMPLATES = {
    "cond": "rule a { condition: X }",
    "strs": 'rule a { strings: $a = "abc" $b = "def" $b2 = { 41 42 43 } condition: all of them or X }',
    "str": "rule a { strings: $a = X\ncondition: $a }",
    "rule": "X",
}
TEMPLATES.update({m: f'import "{m}" rule a {{ condition: X }}' for m in MODULES})
# Verdicts a sign promises: Candor's, yarac's.
SIGNS = {"+": (True, True), "-": (False, False), "n": (True, False), "s": (False, True)}


def read_cases():
    cases, section = [], None
    for line in open(os.path.join(HERE, "yara_cases.txt"), encoding="utf-8"):
        line = line.rstrip("\n")
        head = re.match(r"\[([a-z]+)\]$", line)
        if head:
            section = head[1]
        elif line and line[0] in SIGNS:
            cases.append((section, line[0], line[2:]))
    return cases


def front(paths, *options):
    """Accepted or not, by path; every diagnostic; the last line."""
    accepted, said = {}, []
    text = ""
    for at in range(0, len(paths), 500):
        p = subprocess.run([FRONT, *options, *paths[at:at + 500]], stdout=subprocess.PIPE, timeout=120)
        if p.returncode != 0:
            return None, [f"yara-front ended with {p.returncode}"], ""
        text += p.stdout.decode("utf-8", "replace")
    for line in text.split("\n"):
        end = re.match(r"(.*) errors (\d+) rules \d+$", line)
        if end:
            accepted[end[1]] = end[2] == "0"
        else:
            said.append(line)
    return accepted, said, re.findall(r"total rules (\d+) parse_ms ([\d.]+)", text)


def yarac(path):
    p = subprocess.run(["yarac", "-d", "ext_i=1", "-d", "ext_f=1.5", "-d", "ext_s=abc", "-d", "ext_b=true", path, os.devnull],
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    return p.returncode == 0


def compare(work):
    cases = read_cases()
    paths = []
    for i, (section, _, text) in enumerate(cases):
        paths.append(os.path.join(work, f"{i:04}.yar"))
        with open(paths[-1], "w", encoding="utf-8") as f:
            f.write(TEMPLATES[section].replace("X", text.replace("<NL>", "\n")) + "\n")
    ours, said, _ = front(paths)
    if not say(ours is not None, "yara-front reads every case", said):
        return
    missing = {m for m in MODULES if any(f'unknown module "{m}"' in line for line in said)}
    for m in sorted(missing):
        skip(f"cases of module {m}", "there is no such module in this build")
    rows = [(c, p) for c, p in zip(cases, paths) if c[0] not in missing]
    wrong = [f"{c[0]}: {c[2]}" for c, p in rows if ours[p] != SIGNS[c[1]][0]]
    say(not wrong, f"{len(rows)} cases are accepted and refused as listed", "\n".join(wrong))
    unsaid = [p for c, p in rows if not ours[p] and not any(re.match(re.escape(p) + r":[1-9]\d*:[1-9]\d*: error: .", s) for s in said)]
    say(not unsaid, "every refusal has file, line, column and reason", unsaid)
    if not shutil.which("yarac"):
        skip("yarac agrees", "yarac is not installed")
        return
    wrong = [f"{c[0]}: {c[2]}" for c, p in rows if yarac(p) != SIGNS[c[1]][1]]
    good = sum(1 for c, _ in rows if c[1] == "+")
    bad = sum(1 for c, _ in rows if c[1] == "-")
    say(not wrong, f"yarac agrees on {good} valid and {bad} invalid rules, and differs on the {len(rows) - good - bad} listed",
        "\n".join(wrong))
    say(good >= 300 and bad >= 300, "at least 300 rules of each kind")


def collection(work):
    if not os.path.exists(DATA):
        skip("signature-base", "../shared/data/signature-base.tar.xz is not there")
        return
    with tarfile.open(DATA) as tar:
        members = [m for m in tar.getmembers() if m.isfile() and m.name.endswith((".yar", ".yara"))]
        for m in members:
            tar.extract(m, work)
    paths = [os.path.join(work, m.name) for m in members]
    externals = []
    for name in ["filename", "filepath", "extension", "filetype", "owner"]:
        externals += ["-e", name]
    accepted, said, totals = front(paths, *externals)
    if not say(accepted is not None and len(accepted) == len(paths), f"signature-base: {len(paths)} files are read", said):
        return
    # A module that is not built yet takes its rules with it; nothing else may be refused.
    missing = set(re.findall(r'unknown module "(\w+)"', "\n".join(said)))
    for m in sorted(missing):
        skip(f"signature-base: rules with module {m}", "there is no such module in this build")
    errors = [s for s in said if ": error: " in s and not any(f'"{m}"' in s for m in missing)]
    say(not errors, "signature-base: no other rule is refused", "\n".join(errors[:20]))
    rules = sum(int(t[0]) for t in totals)
    print(f"# {rules} rules in {sum(float(t[1]) for t in totals):.0f} ms", flush=True)
    # As `yara -S` counts them, file by file; more stand in comments.
    say(missing or rules == 5883, "signature-base: 5883 rules are there", rules)


def main():
    work = tempfile.mkdtemp(prefix="candor-yara.")
    try:
        compare(work)
        collection(work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
