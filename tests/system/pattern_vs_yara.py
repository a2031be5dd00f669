#!/usr/bin/python3
"""Random string definitions and files: offsets and lengths of every match, against yara(1).

What may differ, and why, is decided by `excused`; anything else is a failure. Usage:
pattern_vs_yara.py [ROUNDS [SEED]]; CANDOR_PATTERN_SHOW=1 prints each difference."""
import collections
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

ASCII, WIDE, NOCASE, FULLWORD, XOR, BASE64, BASE64WIDE, DOTALL = 1, 2, 4, 8, 32, 64, 128, 256
RULES_A_ROUND = 60
NEWER = bool(shutil.which("yara")) and subprocess.run(["yara", "--version"], capture_output=True, check=False).stdout >= b"4.5"
NAMES = [(ASCII, "ascii"), (WIDE, "wide"), (NOCASE, "nocase"), (FULLWORD, "fullword"),
         (BASE64, "base64"), (BASE64WIDE, "base64wide")]


class Definition:
    def __init__(self, kind, text, flags=0, xor=None):
        self.kind, self.text, self.flags, self.xor = kind, text, flags, xor

    def yara(self):
        words = [name for bit, name in NAMES if self.flags & bit]
        if self.xor:
            words.append("xor(%d-%d)" % self.xor)
        body = self.text
        if self.kind == "T":
            body = '"%s"' % "".join("\\x%02x" % b for b in self.text.encode("latin-1"))
        elif self.kind == "R":
            body = "/%s/%s" % (self.text, "s" if self.flags & DOTALL else "")
        else:
            body = "{ %s }" % self.text
        return " ".join([body] + words)

    def line(self, index):
        flags = self.flags | (XOR if self.xor else 0)
        if not flags & WIDE:
            flags |= ASCII
        low, high = self.xor or (0, 0)
        return "%d %s %d %d %d %s" % (index, self.kind, flags, low, high,
                                      self.text.encode("latin-1").hex())


def text_definition(r):
    text = "".join(r.choice("abAB1_ ") for _ in range(r.randint(2, 9)))
    flags = r.choice([0, ASCII, WIDE, WIDE, ASCII | WIDE])
    kind = r.randint(0, 5)
    if kind < 3:
        flags |= r.choice([0, NOCASE]) | r.choice([0, 0, FULLWORD])
        return Definition("T", text, flags)
    if kind == 3:
        low = r.choice([0, 0, 1, 32])
        return Definition("T", text, flags | r.choice([0, 0, FULLWORD]),
                          (low, r.choice([low, 255])))
    text = "".join(r.choice("abcXYZ") for _ in range(r.randint(3, 7)))
    return Definition("T", text, flags | r.choice([BASE64, BASE64WIDE, BASE64 | BASE64WIDE]))


def hex_token(r, depth):
    kind = r.randint(0, 19)
    if kind < 2 and depth:
        return "(%s)" % "|".join(hex_tokens(r, depth - 1, 3) for _ in range(r.randint(1, 3)))
    if kind < 4:
        return r.choice(["??", "6?", "?1", "?2", "4?"])
    if kind < 5 and NEWER:
        return r.choice(["~61", "~00", "~6?", "~?2"])
    return r.choice(["61", "62", "63", "41", "42", "31", "20", "0a", "00"])


def hex_tokens(r, depth, most):
    out = [hex_token(r, depth)]
    for _ in range(r.randint(0, most)):
        if r.randint(0, 5) == 0:
            low = r.randint(0, 4)
            jumps = ["[%d-%d]" % (low, low + r.randint(0, 8)), "[%d]" % (low + 1)]
            if depth == 2:
                jumps += ["[-]", "[%d-]" % low, "[%d-%d]" % (low, r.randint(201, 400))]
            out.append(r.choice(jumps))
        out.append(hex_token(r, depth))
    return " ".join(out)


def regex_atom(r, depth, lazy):
    kind = r.randint(0, 24)
    if kind < 2 and depth:
        body = "(%s)" % "|".join(regex_cat(r, depth - 1, lazy, 3) for _ in range(r.randint(1, 3)))
    elif kind < 7:
        body = r.choice(["[ab]", "[^a]", "\\w", "\\d", "[a-c]", "\\W", "\\s", "[B\\d_]", ".", "\\S", "\\D", "[^\\W]",
                         "\\x00", "[\\x00-\\x40]"])
    elif kind < 8:
        return r.choice(["\\b", "\\B", "^", "$"])
    else:
        return r.choice("abcABC1_ ") + regex_count(r, lazy, 8)
    return body + regex_count(r, lazy, 3)


