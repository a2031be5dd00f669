#!/usr/bin/python3
"""The warnings of `candor yara`: the same lines as yara prints, for random strings (most of them slow, which depends on what atoms yara
would choose) and for conditions. Usage: yara_warnings.py [ROUNDS [SEED]]; YARA=/path/to/yara names another peer than the installed one."""
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib  # noqa: E402
from lib import say, skip  # noqa: E402

YARA = os.environ.get("YARA") or shutil.which("yara")
RULES = 150
# What 4.2.3 does not know stands in NEWER.
CONDITIONS = ['"abc"', '"abc" and true', 'not "a\\"b"', "true", "1 == 1", '"a" == "a"', "for any i in (1, 2) : (i == 1)"]
NEWER = ["3 of ($a, $b)", "0 of them", "2 of them at 0", "all of them at 0", "none of them", "entrypoint == 0", "for 0 i in (1, 2) : (i == 1)"]


def regex(r, depth):
    def one():
        kind = r.randint(0, 12)
        if kind < 6:
            return r.choice(["a", "b", "1", "_", " ", "\\x00", "\\xff", "\\.", "Z"])
        if kind == 6:
            return "."
        if kind == 7:
            return r.choice(["\\w", "\\d", "\\s", "\\W"])
        if kind == 8:
            return r.choice(["[ab]", "[^a]", "[a-z]", "[a]"])
        if kind < 11 and depth:
            return "(%s)" % "|".join(regex(r, depth - 1) for _ in range(r.randint(1, 2)))
        return r.choice(["x", "c", "\\b", "^"])
    out = []
    for _ in range(r.randint(1, 5)):
        piece = one()
        if piece not in ("\\b", "^") and r.random() < .25:
            piece += r.choice(["*", "+", "?", "{2}", "{0,3}", "{1,}", "{3,5}", "{,2}", "{0,300}"])
        out.append(piece)
    return "".join(out)


def hexes(r, depth):
    out = []
    for _ in range(r.randint(1, 6)):
        kind = r.randint(0, 11)
        if kind < 6:
            out.append(r.choice(["61", "00", "ff", "20", "cc", "31", "5A", "90"]))
        elif kind < 8:
            out.append(r.choice(["??", "6?", "?1", "?0"]))
        elif kind == 8 and depth:
            out.append("(%s)" % "|".join(hexes(r, depth - 1) for _ in range(r.randint(1, 3))))
        elif kind == 9 and out and depth == 2:
            out += [r.choice(["[2]", "[0-4]", "[3-300]", "[5-]", "[-]", "[1]"]), "61"]
        else:
            out.append("62")
    return " ".join(out)


def definition(r):
    kind = r.randint(0, 2)
    if kind == 0:
        text = "".join(r.choice(["a", "b", "A", "1", " ", "\\x00", "\\xff", "\\xcc", "z"]) for _ in range(r.randint(1, 6)))
        return '"%s" %s' % (text, r.choice(["", "nocase", "wide", "ascii wide", "xor", "xor(1-5)", "fullword", "base64", "base64wide",
                                            "wide xor", "base64 wide", "nocase wide", "base64 base64wide"]))
    if kind == 1:
        return "{ %s }" % hexes(r, 2)
    return "/%s/%s %s" % (regex(r, 2), r.choice(["", "i", "s"]), r.choice(["", "wide", "ascii wide", "nocase"]))


