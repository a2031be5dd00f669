#!/usr/bin/env python3
"""A real tree: it ends by itself, nothing is found by the built-in rules, nothing crashes, every line of JSON is valid, and
the plain summary says the same.   usr_scan.py [FOLDER]   (make test: /usr/bin and /usr/share/doc; by hand: /usr)"""
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib import candor, say  # noqa: E402

KINDS = set(re.findall(r'^GAP\(\w+, "([a-z-]+)"', open(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                                                      "../../src/common/gaps.def"), encoding="utf-8").read(), re.M))


def plain_numbers(text):
    files = re.search(r"files\s+(\d+) \((\d+) clean, (\d+) found, (\d+) with gaps, (\d+) errors\)", text)
    objects = re.search(r"objects\s+(\d+),", text)
    findings = re.search(r"findings\s+(\d+)", text)
    gaps = re.search(r"^gaps\s+(.*)$", text, re.M)
    kinds = {k: int(n) for n, k in re.findall(r"(\d+) ([a-z-]+)", gaps[1])}
    return [*map(int, files.groups()), int(objects[1]), int(findings[1])], kinds


def main():
    folders = sys.argv[1:] or ["/usr/bin", "/usr/share/doc"]
    code, out, err = candor("scan", "--no-ledger", "--no-cache", "--json", *folders, timeout=3000)
    rows, broken = [], 0
    for line in out.decode("utf-8").splitlines():
        try:
            rows.append(json.loads(line))
        except ValueError:
            broken += 1
    summary = rows.pop()
    say(broken == 0 and summary.get("summary") is True, f"every line of JSON is valid ({len(rows)} files not clean, then the summary)", err)
    found = [(r["path"], [f["rule"] for f in r["findings"]]) for r in rows if r["findings"]]
    say(summary["findings"] == 0 and not found, f"0 findings in {summary['files']} files, {summary['objects']} objects", found[:10])
    say(summary["crashes"] == 0, "0 crashes", summary["crashes"])
    named = {g["kind"] for r in rows for g in r["gaps"]}
    say(named <= KINDS and sum(len(r["gaps"]) for r in rows) == sum(summary["gaps"].values()),
        f"every gap is named: {summary['gaps']}", named - KINDS)
    say(code == (3 if any(r["verdict"] == "partial" for r in rows) else 0), f"exit code {code}", err)
    code2, out, err = candor("scan", "--no-ledger", "--no-cache", *folders, timeout=3000)
    numbers, kinds = plain_numbers(out.decode("utf-8"))
    want = [summary[k] for k in ("files", "clean", "found", "partial", "error", "objects", "findings")]
    say(numbers == want and kinds == summary["gaps"] and code2 == code, "the plain summary says the same", (numbers, want, kinds))


main()
