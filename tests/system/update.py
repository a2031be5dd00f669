#!/usr/bin/env python3
"""The owner's side of the rule log: what waits, what is tried out and held back by itself, what is at once, and how to go back."""
import base64
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time

import lib
from lib import say
from vendor import EVIDENCE, Log, Machine, block, leaf, revoke, root, rule

work = tempfile.mkdtemp(prefix="candor-test.")


def machine(name, log, **kw):
    return Machine(os.path.join(work, name), log.policy(), **kw)


def one_rule(name, log):
    """A machine on which rule `one` is active."""
    log.add(leaf("one"))
    m = machine(name, log)
    m.update(log.release())
    return m


def waits():
    log = Log().add(leaf("one"))
    m = machine("waits", log, cooling="6h")
    say("built-in, " in m.finds("one")[1] and " days old" in m.finds("one")[1] and "STALE" not in m.finds("one")[1],
        "without a log: built-in rules, so many days old, not STALE", m.finds("one")[1])
    code, text = m.update(log.release())
    say(code == 0 and "1 rules added" in text and "wait" in text, "a release is taken in and waits", text)
    say(not m.finds("one")[0] and m.active() is None, "its rule finds nothing yet")
    say("kind update" in m.ledger() or "  update " in m.ledger(), "the ledger has it", m.ledger())
    m.set(cooling="0")
    shutil.copytree(m.path("state"), m.path("spare"))
    code, text = m.run("update", "--due")
    say(code == 0 and m.active() == 1 and "tried out" in text, "when it has waited, the timer's command activates it", text)
    shutil.rmtree(m.path("state"))
    os.rename(m.path("spare"), m.path("state"))
    found, text = m.finds("one")
    say(found and "active now" in text and "tried out: 0 of 100" in text, "when it has waited the next scan by its owner activates it", text)
    found, text = m.finds("one")
    say(found and "active now" not in text and "log.example/rules, 1 of 1 entries" in text, "the scan after that only maps it", text)
    code, text = m.update()
    say(code == 0 and "nothing waits" in text, "asked without a release: nothing waits, and that is said", text)
    say("active: log.example/rules, 1 entries" in m.ledger(), "the ledger has that, too")
    say(m.run("ledger", "verify", "--ledger", m.path("state/ledger"))[0] == 0, "and verifies")
    code, text = m.update(log.release())
    say(code == 0 and "0 rules added" in text, "the same release again: nothing new", text)
    return m, log


def refused():
    log = Log()
    m = one_rule("refused", log)
    bad = {
        "hunts documents": log.copy().add(leaf("secrets", rule("secrets", 'strings: $a = "TOP SECRET" nocase $b = "NOFORN" condition: all of them'))),
        "hash the whole file": log.copy().add(leaf("ranged", "import \"hash\"\n" + rule("ranged", f'condition: hash.md5(3, 9) == "{EVIDENCE[:32]}"'))),
        "external": log.copy().add(leaf("named", rule("named", 'condition: filename == "x"'))),
        "was in the log before": log.copy().add(leaf("one", rule("one", "condition: filesize == 77"))),
        "class": log.copy().add(leaf("classless", rule("classless", cls="trojan"))),
        "no leaf": log.copy().add(b"candor-rule/v2\n"),
        "named": log.copy().add(leaf("x", rule("y"))),
    }
    for reason, liar in bad.items():
        code, text = m.update(liar.release())
        say(code == 1 and "refused" in text, f"refused: {reason}", text)
    ledger = m.ledger()
    say("TOP SECRET" in ledger and ledger.count("  refusal ") == len(bad), "each refusal is in the ledger, the audit's with the words", ledger)
    say(m.finds("one")[0] and m.active() == 1, "the machine goes on")
    log.add(leaf("secrets", rule("secrets", 'strings: $a = "TOP SECRET" nocase condition: $a')), revoke("secrets", "it was wrong"), leaf("two"))
    code, text = m.update(log.release())
    say(code == 0 and m.finds("two")[0], "a rule that its log revoked is not asked for any more", text)


def revoked():
    log = Log()
    m = one_rule("revoked", log)
    m.set(cooling="7d")
    log.add(leaf("two"), revoke("one", "false alarms"))
    code, text = m.update(log.release(1))
    say(code == 0 and not m.finds("one")[0] and not m.finds("two")[0], "a revocation is at once, what came with it waits", text)
    m.set(cooling="0")
    say(m.finds("two")[0] and not m.finds("one")[0], "and becomes active in its time")


