# SPDX-License-Identifier: Apache-2.0
"""The file systems that are measured against each other: how each is made, mounted and unmounted.

Every one of them lives in a Place of its own on the same file system of the host. Their key derivation
is as cheap as they let it be: passwords are not what is measured.
"""
import ctypes
import os
import shlex
import subprocess
import time

from world import BUILD

PASSWORD = "password"
EXAMPLES = "/usr/share/doc/libfuse3-dev/examples"
PATIENCE = 120
TICK = os.sysconf("SC_CLK_TCK")
MS_NOSUID, MS_NODEV, MS_REMOUNT = 2, 4, 32
LIBC = ctypes.CDLL(None, use_errno=True)


class Missing(Exception):
    """A contender that this machine cannot run."""


class Broken(Exception):
    """A contender that could not do what it was asked to."""


class Place:
    """Where one contender keeps what it stores, and where it is mounted."""

    def __init__(self, directory):
        self.directory = directory
        self.store, self.point = self.path("store"), self.path("mnt")
        self.password, self.log = self.path("password"), self.path("log")
        os.makedirs(self.store)
        os.makedirs(self.point)
        with open(self.password, "w", encoding="utf-8") as file:
            file.write(PASSWORD + "\n")

    def path(self, name):
        return os.path.join(self.directory, name)


def passthrough(work):
    """libfuse's own example, as Debian ships it."""
    program = os.path.join(work, "passthrough_ll")
    if not os.path.exists(program):
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "fuse3"], check=True,
                               capture_output=True, text=True).stdout.split()
        done = subprocess.run(["cc", "-O2", "-o", program, f"{EXAMPLES}/passthrough_ll.c", *flags],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Missing(f"passthrough_ll: {done.stderr.strip()[-200:]}")
    return program


class Contender:
    """One of them. `peer`: another encrypted file system, of those whose best is the measure."""

    peer = False
    stops = False  # it unmounts itself when it is told to end
    slow = False  # so much so that it takes part in one round alone
    keeps_mount = False  # unmounted no more often than it must be
    stores = True  # what was written is there after an unmount

    def __init__(self, name):
        self.name = name

    def prepare(self, work):
        """What must be there before the first round; Missing when it cannot be had."""

    def make(self, place):
        command = self.create(place)
        if command is not None:
            must(place, command)

    def create(self, place):
        return None


class Disk(Contender):
    """The host's file system: nothing between it and the application."""

    def serve(self, place):
        return None


class Ceiling(Contender):
    program = os.path.join(BUILD, "bench/bench-ceiling")
    stores = False

    def serve(self, place):
        return [self.program, place.point]


class Passthrough(Contender):
    def prepare(self, work):
        self.program = passthrough(work)

    def serve(self, place):
        options = f"source={place.store},writeback,cache=always,timeout=86400"
        return [self.program, "-f", "-o", options, place.point]


class Ours(Contender):
    program = os.path.join(BUILD, "bench/bench-mounted")
    stops = True

    def __init__(self, name, strict):
        super().__init__(name)
        self.strict = strict

    def serve(self, place):
        told = ["--strict", place.path("told")] if self.strict else []
        return [self.program, *told, place.store, place.point, place.path("state")]


class Peer(Contender):
    peer = True

    def prepare(self, work):
        if subprocess.run(["which", self.program], capture_output=True, check=False).returncode:
            raise Missing(f"{self.program} is not installed (tools/setup bench)")


class Gocryptfs(Peer):
    program = "gocryptfs"

    def create(self, place):
        return ["gocryptfs", "-init", "-q", "-scryptn", "10", "-passfile", place.password,
                place.store]

    def serve(self, place):
        return ["gocryptfs", "-fg", "-q", "-passfile", place.password, place.store, place.point]


class Securefs(Peer):
    program = "securefs"
    formats = {"lite": "4", "full": "2"}

    def __init__(self, mode):
        super().__init__(f"securefs ({mode})")
        self.slow = mode == "full"
        self.format = self.formats[mode]

    def create(self, place):
        return ["securefs", "create", "--format", self.format, "--pbkdf",
                "pkcs5-pbkdf2-hmac-sha256", "--rounds", "1", "--pass", PASSWORD, place.store]

    def serve(self, place):
        return ["securefs", "mount", "--pass", PASSWORD, place.store, place.point]


class Cryfs(Peer):
    """AES-256-GCM like the others, not its default, which is slower. Its key derivation cannot be made
    cheaper: a mount takes 16 seconds of a processor."""

    program = "cryfs"
    slow = keeps_mount = True

    def serve(self, place):
        command = ["env", "CRYFS_FRONTEND=noninteractive", "CRYFS_NO_UPDATE_CHECK=true",
                   f"CRYFS_LOCAL_STATE_DIR={place.path('local')}", "cryfs", "-f", "--cipher",
                   "aes-256-gcm", place.store, place.point]
        return ["sh", "-c", f"exec {shlex.join(command)} <{shlex.quote(place.password)}"]


def every():
    return [Ours("ours, strict", True), Ours("ours, relaxed", False), Gocryptfs("gocryptfs"),
            Securefs("lite"), Securefs("full"), Cryfs("CryFS"), Passthrough("pass-through"),
            Disk("bare disk"), Ceiling("ceiling (memory)")]


def must(place, command):
    with open(place.log, "ab") as log:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                              check=False)
    if done.returncode != 0:
        raise Broken(f"'{shlex.join(command)}' ended with {done.returncode}:\n{last_of(place.log)}")


