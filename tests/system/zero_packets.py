#!/usr/bin/env python3
"""A day's work sends nothing. In a network namespace of its own, where a fake world listens (a resolver, a web server, and a counter of every
frame on every interface), Candor scans, finds, records, compiles, audits, answers clients and proves: 0 packets. Then each way in which a
program could have sent one is tried, so that it is known that the counter counts."""
import errno
import hashlib
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lib
from lib import CANDOR, say, skip

WORLD = "192.0.2.1"
SIOCADDRT, SIOCSIFADDR, SIOCSIFNETMASK, SIOCSIFFLAGS = 0x890B, 0x8916, 0x891C, 0x8914
ETH_P_ALL = 3


def address(host):
    return struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(host))


def ioctl(s, number, data):
    import fcntl
    fcntl.ioctl(s, number, data)


def make_world():
    """The world is on lo: an address of documentation, and a default route to everywhere."""
    for path in ("all", "default", "lo"):
        try:
            with open(f"/proc/sys/net/ipv6/conf/{path}/disable_ipv6", "w") as f:
                f.write("0")
        except OSError:
            pass
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        ioctl(s, SIOCSIFADDR, b"lo".ljust(16, b"\0") + address("127.0.0.1") + bytes(8))
        ioctl(s, SIOCSIFFLAGS, b"lo".ljust(16, b"\0") + struct.pack("=H", 0x49) + bytes(22))
        ioctl(s, SIOCSIFADDR, b"lo:1".ljust(16, b"\0") + address(WORLD) + bytes(8))
        name = b"lo\0"
        import ctypes
        room = ctypes.create_string_buffer(name)
        # struct rtentry: pad, destination, gateway, mask, flags, pad, pad, pad, metric, device, mtu, window, irtt
        route = struct.pack("@L16s16s16sHhLPhPLLH6x", 0, *[address("0.0.0.0")] * 3, 1, 0, 0, 0, 0, ctypes.addressof(room), 0, 0, 0)
        try:
            ioctl(s, SIOCADDRT, route)
        except OSError as e:
            if e.errno != errno.EEXIST:
                raise
    with open("/proc/self/net/route") as f:
        return "00000000" in f.read()


class Counter(threading.Thread):
    """Every frame that any interface sends or receives."""

    def __init__(self):
        super().__init__(daemon=True)
        self.frames = []
        self.s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.start()

    def run(self):
        while True:
            self.frames.append(self.s.recvfrom(200))

    def count(self):
        time.sleep(0.2)
        return len(self.frames)

    def words(self):
        return [f"{where[0]} type {where[2]}: {bytes_[14:54].hex()}" for bytes_, where in self.frames[:8]]


class Listener(threading.Thread):
    """A resolver and a web server that would have answered."""

    def __init__(self):
        super().__init__(daemon=True)
        self.asked = 0
        self.dns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.dns.bind((WORLD, 53))
        self.web = socket.create_server((WORLD, 80))
        self.start()

    def run(self):
        import select
        while True:
            for s in select.select([self.dns, self.web], [], [])[0]:
                self.asked += 1
                if s is self.dns:
                    q, who = s.recvfrom(512)
                    s.sendto(q[:2] + b"\x81\x83" + q[4:6] + bytes(6) + q[12:], who)
                else:
                    c, _ = s.accept()
                    c.close()


def make_files(folder):
    os.makedirs(os.path.join(folder, "docs"))
    for i in range(300):
        lib.put(os.path.join(folder, "docs", f"letter{i}.txt"), b"Dear reader, see http://%s/letter%d and write to me@example.invalid\n" % (WORLD.encode(), i))
    lib.put(os.path.join(folder, "eicar.com"), lib.eicar())
    lib.put(os.path.join(folder, "damaged.gz"), b"\x1f\x8b\x08\0\0\0\0\0\0\3cut off")
    with zipfile.ZipFile(os.path.join(folder, "a.zip"), "w") as z:
        z.writestr("inner.txt", lib.eicar())
    lib.put(os.path.join(folder, "rules.yar"), b'rule Letter { meta: class = "test" strings: $a = "me@example.invalid" condition: $a }\n')
    lib.put(os.path.join(folder, "sigs.ndb"), b"Test.Letter:0:*:44656172207265616465722c\n")