def held(name, log, bad, want):
    """An update that must be held back by itself."""
    m = one_rule(name, log)
    log.add(leaf("bad", bad))
    code, text = m.update(log.release())
    say(code == 1 and "held back" in text and want in text, f"{name}: held back by itself", text)
    found, text2 = m.finds("one")
    say(found and m.active() == 1 and "held back" in text2, f"{name}: the machine goes on with the last good set, and says so", text2)
    say("held back" not in m.finds("one")[1].split("rules  ")[0], f"{name}: it is not tried again by every scan")
    say("  refusal " in m.ledger(), f"{name}: it is in the ledger")
    code, text = m.run("update", "--due")
    say(code == 0 and "tried" not in text and m.active() == 1, f"{name}: nor by the timer", text)
    code, text = m.update()
    say(code == 1 and "held back" in text, f"{name}: asked again, held back again", text)
    log.add(revoke("bad"), leaf("two"))
    code, text = m.update(log.release())
    say(code == 0 and m.finds("two")[0] and "held back" not in m.finds("two")[1], f"{name}: a release without it becomes active", text)
    print(f"# {name}: {[l for l in text.splitlines() if 'tried' in l]}", flush=True)


def many_matches():
    held("matches 30 % of clean files", Log(), rule("bad", 'strings: $a = /number [0-9]+ of kind k[135]/ condition: uint32(0) == 0x464c457f and $a'), "clean files of this machine match (bad)")


def slow():
    body = ("strings: $a = { 7f 45 4c 46 } condition: $a at 0 and for all i in (0..filesize - 1) : "
            "(for all j in (0..60) : (uint8(i) + uint8(j) >= 0 and uint8(i) * j >= 0)) and uint8(filesize - 1) == 7")
    held("ten times slower", Log(), rule("bad", body), "ms of processor time, not")


def rolled_back():
    log = Log()
    m = one_rule("back", log)
    log.add(leaf("two"))
    m.update(log.release())
    say(m.finds("two")[0], "two rules are active")
    code, text = m.run("rules", "rollback")
    say(code == 0 and m.finds("one")[0] and not m.finds("two")[0] and "rolled back by the owner" in m.finds("one")[1], "rollback: the set before, and reports say so", text)
    say("rules rollback" in m.ledger(), "it is in the ledger")
    m.finds("one")
    say(m.active() == 1, "scans do not undo it")
    log.add(leaf("three"))
    m.update(log.release())
    say(m.finds("three")[0] and m.finds("two")[0], "something new is tried again")
    log.add(revoke("one"))
    m.update(log.release())
    say(not m.finds("one")[0] and m.finds("three")[0], "one is revoked")
    code, text = m.run("rules", "rollback")
    say(code == 0 and not m.finds("one")[0], "a rollback brings no revoked rule back", text)
    first = machine("first", log)
    say(first.run("rules", "rollback")[0] == 2, "nothing to go back to: refused")
    first.update(log.release())
    code, text = first.run("rules", "rollback")
    say(code == 0 and "built-in" in text and not first.finds("three")[0], "behind the first set are the built-in rules", text)


def own_sources():
    log = Log()
    m = machine("own", log)
    yara = lib.put(m.path("mine.yar"), b'rule mine { strings: $a = "text of mine" condition: $a and filename != "x" }\n')
    db = os.path.join(m.folder, "db")
    os.makedirs(db)
    lib.put(os.path.join(db, "mine.ndb"), b"Mine.Clam:0:*:" + b"text of clam".hex().encode() + b"\n")
    code, text = m.run("sources", "add", yara, db)
    say(code == 0 and m.finds("mine")[0], "a YARA file and a ClamAV database of one's own, active at once", text)
    text = m.finds("clam")[1]
    say("Mine.Clam" in text and "2 changes of your own" in text, "and reports say so", text)
    code, text = m.run("sources", "list")
    say(code == 0 and "mine.yar  " in text and "mine.ndb  " in text and "2 entries, root " in text, "they are listed, with the log's root", text)
    ledger = m.ledger()
    say(ledger.count("sources add") == 2 and m.run("ledger", "verify", "--ledger", m.path("state/ledger"))[0] == 0, "the ledger has each", ledger)
    log.add(leaf("one"))
    code, text = m.update(log.release())
    say(m.finds("one")[0] and m.finds("mine")[0], "a release of the log comes beside them", text)
    code, text = m.run("sources", "add", lib.put(m.path("broken.yar"), b"rule broken { condition: $a }"))
    say(code == 2 and "broken" not in m.run("sources", "list")[1] and m.finds("mine")[0], "what does not compile changes nothing", text)
    code, text = m.run("sources", "add", lib.put(m.path("mine.yar"), b'rule mine2 { strings: $a = "text of mine2" condition: $a }\n'))
    say(code == 0 and m.finds("mine2")[0] and "FOUND mine (" not in m.finds("mine")[1], "the same name again replaces it", text)
    code, text = m.run("sources", "remove", "mine.yar")
    say(code == 0 and not m.finds("mine2")[0] and "Mine.Clam" in m.finds("clam")[1], "removed", text)
    say(m.run("sources", "remove", "mine.yar")[0] == 2, "removed once")
    own = m.path("state/rules/own")
    kept = [n for n in os.listdir(own) if len(n) == 64]
    say(len(kept) == 1, "only what is in is kept", kept)
    lib.put(os.path.join(own, kept[0]), b"Mine.Clam:0:*:41414141414141414141\n")
    code, text = m.run("sources", "add", yara)
    say(code == 2 and "not as it was added" in text, "a source changed behind the log's back is refused", text)


