#!/usr/bin/env python3
"""Rules that hunt documents, by somebody who had not read what the audit looks for: 40 templates, words invented at test time, each rule in the
dress of malware. Recall is printed and must be 95 % at least. None of these rules is kept."""
import base64
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib
from lib import say

rng = random.Random(int(os.environ.get("CANDOR_TEST_SEED", "1917")))
EACH = int(os.environ.get("CANDOR_TEST_COUNT", "6"))

SYLLABLES = "ka lo mi ren tor vas el din gro sha pel um bri nok fa zu ster quil mar hon".split()
MARKS = ["confidential", "strictly private", "for internal use only", "not for distribution", "restricted", "secret", "eyes only", "attorney-client privileged",
         "streng geheim", "nur f\u00fcr den dienstgebrauch", "confidentiel d\u00e9fense", "\u0441\u0435\u043a\u0440\u0435\u0442\u043d\u043e", "\u6a5f\u5bc6", "vertraulich"]
RUSSIAN = "\u0441\u043e\u0432\u0435\u0440\u0448\u0435\u043d\u043d\u043e \u0441\u0435\u043a\u0440\u0435\u0442\u043d\u043e"
TOPICS = ["salary", "invoice", "merger", "diagnosis", "passport", "minutes of the meeting", "board", "acquisition", "tax return", "visa application", "curriculum vitae",
          "troop", "deployment", "embassy", "laboratory results", "bank statement", "contract", "tender", "patent application", "source of the story"]


def name(parts=2):
    return "".join(rng.choice(SYLLABLES) for _ in range(parts)).capitalize()


def person():
    return name() + " " + name(3)


def mark():
    return rng.choice(MARKS)


def topic():
    return rng.choice(TOPICS)


def project():
    return rng.choice(["Project ", "Operation ", "Vorgang ", "Dossier "]) + name(3)


def hexed(text, nibbles=False, coding="utf-8"):
    out = []
    for b in text.encode(coding):
        h = f"{b:02x}"
        out.append(h[0] + "?" if nibbles and rng.random() < 0.12 else h)
    return " ".join(out)


