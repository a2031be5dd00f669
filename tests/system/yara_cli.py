#!/usr/bin/env python3
"""`candor yara` and yara(1) side by side: the same command lines over the same rules and files, standard output byte for byte, exit codes
alike, and something on standard error exactly when yara says something there. What may differ stands in doc/differences.md.

`yara_cli.py usr [COUNT]` compares `-s` with signature-base over COUNT (3000) files of /usr instead, which is no part of the test suite."""
import os
import shutil
import subprocess
import sys
import tempfile

import lib

ARCHIVE = os.path.join(lib.ROOT, "../shared/data/signature-base.tar.xz")
DEFINES = [a for e in ("filename", "filepath", "extension", "filetype", "owner") for a in ("-d", e + "=")]

RULES = {
    "tags.yar": r"""
import "console"
rule Alpha : one two { meta: s = "x\"y\n\x01\\" i = 5 n = -7 b = true f = false e = ""
  strings: $a = "abc" $h = { 61 62 ?? 64 } $x = "abc" xor private $p = "abcd"
  condition: any of them and console.log("size ", filesize) }
rule Beta { condition: false }
private rule Hidden { condition: true }
rule Gamma : two { strings: $u = /b.d/ wide ascii condition: Hidden and #u > 0 }
rule Delta : two three { meta: author = "me" condition: Alpha or Beta }
rule Empty { condition: filesize == 0 }
""",
    "globals.yar": r"""
global rule Big : g { condition: filesize > 8 }
global private rule Quiet { condition: filesize < 1000000 }
rule Any { condition: true }
rule Never { strings: $a = "abcd" condition: not $a }
""",
    "places.yar": r"""
rule a { strings: $a = "ab" condition: $a at 3 or $a at 8 }
rule b { strings: $a = "ab" condition: $a at 3 }
rule c { strings: $a = "ab" condition: $a at 1 + 2 }
rule d { strings: $a = "ab" $b = "cd" condition: for any of them : ($ at 3) and $a at 3 }
rule e { strings: $a = "ab" condition: $a at 3 and any of them }
rule f { strings: $a = "ab" condition: $a in (3..3) }
rule g { strings: $a = "ab" condition: for all i in (1..1) : ($a at 3) }
rule h { strings: $a = "ab" $b = "cd" condition: for any of them : (# > 0) }
rule i { strings: $a = "ab" $b = "cd" condition: $a at 3 and $b in (0..100) }
rule j { strings: $a = /ab/ $_b = { 63 64 } condition: $a and $_b }
rule k { strings: $a = { 61 [1-4] 64 } $b = /[a-d]{2,4}/ condition: @a[1] >= 0 and !b[1] > 1 }
rule l { strings: $a = "AB" nocase fullword $b = "zz" wide condition: any of them }
rule m { strings: $a = { 00 00 ?? 00 } $b = /\x00[\x01-\x05]/ condition: any of them }
rule n { strings: $a = { 7a 7a [2-260] 61 62 63 64 } condition: $a }
rule o { strings: $a = "ab" $b = "zz" condition: $a at 3 and not $b at 100000 }
""",
    "bytes.yar": r"""
rule long { strings: $a = { 41 41 41 41 } $b = /A{600}/ $c = /A{40}B/ condition: any of them }
rule odd { strings: $a = /\x80[\x00-\xff]{3}/ $b = "tab\tand\\back" $c = { 80 ?? ff } condition: any of them }
rule x { strings: $a = "secret" xor(1-255) condition: $a }
rule b64 { strings: $a = "candor-in-base64" base64 base64wide condition: $a }
""",
    "logs.yar": r"""
import "console"
import "math"
import "hash"
rule one { strings: $a = "zzq" condition: console.log("one") and $a }
rule two { condition: console.log("two ", math.entropy(0, filesize)) }
rule three { strings: $a = "abcd" condition: not $a and console.hex("three: ", uint32(0)) }
rule four { condition: hash.md5(0, filesize) == "d41d8cd98f00b204e9800998ecf8427e" }
""",
    "externals.yar": r"""
rule int_is { condition: num == 5 }
rule float_is { condition: real > 1.25 }
rule text_is { condition: word contains "lo w" }
rule flag_is { condition: flag }
""",
    "broken.yar": "rule x { condition: $a }\n",
    "twice.yar": "rule x { condition: true }\nrule x { condition: true }\n",
    "includes.yar": 'include "globals.yar"\nrule own { condition: Any }\n',
    "none.yar": "// nothing\n",
}


