#!/usr/bin/env python3
"""Files of ClamAV databases: candor and clamscan find the same with each kind of them, in what fits and in near misses."""
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import zipfile

import clam_samples
import lib

SEEDS = os.path.join(lib.BUILD, "fuzz", "fuzz-seeds")


def names(out):
    """Signatures in clamscan's output, without what marks them as unofficial."""
    return {line.rsplit(": ", 1)[1][:-6].removesuffix(".UNOFFICIAL")
            for line in out.decode("utf-8", "replace").splitlines() if line.endswith(" FOUND")}


def both(top, bases, path, *flags):
    """What clamscan and candor clamscan find in a file with these databases, {name: lines}."""
    folder = tempfile.mkdtemp(dir=top)
    paths = [lib.put(os.path.join(folder, name), "".join(line + "\n" for line in lines).encode("latin-1"))
             for name, lines in bases.items()]
    args = ["-z", "--no-summary", *flags, *(a for p in paths for a in ("-d", p)), path]
    them = subprocess.run(["clamscan", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    code, out, err = lib.candor("clamscan", *args)
    refused = b"Malformed" in them.stderr or b"ERROR" in them.stderr
    return None if refused else names(them.stdout), names(out), err.decode("utf-8", "replace") + f"({code})"


def agree(top, cases, what, *flags):
    """cases: (databases, path). One TAP line; how many were found is part of it."""
    bad, found, none = [], 0, 0
    for bases, path in cases:
        them, us, err = both(top, bases, path, *flags)
        asked = sum(len(lines) for lines in bases.values())
        found += len(us)
        none += asked - len(us)
        if them != us:
            lines = [l for b in bases.values() for l in b if them is None or len(b) < 3 or any(n in l for n in them ^ us)]
            bad.append(f"{os.path.basename(path)}: clamscan {them and sorted(them - us)}, candor {sorted(us - (them or set()))}: {lines[:9]} {err[:200]}")
    lib.say(not bad and found and none, f"{what}: clamscan and candor agree on {found + none} lines, {found} of them found", "\n".join(bad))


# --- containers ---

def make_zip(path, members, password=None, store=False):
    if password is None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED if store else zipfile.ZIP_DEFLATED) as z:
            for name, data in members:
                z.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_STORED if store else zipfile.ZIP_DEFLATED)
        return path
    folder = tempfile.mkdtemp(dir=os.path.dirname(path))
    for name, data in members:
        lib.put(os.path.join(folder, name), data)
    subprocess.run(["zip", "-q", *(["-0"] if store else []), "-P", password, path, *(n for n, _ in members)], cwd=folder,
                   check=True, timeout=60)
    return path


def make_tar(path):
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as t:
        for name, data in (("dir", None), ("dir/one.txt", b"first of a tar"), ("empty", b""), ("two.js", b"second")):
            info = tarfile.TarInfo(name)
            info.type = tarfile.DIRTYPE if data is None else tarfile.REGTYPE
            info.size = len(data or b"")
            t.addfile(info, io.BytesIO(data or b""))
    return path


def make_cpio(path, magic):
    out = b""
    for name, data in (("one.txt", b"first of a cpio"), ("two.js", b"second"), ("TRAILER!!!", b"")):
        if magic == b"070707":
            head = magic + b"%06o" % 1 * 7 + b"%011o%06o%011o" % (0, len(name) + 1, len(data))
            out += head + name.encode() + b"\0" + data
            continue
        sums = sum(data) if magic == b"070702" else 0
        fields = (1, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, sums)
        one = magic + b"".join(b"%08x" % f for f in fields) + name.encode() + b"\0"
        one += bytes(-len(one) % 4) + data
        out += one + bytes(-len(one) % 4)
    return lib.put(path, out)


MAIL = b"""From: a@example.org
To: b@example.org
Subject: x
Date: Mon, 1 Jan 2024 00:00:00 +0000
Message-ID: <1@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="bb"

--bb
Content-Type: text/plain

hello
--bb
Content-Type: application/octet-stream; name="One.bin"
Content-Disposition: attachment; filename="One.bin"
Content-Transfer-Encoding: base64

AAECAwQFBgcICQ==
--bb
Content-Type: application/octet-stream; name="two words-3.js"
Content-Transfer-Encoding: base64

AAECAwQFBgcICQoLDA0=
--bb--
"""


