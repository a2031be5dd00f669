"""A publisher of rules, honest or not, and its witnesses: keys, notes, trees and releases made here, without Candor's code, so that any
lie can be told. Formats: doc/rulelog.md; Ed25519: RFC 8032, 5.1. Imported, never run."""
import base64
import hashlib
import os
import time

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def _recover_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return P - x if (x & 1) != sign else x


def _add(a, b):
    A, B = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    C, E = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = B - A, E - C, E + C, B + A
    return e * f % P, g * h % P, f * g % P, e * h % P


def _mul(s, p):
    q = (0, 1, 1, 0)
    while s:
        if s & 1:
            q = _add(q, p)
        p = _add(p, p)
        s >>= 1
    return q


GY = 4 * pow(5, P - 2, P) % P
GX = _recover_x(GY, 0)
G = (GX, GY, 1, GX * GY % P)


def _pack(p):
    z = pow(p[2], P - 2, P)
    x, y = p[0] * z % P, p[1] * z % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


class Key:
    """kind 1: a log's or a root holder's; 4: a witness's."""

    def __init__(self, name, kind=1, seed=None):
        self.name, self.kind = name, kind
        self.seed = seed or hashlib.sha256(name.encode() + bytes([kind])).digest()
        h = hashlib.sha512(self.seed).digest()
        self.a = (int.from_bytes(h[:32], "little") & (1 << 254) - 8) | 1 << 254
        self.prefix = h[32:]
        self.public = _pack(_mul(self.a, G))
        self.id = hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + self.public).digest()[:4]

    def sign(self, message):
        r = int.from_bytes(hashlib.sha512(self.prefix + message).digest(), "little") % Q
        R = _pack(_mul(r, G))
        k = int.from_bytes(hashlib.sha512(R + self.public + message).digest(), "little") % Q
        return R + ((r + k * self.a) % Q).to_bytes(32, "little")

    def vkey(self):
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"

    def secret(self):
        return f"PRIVATE+KEY+{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.seed).decode()}\n"

    def line(self, text, at=None):
        """A signature line under a note's text; a witness's is of the time `at`."""
        if self.kind == 4:
            at = int(time.time()) if at is None else at
            body = at.to_bytes(8, "big") + self.sign(f"cosignature/v1\ntime {at}\n".encode() + text)
        else:
            body = self.sign(text)
        return f"\u2014 {self.name} {base64.b64encode(self.id + body).decode()}\n".encode()


EVIDENCE = hashlib.sha256(b"a sample").hexdigest()
MARK = "text of "


def rule(name, body=None, cls="test"):
    """Finds an ELF file with "text of NAME" in it, unless told otherwise."""
    body = body or f'strings: $a = "{MARK}{name}" condition: uint32(0) == 0x464c457f and $a'
    return f'rule {name} {{ meta: class = "{cls}" sample = "{EVIDENCE}" {body} }}\n'


def leaf(name, text=None, cls="test"):
    return f"candor-rule/v1\nop add\nid {name}\nevidence sha256:{EVIDENCE}\nclass {cls}\n\n{text or rule(name)}".encode()


def revoke(name, reason=""):
    return f"candor-rule/v1\nop revoke\nid {name}\n\n{reason}".encode()


def block(name, sums):
    return f"candor-rule/v1\nop hashes\nid {name}\nclass malware\n\n{''.join(s + chr(10) for s in sums)}".encode()


def root(leaves):
    """RFC 6962, 2.1."""
    level = [hashlib.sha256(b"\0" + l).digest() for l in leaves]

    def tree(hashes):
        if not hashes:
            return hashlib.sha256(b"").digest()
        if len(hashes) == 1:
            return hashes[0]
        k = 1
        while k * 2 < len(hashes):
            k *= 2
        return hashlib.sha256(b"\1" + tree(hashes[:k]) + tree(hashes[k:])).digest()
    return tree(level)


def head(origin, leaves, size=None, top=None):
    return f"{origin}\n{len(leaves) if size is None else size}\n{base64.b64encode(top or root(leaves)).decode()}\n".encode()


def bundle(note, entries, start, end, form="candor-bundle/v1"):
    data = f"{form}\nfrom {start}\nto {end}\nnote {len(note)}\n\n".encode() + note
    return data + b"".join(len(e).to_bytes(2, "big") + e for e in entries)