def builtin():
    """The built-in rules are the first entries of a log: the one that is shipped, and that anybody may go on with."""
    with open(os.path.join(lib.BUILD, "rules.log"), "rb") as f:
        head, _, rest = f.read().partition(b"\n\n")
    size = int(head.split()[-1])
    note, entries, leaves = rest[:size], rest[size:], []
    while entries:
        end = 2 + int.from_bytes(entries[:2], "big")
        leaves.append(entries[2:end])
        entries = entries[end:]
    want = root(leaves)
    origin, count, top = note.decode().splitlines()
    say(int(count) == len(leaves) and base64.b64decode(top) == want, f"the shipped log: {count} entries under its root")
    log = Log(origin)
    m = machine("builtin", log)
    code, text = m.run("rules", "list")
    rules = [l.split()[0] for l in text.splitlines()[:-1]]
    say(code == 0 and text.splitlines()[-1] == f"log built-in: {count} of {count} entries, root {want.hex()}", "rules list prints its head", text[-300:])
    say(sorted(rules) == sorted(l.decode().split("\nid ")[1].split("\n")[0] for l in leaves), "each built-in rule is an entry, and each entry one")
    log.add(*leaves)
    code, text = m.update(log.release())
    say(code == 0 and f"active: {count} entries, {count} rules and hashes" in text, "each keeps the profile, none hunts documents: a log of them is taken in, in their place", text)
    say(m.run("rules", "list")[1].splitlines()[-1].endswith(want.hex()), "under the same root")
    p = lib.put(m.path("eicar"), lib.eicar())
    code, text = m.run("scan", "--no-progress", p)
    say(code == 1 and "Candor_Test_EICAR" in text, "and finds what they find", text)


def hashes():
    log = Log()
    m = machine("hashes", log)
    bad = b"a file that is known by its hash"
    log.add(*[block(f"list_{k}", [hashlib.sha256(b"%d %d" % (k, i)).hexdigest() for i in range(999)] + [hashlib.sha256(bad + b"%d" % k).hexdigest()]) for k in range(20)])
    code, text = m.update(log.release())
    say(code == 0 and " 20160 rules and hashes" in text, "20,000 hashes in 20 entries", text)
    path = lib.put(m.path("bad"), bad + b"7")
    code, text = m.run("scan", "--no-progress", path)
    say(code == 1 and "FOUND" in text, "a file is found by its hash", text)
    log.add(revoke("list_7"))
    m.set(cooling="7d")
    m.update(log.release())
    code, text = m.run("scan", "--no-progress", path)
    say(code == 0, "a block is revoked at once", text)


def other_users():
    """Somebody else's scan maps the active image and changes nothing."""
    if os.geteuid() != 0:
        return lib.skip("another user's scan", "only root can be another user")
    log = Log()
    m = one_rule("users", log)
    log.add(leaf("two"))
    m.set(cooling="6h")
    m.update(log.release())
    m.set(cooling="0")
    before = m.state()
    os.chmod(work, 0o755)
    bin = os.path.join(work, "bin")
    os.makedirs(bin, exist_ok=True)
    for program in ("candor", "candor-jail"):
        shutil.copy(os.path.realpath(os.path.join(lib.BUILD, program)), bin)
        os.utime(os.path.join(bin, program), ns=(0, os.stat(os.path.realpath(os.path.join(lib.BUILD, program))).st_mtime_ns))
    lib.put(m.path("hit"), b"\x7fELF text of one")
    p = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", os.path.join(bin, "candor"), "--config", m.path("conf"),
                        "scan", "--no-ledger", "--no-cache", "--no-progress", m.path("hit")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100)
    text = p.stdout.decode()
    say(p.returncode == 1 and "FOUND one " in text and "1 of 2 entries" in text and m.state() == before, "another user's scan maps the active image and changes nothing", text)


