#!/usr/bin/env python3
"""The split-view laboratory: one machine, a publisher and witnesses who may lie, and candor update between them. Each row is a release (or
a change of keys) as it would be brought to a machine that already follows the log; the last columns are what the machine said of it."""
import base64
import os
import shutil
import tempfile
import time

import lib
from lib import say
from vendor import Key, Log, Machine, head, leaf, revoke, rule

work = tempfile.mkdtemp(prefix="candor-test.")
HOUR = 3600
ORIGIN = "log.example/rules"
OTHER = Key("log.example/other")
ROOT_KEYS = [Key(f"holder{i}") for i in range(6)]
TAKEN, REFUSED, STALE = "taken", "refused", "STALE"
rows = []


def row(name, want, make, says=""):
    rows.append((name, want, make, says))


def more(log, *names):
    return log.copy().add(*[leaf(n) for n in names or ("new1", "new2", "new3")])


def fork(log, at, name="for_one_victim"):
    """The same log up to `at`, then another rule in that place, then as the world has it."""
    liar = more(log)
    liar.leaves[at] = leaf(name)
    return liar


def after(log, **how):
    """What an honest publisher sends next, witnessed so."""
    return more(log).release(3, **how)


def with_forged(log, which):
    liar = more(log)
    text = head(liar.origin, liar.leaves)
    note = liar.note()
    lines = note.split(b"\n\n", 1)[1].splitlines(True)
    name, b64 = lines[which][4:].split(b" ")
    raw = bytearray(base64.b64decode(b64))
    raw[-1] ^= 1
    lines[which] = "\u2014 ".encode() + name + b" " + base64.b64encode(bytes(raw)) + b"\n"
    return liar.release(3, note=text + b"\n" + b"".join(lines))


def honest():
    row("the truth", TAKEN, after)
    row("the truth, from the start", TAKEN, lambda l: more(l).release(0))
    row("two of three witnesses", TAKEN, lambda l: after(l, ages=[0, None, 0]))
    row("nothing new, freshly cosigned", TAKEN, lambda l: l.release(3))
    row("cosigned 71 hours ago", TAKEN, lambda l: after(l, ages=[71 * HOUR] * 3))
    row("one witness late, two not", TAKEN, lambda l: after(l, ages=[500 * HOUR, 0, 0]))
    row("a stranger's cosignature besides", TAKEN, lambda l: more(l).release(3, note=more(l).note() + Key("w.example/nobody", 4).line(head(l.origin, more(l).leaves))))
    row("a revocation", TAKEN, lambda l: l.copy().add(revoke("one")).release(3))


def witnesses():
    row("k-1 witnesses", REFUSED, lambda l: after(l, ages=[0, None, None]), "too few")
    row("no witness", REFUSED, lambda l: after(l, ages=[None] * 3), "too few")
    row("k-1 witnesses and a stranger", REFUSED, lambda l: more(l).release(
        3, note=more(l).note(ages=[0, None, None]) + Key("w.example/nobody", 4).line(head(l.origin, more(l).leaves))), "too few")
    row("one witness twice", REFUSED, lambda l: more(l).release(
        3, note=more(l).note(ages=[0, None, None]) + l.witnesses[0].line(head(l.origin, more(l).leaves))), "too few")
    row("a cosignature for another tree", REFUSED, lambda l: more(l).release(
        3, note=more(l).note(ages=[0, None, None]) + l.witnesses[1].line(head(l.origin, l.leaves))), "false")
    row("a forged cosignature among three", REFUSED, lambda l: with_forged(l, 2), "false")
    row("one witness lies (signs a fork), the others do not", REFUSED, lambda l: fork(l, 1).release(0, ages=[0, None, None]), "too few")
    row("k lying witnesses sign a fork of the past", REFUSED, lambda l: fork(l, 1).release(3), "fork")


def time_tricks():
    row("73 hours old", STALE, lambda l: after(l, ages=[73 * HOUR] * 3))
    row("frozen for a year", STALE, lambda l: after(l, ages=[8760 * HOUR] * 3))
    row("one fresh, two old", STALE, lambda l: after(l, ages=[0, 80 * HOUR, 80 * HOUR]))
    row("k-1 fresh, one old, one none", STALE, lambda l: after(l, ages=[0, 80 * HOUR, None]))
    row("cosigned in the future", STALE, lambda l: after(l, ages=[-50 * HOUR] * 3))
    row("cosigned at the end of time", STALE, lambda l: after(l, ages=[-10**10] * 3))
    row("an old head, frozen, nothing new", STALE, lambda l: l.release(3, ages=[100 * HOUR] * 3))