def make_tree(top):
    """Files, folders and links; nothing that the two walk differently on purpose."""
    tree = os.path.join(top, "tree")
    os.makedirs(os.path.join(tree, "sub", "deeper"))
    lib.put(os.path.join(tree, "ab"), b"zz abcd abcd\0x")
    lib.put(os.path.join(tree, "empty"), b"")
    lib.put(os.path.join(tree, "nul"), b"b\0\n" + bytes(40))
    lib.put(os.path.join(tree, "long"), b"A" * 5000 + b"B" + b"z\0z\0" + b"\x80\x01\xff\x02 tab\tand\\back")
    lib.put(os.path.join(tree, "xor"), bytes(c ^ 0x2A for c in b"my secret and abc") + b"Y2FuZG9yLWluLWJhc2U2NA==")
    lib.put(os.path.join(tree, "name with blanks"), b"abc AB ab aB zz")
    lib.put(os.path.join(tree, "sub", "one"), b"abcd")
    lib.put(os.path.join(tree, "sub", "deeper", "two"), b"zzabcd" * 300)
    os.symlink("ab", os.path.join(tree, "link"))
    os.symlink(".", os.path.join(tree, "dot"))
    os.symlink("nowhere", os.path.join(tree, "dangling"))
    os.symlink("../sub/deeper", os.path.join(tree, "sub", "there"))
    shutil.copy("/bin/true", os.path.join(tree, "elf"))
    lib.put(os.path.join(top, "list"), b"tree/ab\ntree/sub\nno/such\ntree/long\n")
    for name, text in RULES.items():
        lib.put(os.path.join(top, name), text.encode())


# signature-base is true of next to nothing on a clean machine, so these go with it.
COMMON = r"""
rule elf { strings: $a = "GLIBC_2." $b = { 7f 45 4c 46 [4-8] 00 } $c = /lib[a-z]+\.so\.[0-9]+/ condition: any of them }
rule words { strings: $a = "copyright" nocase fullword $b = "license" wide ascii nocase condition: any of them }
rule links { strings: $a = /https?:\/\/[a-z0-9.]{3,40}\/[a-z]*/ condition: $a }
rule keys { strings: $a = "This program" xor(1-255) $b = "version" xor condition: any of them }
rule coded { strings: $a = "candor" base64 base64wide $b = "GNU" base64 condition: any of them }
rule chain { strings: $a = { 2e 74 65 78 74 00 [0-300] 2e 64 61 74 61 00 } $b = { 2f 75 73 72 ( 2f | 00 ) } condition: any of them }
rule early { strings: $a = "#!" $b = { 89 50 4e 47 } condition: $a at 0 or $b at 0 }
rule counts { strings: $a = "return" condition: #a > 20 and @a[2] < 100000 and !a[1] == 6 }
"""

FLAGS = ["", "-s", "-L", "-sL", "-m", "-g", "-e", "-gme", "-gmesL", "-c", "-n", "-n -s", "-n -c", "-n -g", "-t two", "-t two -t three", "-t none",
         "-i Alpha", "-i Alpha -i d", "-i Any -t g", "-l 1", "-l 2", "-l 3 -n", "-f", "-f -s", "-f -s -n", "-a 500", "--print-strings", "--count",
         "--tag=two", "--identifier=Any", "-k 1000", "--max-rules=1", "-s -s", "-w"]
