"""Rules that hunt documents, made from templates with invented words. They are made when a test runs and are never written to a package.

make(seed, count) gives (name, template, text) for `count` rules; no text needs another."""
import base64
import hashlib
import random

SYLLABLES = "ka lor ven tis mar bel dro fin gar hul jor kel lam nor pel quin ras sol tem ur vil wex yar zen bra cle dun esk fal gro".split()
MARKINGS = [
    "top secret", "strictly confidential", "for official use only", "eyes only", "restricted distribution", "internal use only", "NOFORN", "commercial in confidence",
    "streng vertraulich", "nur für den dienstgebrauch", "geheim", "confidentiel défense", "diffusion restreinte", "secreto", "совершенно секретно", "для служебного пользования",
    "not releasable to foreign nationals", "attorney client privileged", "board minutes", "trade secret", "draft merger agreement", "sealed indictment",
]
PEOPLE = ["Annika Brandt", "Jorge Valdivia", "Mireille Fontaine", "Tomasz Wilk", "Priya Raman", "Oluwaseun Adeyemi", "Kerstin Holm", "Dmitri Sorokin"]
FIELDS = [
    "date of birth", "passport number", "account holder", "invoice total", "bank account", "social security number", "patient name", "diagnosis", "blood group", "salary",
    "curriculum vitae", "work experience", "tax return", "home address", "Rechnungsnummer", "Kontonummer", "Geburtsdatum", "numéro de facture", "employment contract", "last will",
]


def invented(rng, parts=(2, 3)):
    return "".join(rng.choice(SYLLABLES) for _ in range(rng.choice(parts))).capitalize()


def phrase(rng):
    """What somebody would look for."""
    kind = rng.randrange(5)
    if kind == 0:
        return rng.choice(MARKINGS)
    if kind == 1:
        return rng.choice(FIELDS)
    if kind == 2:
        return rng.choice(["Operation ", "Project ", "Projekt ", "Task Force ", "Programme "]) + invented(rng)
    if kind == 3:
        return rng.choice(PEOPLE)
    return invented(rng, (3,))


def ascii_phrase(rng):
    while True:
        p = phrase(rng)
        if p.isascii() and len(p) >= 6:
            return p


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def hexed(data):
    return "{ " + " ".join(f"{b:02X}" for b in data) + " }"


def classes(text):
    out = ""
    for c in text:
        if c == " ":
            out += r"[ _\t-]"
        elif c.isalpha():
            out += f"[{c.upper()}{c.lower()}]"
        else:
            out += c
    return out


GATES = [
    "", "filesize < 5MB", "uint32be(0) == 0x25504446", "uint32(0) == 0x04034b50", "uint32be(0) == 0xd0cf11e0", "not uint16(0) == 0x5a4d", "filesize > 100", "uint16(0) != 0x5a4d",
    "filesize < 20MB and uint32(0) != 0x464c457f",
]


def with_gate(rng, condition):
    gate = rng.choice(GATES)
    return f"{gate} and {condition}" if gate else condition


def rule(name, strings, condition, imports=(), private="", metas=None):
    head = "".join(f'import "{i}"\n' for i in imports)
    meta = metas or ['description = "detects a loader"', 'class = "trojan"']
    body = f"{private}rule {name}\n{{\n    meta:\n" + "".join(f"        {m}\n" for m in meta)
    if strings:
        body += "    strings:\n" + "".join(f"        {s}\n" for s in strings)
    return head + body + f"    condition:\n        {condition}\n}}\n"


def plain(rng, name):
    mods = rng.choice(["", " nocase", " wide ascii nocase", " fullword", " wide", " ascii wide"])
    return rule(name, [f"$a = {quoted(phrase(rng))}{mods}"], with_gate(rng, "$a"))


def several(rng, name):
    n = rng.randrange(2, 7)
    strings = [f"$s{i} = {quoted(phrase(rng))}{rng.choice(['', ' nocase', ' wide ascii'])}" for i in range(n)]
    return rule(name, strings, with_gate(rng, rng.choice(["any of them", "all of them", f"{max(1, n // 2)} of them", "1 of ($s*)"])))


def counted(rng, name):
    return rule(name, [f"$a = {quoted(phrase(rng))} nocase wide ascii"], with_gate(rng, rng.choice(["#a > 2", "#a >= 1 and #a < 50", "#a in (0..4096) > 0", "@a[1] < 8192"])))


def split(rng, name):
    p = ascii_phrase(rng)
    at = rng.randrange(3, len(p) - 2)
    form = rng.choice(["$b at @a[1] + LEN", "for any i in (1..#a) : ($b at @a[i] + LEN)", "@b[1] == @a[1] + LEN", "@b - @a == LEN"])
    return rule(name, [f"$a = {quoted(p[:at])}", f"$b = {quoted(p[at:])}"], with_gate(rng, f"$a and $b and {form}".replace("LEN", str(at))))


