#!/usr/bin/python3
"""`candor yara RULES PID`: what is found in the memory of a process whose contents are known, at which addresses; and the same lines
as yara where one is installed (YARA=/path/to/yara names another)."""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib  # noqa: E402
from lib import BUILD, say, skip  # noqa: E402

HOLDER = os.path.join(BUILD, "tests", "tools", "held-memory")
STRINGS = b"""
rule found { strings: $a = "held-marker" condition: $a }
rule pattern { strings: $a = /held.mark[a-z]+/ $b = { 68 65 6c 64 2d [0-4] 6b } condition: $a and $b }
rule here { strings: $a = "held-marker" condition: $a at 0x10000010 }
rule nowhere { strings: $a = "held-marker" condition: $a at 0x10 }
rule absent { strings: $a = "never-held-text" condition: not $a }
rule size { condition: defined filesize }
"""
# Asked of 4.5 only: 4.2.3 ends the scan of a process at some of these.
MODULES = b"""
import "hash" import "math" import "elf" import "pe" import "console"
rule within { strings: $a = "held-marker" condition: #a in (0x10002000..0x10002fff) == 1 }
rule word { condition: uint32(0x10000010) == 0x646c6568 and uint16be(0x1000a000) == 0x6865 }
rule unread { condition: defined uint8(0x10005000) or defined uint8(0x10008000) or defined uint8(0) }
rule across { condition: defined uint16(0x10001fff) }
rule digest { condition: console.log("md5 ", hash.md5(0x10000010, 11)) }
rule both { condition: console.log("md5 over two regions ", hash.md5(0x10001ffb, 11)) }
rule hole { condition: defined hash.md5(0x10002ff0, 0x3000) or defined hash.md5(0, 4) or defined math.count(0x68) }
rule count { condition: math.count(0x68, 0x10000000, 0x3000) == 3 }
rule program { condition: elf.type == elf.ET_EXEC and console.hex("entry ", elf.entry_point) and console.hex("old ", entrypoint) }
rule windows { condition: pe.is_pe }
"""


def hold(*files):
    p = subprocess.Popen([HOLDER, *files], stdout=subprocess.PIPE)
    ready = p.stdout.readline() == b"ready\n"
    assert ready, "the holder did not come up"
    return p


def end(p):
    p.kill()
    p.wait()
    p.stdout.close()


def run(program, *args):
    p = subprocess.run([*program, "yara" if program[0] == lib.CANDOR else "-w", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    return p.returncode, p.stdout, p.stderr


def check_found(top, pid):
    code, out, err = lib.candor("yara", "-w", "-s", "-L", os.path.join(top, "strings.yar"), pid)
    rows = out.decode().split("\n")
    places = {r.split(":")[0] for r in rows if r.startswith("0x1") and r.endswith(": held-marker") and len(r.split(":")[0]) == 10}
    say(code == 0 and err == b"", "a process can be scanned", (code, err))
    say({"0x10000010", "0x10002007", "0x1000a000"} <= places and not places & {"0x10005000", "0x10008000"},
        "matches stand at addresses; what may not be read is not", places)
    names = [r.split(" ")[0] for r in rows if r and not r.startswith("0x")]
    say(names == ["found", "pattern", "here", "absent"], "conditions see addresses, no file size and no border crossed", names)


def check_modules(top, pid):
    code, out, _ = lib.candor("yara", "-w", os.path.join(top, "modules.yar"), pid)
    rows = out.decode().split("\n")
    import hashlib
    want = ["md5 " + hashlib.md5(b"held-" + b"marker").hexdigest(), "md5 over two regions " + hashlib.md5(b"held-" + b"marker").hexdigest()]
    say(code == 0 and set(want) <= set(rows), "hashes go by addresses", rows)
    names = [r.split(" ")[0] for r in rows if r.endswith(" " + pid)]
    say(names == ["within", "word", "digest", "both", "count", "program"], "numbers are read inside a region, hashes end at holes, elf is about the program", names)


def check_unreadable(top, rules):
    data = lib.put(os.path.join(top, "mapped"), b"x" * 100 + b"held-" + b"marker" + b"y" * (4096 - 111))
    p = hold(data)
    code, out, err = lib.candor("yara", "-s", rules, str(p.pid))
    end(p)
    say(code == 1 and b"0x21000064:$a: held-marker" in out and b"memory from 0x21000000 on could not be read" in err,
        "a region that cannot be read whole is said, what can be is looked at", (code, err))


def check_refusals(rules, pid):
    code, out, err = lib.candor("yara", rules, "4194999")
    say(code == 1 and out == b"" and b"can not attach to process" in err, "no such process", (code, err))
    if os.geteuid() == 0 and shutil.which("setpriv"):
        prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        program = lib.for_everybody(os.path.join(os.path.dirname(rules), "bin"))
        p = subprocess.run([*prefix, program, "yara", rules, pid], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        code, out, err = p.returncode, p.stdout, p.stderr
        say(code == 1 and out == b"" and b"can not attach" in err, "another user's process is refused", (code, err))
    else:
        skip("another user's process is refused", "not root")
    p = subprocess.run([lib.CANDOR, "yara", "--scan-list", rules, "-"], input=b"", stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    say(p.returncode != 0, "a list of files takes no process", p.stderr)


def check_like_yara(top, pid):
    newer = os.environ.get("YARA")
    yara = newer or shutil.which("yara")
    if not yara:
        skip("as yara", "no yara here")
        return
    # 4.2.3 looks at what the program itself may not read, too.
    for table in ["strings.yar"] + (["modules.yar"] if newer else []):
        for flags in ([["-s", "-L"]] if newer else []) + [["-c"], ["-n"], ["-f", "-s"], ["-D"]]:
            rules = os.path.join(top, table)
            want = run([yara], *flags, rules, pid)
            got = run([lib.CANDOR], "-w", *flags, rules, pid)
            say(want[:2] == got[:2], f"as yara {' '.join(flags)} with {table}: {len(want[1].splitlines())} lines", (want, got))


def main():
    with tempfile.TemporaryDirectory(prefix="candor-process.") as top:
        os.chmod(top, 0o755)
        rules = lib.put(os.path.join(top, "strings.yar"), STRINGS)
        lib.put(os.path.join(top, "modules.yar"), MODULES)
        p = hold()
        try:
            check_found(top, str(p.pid))
            check_modules(top, str(p.pid))
            check_refusals(rules, str(p.pid))
            check_like_yara(top, str(p.pid))
        finally:
            end(p)
        check_unreadable(top, rules)


if __name__ == "__main__":
    main()
