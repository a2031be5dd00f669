"""Reads Candor's own rules and their cases. Used by rules-samples, doc-rules and the scenarios.

The reader of rules knows the shape in which the files in rules/ are written, not the language:
one `rule NAME` a line, meta lines `key = "text"`. Format of the cases: doc/rules.md.
"""
import glob
import hashlib
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RULES = os.path.join(ROOT, "rules")
META = ("class", "description", "benign", "author", "date", "sample")
CLASSES = {
    "test": "harmless files that ask a scanner to speak up",
    "webshell": "a page that runs what the visitor sends",
    "backdoor": "a way back in, or a shell given away",
    "trojan": "a program that is not what it says",
    "botnet": "a member of a herd",
    "miner": "spends somebody else's electricity",
    "dropper": "puts something in place that starts by itself",
    "downloader": "fetches something and runs it",
    "exploit": "uses a weakness",
    "stealer": "collects and sends secrets",
    "obfuscation": "written so that nobody reads it, and run",
    "phishing": "asks for a password in somebody else's name",
    "macro": "a document that starts programs",
    "ransom": "takes files hostage",
    "wiper": "destroys what is stored",
}


class Bad(Exception):
    pass


def rule_files():
    return sorted(glob.glob(os.path.join(RULES, "*.yar")))


def case_files():
    return sorted(glob.glob(os.path.join(RULES, "tests", "*.case")))


def unquote(text):
    return re.sub(r"\\(.)", r"\1", text)


def read_rules():
    """List of dicts: name, file, line, meta, text (from `rule` to the closing brace)."""
    rules = []
    for path in rule_files():
        lines = open(path, encoding="utf-8", newline="").read().split("\n")
        at = None
        for number, line in enumerate(lines, 1):
            start = re.match(r"(?:(?:private|global)\s+)*rule\s+(\w+)", line)
            if start:
                at = {"name": start.group(1), "file": os.path.basename(path), "line": number,
                      "meta": {}, "text": []}
                rules.append(at)
            if at is not None:
                at["text"].append(line)
                meta = re.match(r'\s+(\w+) = "((?:[^"\\]|\\.)*)"$', line)
                if meta and "strings:" not in "\n".join(at["text"]):
                    at["meta"].setdefault(meta.group(1), unquote(meta.group(2)))
                if line == "}":
                    at = None
    return rules


def change(data, line, where):
    """`- TEXT` removes, `~ OLD => NEW` replaces, everywhere; the text has to be there."""
    if line.startswith("- "):
        old, new = line[2:], ""
    else:
        old, arrow, new = line[2:].partition(" => ")
        if not arrow:
            raise Bad(f"{where}: no => in it")
    old, new = old.encode(), new.encode()
    if old not in data:
        raise Bad(f"{where}: the first hit does not contain this text")
    return data.replace(old, new)


def build(data, line, where):
    """One line of a case added to its bytes."""
    op, rest = line[0], line[1:]
    if op == "|":
        return data + rest.encode() + b"\n"
    if op == "+":
        return data + rest.encode()
    if op == "x":
        return data + bytes.fromhex(rest)
    if op == "*":
        count, _, piece = rest.strip().partition(" ")
        return data + bytes.fromhex(piece) * int(count)
    if op == "@":
        if int(rest) < len(data):
            raise Bad(f"{where}: already past {rest.strip()}")
        return data.ljust(int(rest), b"\0")
    raise Bad(f"{where}: no such line")


def read_cases():
    """List of dicts: rule, hit (bool), title, data, where."""
    cases = []
    for path in case_files():
        rule = first = at = None
        for number, line in enumerate(open(path, encoding="utf-8", newline="").read().split("\n"), 1):
            where = f"{os.path.basename(path)}:{number}"
            if line.startswith("rule "):
                rule, first, at = line[5:].strip(), None, None
            elif line.startswith(("hit ", "miss ")):
                if rule is None:
                    raise Bad(f"{where}: no rule yet")
                kind, _, title = line.partition(" ")
                at = {"rule": rule, "hit": kind == "hit", "title": title, "data": b"", "where": where}
                cases.append(at)
                if kind == "hit" and first is None:
                    first = at
            elif not line or line.startswith("#") and at is None:
                at = None if not line else at
            elif at is None:
                raise Bad(f"{where}: outside a case")
            elif line.startswith(("- ", "~ ")):
                if first is None or at is first:
                    raise Bad(f"{where}: there is no earlier hit to change")
                at["data"] = change(at["data"] or first["data"], line, where)
            else:
                at["data"] = build(at["data"], line, where)
    return cases


def samples(cases):
    """Rule name -> SHA-256 of its first hit."""
    out = {}
    for case in cases:
        if case["hit"]:
            out.setdefault(case["rule"], hashlib.sha256(case["data"]).hexdigest())
    return out
