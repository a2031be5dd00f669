#!/usr/bin/env python3
"""Mail is opened: Python's own mail package writes messages of every shape, each attachment is packed so that only decoding finds what is in it,
and every one is found, under its name. The same in mailboxes, folders of mail, inside archives, and beside clamscan where it is installed."""
import email.encoders
import email.generator
import email.policy
import gzip
import io
import os
import random
import shutil
import subprocess
import sys
import tempfile
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib
from lib import say, skip

COUNT = int(os.environ.get("CANDOR_TEST_COUNT", "300"))
rng = random.Random(int(os.environ.get("CANDOR_TEST_SEED", "20171")))


def marker(n):
    return f"mail-marker-{n:05d}-"


def packed(n):
    """Bytes in which the marker cannot be seen."""
    return gzip.compress((marker(n) + "x" * rng.randrange(1, 4000)).encode())


NAMES = ["a.gz", "two words.gz", "\u20ac rates.gz", "q\"uote.gz", "semi;colon.gz", "very-" * 30 + "long.gz", "\u00e4\u00f6\u00fc\u65e5\u672c.gz"]


class Maker:
    """Random messages; `want`: marker number -> name it must be found under, or None."""

    def __init__(self):
        self.next, self.want = 0, {}

    def attachment(self):
        n, name = self.next, rng.choice(NAMES)
        self.next += 1
        self.want[n] = name
        p = MIMEBase("application", rng.choice(["octet-stream", "gzip", "x-stuff"]))
        p.set_payload(packed(n))
        email.encoders.encode_base64(p)
        if rng.random() < 0.2:
            p.replace_header("Content-Transfer-Encoding", rng.choice(["BASE64", "Base64 ", "base64 (as ever)"]))
        if name.isascii() and rng.random() < 0.5:
            p.add_header("Content-Disposition", "attachment", filename=name)
        else:
            p.add_header("Content-Disposition", "attachment", filename=("utf-8", "", name))
        return p

    def text(self):
        n = self.next
        self.next += 1
        self.want[n] = None
        kind = rng.choice(["quoted", "base64", "uu"])
        words = "".join(rng.choice("abcdef \u00e4\n") for _ in range(rng.randrange(300)))
        if kind == "uu":
            import binascii
            data = packed(n)
            rows = b"".join(binascii.b2a_uu(data[i:i + 45]) for i in range(0, len(data), 45)).decode()
            p = MIMEText(f"{words.encode('ascii', 'replace').decode()}\n\nbegin 644 u{n}.gz\n{rows}`\nend\n\nyours\n", "plain", "us-ascii")
            self.want[n] = f"u{n}.gz"
            return p
        # a marker that quoted-printable breaks up, or that base64 hides
        body = words + "=" + "\u00e9" * 20 + marker(n)
        p = MIMEText(body, rng.choice(["plain", "html"]), "utf-8")
        if kind == "quoted":
            del p["Content-Transfer-Encoding"]
            import quopri
            p.set_payload(quopri.encodestring(body.encode()).decode("ascii"))
            p["Content-Transfer-Encoding"] = "quoted-printable"
            # break the marker by hand: every byte as =XX
            coded = "".join(f"={c:02X}" for c in marker(n).encode())
            p.set_payload(p.get_payload().replace(marker(n), "=\n".join(coded[i:i + 60] for i in range(0, len(coded), 60))))
        return p

    def part(self, depth):
        dice = rng.random()
        if dice < 0.35 and depth < 5:
            m = MIMEMultipart(rng.choice(["mixed", "alternative", "related", "report"]))
            if rng.random() < 0.3:
                m.set_boundary(rng.choice(["b", "b1", "----=_Part_1", "----=_Part_1_2", "a b c", "=_x?(',)+./:"]) + str(depth))
            for _ in range(rng.randrange(1, 4)):
                m.attach(self.part(depth + 1))
            return m
        if dice < 0.45 and depth < 4:
            from email.mime.message import MIMEMessage
            return MIMEMessage(self.message(depth + 1))
        return self.attachment() if dice < 0.75 else self.text()

    def message(self, depth=0):
        before = dict(self.want)
        m = self.part(depth)
        while m.get_content_type() == "message/rfc822":
            self.want = dict(before)
            m = self.part(depth)
        m["From"], m["To"], m["Subject"] = "Bob <bob@example.invalid>", "alice@example.invalid", rng.choice(["x", "\u00e4 long subject " * 8])
        return m


def written(m, crlf):
    out = io.BytesIO()
    policy = email.policy.compat32.clone(linesep="\r\n" if crlf else "\n", max_line_length=rng.choice([78, 0, 60]))
    email.generator.BytesGenerator(out, mangle_from_=False, policy=policy).flatten(m)
    return out.getvalue()


