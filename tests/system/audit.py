#!/usr/bin/env python3
"""Which rules hunt documents: a red set that is made here and must be named, published rules that must not be.

A run from scripts/test takes 220 red rules and the published rules whole; rules that hash or sum at every offset are slow over thousands of
documents, so they get fewer. `audit.py full [SEED]` gives every rule of 660 all 5,000 documents."""
import json
import os
import subprocess
import sys
import tempfile

import lib

sys.path.insert(0, os.path.join(lib.ROOT, "tests/build"))
import red_rules

ARCHIVE = os.path.join(lib.ROOT, "../shared/data/signature-base.tar.xz")
FULL = "full" in sys.argv
SEED = int(next((a for a in sys.argv[1:] if a.isdigit()), "1"))
COUNT = 660 if FULL else 220
SLOW = {"range_hash", "checksum", "spelled", "entropy"}


def audit(*args, timeout=3000):
    """Exit code, {rule: object}, summary, standard error."""
    code, out, err = lib.candor("rules", "audit", "--json", *args, timeout=timeout)
    rows = [json.loads(line) for line in out.decode("utf-8").splitlines()]
    summary = rows.pop() if rows and rows[-1].get("summary") else {}
    return code, rows, summary, err.decode("utf-8", "replace")


def put_rules(folder, rules):
    os.mkdir(folder)
    for name, _, text in rules:
        lib.put(os.path.join(folder, name + ".yar"), text.encode())


def red(place):
    rules = red_rules.make(SEED, COUNT)
    verdicts, documents = {}, []
    for label, group in (("quick", [r for r in rules if r[1] not in SLOW]), ("slow", [r for r in rules if r[1] in SLOW])):
        folder = os.path.join(place, label)
        put_rules(folder, group)
        few = ["--documents", "100"] if label == "slow" and not FULL else []
        code, rows, summary, err = audit("-r", folder, *few)
        lib.say(code == 1, f"the {label} red rules: exit code 1", f"{code} {err}")
        verdicts.update({r["rule"]: r for r in rows})
        documents.append(summary.get("documents", 0))
    missed = [(n, t, verdicts.get(n, {"verdict": "absent", "why": ""})) for n, t, _ in rules if verdicts.get(n, {}).get("verdict") != "hunts-documents"]
    recall = 1 - len(missed) / len(rules)
    note = "\n".join(f"{n} {t} {v['verdict']}: {v['why']}" for n, t, v in missed)
    lib.say(recall >= 0.95, f"recall {recall:.1%}: {len(rules) - len(missed)} of {len(rules)} red rules of {len(red_rules.TEMPLATES)} templates", note)
    lib.say(documents[0] >= 5000, f"on {documents[0]} and {documents[1]} documents")
    return rules, verdicts


def words(place):
    """The words are named, decoded."""
    text = 'rule w { strings: $a = "Q29uZmlkZW50aWFs" $b = { 4F 70 65 72 61 74 69 6F 6E 20 4B 61 72 76 65 6C 6F } $c = /[Pp]assport [Nn]umber/ condition: any of them }'
    path = lib.put(os.path.join(place, "words.yar"), text.encode())
    code, rows, _, err = audit("-r", path, "--documents", "100")
    found = rows[0]["words"] if rows else []
    lib.say(code == 1 and {"Confidential", "Operation Karvelo", "passport number"} <= set(found), "words of base64, hex and classes are named", f"{code} {found} {err}")


def malware(place):
    text = 'rule m { strings: $a = "confidential" $b = { 90 90 e8 ?? ?? ff ff } condition: uint16(0) == 0x5a4d and all of them }'
    path = lib.put(os.path.join(place, "m.yar"), text.encode())
    code, rows, _, err = audit("-r", path, "--documents", "100")
    lib.say(code == 0 and rows and rows[0]["verdict"] == "malware", "the same word in a program is malware", f"{code} {rows} {err}")
    code, _, _, _ = audit("-r", os.path.join(place, "not there"))
    lib.say(code == 2, "no rules: exit code 2", code)


def built_in():
    code, rows, summary, err = audit()
    alarms = [r["rule"] for r in rows if r["verdict"] == "hunts-documents"]
    lib.say(code == 0 and not alarms and len(rows) > 100, f"{len(rows)} built-in rules: {len(alarms)} alarms on {summary.get('documents')} documents", f"{alarms} {err}")


def published(place):
    if not os.path.exists(ARCHIVE):
        lib.skip("signature-base", "../shared/data is not there")
        return
    subprocess.run(["tar", "xJf", ARCHIVE, "-C", place], check=True)
    code, rows, summary, err = audit("-r", os.path.join(place, "yara"))
    alarms = [r for r in rows if r["verdict"] == "hunts-documents"]
    share = len(alarms) / max(1, len(rows))
    note = "\n".join(f"{r['rule']}: {r['why'][:80]} {r['words'][:3]}" for r in alarms)
    lib.say(len(rows) >= 5800 and share <= 0.01, f"false alarms {share:.2%}: {len(alarms)} of {len(rows)} published rules, {summary.get('documents')} documents", note + err[:300])


with tempfile.TemporaryDirectory(prefix="candor-audit.") as folder:
    words(folder)
    malware(folder)
    built_in()
    red(folder)
    published(folder)