def signatures():
    row("the log's signature forged", REFUSED, lambda l: with_forged(l, 0), "false")
    row("not signed by the log", REFUSED, lambda l: after(l, log_key=None), "not signed by a log")
    row("another log, its own key and origin", REFUSED, lambda l: more(l).release(
        3, note=more(l).note(text=head(OTHER.name, more(l).leaves), log_key=OTHER)), "not signed by a log")
    row("mixed: another origin under the log's key", REFUSED, lambda l: after(l, text=head(OTHER.name, more(l).leaves)), "not signed by a log")
    row("mixed: the log's origin under another's key", REFUSED, lambda l: after(l, log_key=OTHER), "not signed by a log")
    row("an extension line", REFUSED, lambda l: after(l, text=head(l.origin, more(l).leaves) + b"extension\n"), "checkpoint")
    row("a head of no tree", REFUSED, lambda l: after(l, text=b"hello\n"), "checkpoint")


def trees():
    row("a rule for one victim in the past", REFUSED, lambda l: fork(l, 2).release(3), "fork")
    row("all of it another log under the same keys", REFUSED, lambda l: Log(ORIGIN, 3, 2).add(*[leaf(f"z{i}") for i in range(6)]).release(0), "fork")
    row("the same size, another tree", REFUSED, lambda l: Log(ORIGIN, 3, 2).add(leaf("one"), leaf("two"), leaf("z")).release(3), "fork")
    row("rolled back by one", REFUSED, lambda l: Log(ORIGIN, 3, 2).add(*l.leaves[:2]).release(0), "rolled back")
    row("rolled back to nothing", REFUSED, lambda l: Log(ORIGIN, 3, 2).release(0), "rolled back")
    row("a gap before the new entries", REFUSED, lambda l: more(l).release(5), "not in the release")
    row("swapped leaves", REFUSED, lambda l: more(l).release(3, entries=[more(l).leaves[i] for i in (4, 3, 5)]), "fork, or changed")
    row("one leaf changed on the way", REFUSED, lambda l: more(l).release(3, entries=[leaf("new1"), leaf("new2", rule("new2") + "// x\n"), leaf("new3")]), "fork, or changed")
    row("a leaf for one victim put between", REFUSED, lambda l: more(l).release(3, entries=[leaf("new1"), leaf("victim"), leaf("new2"), leaf("new3")]), "more entries")
    row("the last entry is missing", REFUSED, lambda l: more(l).release(3, entries=more(l).leaves[3:5]), "missing or cut")
    row("truncated in the last entry", REFUSED, lambda l: after(l)[:-1], "missing or cut")
    row("truncated in the note", REFUSED, lambda l: after(l)[:150])
    row("empty", REFUSED, lambda l: b"", "not a release")
    row("the head's size is not the release's", REFUSED, lambda l: after(l, text=head(l.origin, more(l).leaves, size=7)), "its checkpoint at")
    row("a root of nothing, well signed", REFUSED, lambda l: after(l, text=head(l.origin, more(l).leaves, top=bytes(32))), "fork, or changed")
    row("an entry that is no leaf", REFUSED, lambda l: l.copy().add(b"candor-rule/v0\n").release(3), "not a leaf")
    row("a name that was there before", REFUSED, lambda l: l.copy().add(leaf("one", rule("one", "condition: filesize == 5"))).release(3), "before")
    row("a revoked name comes back", REFUSED, lambda l: l.copy().add(revoke("two"), leaf("two", rule("two", "condition: filesize == 5"))).release(3), "before")
    row("a rule that hunts documents, for everybody", REFUSED, lambda l: l.copy().add(
        leaf("secrets", rule("secrets", 'strings: $a = "TOP SECRET" nocase $b = "NOFORN" condition: all of them'))).release(3), "TOP SECRET")


