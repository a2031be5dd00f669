"""Shared by the door's scenarios: starting candor-door and clamd, speaking their protocol. Imported, never run."""
import array
import os
import pwd
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time

import lib

DOOR = os.path.join(lib.BUILD, "src", "candor-door")
MARKER = b"candor-" + b"door-marker"
RULES = """rule Door_Marker { strings: $a = "candor-door-marker" condition: $a }
rule Door_Eicar { strings: $a = "X5O!P%@AP[4\\\\PZX54(P^)7CC)7}$EICAR" condition: $a }
"""


def frames(data, chunk=8192):
    out = b"".join(struct.pack(">I", len(data[i:i + chunk])) + data[i:i + chunk] for i in range(0, len(data), chunk))
    return out + bytes(4)


def talk(path, parts, half_close=False, wait=10):
    """Sends the parts (bytes; a number to sleep; (bytes, descriptor)) and returns all that is answered."""
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(wait)
    out = b""
    with s:
        s.connect(path)
        try:
            for p in parts:
                if isinstance(p, tuple):
                    s.sendmsg([p[0]], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [p[1]]))])
                elif isinstance(p, float):
                    time.sleep(p)
                else:
                    s.sendall(p)
            if half_close:
                s.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other side may have answered and gone already
        try:
            while True:
                got = s.recv(65536)
                if not got:
                    return out + b"<end>"
                out += got
        except OSError as e:
            return out + b"<" + type(e).__name__.encode() + b">"


class Server:
    def __init__(self, process, socket_path, log):
        self.process, self.path, self.log = process, socket_path, log

    def ask(self, command, wait=10):
        return talk(self.path, [b"z" + command + b"\0"], wait=wait).split(b"\0")[0]

    def stream(self, data, wait=60):
        return talk(self.path, [b"zINSTREAM\0" + frames(data)], wait=wait).split(b"\0")[0]

    def used(self):
        """Mebibytes that its streams hold, by its own word."""
        return float(re.search(rb"pools_used ([0-9.]+)M", self.ask(b"STATS"))[1])

    def resident_kib(self):
        text = open(f"/proc/{self.process.pid}/status").read()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1])

    def lives(self):
        return self.process.poll() is None

    def words(self):
        return open(self.log, errors="replace").read()

    def stop(self):
        if self.lives():
            self.process.terminate()
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "killed"


def start(command, path, log, seconds=60):
    with open(log, "wb") as f:
        p = subprocess.Popen(command, stdout=f, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    server = Server(p, path, log)
    end = time.time() + seconds
    while time.time() < end and server.lives():
        try:
            if server.ask(b"PING", wait=seconds) == b"PONG":
                return server
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{command[0]} does not answer: {server.words()}")


def scratch():
    """A folder that other users may enter."""
    folder = tempfile.mkdtemp(prefix="candor-door-", dir="/tmp")
    os.chmod(folder, 0o755)
    return folder


def start_door(folder, keys=(), name="door", rules=None):
    lib.put(os.path.join(folder, "door.yar"), RULES.encode())
    conf = os.path.join(folder, name + ".conf")
    lib.put(conf, "".join(k + "\n" for k in keys).encode())
    path = os.path.join(folder, name + ".sock")
    return start([DOOR, "--foreground", "--config", conf, "--socket", path, "-r", rules or os.path.join(folder, "door.yar")],
                 path, os.path.join(folder, name + ".log"))


def start_clamd(folder, stream_max="1M"):
    """Debian's clamd over a database of the same two signatures; None when it is not installed."""
    clamd = shutil.which("clamd", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not clamd:
        return None
    db = os.path.join(folder, "db")
    os.mkdir(db)
    lib.put(os.path.join(db, "door.ndb"), b"Door_Marker:0:*:" + MARKER.hex().encode() + b"\nDoor_Eicar:0:*:" + lib.eicar()[:33].hex().encode() + b"\n")
    path, conf = os.path.join(folder, "clamd.sock"), os.path.join(folder, "clamd.conf")
    user = pwd.getpwuid(os.geteuid()).pw_name
    lib.put(conf, f"LocalSocket {path}\nDatabaseDirectory {db}\nTemporaryDirectory {folder}\nForeground yes\nStreamMaxLength {stream_max}\nUser {user}\n".encode())
    return start([clamd, "-c", conf], path, os.path.join(folder, "clamd.log"))