class Day:
    """Runs what an owner runs in a day. Each step's exit code is checked: a step that fails at once would send nothing, too."""

    def __init__(self, work):
        self.work, self.files, self.bad, self.steps = work, os.path.join(work, "files"), [], 0
        self.log = os.path.join(work, "log")

    def step(self, codes, *args, program=CANDOR, stdin=None):
        p = subprocess.run([program, *args], stdin=subprocess.DEVNULL if stdin is None else None, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           cwd=self.work, timeout=200)
        self.steps += 1
        if p.returncode not in codes:
            self.bad.append(f"{os.path.basename(program)} {' '.join(args)}: exit {p.returncode}: {p.stderr.decode(errors='replace')[-300:]}")
        return p.stdout

    def scans(self):
        rules = os.path.join(self.files, "rules.yar")
        self.step([1], "scan", self.files)
        self.step([1], "scan", self.files)  # again: the verdict cache
        self.step([1], "scan", "--json", "--all", "--explain", "-r", rules, self.files)
        self.step([1], "scan", "--sarif", "--isolate", "--jobs", "1", self.files)
        self.step([1], "scan", "-", stdin=lib.eicar())
        self.step([2], "scan", "-r", os.path.join(self.work, "nothing.yar"), self.files)
        self.step([0], "yara", "-s", "-r", rules, self.files)
        self.step([1], "clamscan", "-r", "-d", os.path.join(self.files, "sigs.ndb"), self.files)

    def rules(self):
        rules, image = os.path.join(self.files, "rules.yar"), os.path.join(self.work, "rules.img")
        self.step([0], "rules", "build", "-r", rules, "-o", image)
        self.step([0], "rules", "list")
        self.step([0], "rules", "stats", "-r", rules)
        self.step([0, 1], "rules", "audit", "-r", rules)
        self.step([0], "rules", "test")

    def updates(self):
        """A publisher's work, and what came by the inbox: taken in, tried out, activated, scanned with."""
        log, key, bundle, conf = (os.path.join(self.work, n) for n in ("log.d", "log.key", "inbox.bundle", "conf"))
        rule, sample = os.path.join(self.work, "worm.yar"), hashlib.sha256(b"a sample").hexdigest()
        lib.put(rule, f'rule worm {{ meta: class = "malware" sample = "{sample}" strings: $a = "a-day-of-work-worm" '
                      "condition: uint32(0) == 0x464c457f and $a }\n".encode())
        self.step([0], "log", "init", log, "--origin", "vendor.example/rules", "--key", key)
        self.step([0], "log", "add", log, "--class", "malware", "--evidence", sample, rule)
        self.step([0], "log", "sign", log, "--key", key)
        self.step([0], "log", "publish", log, bundle)
        if not self.bad:
            with open(os.path.join(log, "key"), "rb") as f:
                lib.put(os.path.join(self.work, "policy"), b"log " + f.read().strip() + b"\nquorum none\n")
        lib.put(conf, f"state = {self.work}/state\npolicy = {self.work}/policy\ncooling-off = 0\ntrial = {self.files}/docs\n".encode())
        self.step([0], "--config", conf, "update", bundle)
        self.step([0], "--config", conf, "scan", os.path.join(self.files, "docs"))
        self.step([0], "log", "monitor", log, "--state", os.path.join(self.work, "monitor"))

    def clients(self):
        """The door, and a client of it."""
        import door_lib
        door = door_lib.start_door(self.work)
        self.steps += 1
        try:
            if door.stream(door_lib.MARKER) != b"stream: Door_Marker FOUND" or door.ask(b"RELOAD") != b"RELOADING":
                self.bad.append("the door does not answer")
        finally:
            door.stop()

    def records(self):
        self.step([0], "ledger", "show")
        self.step([0], "ledger", "verify")
        self.step([0], "ledger", "head")
        self.step([0], "ledger", "export", os.path.join(self.work, "ledger.out"))

    def proofs(self):
        self.step([0, 1, 3], "prove")


def day(work):
    d = Day(work)
    for part in (d.scans, d.rules, d.updates, d.clients, d.records, d.proofs):
        part()
    return d


def controls(counter):
    """Each raises the count."""
    ways = {
        "a datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("198.51.100.7", 9)),
        "a name looked up": lambda: subprocess.run(["getent", "hosts", "rules.example.com"], stdout=subprocess.DEVNULL, timeout=60),
        "a connection": lambda: socket.create_connection((WORLD, 80), timeout=5).close(),
        "to itself": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)),
    }
    for name, send in ways.items():
        before = counter.count()
        try:
            send()
        except OSError:
            pass
        say(counter.count() > before, f"control: {name} is counted")


def inside(work):
    say(make_world(), "a world of its own: an address, a route to everywhere")
    counter, world = Counter(), Listener()
    make_files(os.path.join(work, "files"))
    before = counter.count()
    d = day(work)
    sent = counter.count() - before
    say(not d.bad, f"a day's work: {d.steps} commands did what they should", "\n".join(d.bad))
    say(sent == 0, f"{sent} packets were sent", counter.words())
    say(world.asked == 0, "nobody asked the world's resolver or web server")
    controls(counter)


def main():
    if len(sys.argv) > 1:
        inside(sys.argv[1])
        return
    if os.geteuid() != 0:
        skip("0 packets", "only root makes such a world")
        return
    work = tempfile.mkdtemp(prefix="candor-packets-", dir="/tmp")
    os.chmod(work, 0o755)
    resolv = lib.put(os.path.join(work, "resolv.conf"), f"nameserver {WORLD}\noptions timeout:1 attempts:1\n".encode())
    # A state of its own, too: this machine's ledger is not the test's.
    setup = f"mkdir -p /var/lib/candor && mount -t tmpfs none /var/lib/candor && mount --bind {resolv} /etc/resolv.conf && exec \"$@\""
    try:
        subprocess.run(["unshare", "-n", "-m", "--propagation", "private", "sh", "-c", setup, "sh", sys.executable, os.path.abspath(__file__), work], check=False)
    finally:
        shutil.rmtree(work, ignore_errors=True)


main()