class Log:
    """Leaves under a key, with witnesses that sign whatever they are given."""

    def __init__(self, origin="log.example/rules", witnesses=0, need=0):
        self.key = Key(origin)
        self.origin = origin
        self.leaves = []
        self.witnesses = [Key(f"w.example/{i}", 4) for i in range(witnesses)]
        self.need = need

    def policy(self, extra=""):
        if not self.witnesses:
            return f"log {self.key.vkey()}\n{extra}quorum none\n"
        rows = "".join(f"witness w{i} {w.vkey()}\n" for i, w in enumerate(self.witnesses))
        names = " ".join(f"w{i}" for i in range(len(self.witnesses)))
        return f"log {self.key.vkey()}\n{rows}{extra}group g {self.need} {names}\nquorum g\n"

    def add(self, *leaves):
        self.leaves += leaves
        return self

    def copy(self):
        other = Log.__new__(Log)
        other.__dict__.update(self.__dict__, leaves=list(self.leaves))
        return other

    def note(self, ages=None, text=None, log_key="own"):
        """ages: of the cosignatures in seconds, by witness; None is no cosignature."""
        text = text or head(self.origin, self.leaves)
        ages = [0] * len(self.witnesses) if ages is None else ages
        key = self.key if log_key == "own" else log_key
        note = text + b"\n" + (key.line(text) if key else b"")
        for w, age in zip(self.witnesses, ages):
            if age is not None:
                note += w.line(text, int(time.time() - age))
        return note

    def release(self, start=0, note=None, entries=None, end=None, **how):
        note = self.note(**how) if note is None else note
        entries = self.leaves[start:] if entries is None else entries
        return bundle(note, entries, start, len(self.leaves) if end is None else end)


def sample(name):
    return b"\x7fELF ... " + (MARK + name).encode()


class Machine:
    """A machine that follows a log, in a folder of its own: configuration, policy, state, files to try rules on."""

    def __init__(self, folder, policy, cooling="0", trial=None):
        import lib
        self.lib, self.folder = lib, folder
        os.makedirs(folder)
        self.trial = trial or self.path("clean")
        if not trial:
            clean_files(self.trial)
        self.set(policy, cooling)

    def path(self, name):
        return os.path.join(self.folder, name)

    def set(self, policy=None, cooling=None, more=""):
        self.policy = policy or self.policy
        self.cooling = cooling or self.cooling
        self.lib.put(self.path("policy"), self.policy.encode())
        self.lib.put(self.path("conf"), (f"state = {self.path('state')}\npolicy = {self.path('policy')}\ncooling-off = {self.cooling}\n"
                                         f"trial = {self.trial}\n{more}").encode())

    def run(self, *args, **kw):
        code, out, err = self.lib.candor("--config", self.path("conf"), *args, **kw)
        return code, (out + err).decode("utf-8", "replace")

    def update(self, data=None, name="new.bundle", **kw):
        """By a release's bytes, or without one."""
        if data is None:
            return self.run("update", **kw)
        return self.run("update", self.lib.put(self.path(name), data), **kw)

    def finds(self, name):
        """Whether a scan finds what the rule of that name is for, and what the scan said."""
        code, text = self.run("scan", "--no-progress", "--no-cache", self.lib.put(self.path("hit"), sample(name)))
        return f"FOUND {name} " in text, text

    def state(self):
        with open(self.path("state/rules/state"), encoding="utf-8") as f:
            return f.read()

    def active(self):
        """Entries of the active set; None: there is none."""
        rows = [l.split() for l in self.state().splitlines() if l.startswith("active ")] if os.path.exists(self.path("state/rules/state")) else []
        return int(rows[0][3]) if rows else None

    def ledger(self):
        return self.run("ledger", "show", "--ledger", self.path("state/ledger"))[1]


def clean_files(folder, count=100):
    """Programs of a kind, and texts; all of them of a day's work."""
    os.makedirs(folder)
    for i in range(count):
        kind = b"\x7fELF\2\1\1" + bytes(9) if i % 2 else b"a note\n"
        with open(os.path.join(folder, f"file{i}"), "wb") as f:
            f.write(kind + f"number {i} of kind k{i % 10}\n".encode() + bytes(range(256)) * 16)