def in_hex(rng, name):
    p = ascii_phrase(rng)
    data = rng.choice([p.encode(), p.encode("utf-16-le"), p.upper().encode()])
    return rule(name, [f"$a = {hexed(data)}"], with_gate(rng, "$a"))


def hex_wild(rng, name):
    p = ascii_phrase(rng).encode()
    out = []
    for i, b in enumerate(p):
        hole = 0 < i < len(p) - 1 and rng.random() < 0.15
        out.append("??" if hole else f"({b & 0xdf:02X} | {b | 0x20:02X})" if chr(b).isalpha() and rng.random() < 0.5 else f"{b:02X}")
    if rng.random() < 0.4:
        out.insert(len(out) // 2, "[0-4]")
    return rule(name, ["$a = { " + " ".join(out) + " }"], with_gate(rng, "$a"))


def regex_word(rng, name):
    p = ascii_phrase(rng)
    form = rng.randrange(4)
    if form == 0:
        body = classes(p)
    elif form == 1:
        body = "(" + "|".join(ascii_phrase(rng).replace(" ", r"\s+") for _ in range(rng.randrange(2, 5))) + ")"
    elif form == 2:
        body = r"\b" + p.replace(" ", r"[\s._-]{1,3}") + r"\b"
    else:
        body = p.replace("e", "[e3]").replace("o", "[o0]").replace("i", "[i1]").replace("a", "[a@4]").replace(" ", ".?")
    return rule(name, [f"$a = /{body}/{rng.choice(['', 'i', 'is'])}{rng.choice(['', ' wide ascii'])}"], with_gate(rng, "$a"))


def identity(rng, name):
    forms = [
        r"/\b[A-Z]{2}[0-9]{2}[ ]?([0-9]{4}[ ]?){4}[0-9]{2}\b/", r"/\b\d{3}-\d{2}-\d{4}\b/", r"/\b4[0-9]{3}([ -]?[0-9]{4}){3}\b/",
        r"/[a-z]{1,20}\.[a-z]{2,20}@" + invented(rng).lower() + r"\.(gov|mil|org)/ nocase", r"/\+?49[ \/-]?\d{2,4}[ \/-]?\d{5,9}/", r"/\b(0[1-9]|[12]\d|3[01])\.(0[1-9]|1[0-2])\.(19|20)\d{2}\b/",
        '"@' + invented(rng).lower() + '.mil"', r"/[A-Z][0-9]{8}<[0-9A-Z]{4,}/", r"/(IBAN|BIC|SWIFT)[: ]{1,3}[A-Z0-9 ]{8,34}/",
    ]
    return rule(name, [f"$a = {rng.choice(forms)}"], with_gate(rng, rng.choice(["$a", "#a > 1", "#a > 4"])))


def xored(rng, name):
    return rule(name, [f"$a = {quoted(ascii_phrase(rng))} xor{rng.choice(['', '(0x01-0xff)', '(1-64)'])}"], with_gate(rng, "$a"))


def xor_by_hand(rng, name):
    key = rng.randrange(1, 256)
    return rule(name, [f"$a = {hexed(bytes(b ^ key for b in rng.choice(MARKINGS[:8]).encode()))}"], with_gate(rng, "$a"))


def based(rng, name):
    return rule(name, [f"$a = {quoted(ascii_phrase(rng))} {rng.choice(['base64', 'base64wide', 'base64 base64wide'])}"], with_gate(rng, "$a"))


def based_by_hand(rng, name):
    text = base64.b64encode(ascii_phrase(rng).encode()).decode().rstrip("=")
    return rule(name, [f"$a = {quoted(text)}"], with_gate(rng, "$a"))


def range_hash(rng, name):
    p = ascii_phrase(rng)
    algo = rng.choice(["md5", "sha1", "sha256"])
    digest = hashlib.new(algo, p.encode()).hexdigest()
    form = rng.randrange(3)
    if form == 0:
        return rule(name, [f"$a = {quoted(p[:3])}"], with_gate(rng, f'for any i in (1..#a) : (hash.{algo}(@a[i], {len(p)}) == "{digest}")'), ["hash"])
    if form == 1:
        return rule(name, [], with_gate(rng, f'for any i in (0..4096) : (hash.{algo}(i, {len(p)}) == "{digest}")'), ["hash"])
    return rule(name, ['$a = "Subject:"'], with_gate(rng, f'hash.{algo}(@a[1] + 9, {len(p)}) == "{digest}"'), ["hash"])


def checksum(rng, name):
    p = ascii_phrase(rng)
    return rule(name, [], with_gate(rng, f"for any i in (0..2000) : (hash.checksum32(i, {len(p)}) == {sum(p.encode())})"), ["hash"])


def entropy(rng, name):
    form = rng.randrange(4)
    if form == 0:
        return rule(name, [], with_gate(rng, "math.entropy(0, filesize) > 3.5 and math.entropy(0, filesize) < 5.6"), ["math"])
    if form == 1:
        return rule(name, [f"$a = {quoted(phrase(rng))} nocase"], with_gate(rng, "$a and math.entropy(0, filesize) < 6.5"), ["math"])
    if form == 2:
        return rule(name, [], with_gate(rng, "math.mean(0, filesize) > 60.0 and math.mean(0, filesize) < 115.0 and filesize > 200"), ["math"])
    return rule(name, [f"$a = {quoted(ascii_phrase(rng))}"], with_gate(rng, "$a and math.in_range(math.entropy(0, 256), 3.0, 6.0)"), ["math"])


def two_stage(rng, name):
    inner = rule("Part_" + name, [f"$a = {quoted(phrase(rng))} nocase wide ascii"], "$a", private="private ")
    other = rule("Gate_" + name, [], rng.choice(["filesize < 10MB", "uint32be(0) == 0x25504446", "uint16(0) != 0x5a4d"]), private="private ")
    return inner + other + rule(name, [], f"Part_{name} and Gate_{name}")


def spelled(rng, name):
    p = ascii_phrase(rng).replace(" ", "")[:8].encode().ljust(8, b"e")
    a, b = int.from_bytes(p[:4], "big"), int.from_bytes(p[4:8], "big")
    form = rng.randrange(2)
    if form == 0:
        return rule(name, [], with_gate(rng, f"for any i in (0..filesize) : (uint32be(i) == 0x{a:08x} and uint32be(i + 4) == 0x{b:08x})"))
    low = int.from_bytes(p[:4], "little")
    return rule(name, [], with_gate(rng, f"for any i in (0..8192) : (uint32(i) == 0x{low:08x} and uint8(i + 4) == 0x{p[4]:02x} and uint8(i + 5) == 0x{p[5]:02x})"))


def structured(rng, name):
    """Words behind the marks of a document's format."""
    marks = [('"%PDF-"', "$m at 0"), ('"{\\\\rtf"', "$m at 0"), ('"word/document.xml"', "$m"), ('"Content-Type: text/plain"', "$m"), ('"Subject:"', "$m"), ('"<w:t"', "$m"), ('{ D0 CF 11 E0 A1 B1 1A E1 }', "$m at 0"), ('"From: "', "$m in (0..2000)")]
    mark, where = rng.choice(marks)
    return rule(name, [f"$m = {mark}", f"$a = {quoted(phrase(rng))} nocase ascii wide"], f"{where} and $a")


def negated(rng, name):
    return rule(name, [f"$a = {quoted(phrase(rng))} nocase", f"$n1 = {quoted(invented(rng))}", '$n2 = "This program cannot be run in DOS mode"'], with_gate(rng, "$a and not any of ($n*)"))


def keys(rng, name):
    forms = ['"-----BEGIN RSA PRIVATE KEY-----"', '"-----BEGIN OPENSSH PRIVATE KEY-----"', '"BEGIN PGP PRIVATE KEY BLOCK"', '"wallet.dat" nocase', '"seed phrase" nocase', '"recovery phrase" wide ascii', r"/password\s*[:=]\s*\S{6,}/ nocase", '"ssh-ed25519 AAAA"']
    return rule(name, [f"$a = {rng.choice(forms)}"], with_gate(rng, "$a"))


def by_name(rng, name):
    text = rng.choice(["secret", "budget", "passport", "contract", invented(rng).lower(), "merger", "cv"])
    form = rng.choice([f'filename contains "{text}"', f'filename icontains "{text}"', f"filename matches /{text}.{{0,20}}\\.(docx?|pdf|xlsx?)$/i", 'extension == ".docx" and filesize > 1KB', f'owner == "{invented(rng).lower()}" and filename endswith ".pdf"'])
    return rule(name, [], form)


def near(rng, name):
    return rule(name, [f"$a = {quoted(phrase(rng))} nocase", f"$b = {quoted(phrase(rng))} nocase"], with_gate(rng, rng.choice(["$a and $b", "for any of them : (# > 0)", "for any i in (1..#a) : (@b[1] - @a[i] < 400 or @a[i] - @b[1] < 400)"])))


TEMPLATES = [
    plain, several, counted, split, in_hex, hex_wild, regex_word, identity, xored, xor_by_hand, based, based_by_hand, range_hash, checksum, entropy, two_stage, spelled, structured, negated, keys, by_name, near,
]


def make(seed, count):
    rng = random.Random(seed)
    out = []
    for i in range(count):
        template = TEMPLATES[i % len(TEMPLATES)]
        name = f"Red_{i:04d}"
        out.append((name, template.__name__, template(rng, name)))
    return out