def endless(m):
    """Not bytes but files that never end: refused without being read."""
    fifo, link = m.path("fifo"), m.path("zero")
    os.mkfifo(fifo)
    os.symlink("/dev/zero", link)
    big = m.path("big")
    with open(big, "wb") as f:
        f.write(b"candor-bundle/v1\n")
        f.truncate((1 << 30) + 4096)
    for name, path in (("an endless release (a pipe)", fifo), ("an endless release (a link to /dev/zero)", link), ("a release of more than 1 GiB", big)):
        before = m.state()
        code, text = m.run("update", path, timeout=120)
        verdict(name, REFUSED, code, text, m.state() == before, "")
    os.unlink(big)
    before = m.state()
    data = b"candor-bundle/v1\nfrom 3\nto 99999999999\nnote 40\n\n" + b"x" * 100000
    code, text = m.update(data)
    verdict("a release that claims 99,999,999,999 entries", REFUSED, code, text, m.state() == before, "")


results = []


def verdict(name, want, code, text, unchanged, says):
    got = TAKEN if code == 0 else STALE if code == 1 and "STALE" in text else REFUSED if code == 1 and "refused" in text else f"exit {code}"
    ok = got == want and says in text and unchanged == (want != TAKEN)
    reason = [l.split(": refused: ", 1)[-1] for l in text.splitlines() if "refused: " in l] or [text.splitlines()[0] if text else ""]
    results.append((name, want, got, reason[0][:90], ok))
    say(ok, f"{name}: {want}", text)


def follow_roots():
    """Changes of the log's key, by root notes of three offline keys of which two are needed."""
    log = Log(ORIGIN)
    new_key = Key(ORIGIN, seed=b"n" * 32)

    def note(version, holders, threshold, signers, key):
        text = (f"candor-root/v1\nversion {version}\nthreshold {threshold}\n" + "".join(f"holder {h.vkey()}\n" for h in holders) + f"log {key.vkey()}\n").encode()
        return text + b"\n" + b"".join(s.line(text) for s in signers)
    old, new = ROOT_KEYS[:3], ROOT_KEYS[3:]
    m = Machine(os.path.join(work, "roots"), "quorum none\n", cooling="7d")
    m.set(more=f"root = {m.path('root.note')}\n")
    lib.put(m.path("root.note"), note(1, old, 2, old[:2], log.key))
    log.add(leaf("one"))
    code, text = m.update(log.release())
    verdict("the log's key, by the root note", TAKEN, code, text, False, "1 rules added")

    def state():
        return m.state() + (open(m.path("state/rules/root")).read() if os.path.exists(m.path("state/rules/root")) else "")
    changes = [
        ("key change: new threshold only", REFUSED, note(2, new, 2, new[:2], new_key), "version 1 signed"),
        ("key change: old threshold only", REFUSED, note(2, new, 2, old[:2], new_key), "own holders signed"),
        ("key change: one old and one new holder", REFUSED, note(2, new, 2, [old[0], new[0]], new_key), "own holders signed"),
        ("key change: both, one below the old threshold", REFUSED, note(2, new, 2, [old[0], *new[:2]], new_key), "version 1 signed"),
        ("key change: a version left out", REFUSED, note(3, new, 2, [*old[:2], *new[:2]], new_key), "does not follow"),
        ("key change: signed by strangers", REFUSED, note(2, old, 2, new, new_key), "own holders signed"),
        ("key change: threshold lowered by one holder", REFUSED, note(2, old, 1, old[:1], new_key), "version 1 signed"),
        ("a release under a key that no root note names", REFUSED, log.copy().add(leaf("two")).release(1, log_key=new_key), "not signed by a log"),
        ("key change: both thresholds", TAKEN, note(2, new, 2, [*old[:2], *new[:2]], new_key), "version 2"),
        ("key change: the old note again", REFUSED, note(1, old, 2, old[:2], log.key), "does not follow"),
        ("a release under the revoked key", REFUSED, log.copy().add(leaf("two")).release(1), "not signed by a log"),
        ("a release under the new key", TAKEN, log.copy().add(leaf("two")).release(1, log_key=new_key), "1 rules added"),
    ]
    for name, want, data, says in changes:
        before = state()
        code, text = m.update(data)
        verdict(name, want, code, text, state() == before, says)