def regex_count(r, lazy, one_in):
    if r.randint(0, one_in):
        return ""
    counts = ["*", "+", "?", "{2}", "{1,3}", "{,2}", "{2,}", "{0,4}", "{3,30}"]
    return r.choice(counts) + ("?" if lazy else "")


def regex_cat(r, depth, lazy, most):
    return "".join(regex_atom(r, depth, lazy) for _ in range(r.randint(1, most)))


def regex_definition(r):
    lazy = r.choice([False, True])
    text = regex_cat(r, 2, lazy, 8)
    if lazy and r.randint(0, 4) == 0:
        gap = r.choice([".{0,300}?", ".{2,}?", ".{250}?"])
        text = r.choice("abc") + regex_cat(r, 0, lazy, 3) + gap + regex_cat(r, 0, lazy, 3)
        text += r.choice("abc")
    flags = r.choice([0, 0, ASCII, WIDE, ASCII | WIDE]) | r.choice([0, 0, NOCASE])
    return Definition("R", text, flags | r.choice([0, 0, 0, FULLWORD]) | r.choice([0, DOTALL]))


def definition(r, kinds):
    kind = r.choice(kinds)
    if kind == "T":
        return text_definition(r)
    if kind == "H":
        return Definition("H", hex_tokens(r, 2, 8))
    return regex_definition(r)


def data(r, definitions):
    """Small alphabet, so that things match; wide stretches; encoded and xored texts."""
    out = bytearray()
    size = r.randint(200, 900)
    while len(out) < size:
        kind = r.randint(0, 9)
        chunk = bytes(r.choice(b"aaabbbccABC1_ \n-") for _ in range(r.randint(1, 40)))
        texts = [d for d in definitions if d.kind == "T"]
        if kind < 4 and texts:
            d = r.choice(texts)
            chunk = d.text.encode("latin-1")
            if r.randint(0, 1):
                chunk = bytes(b for c in chunk for b in (c, 0))
            if d.flags & (BASE64 | BASE64WIDE):
                import base64
                chunk = base64.b64encode(b"xyz"[:r.randint(0, 2)] + chunk)
            elif d.xor:
                key = r.randint(*d.xor)
                chunk = bytes(b ^ key for b in chunk)
            chunk += r.choice([b"", b" ", b"a", b" \0"])
        if r.randint(0, 3) == 0:
            chunk = bytes(b for c in chunk for b in (c, 0))
        out += chunk
    return bytes(out)


def run_yara(directory, definitions, path):
    """{index: {offset: length}}, and the indices that yara refuses or gives up on."""
    refused, gave_up = set(), set()
    rules = os.path.join(directory, "rules.yar")
    for _ in range(len(definitions)):
        with open(rules, "w", encoding="latin-1") as f:
            for i, d in enumerate(definitions):
                if i not in refused | gave_up:
                    f.write("rule r%d { strings: $a = %s condition: #a >= 0 }\n" % (i, d.yara()))
        done = subprocess.run(["yara", "-w", "-s", "-L", rules, path], capture_output=True,
                              timeout=120, check=False)
        bad = set(int(n) for n in re.findall(rb'error: rule "r(\d+)"', done.stderr))
        # 46: too many threads in its machine. It drops the whole scan
        lost = set(int(n) for n in re.findall(rb'in rule "r(\d+)" caused error: 46', done.stderr))
        if not (bad | lost) - refused - gave_up:
            break
        refused |= bad
        gave_up |= lost
    if done.returncode:
        raise RuntimeError(done.stderr.decode("latin-1"))
    found, rule = collections.defaultdict(dict), None
    for line in done.stdout.split(b"\n"):
        head = re.match(rb"r(\d+) ", line)
        hit = re.match(rb"0x([0-9a-f]+):(\d+):\$a: ", line)
        if hit:
            if int(hit[2]):  # 4.5 has empty matches, our tool has not
                found[rule][int(hit[1], 16)] = int(hit[2])
        elif head:
            rule = int(head[1])
    return found, refused, gave_up