def stderr_of(program, path):
    p = subprocess.run([*program, path, "/dev/null"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120)
    return p.stderr.decode("latin-1").split("\n")


def refused(lines):
    return {int(m[1]) for m in (re.match(r"error: rule .*\((\d+)\): ", line) for line in lines) if m}


def compare(path, rules):
    """Rules that yara refuses are left out. Warnings of either, and the lines that only one has."""
    for _ in range(6):
        lib.put(path, "\n".join(rules).encode("latin-1") + b"\n")
        want = stderr_of([YARA], path)
        bad = refused(want)
        if not bad:
            break
        rules = [rule for i, rule in enumerate(rules, 1) if i not in bad]
    got = stderr_of([lib.CANDOR, "yara"], path)
    want, got = ([line for line in lines if line.startswith("warning")] for lines in (want, got))
    odd = sorted(set(want) ^ set(got))
    wrong = [f"{'yara  ' if line in want else 'candor'} {line}\n  {rules[int(re.search(r'[(]([0-9]+)[)]', line)[1]) - 1]}" for line in odd]
    return want, wrong if odd or want == got else ["another order"]


def check_strings(top, rounds, seed):
    r = random.Random(seed)
    wrong, count = [], 0
    for _ in range(rounds):
        rules = [f"rule r{i} {{ strings: $a = {definition(r)} condition: $a }}" for i in range(RULES)]
        want, more = compare(os.path.join(top, "strings.yar"), rules)
        wrong += more
        count += len(want)
    say(not wrong and count > 0, f"{rounds * RULES} random strings: the same {count} warnings", "\n".join(wrong))


def check_conditions(top):
    """Of a peer that is older than 4.5 only what it knows."""
    version = subprocess.run([YARA, "--version"], stdout=subprocess.PIPE).stdout.decode()
    rows = CONDITIONS + (NEWER if version >= "4.5" else [])
    rules = [f'rule r{i} {{ strings: $a = "abc" $b = "def" condition: {row} or ($a and $b) }}' for i, row in enumerate(rows)]
    want, wrong = compare(os.path.join(top, "conditions.yar"), rules)
    say(not wrong and want, f"{len(rows)} conditions: the same {len(want)} warnings", "\n".join(wrong))


# What is wrong with each is said by yara and by Candor in the same words, at the same line.
REFUSED = ['rule a { condition: true } rule a { condition: true }', 'rule a : x x { condition: true }', 'rule a {\ncondition: $a }',
           'rule a { strings: $a = "ab" $a = "cd" condition: any of them }', 'rule a { strings: $a = "ab"\ncondition: true }',
           'rule a { condition: foo.bar }', 'rule a { condition: any of (b*) }', 'import "nosuch"', 'import "pe" rule a { condition: pe.nosuch }',
           'import "pe" rule a { condition: pe.machine.x }', 'import "pe" rule a { condition: pe.machine[0] }', 'rule a { condition: 1 + "a" }',
           'import "pe" rule a { condition: pe.imphash(1) == "" }', 'rule a { condition: 1.5 % 2 }', 'rule a { condition: 1 contains "a" }',
           'rule a { condition: 9223372036854775807 + 1 }', 'rule a { condition: 1 % 0 == 0 }', 'rule a { strings: $a = "ab" wide wide condition: $a }',
           'rule a { strings: $a = "ab" nocase xor condition: $a }', 'rule a { strings: $a = "ab" xor(5-2) condition: $a }',
           'rule a { strings: $a = "ab" xor(500) condition: $a }', 'rule a { strings: $a = "ab" base64("ab") condition: $a }',
           'rule a { strings: $a = "" condition: $a }', 'rule a { strings: $a = /a(/ condition: $a }', 'rule a { strings: $a = /[z-a]/ condition: $a }',
           'rule a { strings: $a = /a.*b.*?/ condition: $a }', 'rule a { strings: $a = { 61 [5-2] 62 } condition: $a }', 'include "nosuch.yar"',
           'rule a { strings: $a = { 6 } condition: $a }', 'rule a { strings: $ = "ab" condition: $ }',
           'rule a { condition: for any i in (1..2) : (for any i in (1..2) : (true)) }']


def check_refused(top):
    wrong = []
    for i, text in enumerate(REFUSED):
        path = lib.put(os.path.join(top, f"refused{i}.yar"), text.encode())
        want, got = ([line for line in stderr_of(program, path) if "error: " in line and "error scanning" not in line] for program in ([YARA], [lib.CANDOR, "yara"]))
        if not want or want != got:
            wrong.append(f"{text}\n  yara   {want}\n  candor {got}")
    say(not wrong, f"{len(REFUSED)} rules are refused in the same words", "\n".join(wrong))


def check_exit(top):
    slow = lib.put(os.path.join(top, "slow.yar"), b'rule slow { strings: $a = "a" condition: $a }\n')
    for flags, want in ([], 0), (["--fail-on-warnings"], 1), (["-w"], 0), (["-w", "--fail-on-warnings"], 0):
        code, _, err = lib.candor("yara", *flags, slow, slow)
        say(code == want and (b"may slow down scanning" in err) == ("-w" not in flags), f"a slow string with {flags}: exit {want}", (code, err))
    code, _, err = lib.candor("rules", "check", slow)
    say(b"may slow down" not in err, "other commands do not speak of yara's atoms", err)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory(prefix="candor-warnings.") as top:
        if YARA:
            check_strings(top, rounds, seed)
            check_conditions(top)
            check_refused(top)
        else:
            skip("warnings as yara", "no yara here")
        check_exit(top)


if __name__ == "__main__":
    main()
