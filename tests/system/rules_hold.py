#!/usr/bin/python3
"""Candor's own rules: each compiles without a warning, says what it must, finds its cases and lets
its near misses go, and finds nothing in this repository and on this machine. Judged by Debian's yara."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts"))
import rule_cases

failed = 0


def check(name, problems):
    global failed
    failed += bool(problems)
    print(f"{'not ok' if problems else 'ok'} - {name}")
    for problem in problems[:20]:
        print(f"#   {problem}")
    sys.stdout.flush()


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=800)


def string_problems(rule):
    """Fixed strings of under 5 bytes tell nothing and cost much."""
    out, body = [], "\n".join(rule["text"])
    strings = body.partition("strings:")[2].partition("condition:")[0]
    for name, text in re.findall(r'(\$\w+) = "((?:[^"\\]|\\.)*)"', strings):
        size = len(re.sub(r"\\(x..|.)", "c", text))
        if size < 5 and text not in ("<%", "```", "-*-"): # gates, never the evidence
            out.append(f"{rule['name']}: {name} has {size} bytes")
    return out


def meta_problems(rule, hashes):
    meta, out = rule["meta"], []
    out += [f"{rule['name']}: no {key}" for key in rule_cases.META if not meta.get(key)]
    if meta.get("class") not in rule_cases.CLASSES:
        out.append(f"{rule['name']}: class {meta.get('class')} is not known")
    if meta.get("sample") != hashes.get(rule["name"]):
        out.append(f"{rule['name']}: sample is not its first hit's hash; run scripts/rules-samples")
    if not re.fullmatch(r"Candor_[A-Z][A-Za-z0-9]*(_[A-Z0-9][A-Za-z0-9]*)+", rule["name"]):
        out.append(f"{rule['name']}: not a name of ours")
    condition = "\n".join(rule["text"]).partition("condition:")[2]
    if re.search(r"\b(filename|filepath|extension|filetype|owner)\b", condition):
        out.append(f"{rule['name']}: not a pure function of the bytes")
    return out


def file_problems():
    """Leaves of the log stand alone: no module, no include."""
    return [f"{os.path.basename(path)}: {line.strip()}" for path in rule_cases.rule_files()
            for line in open(path, encoding="utf-8") if re.match(r"\s*(import|include)\s+\"", line)]


def compile_rules(folder):
    out = os.path.join(folder, "rules.yarc")
    got = run("yarac", *rule_cases.rule_files(), out)
    return out, [line for line in (got.stdout + got.stderr).split("\n") if line]


def found(compiled, path):
    """Set of (rule, file) under path; and what yara complained of."""
    got = run("yara", "-C", "-r", "-N", "-w", "-p", "2", compiled, path)
    pairs = [line.split(" ", 1) for line in got.stdout.split("\n") if " " in line]
    return {(rule, name) for rule, name in pairs}, got.stderr


def candor_found(path):
    """The same as found(), by Candor; None where it is not built. Findings in parts are not counted:
    yara opens nothing."""
    build = os.environ.get("BUILD", os.path.join(ROOT, "build"))
    candor = os.path.join(build, "candor")
    if not os.path.exists(candor):
        return None
    got = run(candor, "scan", "--json", "--no-ledger", "-r", rule_cases.RULES, path)
    out = set()
    for line in got.stdout.split("\n"):
        record = json.loads(line) if line else {}
        if "path" in record: # else the summary
            out |= {(f["rule"], record["path"]) for f in record["findings"] if not f["part"]}
    return out


def run_cases(folder, compiled, rules, cases):
    """The positives exist only in here, unreadable to others and never executable."""
    place = os.path.join(folder, "cases")
    os.mkdir(place, 0o700)
    for number, case in enumerate(cases):
        with open(os.path.join(place, str(number)), "wb") as out:
            out.write(case["data"])
    pairs = found(compiled, place)[0]
    candor = candor_found(place)
    shutil.rmtree(place)
    if candor is None:
        print("ok - candor and yara agree about every rule and case # skip candor is not built")
    else:
        check(f"candor and yara agree about every rule and case ({len(pairs)} findings)",
              [f"only one of them: {rule}: {cases[int(os.path.basename(name))]['where']}"
               for rule, name in sorted(pairs ^ candor)])
    got = {(rule, int(os.path.basename(name))) for rule, name in pairs}
    for rule in rules:
        mine = [(n, c) for n, c in enumerate(cases) if c["rule"] == rule["name"]]
        hits = sum(c["hit"] for _, c in mine)
        bad = [f"{c['where']}: {'not found' if c['hit'] else 'found'}: {c['title']}" for n, c in mine
               if ((rule["name"], n) in got) != c["hit"]]
        if not hits or hits == len(mine):
            bad.append("wants one hit and one miss at least")
        check(f"{rule['name']}: {hits} found, {len(mine) - hits} let go", bad)
    names = {rule["name"] for rule in rules}
    check("every case is of a rule that exists", [c["where"] for c in cases if c["rule"] not in names])


def whole_positives(cases):
    """Files of the repository that hold the bytes of a hit as they are."""
    listed = run("git", "-C", ROOT, "ls-files", "-z")
    out = []
    for name in filter(None, listed.stdout.split("\0")):
        try:
            with open(os.path.join(ROOT, name), "rb") as file:
                data = file.read()
        except OSError:
            continue
        out += [f"{name} holds {c['where']}" for c in cases if c["hit"] and c["data"] in data]
    return out, listed.returncode


def main():
    rules, cases = rule_cases.read_rules(), rule_cases.read_cases()
    hashes = rule_cases.samples(cases)
    check("there are rules and cases", [] if rules and cases else ["none"])
    check("no two rules have one name", [n for n in {r["name"] for r in rules}
                                         if sum(r["name"] == n for r in rules) > 1])
    check("every rule says class, description, benign, author, date and sample",
          [p for r in rules for p in meta_problems(r, hashes)])
    check("fixed strings have five bytes at least", [p for r in rules for p in string_problems(r)])
    check("no rule file imports or includes", file_problems())
    page = run(sys.executable, os.path.join(ROOT, "scripts", "doc-rules"), "--check")
    check("doc/rules.md lists the rules as they are", page.stderr.split("\n")[:3] if page.returncode else [])
    if not shutil.which("yarac"):
        print("ok - rules against yara # skip yara is not installed")
        return
    folder = tempfile.mkdtemp(prefix="candor-rules.")
    try:
        compiled, said = compile_rules(folder)
        check("yarac compiles all rules and warns of none", said)
        if not os.path.exists(compiled):
            return
        run_cases(folder, compiled, rules, cases)
        whole, listed = whole_positives(cases)
        if listed == 0:
            check("no file of the repository holds a whole positive", whole)
        else:
            print("ok - no file of the repository holds a whole positive # skip git cannot list the files here")
        pairs = found(compiled, ROOT)[0]
        check("nothing is found in this repository", [f"{rule} in {name}" for rule, name in pairs])
        for place in os.environ.get("CANDOR_GOODWARE", "/etc /usr/bin /usr/sbin /usr/share").split():
            pairs = found(compiled, place)[0]
            check(f"nothing is found in {place}", [f"{rule} in {name}" for rule, name in pairs])
    finally:
        shutil.rmtree(folder)


main()
sys.exit(1 if failed else 0)