def run_ours(tool, directory, definitions, path):
    lines = os.path.join(directory, "definitions")
    with open(lines, "w", encoding="ascii") as f:
        f.writelines(d.line(i) + "\n" for i, d in enumerate(definitions))
    done = subprocess.run([tool, lines, path], capture_output=True, timeout=300, check=True)
    found, refused, wrong = collections.defaultdict(dict), set(), []
    for line in done.stdout.decode("latin-1").split("\n"):
        words = line.split(" ")
        if len(words) > 1 and words[1] == "refused":
            refused.add(int(words[0]))
        elif len(words) > 1 and words[1] == "atoms":
            wrong.append(line)
        elif len(words) == 3:  # ("drops" is for the reader: results count, not the machine)
            # -L of yara 4.2.3 says 512 for everything longer
            found[int(words[0])][int(words[1])] = min(int(words[2]), 512)
    return found, refused, wrong


def wide_stretch(content, at):
    """The two-byte units around `at` as single bytes, and where `at` is in them."""
    begin = at
    while begin >= 2 and content[begin - 1] == 0:
        begin -= 2
    units, end = bytearray(), begin
    while end + 1 < len(content) and content[end + 1] == 0:
        units.append(content[end])
        end += 2
    return bytes(units), (at - begin) // 2


def is_word(content, at):
    return 0 <= at < len(content) and chr(content[at]).isalnum() and content[at] < 128


def is_fullword(content, at, length, wide):
    end = at + length
    if not wide:
        return not is_word(content, at - 1) and not is_word(content, end)
    return not (at >= 2 and content[at - 1] == 0 and is_word(content, at - 2)) and \
        not (end + 1 < len(content) and content[end + 1] == 0 and is_word(content, end))


def is_greedy(text):
    """Whether the longest of several counts: it has a quantifier and that is not lazy."""
    return bool(re.search(r"[*+?}]", text)) and not re.search(r"[*+?}]\?", text)


def hex_to_regex(text):
    """A hex string as Python's regular expression."""
    def token(match):
        word = match[0]
        if word[0] == "[":
            low, dash, high = word[1:-1].partition("-")
            return "[\\s\\S]{%s,%s}?" % (low or "0", high if dash else low)
        fits = [b for b in range(256) if all(w in ("?", h) for w, h in zip(word.lstrip("~"), "%02x" % b)) != (word[0] == "~")]
        return "[%s]" % "".join("\\x%02x" % b for b in fits)
    return re.sub(r"\[[^]]*\]|~?[0-9a-f?]{2}", token, text).replace(" ", "")


def by_definition(d, content, at):
    """What a backtracking matcher (Python's) takes at `at`: a length, or None."""
    flags = (re.S if d.flags & DOTALL else 0) | (re.I if d.flags & NOCASE else 0)
    text = hex_to_regex(d.text) if d.kind == "H" else d.text.replace("$", "\\Z")
    program = re.compile(text.encode("latin-1"), flags)
    best = None
    for wide in [False, True]:
        if not d.flags & (WIDE if wide else ASCII) and (wide or d.flags & WIDE):
            continue
        text, pos = wide_stretch(content, at) if wide else (content, at)
        match = program.match(text, pos) if pos < len(text) else None
        length = match.end() - pos if match else 0
        length *= 2 if wide else 1
        fits = length and not (d.flags & FULLWORD and not is_fullword(content, at, length, wide))
        if fits and (best is None or is_greedy(d.text) and length > best):
            best = length
    return best


GAP = r"\.\{\d*,?\d*\}\?"


def possible(d, content, at, length):
    """Whether a match of that length may begin there, preferences aside. Not for wide ones."""
    flags = (re.S if d.flags & DOTALL else 0) | (re.I if d.flags & NOCASE else 0)
    text = re.sub(GAP, lambda m: m[0].replace(".", "[\\s\\S]"), d.text).replace("$", "\\Z")
    if d.kind == "H":
        text = hex_to_regex(d.text)
    return re.compile(text.encode("latin-1"), flags).fullmatch(content, at, at + length) is not None