def last_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()[-1000:]


def unmount(point):
    """Of a process that has just ended the kernel closes the last files a little later."""
    for patience in range(100, -1, -1):
        done = subprocess.run(["umount", point], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        if patience == 0:
            raise Broken(done.stderr.strip())
        time.sleep(0.02)


def ticks_of(pid):
    """Processor seconds of a process with all of its threads, and of children that ended."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / TICK


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="utf-8") as file:
        return file.read().split()


def forget_names(point):
    """A remount drops the names that the kernel keeps of one mount, with inodes and pages that are
    clean: of this one alone, where drop_caches would take those of everybody on the machine."""
    if LIBC.mount(b"again", os.fsencode(point), None, MS_REMOUNT | MS_NOSUID | MS_NODEV, None) != 0:
        raise Broken(f"remount of {point}: {os.strerror(ctypes.get_errno())}")


def forget_pages(directory):
    """The host's pages of the files below."""
    for folder, _, names in os.walk(directory):
        for name in names:
            fd = os.open(os.path.join(folder, name), os.O_RDONLY | os.O_NOFOLLOW)
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(fd)


class Mounted:
    """One mount. `opening`: seconds from the start of its process to the first listing."""

    def __init__(self, contender, place):
        self.contender, self.place = contender, place
        self.process, self.peak, self.used = None, 0, 0.0
        self.open()

    def open(self):
        """Also again, after close()."""
        # The bare disk's tree lies where the others store theirs.
        self.root = self.place.store
        command = self.contender.serve(self.place)
        since = time.monotonic()
        if command is not None:
            self.root = self.place.point
            self.start(command)
        os.listdir(self.root)
        self.opening = time.monotonic() - since

    def forget(self, host):
        """What was written is on the disk, and neither the kernel nor the process remembers it."""
        if self.contender.stores and not self.contender.keeps_mount:
            self.close()
            host.renew()
            self.open()
            return
        must(self.place, ["sync", "--file-system", self.root])
        must(self.place, ["sync", "--file-system", self.place.store])
        forget_names(self.root)
        forget_pages(self.place.store)

    def start(self, command):
        before = os.stat(self.root).st_dev
        with open(self.place.log, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)
        end = time.monotonic() + PATIENCE
        while os.stat(self.root).st_dev == before:
            if self.process.poll() is not None or time.monotonic() > end:
                raise Broken(f"{self.contender.name} did not mount:\n{last_of(self.place.log)}")
            time.sleep(0.0005)

    def processor(self):
        """Processor seconds that its processes have used so far."""
        if self.process is None:
            return self.used
        pid = self.process.pid
        return ticks_of(pid) + sum(ticks_of(child) for child in children_of(pid))

    def memory(self):
        """The most bytes of memory that its process has had."""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            found = [line for line in file if line.startswith("VmHWM")]
        return int(found[0].split()[1]) * 1024

    def close(self):
        """Unmount, wait until nothing is left to write, and remember what it used."""
        if self.process is None:
            return
        self.peak = max(self.peak, self.memory())
        if self.contender.stops:
            self.process.terminate()
        else:
            unmount(self.place.point)
        _, status, used = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.used = used.ru_utime + used.ru_stime
        failed, self.process = self.process.returncode, None
        if failed not in (0, -15):
            raise Broken(f"{self.contender.name} ended with {failed}:\n{last_of(self.place.log)}")

    def abandon(self):
        """After a failure: nothing of it may stay mounted."""
        subprocess.run(["umount", "--lazy", self.place.point], capture_output=True, check=False)
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
