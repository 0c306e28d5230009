# SPDX-License-Identifier: Apache-2.0
"""Mounted volumes beside other encrypted file systems, between a floor and a ceiling. docs/bench.md says how."""
import collections
import dataclasses
import io
import json
import math
import os
import random
import shutil
import statistics
import subprocess
import sys
import tarfile
import time

from contenders import Broken, Missing, Mounted, Ours, Place, every, forget_names, \
    unmount
from tables import number, table

SEED = 5
HOST_BYTES = 4 << 30
SQLITE = """
import sqlite3, sys, time
path, mode, commits = sys.argv[1], sys.argv[2], int(sys.argv[3])
base = sqlite3.connect(path, isolation_level=None)
base.execute(f"pragma journal_mode={mode}")
base.execute("pragma synchronous=full")
base.execute("create table t (id integer primary key, text blob)")
since = time.monotonic()
for i in range(commits):
    base.execute("insert into t values (?, ?)", (i, b"x" * 200))
print(time.monotonic() - since)
assert base.execute("select count(*) from t").fetchone()[0] == commits
"""


@dataclasses.dataclass(frozen=True)
class Sizes:
    stream: int  # bytes of the big file
    random: int  # reads or writes of 4 KiB
    synced: int  # the same with an fsync each
    files: int  # of the tree
    commits: int  # of SQLite
    many: int  # files of the volume that is only opened


    def divided(self, by):
        """For a machine that has too much else to do; the volume of many files stays."""
        return dataclasses.replace(self, stream=self.stream // by >> 20 << 20, random=self.random // by,
                                   synced=self.synced // by, files=self.files // by,
                                   commits=self.commits // by)


FULL = Sizes(256 << 20, 10000, 300, 20000, 300, 1000000)
QUICK = Sizes(16 << 20, 1000, 20, 500, 20, 20000)


@dataclasses.dataclass(frozen=True)
class Sample:
    value: float  # in the unit of its workload
    processor: float  # seconds, of all processes
    daemon: float  # those of them that are the file system's


@dataclasses.dataclass(frozen=True)
class Workload:
    title: str
    unit: str
    lower_is_better: bool = False


WORKLOADS = {
    "write 128K": Workload("sequential write, 128 KiB a call, one fsync at the end", "MiB/s"),
    "read 128K": Workload("sequential read, 128 KiB a call, nothing cached", "MiB/s"),
    "write 1M": Workload("sequential write, 1 MiB a call, one fsync at the end", "MiB/s"),
    "read 1M": Workload("sequential read, 1 MiB a call, nothing cached", "MiB/s"),
    "randread": Workload("random read of 4 KiB, nothing cached", "1/s"),
    "randwrite": Workload("random write of 4 KiB, one fsync at the end", "1/s"),
    "randsync": Workload("random write of 4 KiB, an fsync after each", "1/s"),
    "wal": Workload("SQLite commits, journal_mode=wal, synchronous=full", "1/s"),
    "delete": Workload("SQLite commits, journal_mode=delete, synchronous=full", "1/s"),
    "untar": Workload("untar, until it is unmounted and on the disk", "s", True),
    "ls": Workload("ls -lR, nothing cached", "s", True),
    "cat": Workload("cat of all files, nothing cached", "s", True),
    "rm": Workload("rm -r, until it is unmounted and on the disk", "s", True),
    "open": Workload("mounting the tree, until the root is listed", "s", True),
}


def run(command, out=subprocess.DEVNULL):
    """(wall seconds, processor seconds, output) of a command and all that it waited for."""
    since = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out,
                               stderr=subprocess.PIPE)
    text = process.stdout.read() if out == subprocess.PIPE else b""
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Broken(f"'{command[0]}' ended with {process.returncode}: "
                     f"{said.decode(errors='replace')[-300:]}")
    return time.monotonic() - since, used.ru_utime + used.ru_stime, text


def flush(path):
    run(["sync", "--file-system", path])


def stored(directory):
    """(bytes, allocated bytes) of all that lies below."""
    sizes = blocks = 0
    for folder, folders, names in os.walk(directory):
        for name in folders + names:
            found = os.lstat(os.path.join(folder, name))
            sizes += found.st_size if name in names else 0
            blocks += found.st_blocks * 512
    return sizes, blocks


class Host:
    """The file system that all of them store on: an ext4 of its own in a file, so that what others on
    this machine write is not flushed with it. Past the page cache, or all would be cached twice."""

    def __init__(self, work, size):
        image, self.point = os.path.join(work, "host.ext4"), os.path.join(work, "host")
        os.mkdir(self.point)
        run(["fallocate", "-l", str(size), image])
        run(["mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", image])
        found = run(["losetup", "--find", "--show", "--direct-io=on", image], subprocess.PIPE)[2]
        self.device = found.decode().strip()
        run(["mount", self.device, self.point])

    def renew(self):
        """Everything on the disk and forgotten."""
        unmount(self.point)
        run(["mount", self.device, self.point])

    def close(self):
        unmount(self.point)
        run(["losetup", "--detach", self.device])