def machine_rules():
    """Root's rules are everybody's: a user's scan finds them, and a user cannot begin others in their place."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL).returncode:
        return lib.skip("the machine's rules", "only root with mount namespaces can play a machine")
    home, bin = os.path.join(work, "home"), os.path.join(work, "bin")
    os.makedirs(home)
    os.chmod(home, 0o777)
    shutil.copytree(os.path.join(lib.ROOT, "rules"), os.path.join(work, "rules"))
    lib.put(os.path.join(home, "mine.yar"), b'rule mine { strings: $a = "text of mine" condition: $a }')
    lib.put(os.path.join(home, "hit"), b"text of mine")
    script = f"""mkdir -p /var/lib/candor && mount -t tmpfs none /var/lib/candor && chmod 755 /var/lib/candor || exit 77
        {bin}/candor sources add {home}/mine.yar >&2; echo root $?
        user="setpriv --reuid=65534 --regid=65534 --clear-groups env HOME={home} XDG_STATE_HOME={home}/state {bin}/candor"
        $user scan --no-progress --no-ledger {home}/hit >&2; echo scan $?
        $user sources add {home}/mine.yar >&2; echo sources $?
        $user update {home}/hit >&2; echo update $?"""
    p = subprocess.run(["unshare", "-m", "bash", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=200)
    say(p.stdout == b"root 0\nscan 1\nsources 2\nupdate 2\n" and p.stderr.count(b"are root's") == 2,
        "root's rules are everybody's, and no user replaces them", (p.stdout + p.stderr).decode())


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            kids = [int(k) for k in f.read().split()]
    except OSError:
        return []
    return kids + [g for k in kids for g in children(k)]


def crash():
    """The compiler is killed while it works on the new rules, as a bug in it would end it."""
    log = Log()
    m = one_rule("crash", log)
    log.add(*[leaf(f"many{i}") for i in range(6000)])
    path = lib.put(m.path("new.bundle"), log.release(1))
    p = subprocess.Popen([lib.CANDOR, "--config", m.path("conf"), "update", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    killed = 0
    while p.poll() is None and not killed:
        family = children(p.pid)
        for pid in family:
            if not children(pid) and len(family) > 1 and busy(pid):
                os.kill(pid, signal.SIGKILL)
                killed = pid
        time.sleep(0.002)
    text = p.communicate()[0].decode()
    say(killed and p.returncode == 1 and "crashed" in text, "the compiler crashes: held back by itself", text)
    say(m.finds("one")[0] and m.active() == 1, "crash: the machine goes on with the last good set", m.state())
    log.add(leaf("two"))
    code, text = m.update(log.release())
    say(code == 0 and m.active() == 6002 and m.finds("two")[0], "crash: the next release is tried anew", text)


def killed():
    """An update killed at any moment leaves rules that work, and the next one finishes the work."""
    log = Log()
    m = one_rule("killed", log)
    log.add(*[leaf(f"many{i}") for i in range(300)], revoke("many7"))
    path = lib.put(m.path("new.bundle"), log.release(1))
    started = time.time()
    shutil.copytree(m.path("state"), m.path("spare"))
    say(m.run("update", path)[0] == 0, "an update takes its time")
    took = time.time() - started
    good, seen = 0, set()
    for i in range(24):
        shutil.rmtree(m.path("state"))
        shutil.copytree(m.path("spare"), m.path("state"))
        p = subprocess.Popen([lib.CANDOR, "--config", m.path("conf"), "update", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(took * i / 24)
        p.kill()
        p.wait()
        seen.add(m.active())
        found, text = m.finds("one")
        code, text2 = m.run("update", path)
        whole = m.finds("many299")[0] and not m.finds("many7")[0] and m.run("ledger", "verify")[0] == 0
        good += found and code == 0 and whole and m.active() == 302
    say(good == 24, f"killed at 24 moments: {good} times the rules worked, and the next update finished it", (text, text2))
    print(f"# active entries after the kills: {sorted(seen)}", flush=True)


def busy(pid):
    """A compiling jail that has worked for a moment."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            row = f.read().rsplit(")", 1)[1].split()
        return int(row[11]) + int(row[12]) >= 3
    except (OSError, IndexError):
        return False


def main():
    try:
        waits()
        refused()
        revoked()
        many_matches()
        slow()
        crash()
        killed()
        rolled_back()
        own_sources()
        builtin()
        hashes()
        other_users()
        machine_rules()
    finally:
        shutil.rmtree(work, ignore_errors=True)


main()