SINGLE = ["tree/ab", "tree/long", "tree/empty", "tree/xor", "tree/name with blanks", "tree/nul"]
FOLDER = ["", "-r", "-r -N", "-r -s", "-r -c", "-c", "-r -z 20", "-z 5", "-r -l 2", "-r -n", "-r -l 1 -n", "-r -gmesL", "-N -s"]


def command_lines():
    """Words behind the program's name, and what is on its standard input."""
    for number, rules in enumerate(("tags.yar", "globals.yar", "places.yar", "bytes.yar", "logs.yar")):
        for k, flags in enumerate(FLAGS):
            yield [*flags.split(), rules, SINGLE[(number + k) % len(SINGLE)]], None
            yield [*flags.split(), rules, SINGLE[(number + k + 3) % len(SINGLE)]], None
        for flags in FOLDER:
            yield ["-p", "1", *flags.split(), rules, "tree"], None
    numbers = ["-d", "num=5", "-d", "real=1.5", "-d", "word=hello world", "-d", "flag=true"]
    yield [*numbers, "externals.yar", "tree/ab"], None
    yield ["-d", "num=-5", "-d", "real=-1.5", "-d", "word=", "-d", "flag=false", "externals.yar", "tree/ab"], None
    yield ["-d", "num=5", "externals.yar", "tree/ab"], None
    yield ["-d", "num", "tags.yar", "tree/ab"], None
    yield ["x:tags.yar", "y:tags.yar", "-e", "tree/ab"], None
    yield ["tags.yar", "globals.yar", "-e", "-s", "tree/ab"], None
    yield ["tags.yar", "tags.yar", "tree/ab"], None
    yield ["n:places.yar", "bytes.yar", "-e", "-r", "-p", "1", "tree"], None
    yield ["-", "tree/ab"], RULES["globals.yar"].encode()
    yield ["-e", "std:-", "tree/ab"], RULES["globals.yar"].encode()
    yield ["includes.yar", "tree/ab"], None
    yield ["none.yar", "tree/ab"], None
    yield ["broken.yar", "tree/ab"], None
    yield ["twice.yar", "tree/ab"], None
    yield ["no-such.yar", "tree/ab"], None
    yield ["ns:no-such.yar", "tree/ab"], None
    yield ["tags.yar", "no-such"], None
    yield ["tags.yar"], None
    yield [], None
    yield ["--no-such-flag", "tags.yar", "tree/ab"], None
    yield ["-p4", "tags.yar", "tree"], None
    yield ["-p", "33", "tags.yar", "tree"], None
    yield ["-l", "many", "tags.yar", "tree"], None
    yield ["-C", "tags.yar", "tree/ab"], None
    yield ["-C", "tags.yar", "globals.yar", "tree/ab"], None
    yield ["-C", "no-such", "tree/ab"], None
    yield ["-x", "cuckoo", "tags.yar", "tree/ab"], None
    yield ["-x", "cuckoo=no-such", "tags.yar", "tree/ab"], None
    yield ["-x", "cuckoo=tags.yar", "tags.yar", "tree/ab"], None
    yield ["--scan-list", "-p", "1", "tags.yar", "list"], None
    yield ["--scan-list", "-p", "1", "-r", "-s", "tags.yar", "list"], None
    yield ["--scan-list", "-p", "1", "-c", "tags.yar", "list"], None
    yield ["--scan-list", "tags.yar", "no-such"], None
    yield ["--scan-list", "tags.yar", "tree"], None
    yield ["-p", "1", "tags.yar", "tree/"], None
    yield ["--max-strings-per-rule=2", "tags.yar", "tree/ab"], None
    yield ["--max-strings-per-rule=4", "tags.yar", "tree/ab"], None
    yield ["--fail-on-warnings", "globals.yar", "tree/ab"], None


def run(program, args, stdin, cwd, timeout=60):
    p = subprocess.run([*program, *args], input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, cwd=cwd, timeout=timeout)
    return p.returncode, p.stdout, p.stderr