def q(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def rx(text):
    """A regular expression of it in either case."""
    out = ""
    for b in text.encode():
        c = chr(b)
        if b < 128 and c.isalpha():
            out += f"[{c.upper()}{c.lower()}]"
        else:
            out += "\\s+" if c == " " else c if b < 128 and c.isdigit() else f"\\x{b:02x}"
    return out


def spread(text):
    """The word with anything between its letters."""
    return "".join(f"{b:02x} [0-1] " for b in text.encode()[:-1]) + f"{text.encode()[-1]:02x}"


def u32(word):
    return int.from_bytes(word.encode()[:4], "big")


def rule(strings, condition, imports=(), before=""):
    ident = "win_" + name(3).lower() + "_" + str(rng.randrange(10**6))
    head = "".join(f'import "{i}"\n' for i in imports)
    s = "strings: " + " ".join(strings) if strings else ""
    return ident, f'{head}{before}rule {ident} : trojan {{ meta: author = "lab" class = "malware" description = "Detects {name()} loader" {s} condition: {condition} }}\n'


def templates():
    """Each makes one rule."""
    t = []
    t.append(lambda: rule([f"$a = {q(mark())} nocase", f"$b = {q(project())}"], "all of them"))
    t.append(lambda: rule([f"$a = {q(project())} ascii wide"], "$a"))
    t.append(lambda: rule([f"$a = {{ {hexed(mark())} }}", f"$b = {{ {hexed(person())} }}"], "any of them and filesize < 2MB"))
    t.append(lambda: rule([f"$a = {{ {hexed(project(), True)} }}"], "#a > 0"))
    t.append(lambda: rule([f"$a = /{rx(mark())}/"], "$a"))
    t.append(lambda: rule([f"$a = {q(person())} xor(1-255)", f"$b = {q(person())}"], "any of them"))
    t.append(lambda: rule([f"$a = {q(project())} base64"], "$a"))
    t.append(lambda: rule([f"$a = {q(project())} base64wide wide"], "any of them"))
    t.append(lambda: rule([f"$a = {q(topic())} wide nocase", f"$b = {q(person())} wide"], "$a and $b"))
    t.append(lambda: rule([], f"for any i in (0..filesize - 8) : (uint32be(i) == {u32(project().split()[1][:4].ljust(4, 'a'))} and uint8(i + 4) > 0x20)"))
    t.append(lambda: rule([f"$m = {q(mark())} nocase"], f"uint32(0) == 0x46445025 and $m"))
    t.append(lambda: rule([f"$c = \"word/document.xml\"", f"$d = {q(person())}"], "uint32(0) == 0x04034b50 and all of them"))
    t.append(lambda: rule([f"$c = \"docProps/core.xml\""], "uint32be(0) == 0x504b0304 and $c and filesize < 500KB"))
    t.append(lambda: rule([f"$a = {q(person())} wide"], "uint32(0) == 0xe011cfd0 and $a"))
    t.append(lambda: rule(["$a = /\\/Author ?\\(" + rx(person()) + "\\)/"], "$a"))
    t.append(lambda: rule(["$a = /\\/Title ?\\([^)]{0,80}" + rx(topic()) + "/"], "$a in (0..200000)"))
    t.append(lambda: rule([f"$f = /From: .{{0,60}}@{name().lower()}\\.(com|org|de)/", f"$s = \"Subject: \""], "$f and $s"))
    t.append(lambda: rule([f"$t = \"To: {name().lower()}@{name().lower()}.example\" nocase"], "$t"))
    t.append(lambda: rule([f"$k = \"-----BEGIN OPENSSH PRIVATE KEY-----\""], "$k at 0"))
    t.append(lambda: rule(["$k = { 03 d9 a2 9a 67 fb 4b b5 }"], "$k at 0"))
    t.append(lambda: rule(["$iban = /DE[0-9]{2} ?[0-9]{4} ?[0-9]{4} ?[0-9]{4} ?[0-9]{4} ?[0-9]{2}/"], "#iban > 2"))
    t.append(lambda: rule(["$p = /[Pp]assport (No|Nr|number)[.:]? ?[A-Z0-9]{6,9}/"], "$p"))
    t.append(lambda: rule(["$c = /[45][0-9]{3}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{4}/"], "#c >= 3"))
    t.append(lambda: (lambda w: rule([f"$a = {q(w[:4])}", f"$b = {q(w[4:])}"], "for any i in (1..#a) : ($b at @a[i] + 4)"))(name(4) + "dossier"))
    t.append(lambda: rule([f"$mz = {{ 4d 5a }}", f"$w = {q(project())}"], "$mz at 0 or $w"))
    t.append(lambda: rule([f"$w = {q(person())}", f"$x = {q(topic())} nocase"], "not uint16(0) == 0x5a4d and filesize < 1MB and #x > 2 and $w"))
    t.append(lambda: rule([f"$w = {q(mark())} nocase"], "#w > 5"))
    t.append(lambda: rule([f"$m1 = \"mimikatz\" nocase", f"$m2 = \"Invoke-ReflectivePEInjection\"", f"$m3 = {q(project())}"], "any of them"))
    t.append(lambda: rule([f"$d1 = \"cmd.exe /c\"", f"$d2 = \"WScript.Shell\"", f"$w = {q(person())}"], "all of ($d*) or $w"))
    t.append(lambda: rule([f"$a = {{ {spread(rng.choice(['salary', 'merger', 'classified', 'passport']))} }}"], "$a"))
    t.append(lambda: rule([f"$a = /{'.{0,2}'.join(rng.choice(['geheim', 'secret', 'nofornx', 'intern']))}/ nocase"], "$a"))
    t.append(lambda: rule(["$a = " + q("\\author " + person())], "$a"))
    t.append(lambda: rule(["$a = " + q("<title>" + topic().title())], "$a"))
    t.append(lambda: rule([f"$a = {{ {hexed(project(), coding='utf-16-le')} }}"], "$a"))
    t.append(lambda: rule([f"$a = {{ {hexed(RUSSIAN, coding='cp1251')} }}"], "$a"))
    t.append(lambda: rule([f"$a = {q(base64.b64encode(project().encode()).decode()[:12])}"], "$a"))
    t.append(lambda: rule([], "uint32(0) == 0x46445025 and math.entropy(0, 4096) < 5.5 and filesize > 20KB and filesize < 900KB", ["math"]))
    t.append(lambda: rule([], "math.entropy(0, filesize) < 4.9 and math.mean(0, filesize) > 90.0 and math.mean(0, filesize) < 110.0 and filesize > 200", ["math"]))
    t.append(lambda: rule([f"$s = \"Subject: \""], "for any i in (1..#s) : (hash.md5(@s[i] + 9, 8) == " + q(rng.randbytes(16).hex()) + ")", ["hash"]))
    t.append(lambda: (lambda p: rule([f"$w = {q(topic())} nocase"], f"{p} and $w", before=f"private rule {p} {{ strings: $h = \"%PDF-\" $o = {{ d0 cf 11 e0 }} $z = {{ 50 4b 03 04 }} condition: any of them in (0..1024) }}\n"))("stage_" + name().lower()))
    return t


def main():
    folder = tempfile.mkdtemp(prefix="candor-stranger-", dir="/tmp")
    try:
        made, where = [], {}
        for k, make in enumerate(templates()):
            for i in range(EACH):
                ident, text = make()
                path = os.path.join(folder, f"t{k:02d}_{i}.yar")
                lib.put(path, text.encode())
                made.append(ident)
                where[ident] = (k, text)
        code, out, err = lib.candor("rules", "audit", "--json", "--all", "-r", folder, timeout=500)
        rows = {r["rule"]: r for r in map(json.loads, out.decode().splitlines()) if "rule" in r}
        compiled = [m for m in made if m in rows]
        say(len(compiled) == len(made) >= 200, f"{len(made)} red rules of {len(templates())} templates compile", (len(compiled), err[-800:].decode(errors="replace")))
        caught = [m for m in made if m in rows and rows[m]["verdict"] == "hunts-documents"]
        missed = [m for m in made if m not in caught]
        share = 100 * len(caught) / max(1, len(made))
        by = {}
        for m in missed:
            by.setdefault(where[m][0], []).append((where[m][1].strip(), rows.get(m, {}).get("verdict"), rows.get(m, {}).get("why")))
        notes = [f"template {k}: {len(v)} of {EACH} missed: {v[0][1]}: {v[0][2]}: {v[0][0][:300]}" for k, v in by.items()]
        for n in notes:
            print("# " + n)
        say(share >= 95, f"recall on rules by a stranger to the lints: {len(caught)} of {len(made)}, {share:.1f} %")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()