class Tree:
    """A source tree as tar files, the same in every run: sizes of files are drawn from a log-normal
    distribution (median 3.5 KiB, mean some 9 KiB, as in a kernel's sources), 15 files a directory.

    In two halves, between which the kernel is made to forget the inodes: passthrough_ll holds a
    descriptor for each, and not everywhere may a process have more than 20,000."""

    def __init__(self, directory, files):
        self.halves, self.files, self.bytes = ("one", "two"), files, 0
        self.directory, self.drawn = directory, random.Random(SEED)
        os.makedirs(directory)
        for half in self.halves:
            with tarfile.open(self.archive(half), "w", format=tarfile.GNU_FORMAT) as archive:
                self.fill(archive, half)

    def archive(self, half):
        return os.path.join(self.directory, half + ".tar")

    def fill(self, archive, root):
        directories = [root]
        self.enter(archive, root)
        for count in range(self.files // 2):
            if count % 15 == 0:
                parent = self.drawn.choice(directories[-200:])
                parent = parent if parent.count("/") < 8 else root
                directories.append(f"{parent}/dir{count:05}")
                self.enter(archive, directories[-1])
            size = min(2 << 20, int(self.drawn.lognormvariate(math.log(3584), 1.4)))
            member = tarfile.TarInfo(f"{directories[-1]}/file{count:05}.c")
            member.size, member.mtime = size, 1700000000 + count
            archive.addfile(member, io.BytesIO(self.drawn.randbytes(size)))
            self.bytes += size

    @staticmethod
    def enter(archive, name):
        member = tarfile.TarInfo(name)
        member.type, member.mode, member.mtime = tarfile.DIRTYPE, 0o755, 1700000000
        archive.addfile(member)

    def warm(self):
        """Into the page cache: it is not the reading of the archive that is measured."""
        for half in self.halves:
            with open(self.archive(half), "rb") as file:
                while file.read(1 << 20):
                    pass


class Volumes:
    def __init__(self, work, sizes, only=None):
        self.work = os.path.join(work, "volumes")
        os.makedirs(self.work)
        self.host = Host(self.work, HOST_BYTES)
        self.sizes = sizes
        self.samples = collections.defaultdict(lambda: collections.defaultdict(dict))
        self.space, self.peaks, self.openings = {}, collections.defaultdict(int), {}
        self.missing = {}
        self.contenders = [one for one in every() if only is None or one.name in only]
        for one in list(self.contenders):
            self.prepare(one)
        self.tree = Tree(os.path.join(self.work, "tree"), self.sizes.files)
        self.round = 0

    def prepare(self, one):
        try:
            one.prepare(self.work)
        except Missing as error:
            self.missing[one.name] = str(error)
            self.contenders.remove(one)

    # What one contender is asked to do, in a place of its own.

    def note(self, workload, contender, value, used):
        """`used`: processor seconds of the application and of the file system."""
        self.samples[workload][contender.name][self.round] = Sample(value, sum(used), used[1])

    def fio(self, mounted, workload, *options):
        before = mounted.processor()
        command = ["fio", "--name=x", f"--filename={mounted.root}/big", "--ioengine=psync",
                   "--fallocate=none", "--randrepeat=1", "--output-format=json", *options]
        _, used, text = run(command, subprocess.PIPE)
        job = json.loads(text[text.index(b"{"):])["jobs"][0]
        way = job["read"] if job["read"]["total_ios"] else job["write"]
        seconds = max(way["runtime"], 1) / 1000
        amount = way["io_bytes"] / 2**20 if WORKLOADS[workload].unit == "MiB/s" else way["total_ios"]
        self.note(workload, mounted.contender, amount / seconds,
                  (used, mounted.processor() - before))

    def stream(self, mounted):
        size = f"--size={self.sizes.stream}"
        for block in ("128K", "1M"):
            self.fio(mounted, f"write {block}", "--rw=write", f"--bs={block}", size,
                     "--create_on_open=1", "--end_fsync=1")
            mounted.forget(self.host)
            self.fio(mounted, f"read {block}", "--rw=read", f"--bs={block}", size)
            if block == "128K":
                os.unlink(os.path.join(mounted.root, "big"))

    def random(self, mounted):
        size = f"--size={self.sizes.stream}"
        count = f"--number_ios={self.sizes.random}"
        mounted.forget(self.host)
        self.fio(mounted, "randread", "--rw=randread", "--bs=4K", size, count)
        mounted.forget(self.host)
        self.fio(mounted, "randwrite", "--rw=randwrite", "--bs=4K", size, count, "--end_fsync=1")
        self.fio(mounted, "randsync", "--rw=randwrite", "--bs=4K", size,
                 f"--number_ios={self.sizes.synced}", "--fsync=1")

    def sqlite(self, mounted):
        for mode in ("wal", "delete"):
            before = mounted.processor()
            command = [sys.executable, "-c", SQLITE, f"{mounted.root}/{mode}.sqlite", mode,
                       str(self.sizes.commits)]
            _, used, text = run(command, subprocess.PIPE)
            self.note(mode, mounted.contender, self.sizes.commits / float(text),
                      (used, mounted.processor() - before))

    def big_files(self, contender, place):
        mounted = self.mount(contender, place)
        self.stream(mounted)
        self.random(mounted)
        self.sqlite(mounted)
        self.close(mounted)

    def in_halves(self, mounted, between, command):
        """[wall, processor of the application, of the file system] of `command` for each half."""
        total = [0.0, 0.0, 0.0]
        for half in self.tree.halves:
            between()
            before = mounted.processor()
            wall, used, _ = run(command(mounted.root, half))
            one = (wall, used, mounted.processor() - before)
            total = [sum(pair) for pair in zip(total, one)]
        return total

    def until_stored(self, mounted, workload, command):
        """The command, the unmount and the host's own cache: who writes late is not quicker."""
        forget = (lambda: None) if mounted.process is None else lambda: forget_names(mounted.root)
        wall, used, daemon = self.in_halves(mounted, forget, command)
        if mounted.contender.stores:
            before, since = mounted.processor(), time.monotonic()
            self.close(mounted)
            flush(mounted.place.store)
            wall += time.monotonic() - since
            daemon += mounted.processor() - before
        self.note(workload, mounted.contender, wall, (used, daemon))

    def cold(self, mounted, workload, command):
        wall, used, daemon = self.in_halves(mounted, lambda: mounted.forget(self.host), command)
        self.note(workload, mounted.contender, wall, (used, daemon))

    def untar(self, mounted):
        empty = stored(mounted.place.store)
        self.tree.warm()
        flush(mounted.place.store)
        self.until_stored(mounted, "untar",
                          lambda root, half: ["tar", "-xf", self.tree.archive(half), "-C", root])
        if not mounted.contender.stores:
            return
        self.space[mounted.contender.name] = [
            after - before for before, after in zip(empty, stored(mounted.place.store))]
        self.host.renew()
        mounted.open()
        if mounted.process is not None:
            self.note("open", mounted.contender, mounted.opening, (0, mounted.processor()))

    def compare(self, mounted):
        """Whoever gives back other bytes is not measured. Not all of them keep times."""
        for half in self.tree.halves:
            done = subprocess.run(["tar", "--compare", "-f", self.tree.archive(half), "-C",
                                   mounted.root], capture_output=True, text=True, check=False)
            wrong = [line for line in (done.stdout + done.stderr).splitlines()
                     if not line.endswith("Mod time differs")]
            if wrong:
                raise Broken(f"{mounted.contender.name} gives back something else: {wrong[:3]}")

    def small_files(self, contender, place):
        mounted = self.mount(contender, place)
        self.untar(mounted)
        if self.round == 0:
            self.compare(mounted)
        self.cold(mounted, "ls", lambda root, half: ["ls", "-lR", f"{root}/{half}"])
        self.cold(mounted, "cat", lambda root, half: ["find", f"{root}/{half}", "-type", "f",
                                                      "-exec", "cat", "{}", "+"])
        self.until_stored(mounted, "rm", lambda root, half: ["rm", "-r", f"{root}/{half}"])
        self.close(mounted)

    # Rounds.

    def mount(self, contender, place):
        self.now = Mounted(contender, place)
        return self.now

    def close(self, mounted):
        mounted.close()
        name = mounted.contender.name
        self.peaks[name] = max(self.peaks[name], mounted.peak)

    def turn(self, contender, work):
        """One contender's turn; a peer that fails is said to have failed, ours ends the run."""
        directory = os.path.join(self.host.point, "place")
        place = Place(directory)
        self.now = None
        try:
            contender.make(place)
            work(contender, place)
        except (Broken, OSError) as error:
            if not contender.peer:
                raise
            self.missing[contender.name] = f"round {self.round}, {work.__name__}: {error}"
        finally:
            if self.now is not None:
                self.now.abandon()
            shutil.rmtree(directory)

    def measure(self, rounds, seconds):
        """A small round warms up and compares; then they take turns, another one first each time."""
        sizes, tree = self.sizes, self.tree
        self.sizes = QUICK
        self.tree = Tree(os.path.join(self.work, "small"), QUICK.files)
        self.go_round()
        self.samples.clear()
        self.peaks.clear()
        self.sizes, self.tree = sizes, tree
        since = time.monotonic()
        for self.round in range(1, rounds + 1):
            self.go_round()
            took = (time.monotonic() - since) / self.round
            if self.round < rounds and time.monotonic() + took > since + seconds:
                print(f"\nStopped after {self.round} of {rounds} rounds: one took {took:.0f} s.")
                break
        self.open_many(self.round)

    def go_round(self):
        first = self.round % len(self.contenders)
        for work in (self.big_files, self.small_files):
            for contender in self.contenders[first:] + self.contenders[:first]:
                if contender.slow and self.round != 1:
                    continue
                since = time.monotonic()
                self.turn(contender, work)
                print(f"bench: round {self.round}: {work.__name__} of {contender.name}: "
                      f"{time.monotonic() - since:.1f} s", file=sys.stderr, flush=True)

    def open_many(self, rounds):
        """Ours alone: the others open a configuration, whatever lies beside it."""
        ours = Ours("ours, relaxed", False)
        for count in (1, self.sizes.many):
            place = Place(os.path.join(self.host.point, f"many{count}"))
            run([*ours.serve(place)[:1], "--fill", str(count), place.store, place.point,
                 place.path("state")])
            for _ in range(rounds):
                mounted = Mounted(ours, place)
                mounted.close()
                self.host.renew()
                self.openings.setdefault(count, []).append((mounted.opening, mounted.peak))
            shutil.rmtree(place.directory)

    # What was found.

    def values(self, workload, name):
        return [one.value for one in self.samples[workload][name].values()]

    def against(self, workload, name, other):
        """How many times as quick as `other`: the median over the rounds that both have."""
        mine, theirs = self.samples[workload][name], self.samples[workload][other]
        both = [(mine[i].value, theirs[i].value) for i in mine if i in theirs]
        if not both:
            return None
        lower = WORKLOADS[workload].lower_is_better
        return statistics.median(b / a if lower else a / b for a, b in both)

    def best_peer(self, workload):
        lower = WORKLOADS[workload].lower_is_better
        found = [(statistics.median(self.values(workload, one.name)), one.name)
                 for one in self.contenders if one.peer and self.samples[workload][one.name]]
        if not found:
            return None
        return (min if lower else max)(found)[1]

    def row(self, workload, name):
        values = self.values(workload, name)
        samples = self.samples[workload][name].values()
        ratios = [self.against(workload, name, other)
                  for other in ("pass-through", self.best_peer(workload))]
        return [name, number(min(values)), number(statistics.median(values)), number(max(values)),
                number(statistics.median(one.processor for one in samples)),
                number(statistics.median(one.daemon for one in samples)),
                *("-" if ratio is None else number(ratio) for ratio in ratios)]

    def show(self):
        for name, why in self.missing.items():
            print(f"\nNot (or not always) measured: {name}: {why}")
        head = ["which", "min", "median", "max", "CPU, s", "of it daemon, s", "x pass-through",
                "x best peer"]
        for workload, about in WORKLOADS.items():
            rows = [self.row(workload, one.name) for one in self.contenders
                    if self.samples[workload][one.name]]
            table(f"volumes: {about.title}, {about.unit}", head, rows)
        self.show_space()
        self.show_openings()

    def show_space(self):
        rows = [[name, f"{size / 2**20:.1f}", f"{(size / self.tree.bytes - 1) * 100:.1f}",
                 f"{blocks / 2**20:.1f}", f"{(blocks / self.tree.bytes - 1) * 100:.1f}"]
                for name, (size, blocks) in self.space.items()]
        table(f"volumes: the tree of {self.tree.files} files, {self.tree.bytes / 2**20:.1f} MiB, "
              "as it is stored", ["which", "bytes, MiB", "over, %", "allocated, MiB", "over, %"],
              rows)
        table("volumes: most memory of the process, MiB", ["which", "MiB"],
              [[name, f"{peak / 2**20:.0f}"] for name, peak in self.peaks.items() if peak])

    def show_openings(self):
        rows = []
        for count, found in self.openings.items():
            seconds = [1000 * one for one, _ in found]
            rows.append([f"{count} files", number(min(seconds)), number(statistics.median(seconds)),
                         number(max(seconds)), f"{max(peak for _, peak in found) / 2**20:.0f}"])
        table("volumes: opening ours, ms", ["which", "min", "median", "max", "memory, MiB"], rows)