def compare_command_lines(top):
    same = 0
    wrong = []
    for args, stdin in command_lines():
        # -w: warnings of slow strings concern yara's own tables
        quiet = [] if "--fail-on-warnings" in args or "-w" in args else ["-w"]
        want = run(["yara"], quiet + args, stdin, top)
        got = run([lib.CANDOR, "yara"], quiet + args, stdin, top)
        if want[:2] == got[:2] and bool(want[2]) == bool(got[2]):
            same += 1
        else:
            wrong.append(f"{' '.join(args)}\n  yara   {want}\n  candor {got}"[:1500])
    lib.say(not wrong, f"{same} of {same + len(wrong)} command lines: the same bytes, exit code and silence", "\n".join(wrong))


def compare_yarac(top):
    """Sources to an image to a scan; exit codes as yarac's, scans as yara's with its own image."""
    wrong = []
    lines = (["tags.yar"], ["x:tags.yar", "y:tags.yar"], ["broken.yar"], ["twice.yar"], ["no-such"], [], ["tags.yar", "places.yar", "bytes.yar"],
             ["-d", "num=5", "-d", "real=1.5", "-d", "word=hello world", "-d", "flag=true", "externals.yar"], ["--bad"])
    for args in lines:
        for f in ("y.img", "c.img"):
            if os.path.exists(os.path.join(top, f)):
                os.unlink(os.path.join(top, f))
        want = run(["yarac", "-w"], args + ["y.img"], None, top)
        got = run([lib.CANDOR, "yarac", "-w"], args + ["c.img"], None, top)
        ok = want[:2] == got[:2] and bool(want[2]) == bool(got[2])
        if ok and want[0] == 0:
            want = run(["yara"], ["-C", "-gmes", "-r", "-p", "1", "y.img", "tree"], None, top)
            got = run([lib.CANDOR, "yara"], ["-C", "-gmes", "-r", "-p", "1", "c.img", "tree"], None, top)
            ok = want[:2] == got[:2]
        if not ok:
            wrong.append(f"{args}\n  yarac  {want}\n  candor {got}"[:1500])
    lib.say(not wrong, f"{len(lines)} compilations as yarac, their images scan as its images", "\n".join(wrong))


def check_newer_flags(top):
    """What 4.2.3 lacks has no peer here: the expectations are written out."""
    code, out, err = lib.candor("yara", "-q", os.path.join(top, "logs.yar"), os.path.join(top, "tree/ab"))
    lib.say(code == 0 and b"one" not in out and b"two /" in out.replace(top.encode(), b"/") + b"two /", "-q prints nothing that rules log", out)
    _, out, _ = lib.candor("yara", "-X", "-i", "x", os.path.join(top, "bytes.yar"), os.path.join(top, "tree/xor"))
    lib.say(b"0x3:$a:xor(0x2a,secret)\n" in out, "-X prints the key and the plain text", out)
    code, out, _ = lib.candor("yara", "-M")
    lib.say(code == 0 and b"pe\n" in out and b"math\n" in out, "-M names the modules", out)
    code, _, err = lib.candor("yara", "-S", os.path.join(top, "tags.yar"), os.path.join(top, "tree/ab"))
    lib.say(code == 2 and b"-S" in err, "-S is refused by name", err)
    want = {b"console\n", b"math\n"}
    _, out, _ = lib.candor("yara", "-D", os.path.join(top, "logs.yar"), os.path.join(top, "tree/ab"))
    lib.say(want <= set(out.splitlines(True)), "-D prints what modules say", out[:300])
    lib.put(os.path.join(top, "now.yar"), b'import "time"\nimport "console"\nrule r { condition: console.log(time.now()) }\n')
    _, out, _ = lib.candor("yara", os.path.join(top, "now.yar"), os.path.join(top, "tree/ab"))
    import time
    first = out.split(b"\n")[0]
    lib.say(first.isdigit() and abs(int(first) - time.time()) < 300, "time.now is now", out)