def excused(d, ours, theirs, content, split):
    """Why a difference is yara's oddity and not our error; None when it is not known to be.

    ascii-and-wide: a regular expression with both. yara 4.2.3 tries wide only where the part after
    an atom does not match as ascii, and chains ascii parts to wide ones. Its own answers for each
    alone, put together, are what we say.

    preference: yara begins at atoms in the middle of an expression and takes the first or the last
    length that it comes across, so which of several possible ones it reports depends on its choice
    of atoms; it counts no empty copies of a repeat; it may take its atom from an optional part
    (/c?[01]/ finds nothing where there is no c). We take what a backtracking matcher takes, and
    Python's agrees with us at every place in question.

    chain: in a string that was cut at a long jump, yara forgets a first part as soon as it has seen
    a last part too far away, and it comes across last parts by rising end, not by rising start
    (/c.{250}?[^a]??a/ finds nothing in "c", 250 bytes, "ba"). We find at least what it finds, and
    all lengths in question are possible ones; with fullword it may also find more, as above.

    ends: where all behind yara's atom has one length, Candor takes any end, as yara does; which of them yara
    takes can still hang on its atoms. Ours begin where theirs do, and are possible ones."""
    if d.kind == "T":
        return None
    if d.kind == "R" and d.flags & ASCII and d.flags & WIDE and split() == ours:
        return "ascii-and-wide"
    differ = set(ours.items()) ^ set(theirs.items())
    if re.search(GAP if d.kind == "R" else r"-\]|\d\d\d\]", d.text):
        fits = all(possible(d, content, at, n) for at, n in differ)
        if d.flags & WIDE:  # `possible` cannot say; both must at least begin there
            fits = d.flags & FULLWORD or all(at in ours and at in theirs for at, _ in differ)
        more = all(at in ours for at, _ in differ)
        return "chain" if fits and (more or d.flags & FULLWORD) else None
    places = set(at for at, _ in differ)
    if all(by_definition(d, content, at) == ours.get(at) for at in places):
        return "preference"
    if d.kind == "R" and all(at in ours and (d.flags & WIDE or possible(d, content, at, ours[at])) for at in places):
        return "ends"
    return None


def split_answers(d, directory, path):
    """yara's answers for ascii and for wide alone, put together."""
    narrow = Definition("R", d.text, d.flags & ~WIDE)
    wide = Definition("R", d.text, d.flags & ~ASCII)
    found, _, _ = run_yara(directory, [narrow, wide], path)
    both = dict(found[1])
    for at, length in found[0].items():
        both[at] = max(length, both.get(at, 0)) if is_greedy(d.text) else length
    return both


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    kinds = sys.argv[3] if len(sys.argv) > 3 else "THR"
    show = os.environ.get("CANDOR_PATTERN_SHOW")
    tool = os.path.join(os.environ.get("BUILD", "build"), "tests", "pattern-scan")
    print("1..1")
    if not shutil.which("yara"):
        print("ok 1 - matches as yara # skip no yara here")
        return 0
    r = random.Random(seed)
    total = collections.Counter()
    failures = []
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "data")
        for _ in range(rounds):
            definitions = [definition(r, kinds) for _ in range(RULES_A_ROUND)]
            content = data(r, definitions)
            with open(path, "wb") as f:
                f.write(content)
            theirs, they_refuse, gave_up = run_yara(directory, definitions, path)
            ours, we_refuse, wrong = run_ours(tool, directory, definitions, path)
            for line in wrong:
                failures.append("%s: %s" % (line, definitions[int(line.split(" ")[0])].yara()))
            for i, d in enumerate(definitions):
                total["definitions"] += 1
                if i in gave_up:
                    total["yara gave up"] += 1
                    continue
                total["matches"] += len(theirs[i])
                same = ours[i] == theirs[i] and (i in we_refuse) == (i in they_refuse)
                why = None if same else excused(d, ours[i], theirs[i], content,
                                               lambda d=d: split_answers(d, directory, path))
                total["same" if same else why or "differ"] += 1
                if show and not same:
                    diff = sorted(set(ours[i].items()) ^ set(theirs[i].items()))
                    parts = ["%d:%s/%s %r" % (at, ours[i].get(at), theirs[i].get(at),
                                              content[at:at + 24]) for at, _ in diff[:3]]
                    print("# %s %s: %s %s" % (why or "DIFFER", d.yara(), "; ".join(parts),
                                              (i in we_refuse, i in they_refuse)))
                if not same and not why:
                    failures.append(d.yara())
    for line in failures[:20]:
        print("# differs: " + line)
    print("# " + ", ".join("%d %s" % (n, what) for what, n in sorted(total.items())))
    print("%s 1 - matches as yara" % ("not ok" if failures else "ok"))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