def containers(top):
    made = [lib.put(os.path.join(top, "a.eml"), MAIL),
            make_zip(os.path.join(top, "a.zip"), [("one.txt", b"hello hello hello hello one"), ("dir/Two.js", b"2" * 40), ("e", b"")]),
            make_zip(os.path.join(top, "s.zip"), [("one.txt", b"stored one"), ("two.bin", b"stored two")], store=True),
            make_zip(os.path.join(top, "a.docx"), [("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>"), ("one.bin", b"1" * 9)]),
            make_tar(os.path.join(top, "a.tar"))]
    made += [make_cpio(os.path.join(top, f"{m.decode()}.cpio"), m) for m in (b"070701", b"070702", b"070707")]
    if shutil.which("zip"):
        made.append(make_zip(os.path.join(top, "shut.zip"), [("one.txt", b"a secret"), ("two.txt", b"another")], "infected"))
    if os.path.exists(SEEDS):
        subprocess.run([SEEDS, os.path.join(top, "seeds")], check=True, timeout=60)
        made += [os.path.join(top, "seeds", "archive", n) for n in ("7z", "cab", "iso")]
    return made


def told(path, base):
    """What clamscan knows of a file's members: (kind, packed, name, full, encrypted, place)."""
    run = subprocess.run(["clamscan", "--debug", "-z", "-d", base, path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    rows = []
    for line in run.stdout.decode("utf-8", "replace").splitlines():
        part = line.partition("CDBNAME:")[2].split(":")
        if len(part) == 8:
            rows.append((part[0], int(part[1]), part[2], int(part[4]), part[5], int(part[6])))
    return rows


def metadata_lines(path, row, number):
    """Lines of .cdb about one member: those that are true of it, and near misses."""
    kind, packed, name, full, shut, place = row
    size, regex = os.path.getsize(path), "^" + "".join(c if c.isalnum() else "\\" + c for c in name) + "$"
    other = "CL_TYPE_POSIX_TAR" if kind != "CL_TYPE_POSIX_TAR" else "CL_TYPE_ZIP"
    true = [kind, str(size), regex, str(packed), str(full), shut, str(place), "*", "*"]
    lines = [true, ["*"] * 2 + [regex] + ["*"] * 6, [kind] + ["*"] * 8,
             ["CL_TYPE_ANY", f"{size - 1}-{size}", regex[:5].rstrip("\\"), f"0-{packed}", f"{full}-0", "*", f"0-{place + 1}", "1", "x"]]
    for at, wrong in ((0, other), (1, str(size + 1)), (1, f"{size + 1}-{size + 9}"), (2, regex[:-1] + "x$"), (2, "^" + name[:-1] + "Q$"),
                      (3, str(packed + 1)), (3, f"{packed + 1}-0"), (4, str(full + 1)), (4, f"{full + 1}-{full + 2}"), (4, f"{full + 2}-{full}"),
                      (5, str(1 - int(shut))), (6, str(place + 7))):
        lines.append(true[:at] + [wrong] + true[at + 1:])
    return [":".join([f"T{number}.{i}"] + line) for i, line in enumerate(lines)]


def check_metadata(top):
    base = lib.put(os.path.join(top, "debug.cdb"), b"T:CL_TYPE_ZIP:1:nothing:*:*:*:*:*:*\n")
    cases = []
    for path in containers(top):
        rows = [r for r in told(path, base) if r[3] and r[2] == r[2].strip() and not r[2].isupper()]
        if path.endswith("docx"):  # its members are told of twice; see doc/differences.md
            rows = [r for r in rows if r[0] != "CL_TYPE_ZIP"]
        if path.endswith("eml"):  # parts without a name have one of clamscan's own
            rows = [r for r in rows if "." in r[2]]
        lib.say(rows, f"clamscan tells of the members of {os.path.basename(path)}")
        cases.append(({"t.cdb": [l for i, row in enumerate(dict.fromkeys(rows)) for l in metadata_lines(path, row, i)]}, path))
    agree(top, cases, "container metadata")


REGEXES = ["one", "ONE", r"^one\.txt$", "o.e", "(one|two)", r"\.txt$", "x?one", "dir/", "^two", r"one\d", r"on[e\]", r"\bone", "(?i)ONE", "^$",
           "one{1}", "o{2,}|one", ".*", r"one\x2e", r"on\e", r"[\d]", r"[e\-z]xt", "one)", "{one", "one{", "[]o]ne", "[^]]ne", "[a-]", "e[.]t",
           "o(n)(e)", "(o|t)(n|w)", "((one))", "x*", "txt$|^two", "(a|b|o)n.{1,3}t", "[^o]ne", "(?i)[A-O]NE", "^.{7}$", "^.{6}$", "T[w]o", "t[w]o"]
REFUSED = ["", "on(e", "a|", "*ne", "one+?", "one++", "^*one", "[z-a]", "one{3,1}", "(|o)ne", "a{256}", "o[n", "one\\"]


def check_regexes(top):
    path = os.path.join(top, "a.zip")
    agree(top, [({"t.cdb": [f"T{i}:CL_TYPE_ZIP:*:{r}:*:*:*:*:*:*" for i, r in enumerate(REGEXES)]}, path)], "names by regular expressions")
    bad = [r for r in REFUSED for them, us, err in [both(top, {"t.cdb": [f"T:*:*:{r}:*:*:*:*:*:*"]}, path)] if them is not None or us or "t.cdb:1:" not in err]
    lib.say(not bad, f"{len(REFUSED)} expressions that clamscan refuses are refused, with their place", bad)


def check_passwords(top):
    if not shutil.which("zip"):
        lib.skip("passwords", "zip is not installed")
        return
    marker = ["M:0:*:" + b"marker-one".hex()]
    paths = [make_zip(os.path.join(top, f"p{store}.zip"), [("plain.txt", b"xx marker-one xx\n" * 9)], "infected", bool(store)) for store in (0, 1)]
    lists = ["Engine:81-255;0;infected", "Target:0;0;infected", "Engine:81-255,Container:CL_TYPE_ZIP;1;696e666563746564",
             "Engine:81-255,Container:CL_TYPE_ANY;0;infected", "Engine:81-255,Container:CL_TYPE_ZIP;0;Infected", "Engine:81-255;0;infected;",
             "Engine:81-255;0;infecte", "Engine:81-255;1;696e6665637465"]
    agree(top, [({"t.ndb": marker, "t.pwdb": ["p;" + l]}, path) for l in lists for path in paths], "passwords")
    agree(top, [({"t.ndb": marker, "t.pwdb": ["a;Engine:81-255;0;no", "p;Engine:81-255;0;infected", "z;Engine:81-255;0;not"]}, paths[0]),
                ({"t.ign2": ["p"], "t.ndb": marker, "t.pwdb": ["p;Engine:81-255;0;infected", "q;Engine:81-255;0;other"]}, paths[0])], "several passwords, one ignored")
    base = [lib.put(os.path.join(top, n), (l + "\n").encode()) for n, l in (("g.ndb", marker[0]), ("g.pwdb", "p;Engine:81-255;0;wrong"))]
    code, rows, _, _ = lib.scan_json("-r", base[0], "-r", base[1], paths[0])
    lib.say(code == 3 and [g["kind"] for g in rows[0]["gaps"]] == ["encrypted"], "what no password opens stays a gap", (code, rows))


def check_lists(top):
    """Hashes, allow lists, ignore lists, old bodies, and those that are unwanted."""
    path = lib.put(os.path.join(top, "listed"), b"listed by hash\n")
    data = open(path, "rb").read()
    md5, sha1, sha256 = (hashlib.new(n, data).hexdigest() for n in ("md5", "sha1", "sha256"))
    size, body = len(data), "Test.Body:0:*:" + b"listed by".hex()
    wrong, line = md5[:-1] + ("0" if md5[-1] != "0" else "1"), hashlib.md5(body.encode()).hexdigest()
    cases = [{f"t.{ext}": [text, f"{wrong}:{size}:Wrong"]} for ext in ("hdb", "hsb") for h in (md5, sha1, sha256) for text in (
        f"{h}:{size}:A", f"{h}:{size + 1}:B", f"{h}:*:C:73", f"{h.upper()}:{size}:E:1:300", f"{h}:{size}:F:1:100")]
    cases += [{"t.ndb": [body], f"t.{ext}": [f"{h}:{s}:x{':73' if s == '*' else ''}"]}
              for ext in ("fp", "sfp") for h in (md5, sha1, sha256, wrong) for s in (size, size + 1, "*")]
    cases += [{f"t.{ext}": [text], "t.ndb": [body, "Test.Other" + body[9:]]} for ext in ("ign", "ign2") for text in (
        "Test.Body", "test.body", "Test.Bod", "t.ndb:1:Test.Body", f"Test.Body:{line}", f"Test.Body:{wrong}")]
    cases += [{"t.ign2": ["Test.Hash"], "t.hdb": [f"{md5}:{size}:Test.Hash"]}, {"t.db": ["A=" + b"listed by".hex(), "B (Clam)=" + b"by hash".hex(), "C=00112233"]},
              {"t.db": ["A=6c69??7465", "B=6c69*686173", "C=6c69??66"]}, {"t.sdb": [body]}]
    for ext, text in (("hdu", f"{md5}:{size}:A"), ("hsu", f"{sha1}:{size}:A"), ("ndu", body), ("ldu", "A;Target:0;0;" + b"listed by".hex())):
        cases.append({f"t.{ext}": [text], "t.ndb": ["Other:0:*:00112233445566"]})
    agree(top, [(case, path) for case in cases], "hashes, allow and ignore lists")
    agree(top, [(case, path) for case in cases[-4:]] + [({"t.ndb": ["Other:0:*:00112233445566"]}, path)], "unwanted ones when asked for", "--detect-pua")


def check_sections(top):
    """Hashes of a program's sections."""
    head, each = clam_samples.pe(2, 2048, 4096, b"\1")
    data = bytearray(b"\1" * (1024 + each + 512))
    data[:len(head)] = head
    data[1030:1050] = b"a section of its own"
    path = lib.put(os.path.join(top, "program.exe"), bytes(data))
    size, section = each, bytes(data[1024:1024 + each])
    md5 = hashlib.md5(section).hexdigest()
    wrong = md5[:-1] + ("0" if md5[-1] != "0" else "1")
    cases = [{"t.mdb": [f"{size}:{md5}:A", f"{size}:{wrong}:B"]}, {"t.mdb": [f"{size + 1}:{md5}:A"]}, {"t.mdb": [f"*:{md5}:A:73"]},
             {"t.msb": [f"{size}:{hashlib.sha1(section).hexdigest()}:A"]}, {"t.msb": [f"{size}:{hashlib.sha256(section).hexdigest()}:A"]},
             {"t.msb": [f"*:{hashlib.sha256(section).hexdigest()}:A:73"]}, {"t.msb": [f"{size}:{hashlib.sha256(section[1:]).hexdigest()}:A"]}]
    cases += [{f"t.{ext}": [f"{size}:{md5}:A"], "t.ndb": ["Other:0:*:00112233445566"]} for ext in ("mdu", "msu")]
    agree(top, [(case, path) for case in cases], "hashes of sections")


def openssl(folder, *args):
    subprocess.run(["openssl", *args], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, timeout=60)


def certificate(folder, name, issuer=None):
    """Key and certificate by openssl; "subject;SERIAL;modulus;010001;" as .crb has them."""
    authority = b"basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n"
    lib.put(os.path.join(folder, "ext"), b"keyUsage=digitalSignature\nextendedKeyUsage=codeSigning\n" if name == "leaf" else authority)
    openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
    by = ["-CA", f"{issuer}.crt", "-CAkey", f"{issuer}.key", "-CAcreateserial"] if issuer else ["-signkey", f"{name}.key"]
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", *by, "-out", f"{name}.crt", "-days", "3650", "-extfile", "ext")
    text = subprocess.run(["openssl", "x509", "-in", f"{name}.crt", "-noout", "-modulus", "-serial"], cwd=folder, stdout=subprocess.PIPE, check=True).stdout
    values = dict(l.split("=") for l in text.decode().split())
    # a name of one UTF8String: SET { SEQUENCE { commonName, value } }
    value = b"\x0c" + bytes([len(name)]) + name.encode()
    pair = b"\x06\x03\x55\x04\x03" + value
    subject = b"\x31" + bytes([len(pair) + 2]) + b"\x30" + bytes([len(pair)]) + pair
    serial = bytes.fromhex(values["serial"])
    serial = b"\0" + serial if serial[0] & 128 else serial
    return f"{hashlib.sha1(subject).hexdigest()};SERIAL;{values['Modulus'].lower()};010001;", hashlib.sha1(serial).hexdigest()


def check_signers(top):
    """Certificates that are trusted or blocked, in programs signed by an authority of our own."""
    if not shutil.which("osslsigncode") or not shutil.which("openssl"):
        lib.skip("trusted and blocked certificates", "openssl or osslsigncode is not installed")
        return
    head, each = clam_samples.pe(2, 2048, 4096, b"\1")
    data = bytearray(b"\1" * (1024 + each + 512))
    data[:len(head)] = head
    data[1030:1050] = b"a section of its own"
    lib.put(os.path.join(top, "plain.exe"), bytes(data))
    rows = {n: certificate(top, n, by) for n, by in (("root", None), ("inter", "root"), ("leaf", "inter"))}
    lib.put(os.path.join(top, "chain.pem"), b"".join(open(os.path.join(top, f"{n}.crt"), "rb").read() for n in ("leaf", "inter", "root")))
    subprocess.run(["osslsigncode", "sign", "-certs", "chain.pem", "-key", "leaf.key", "-h", "sha256", "-in", "plain.exe", "-out", "signed.exe"], cwd=top,
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
    signed = bytearray(open(os.path.join(top, "signed.exe"), "rb").read())
    altered, spoilt = bytearray(signed), bytearray(signed)
    altered[1100] ^= 1
    spoilt[-200] ^= 1
    paths = {"signed": os.path.join(top, "signed.exe"), "plain": os.path.join(top, "plain.exe")}
    for name, what in (("altered", altered), ("spoilt", spoilt), ("longer", signed + b"overlay")):
        paths[name] = lib.put(os.path.join(top, f"{name}.exe"), bytes(what))

    def row(name, trust, serial="", flags="1;1;1", spoil=False, levels=""):
        of, right = rows[name]
        of = of.replace("SERIAL", {"right": right, "wrong": "ab" * 20}.get(serial, ""))
        if spoil:
            of = of[:-12] + ("0" if of[-12] != "0" else "1") + of[-11:]
        return f"Signer.{name};{trust};{of}{flags};0;a word{levels}"

    lists = [[row(n, t, s)] for n in rows for t in (0, 1) for s in ("", "right", "wrong")]
    lists += [[row(n, 1, flags=f)] for n in rows for f in ("0;1;1", "1;0;1", "1;1;0", "1;0;0")]
    lists += [[row(n, t, spoil=True)] for n in rows for t in (0, 1)]
    lists += [[row("root", 1, levels=";300")], [row("root", 1, levels=";1;300")]]
    body = ["Test.Section:1:*:" + b"a section of its own".hex()]
    cases = [({"t.crb": l, "t.ndb": body}, paths["signed"]) for l in lists]
    cases += [({"t.crb": l, "t.ndb": body}, paths[n]) for n in ("altered", "spoilt", "longer", "plain") for l in ([row("root", 1)], [row("leaf", 0)])]
    agree(top, cases, "trusted and blocked certificates")
    them, us, _ = both(top, {"t.crb": [row("root", 1), row("leaf", 0)], "t.ndb": body}, paths["signed"])
    lib.say(them == {"Signer.leaf"} and us == {"Signer.leaf", "Test.Section"}, "what is blocked is never trusted: candor goes on scanning it", (them, us))


IOC = """<?xml version="1.0" encoding="us-ascii"?>
<ioc xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="x" xmlns="http://schemas.mandiant.com/2010/ioc">
  <short_description>Test</short_description>
  <definition>
    <Indicator operator="OR" id="y">
      <IndicatorItem id="z" condition="is">
        <Context document="FileItem" search="FileItem/Md5sum" type="mir" />
        <Content type="md5">HASH</Content>
      </IndicatorItem>
    </Indicator>
  </definition>
</ioc>"""


def check_openioc(top):
    path = lib.put(os.path.join(top, "named-by-hash"), b"named by its hash\n")
    md5, sha1, sha256 = (hashlib.new(n, open(path, "rb").read()).hexdigest() for n in ("md5", "sha1", "sha256"))
    edits = [(), (("HASH", sha1),), (("HASH", sha256),), (('type="md5"', 'type="string"'),), (('document="FileItem"', 'document="X"'),),
             (('document="FileItem"', 'document="X"'), ('type="md5"', 'type="MD5"')), (("FileItem/Md5sum", "FileItem/FileName"), ('type="md5"', 'type="s"')),
             (("HASH", " HASH \n"),), (("HASH", md5.upper()),), (("HASH", "<![CDATA[HASH]]>"),), (("HASH", "<!-- c -->HASH"),), (("HASH", md5[:-1]),),
             (("HASH", md5[:-1] + ("0" if md5[-1] != "0" else "1")),), (('"is"', '"isnot"'),), (('"OR"', '"AND"'),), (("<Indicator ", "<X "), ("</Indicator>", "</X>")),
             (("<IndicatorItem", "<xsi:IndicatorItem"), ("</IndicatorItem", "</xsi:IndicatorItem")), ((" />", "></Context>"),), (("HASH", "xHASH"),),
             (("HASH", "HASH<b>x</b>"),), (("<Content", "<b><Content"), ("</Content>", "</Content></b>")), (("<ioc ", "<foo "), ("</ioc>", "</foo>")),
             (('type="md5"', "type='md5'"),), (("</definition>", "</other>"),)]
    cases = []
    for edit in edits:
        text = IOC
        for a, b in edit:
            text = text.replace(a, b)
        cases.append(({"t.ioc": [text.replace("HASH", md5)], "t.ndb": ["Other:0:*:00112233445566"]}, path))
    agree(top, cases, "OpenIOC documents")


def check_types(top):
    paths = [lib.put(os.path.join(top, "t.bin"), b"MYFM\x01\x02\x00\xffneedle-one"), lib.put(os.path.join(top, "t.text"), b"MYFM text needle-one text\n")]
    signatures = [f"T{t}:{t}:*:" + b"needle-one".hex() for t in (0, 5, 7, 9, 10, 11, 12)]
    lines = ["0:0:4d59464d:M:CL_TYPE_ANY:CL_TYPE_GRAPHICS", "0:2:4d59464d:M:CL_TYPE_ANY:CL_TYPE_GRAPHICS", "0:0:4d59464d:M:CL_TYPE_ANY:CL_TYPE_MACHO",
             "0:0:4d59464d:M:CL_TYPE_BINARY_DATA:CL_TYPE_SWF", "0:0:4d59464d:M:CL_TYPE_ANY:CL_TYPE_JAVA:1:300", "0:0:4d59464d:M:CL_TYPE_ANY:CL_TYPE_PDF",
             "0:0:4d59464d:M:CL_TYPE_ANY:CL_TYPE_PNG", "0:3:4d:M:CL_TYPE_ANY:CL_TYPE_GIF", "0:4:4d:M:CL_TYPE_ANY:CL_TYPE_GIF"]
    agree(top, [({"t.ftm": [line], "t.ndb": signatures}, path) for line in lines for path in paths], "file types that give a target")


def main():
    if not shutil.which("clamscan"):
        lib.skip("files of ClamAV databases", "clamscan is not installed")
        return
    with tempfile.TemporaryDirectory() as top:
        check_metadata(top)
        check_regexes(top)
        check_passwords(top)
        check_lists(top)
        check_sections(top)
        check_signers(top)
        check_openioc(top)
        check_types(top)


if __name__ == "__main__":
    main()