def unpacked_rules(top):
    """Rule files of signature-base that both compile, each to one image; how many rules files."""
    folder = os.path.join(top, "sb")
    os.mkdir(folder)
    subprocess.run(["tar", "xJf", ARCHIVE, "-C", folder], check=True)
    names = sorted(os.path.join(p, f) for p, _, fs in os.walk(folder) for f in fs if f.endswith((".yar", ".yara")))
    names.append(os.path.join(top, "common.yar"))
    kept = []
    if subprocess.run(["yarac", "-w", *DEFINES, *names, os.path.join(top, "sb.yarc")], stderr=subprocess.DEVNULL).returncode == 0:
        kept = names
    else:
        for name in names:
            if subprocess.run(["yarac", "-w", *DEFINES, name, os.path.join(top, "sb.yarc")], stderr=subprocess.DEVNULL).returncode == 0:
                kept.append(name)
        subprocess.run(["yarac", "-w", *DEFINES, *kept, os.path.join(top, "sb.yarc")], check=True, stderr=subprocess.DEVNULL)
    p = subprocess.run([lib.CANDOR, "yarac", "-w", *DEFINES, *kept, os.path.join(top, "sb.img")], stderr=subprocess.PIPE)
    lib.say(p.returncode == 0, f"candor yarac compiles {len(kept)} of {len(names)} files of signature-base, as yarac", p.stderr[-800:])
    return p.returncode == 0


def some_files(places, most):
    files = []
    for place in places:
        for folder, folders, names in os.walk(place):
            folders.sort()
            for name in sorted(names):
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not os.path.islink(path) and len(path) < 255:
                    files.append(path)
    step = max(1, len(files) // most)
    return files[::step][:most]


def by_file(out):
    """Lines of matches belong to the rule's line above them; files come in any order."""
    blocks = []
    for line in out.split(b"\n"):
        if line.startswith(b"0x"):
            blocks[-1] += b"\n" + line
        elif line:
            blocks.append(line)
    return sorted(blocks)


def compare_signature_base(top, places, most):
    if not os.path.exists(ARCHIVE):
        lib.skip("signature-base as yara", "no ../shared/data/signature-base.tar.xz")
        return
    lib.put(os.path.join(top, "common.yar"), COMMON.encode())
    if not unpacked_rules(top):
        return
    files = some_files(places, most)
    lib.put(os.path.join(top, "files"), "".join(f + "\n" for f in files).encode())
    size = sum(os.path.getsize(f) for f in files)
    want = run(["yara"], ["-s", "-e", "-C", "--scan-list", "sb.yarc", "files"], None, top, 3000)
    got = run([lib.CANDOR, "yara"], ["-s", "-e", "-C", "--scan-list", "sb.img", "files"], None, top, 3000)
    a, b = by_file(want[1]), by_file(got[1])
    both = set(a) & set(b)
    lost, extra = [x for x in a if x not in both], [x for x in b if x not in both]
    note = "\n".join([f"lost {x[:300]!r}" for x in lost] + [f"extra {x[:300]!r}" for x in extra] + [got[2][-500:].decode("utf-8", "replace")])
    matches = sum(x.count(b"\n") for x in b)
    lib.say(a == b and want[0] == got[0], f"-s with signature-base over {len(files)} files, {size >> 20} MiB: {len(b)} rules, {matches} matches of "
            f"strings, {len(lost) + len(extra)} differences", note)


def main():
    if not shutil.which("yara") or not shutil.which("yarac"):
        lib.skip("candor yara beside yara", "yara is not installed")
        return
    with tempfile.TemporaryDirectory() as top:
        if "usr" in sys.argv:
            most = next((int(a) for a in sys.argv[1:] if a.isdigit()), 3000)
            compare_signature_base(top, ["/usr/bin", "/usr/lib", "/usr/share"], most)
            return
        make_tree(top)
        compare_command_lines(top)
        compare_yarac(top)
        check_newer_flags(top)
        compare_signature_base(top, ["/usr/bin"], 60)


if __name__ == "__main__":
    main()