def inbox():
    """A folder as a courier fills it: changes of keys first, junk refused by itself, the rest taken in."""
    log, new_key = Log(ORIGIN), Key(ORIGIN, seed=b"n" * 32)
    holders = ROOT_KEYS[:3]

    def note(version, key):
        text = (f"candor-root/v1\nversion {version}\nthreshold 2\n" + "".join(f"holder {h.vkey()}\n" for h in holders) + f"log {key.vkey()}\n").encode()
        return text + b"\n" + b"".join(s.line(text) for s in holders[:2])
    m = Machine(os.path.join(work, "inbox"), "quorum none\n", cooling="7d")
    m.set(more=f"root = {m.path('first.root')}\n")
    lib.put(m.path("first.root"), note(1, log.key))
    folder = m.path("fetched")
    os.makedirs(folder)
    log.add(leaf("one"), leaf("two"))
    for name, data in (("a.bundle", b"junk"), ("b.bundle", log.release(log_key=new_key)), ("z.root", note(2, new_key)), ("notes.txt", b"no release")):
        lib.put(os.path.join(folder, name), data)
    code, text = m.run("update", folder)
    say(code == 1 and text.count("refused") == 1 and "a.bundle" in text and "2 rules added" in text, "an inbox: keys first, junk refused, the release taken in", text)


def evidence(base, log):
    """Of a fork both signed heads are kept, and show it to anybody."""
    m = clone(base, "evidence")
    m.update(fork(log, 1).release(3))
    folder = m.path("state/rules")
    names = sorted(n for n in os.listdir(folder) if n.startswith("evidence"))
    notes = [open(os.path.join(folder, n), "rb").read() for n in names]
    say(names == ["evidence-1-after", "evidence-1-before"] and all(n.count("\u2014 ".encode() + ORIGIN.encode()) == 1 for n in notes) and notes[0] != notes[1],
        "of a fork both heads that the log's key signed are kept", names)
    say("fork" in m.ledger(), "and the ledger has the refusal", m.ledger())


def becomes_stale(base):
    """The age of the last cosignatures is in every report, without anything being brought."""
    log = Log(ORIGIN, 3, 2).add(leaf("one"))
    m = Machine(os.path.join(work, "ages"), log.policy())
    code, text = m.update(log.release(ages=[72 * HOUR - 4] * 3))
    fresh = m.finds("one")[1]
    time.sleep(6)
    found, text = m.finds("one")
    say(code == 0 and found and "STALE" not in fresh and "STALE" in text, "a set that nobody cosigned for 72 hours goes on, and every report says STALE", fresh + text)
    text = m.run("scan", "--no-progress", "--json", m.path("hit"))[1]
    say('"stale":true' in text, "in JSON, too", text)
    m.update(log.release())
    say("STALE" not in m.finds("one")[1], "until fresh cosignatures come")


def clone(base, name):
    m = Machine.__new__(Machine)
    m.__dict__.update(base.__dict__, folder=os.path.join(work, name))
    os.makedirs(m.folder)
    shutil.copytree(base.path("state"), m.path("state"))
    m.set()
    return m


def main():
    log = Log(ORIGIN, witnesses=3, need=2).add(leaf("one"), leaf("two"), leaf("three"))
    base = Machine(os.path.join(work, "base"), log.policy(), cooling="7d")
    code, text = base.update(log.release(ages=[100] * 3))  # so that what is cosigned now is another note, in the same second, too
    say(code == 0, "a machine follows the log: three entries, two of three witnesses", text)
    for part in (honest, witnesses, time_tricks, signatures, trees):
        part()
    for i, (name, want, make, says) in enumerate(rows):
        m = clone(base, f"row{i}")
        before = m.state()
        code, text = m.update(make(log))
        verdict(name, want, code, text, m.state() == before, says)
        shutil.rmtree(m.folder)
    endless(base)
    follow_roots()
    inbox()
    evidence(base, log)
    becomes_stale(base)
    for name, want, got, reason, ok in results:
        print(f"# {name:56} {want:8} {got:8} {'' if ok else 'NOT AS EXPECTED '}{reason}", flush=True)
    good = sum(r[4] for r in results)
    say(len(results) >= 40 and good == len(results), f"{good} of {len(results)} rows as expected")


try:
    main()
finally:
    shutil.rmtree(work, ignore_errors=True)