def rules(folder):
    path = os.path.join(folder, "mail.yar")
    lib.put(path, b"rule Mail_Marker { strings: $a = /mail-marker-[0-9]{5}-/ condition: $a }\n")
    return path


def found_names(row):
    """Names of the parts in which something was found; the bytes of a mail as such do not count."""
    names = []
    for f in row["findings"]:
        part = [p for p in f["part"]]
        if part:
            names.append(part)
    return names


def check(folder, files, want, what):
    code, rows, _, err = lib.scan_json("-r", rules(folder), os.path.join(folder, "mails"))
    by_path = {os.path.basename(r["path"]): r for r in rows}
    missing, gaps = [], {}
    for name, numbers in files.items():
        row = by_path.get(name)
        have = [p for p in found_names(row)] if row else []
        for g in row["gaps"] if row else []:
            gaps[g["kind"]] = gaps.get(g["kind"], 0) + 1
        lack = [n for n in numbers if want[n] is not None and not any(want[n] in part for part in have)]
        if len(have) < len(numbers) or lack:
            missing.append((name, len(have), len(numbers), [want[n] for n in lack][:3]))
    total = sum(len(v) for v in files.values())
    say(not missing and total > 0, f"{what}: {len(files)} files, all of {total} hidden markers are found in their parts", missing[:8] or err)
    say(not gaps, f"{what}: no gap", gaps)


def save(folder, name, data):
    lib.put(os.path.join(folder, "mails", name), data)


def messages(folder):
    files, want = {}, {}
    maker = Maker()
    for i in range(COUNT):
        before = set(maker.want)
        m = maker.message()
        save(folder, f"{i}.eml", written(m, i % 2))
        files[f"{i}.eml"] = sorted(set(maker.want) - before)
    want.update(maker.want)
    check(folder, files, want, "messages")
    return files


def mailboxes(folder):
    files, maker = {}, Maker()
    for i in range(20):
        before, box = set(maker.want), b""
        for k in range(rng.randrange(1, 12)):
            data = written(maker.message(), False)
            box += b"From bob@example.invalid Thu Jan  1 00:00:%02d 1970\n" % k + data.replace(b"\nFrom ", b"\n>From ").rstrip(b"\n") + b"\n\n"
        save(folder, f"{i}.mbox", box)
        files[f"{i}.mbox"] = sorted(set(maker.want) - before)
    check(folder, files, maker.want, "mailboxes")


def beside_clamscan(folder, files):
    """What clamscan finds inside of mails, Candor does, too: by file."""
    if not shutil.which("clamscan"):
        skip("beside clamscan", "not installed")
        return
    db = os.path.join(folder, "m.ndb")
    lib.put(db, b"Mail.Marker:0:*:" + b"mail-marker-".hex().encode() + b"\n")
    out = subprocess.run(["clamscan", "-d", db, "--no-summary", "-r", "-i", os.path.join(folder, "mails")], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode()
    theirs = {os.path.basename(line.split(": ")[0]) for line in out.splitlines() if line.endswith("FOUND")}
    code, rows, _, _ = lib.scan_json("-r", db, os.path.join(folder, "mails"))
    ours = {os.path.basename(r["path"]) for r in rows if r["findings"]}
    say(theirs <= ours and theirs, f"beside clamscan: it finds {len(theirs)} of {len(files)} mails, Candor {len(ours)}, among them all of its", sorted(theirs - ours)[:10])


def odd_ends(folder):
    """Mails that are cut off anywhere: no crash, nothing silent."""
    data = written(Maker().message(), True)
    os.makedirs(os.path.join(folder, "cut"))
    for i in range(0, len(data), max(1, len(data) // 200)):
        lib.put(os.path.join(folder, "cut", f"{i}.eml"), data[:i])
    code, rows, summary, err = lib.scan_json("-r", rules(folder), os.path.join(folder, "cut"))
    bad = [r for r in rows if r["verdict"] == "error" or any(g["kind"] in ("crashed", "timed-out") for g in r["gaps"])]
    say(code in (0, 1, 3) and not bad, f"{summary['files'] if summary else 0} pieces of a mail: no crash, no time-out", bad[:3] or err)


def main():
    folder = tempfile.mkdtemp(prefix="candor-mail-", dir="/tmp")
    try:
        os.makedirs(os.path.join(folder, "mails"))
        files = messages(folder)
        beside_clamscan(folder, files)
        shutil.rmtree(os.path.join(folder, "mails"))
        os.makedirs(os.path.join(folder, "mails"))
        mailboxes(folder)
        odd_ends(folder)
    finally:
        if not os.environ.get("KEEP"):
            shutil.rmtree(folder, ignore_errors=True)


main()
