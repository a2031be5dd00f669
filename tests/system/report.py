#!/usr/bin/env python3
"""Plain, JSON and SARIF say the same; hostile names are escaped; exit codes are the contract's."""
import base64
import json
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib import candor as run, put, say  # noqa: E402

RULE = 'rule marker { meta: class = "test" strings: $a = "candor-test-marker-7c1" condition: $a }\n'
MARKER = b"candor-test-" + b"marker-7c1"


def main():
    work = tempfile.mkdtemp(prefix="candor-report.")
    try:
        scenario(work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def scenario(work):
    rules = os.path.join(work, "rule.yar")
    put(rules, RULE.encode())
    tree = os.path.join(work, "tree")
    os.mkdir(tree)
    btree = tree.encode()
    put(btree + b"/clean.txt", b"nothing to see\n" * 50)
    put(btree + b"/found.bin", b"\0" * 100 + MARKER)
    put(btree + b"/\x1b[31mred\xff\n.txt", MARKER)
    put(btree + b"/cut.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\3" + b"\x4b")
    base = ["scan", "--no-ledger", "-r", rules]

    code, out, err = run(*base, "--json", "--all", tree)
    rows = [json.loads(l) for l in out.decode("utf-8").splitlines()]
    files, summary = rows[:-1], rows[-1]
    say(code == 1, "found: exit code 1", f"{code} {err.decode()}")
    say(summary.get("summary") is True and summary["schema"] == 1, "the last line is the summary", rows[-1:])
    say(sorted(f["verdict"] for f in files) == ["clean", "found", "found", "partial"], "verdicts", files)
    odd = [f for f in files if "path_b64" in f]
    say(len(odd) == 1 and base64.b64decode(odd[0]["path_b64"]) == btree + b"/\x1b[31mred\xff\n.txt",
        "a name that is not UTF-8 keeps its true bytes", odd)
    found = [f for f in files if f["path"].endswith("found.bin")][0]["findings"]
    say(len(found) == 1 and found[0]["rule"] == "marker" and found[0]["class"] == "test" and found[0]["at"] == 100
        and found[0]["length"] == len(MARKER) and found[0]["part"] == [], "rule, class and place", found)
    say(summary["files"] == 4 and summary["findings"] == 2 and summary["gaps"] == {"truncated": 1}, "counts", summary)
    say("seccomp" in summary["cage"]["layers"] and "no-descriptors" in summary["cage"]["layers"], "the cage's layers are named",
        summary)

    code, out, _ = run(*base, tree)
    text = out.decode("utf-8")
    say(code == 1 and "\x1b" not in text and "\\x1b[31mred\\xff\\x0a.txt: FOUND marker" in text, "plain output escapes names", text)
    say(f"files      {summary['files']} (1 clean, 2 found, 1 with gaps, 0 errors)" in text, "the plain summary counts the same", text)
    say("1 truncated" in text, "the plain summary names the gap", text)

    code, out, _ = run(*base, "--sarif", tree)
    sarif = json.loads(out)
    results = sarif["runs"][0]["results"]
    say(code == 1 and sarif["version"] == "2.1.0" and len([r for r in results if r["ruleId"] == "marker"]) == 2, "SARIF", out[:600])

    say(run(*base, tree + "/clean.txt")[0] == 0, "clean: exit code 0")
    say(run(*base, tree + "/cut.gz")[0] == 3, "a gap: exit code 3")
    say(run(*base, "--accept", "truncated", tree + "/cut.gz")[0] == 0, "an accepted gap: exit code 0")
    say(run(*base, "--accept", "encrypted", tree + "/cut.gz")[0] == 3, "another kind accepted: still 3")
    say(run(*base, tree + "/missing")[0] == 3, "a missing file is a gap, not silence")
    for name, args in {"an unknown flag": ["scan", "--nonsense", tree], "no path": ["scan"], "an unknown command": ["nonsense"],
                       "an unknown gap kind": [*base, "--accept", "nonsense", tree], "a flag to come": [*base, "--quarantine", tree],
                       "a command to come": ["purge", "scan"], "a missing rule file": ["scan", "--no-ledger", "-r", tree + "/none.yar", tree],
                       "jobs 0": [*base, "--jobs", "0", tree]}.items():
        code, out, err = run(*args)
        say(code == 2 and err.startswith(b"candor") or code == 2 and b"candor:" in err, f"{name}: exit code 2 and a word why", (code, err))
    code, out, _ = run(*base, "--json", "-", stdin=b"x" * 2_000_000 + MARKER)
    say(code == 1 and json.loads(out.splitlines()[0])["findings"][0]["at"] == 2_000_000, "standard input", out)
    code, out, _ = run(*base, "--quiet", tree)
    say(code == 1 and out == b"", "--quiet prints nothing")
    code, out, _ = run(*base, "--explain", tree + "/found.bin")
    say(code == 1 and b"0x64:$a: candor-test-" in out and b"why: rule marker" in out, "--explain shows the strings", out)


main()
sys.exit(0)
