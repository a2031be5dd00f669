#!/usr/bin/python3
"""What YARA 4.5 answers on small rules and bytes: the cases of yara_conformance.txt, asked of Candor's engine in one process.

The table needs no YARA. With YARA=/path/to/yara (4.5 or later) the table itself is compared with that program, too;
`yara_conformance.py --fill TABLE` prints TABLE with the answers that program gives. CONFORM_SHOW=1 prints every difference."""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.path.insert(0, os.path.join(HERE, "..", "build"))
import conform_samples  # noqa: E402
from lib import BUILD, say, skip  # noqa: E402

TABLE = os.path.join(HERE, "yara_conformance.txt")
TRY = os.path.join(BUILD, "tests", "rule-try")
TEMPLATES = {
    "rule": "X",
    "cond": "rule t { condition: X }",
    "str": "rule t { strings: $a = X\ncondition: $a }",
    "strs": "rule t { strings: X }",
    "abc": 'rule t { strings: $a = "abc" $b = "bcd" $c1 = "ce" $c2 = { 31 3? } condition: X }',
}
MARKS = {"<NL>": "\n", "<CR>": "\r", "<TAB>": "\t"}
# Externals that every rule may use: what -d NAME=VALUE makes of them
EXTERNALS = {"xi": 7, "xz": 0, "xneg": -3, "xf": 2.5, "xs": "some text", "xe": "", "xt": True, "xn": False}


def plain(text):
    for mark, char in MARKS.items():
        text = text.replace(mark, char)
    return text


class Case:
    def __init__(self, section, line):
        fields = line.split("\t")
        self.section, self.text, self.data_text = section, fields[0], fields[1]
        self.answer = fields[2] if len(fields) > 2 else None
        self.ours = fields[3] if len(fields) > 3 else self.answer  # where Candor differs, on purpose
        self.data = eval(self.data_text, dict(conform_samples.NAMES))  # the table is our own text
        template, *modules = section.split()
        imports = "".join(f'import "{m}" ' for m in modules)
        self.rules = (imports + TEMPLATES[template].replace("X", plain(self.text), 1)).encode("latin-1")
        self.name = f"[{section}] {self.text} on {self.data_text}"

    def line(self):
        fields = [self.text, self.data_text, self.answer]
        return "\t".join(fields + ([self.ours] if self.ours not in (None, self.answer) else []))


def read_table(path):
    """Lines as they are, cases in place of theirs."""
    out, section = [], None
    for line in open(path, encoding="utf-8"):
        line = line.rstrip("\n")
        head = re.match(r"\[([a-z0-9 ]+)\]$", line)
        if head:
            section = head[1]
        if head or not line or line[0] == "#":
            out.append(line)
        else:
            out.append(Case(section, line))
    return out


def external_field(name, value):
    if isinstance(value, bool):
        return f"b:{name}={int(value)}"
    if isinstance(value, str):
        return f"s:{name}={value.encode().hex()}"
    return f"{'f' if isinstance(value, float) else 'i'}:{name}={value}"


def ask_candor(cases):
    extra = "\t".join(external_field(n, v) for n, v in EXTERNALS.items())
    lines = "".join(f"{c.rules.hex()}\t={c.data.hex()}\t{extra}\n" for c in cases)
    p = subprocess.run([TRY], input=lines.encode(), stdout=subprocess.PIPE, timeout=120)
    answers = p.stdout.decode("latin-1").split("\n")[:-1]
    return answers + [f"ended with {p.returncode}"] * (len(cases) - len(answers))


def short(answer):
    """In the words of the table. -L says 512 of everything longer."""
    if answer.startswith("refused"):
        return "refused"
    return re.sub(r"\+(\d+)", lambda m: f"+{min(int(m[1]), 512)}", answer.strip()) or "none"


def ask_yara(yara, work, number, case):
    rules, data = (os.path.join(work, f"{number}.{kind}") for kind in ("yar", "bin"))
    for path, content in ((rules, case.rules), (data, case.data)):
        with open(path, "wb") as f:
            f.write(content)
    words = []
    for name, value in EXTERNALS.items():
        words += ["-d", f"{name}={str(value).lower() if isinstance(value, bool) else value}"]
    p = subprocess.run([yara, "-w", "-s", "-L", *words, rules, data], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    if b"error" in p.stderr:
        return "refused" if rules.encode() in p.stderr else "error " + p.stderr.decode("latin-1").split("\n")[0][-60:]
    if p.returncode < 0:
        return f"ended with {p.returncode}"
    out = []
    for line in p.stdout.decode("latin-1").split("\n"):
        hit = re.match(r"0x([0-9a-f]+):(\d+):(\$\w*)", line)
        if hit:
            out.append(f"{hit[3]}@{int(hit[1], 16)}+{hit[2]}")
        elif line.endswith(" " + data):
            out.append(line.split(" ")[0])
    return " ".join(out) or "none"


def ask_yara_all(yara, cases):
    with tempfile.TemporaryDirectory(prefix="candor-conform.") as work:
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            return list(pool.map(lambda row: ask_yara(yara, work, *row), enumerate(cases)))


def fill(path):
    rows = read_table(path)
    cases = [r for r in rows if isinstance(r, Case)]
    for case, answer in zip(cases, ask_yara_all(os.environ.get("YARA", "yara"), cases)):
        case.answer = answer
    print("\n".join(r.line() if isinstance(r, Case) else r for r in rows))


def differences(cases, wanted, got):
    """Lines for those where they differ."""
    rows = [f"{c.name}\n   wanted {w[:300]}\n   got    {g[:300]}" for c, w, g in zip(cases, wanted, got) if w != short(g)]
    if rows and os.environ.get("CONFORM_SHOW"):
        print("\n".join(rows))
    return rows


def main():
    if sys.argv[1:2] == ["--fill"]:
        fill(sys.argv[2])
        return
    cases = [r for r in read_table(sys.argv[1] if sys.argv[1:] else TABLE) if isinstance(r, Case)]
    rows = differences(cases, [c.ours for c in cases], ask_candor(cases))
    apart = sum(c.ours != c.answer for c in cases)
    say(not rows, f"{len(cases)} cases: {len(cases) - apart} as YARA 4.5 answers, {apart} apart as the table says", f"{len(rows)} differ\n" + "\n".join(rows))
    yara = os.environ.get("YARA")
    if not yara:
        skip("yara agrees with the table", "YARA=/path/to/yara names no peer of version 4.5")
        return
    rows = differences(cases, [c.answer for c in cases], ask_yara_all(yara, cases))
    say(not rows, f"{yara} agrees with the table", f"{len(rows)} differ\n" + "\n".join(rows))


if __name__ == "__main__":
    main()
