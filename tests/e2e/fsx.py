# SPDX-License-Identifier: Apache-2.0
"""Random operations on a mounted volume beside a model of what must come out.

File: one file and a bytearray, after Apple's fsx. Tree: names, links and
attributes, done to the volume and to a directory of the host: each call must succeed
on both or fail on both with the same error.

    python3 tests/e2e/fsx.py file|tree DIRECTORY SEED STEPS    on any file system
"""
import ctypes
import errno
import mmap
import os
import random
import stat
import sys
import tempfile

LIBC = ctypes.CDLL(None, use_errno=True)
KEEP_SIZE, PUNCH_HOLE, ZERO = 1, 2, 16
LONGEST = 700_000  # five windows and a bit
NOREPLACE, EXCHANGE = 1, 2


class File:
    def __init__(self, path, seed):
        self.path, self.random = path, random.Random(seed)
        self.content = bytearray()
        self.steps = []
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)

    def run(self, steps):
        doings = [self.write] * 6 + [self.read] * 6 + [self.truncate, self.truncate, self.append,
                  self.punch, self.zero, self.grow, self.map_write, self.map_write, self.map_read,
                  self.fsync, self.reopen, self.forget, self.copy]
        for _ in range(steps):
            doing = self.random.choice(doings)
            self.steps.append(doing.__name__)
            doing()
        self.whole()

    def close(self):
        os.close(self.fd)

    def resume(self):
        """The same file after the volume was mounted again."""
        self.fd = os.open(self.path, os.O_RDWR)
        self.whole()

    def whole(self):
        assert os.fstat(self.fd).st_size == len(self.content), self.told()
        self.same(os.pread(self.fd, LONGEST + 1, 0), 0)

    def told(self):
        return f"after {len(self.steps)} steps, the last of them {self.steps[-8:]}"

    def same(self, got, at):
        want = bytes(self.content[at:at + len(got)])
        if got != want:
            where = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b), len(want))
            raise AssertionError(f"byte {at + where} of {self.path} is wrong {self.told()}")

    def place(self):
        """Often at an edge of a block or a window."""
        at = self.random.randrange(LONGEST)
        align = self.random.choice([1, 1, 512, 4096, 131072])
        return at - at % align

    def length(self, at):
        most = self.random.choice([8, 4096, 65536, 300_000])
        return min(self.random.randrange(1, most + 1), LONGEST - at)

    def put(self, at, data):
        if at > len(self.content):
            self.content.extend(bytes(at - len(self.content)))
        self.content[at:at + len(data)] = data

    def write(self):
        at = self.place()
        data = self.random.randbytes(self.length(at))
        assert os.pwrite(self.fd, data, at) == len(data)
        self.put(at, data)

    def append(self):
        data = self.random.randbytes(min(self.length(0), LONGEST - len(self.content)))
        fd = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        os.write(fd, data)
        os.close(fd)
        self.put(len(self.content), data)

    def read(self):
        at = self.place()
        length = self.length(at)
        got = os.pread(self.fd, length, at)
        assert len(got) == max(0, min(length, len(self.content) - at)), self.told()
        self.same(got, at)

    def truncate(self):
        size = self.place()
        os.ftruncate(self.fd, size)
        del self.content[size:]
        self.content.extend(bytes(size - len(self.content)))

    def allocate(self, mode, at, length):
        if LIBC.fallocate(self.fd, mode, ctypes.c_long(at), ctypes.c_long(length)) != 0:
            raise OSError(ctypes.get_errno(), "fallocate")

    def punch(self):
        at = self.place()
        length = self.length(at)
        self.allocate(PUNCH_HOLE | KEEP_SIZE, at, length)
        end = min(at + length, len(self.content))
        if at < end:
            self.content[at:end] = bytes(end - at)

    def zero(self):
        at = self.place()
        length = self.length(at)
        self.allocate(ZERO, at, length)
        self.put(at, bytes(length))

    def grow(self):
        at = self.place()
        length = self.length(at)
        self.allocate(0, at, length)
        self.content.extend(bytes(max(0, at + length - len(self.content))))

    def map_write(self):
        if not self.content:
            return
        at = self.random.randrange(len(self.content))
        data = self.random.randbytes(min(self.length(at), len(self.content) - at))
        with mmap.mmap(self.fd, len(self.content)) as mapped:
            mapped[at:at + len(data)] = data
        self.put(at, data)

    def map_read(self):
        if not self.content:
            return
        at = self.random.randrange(len(self.content))
        with mmap.mmap(self.fd, len(self.content), access=mmap.ACCESS_READ) as mapped:
            self.same(mapped[at:at + self.length(at)], at)

    def copy(self):
        source, target = self.place(), self.place()
        length = min(self.length(source), self.length(target), abs(source - target))
        length = min(length, max(0, len(self.content) - source))
        if length == 0:
            return
        done = os.copy_file_range(self.fd, self.fd, length, source, target)
        self.put(target, bytes(self.content[source:source + done]))

    def fsync(self):
        os.fsync(self.fd)

    def reopen(self):
        os.close(self.fd)
        self.fd = os.open(self.path, os.O_RDWR)

    def forget(self):
        """Nothing is read from the kernel's cache."""
        os.fsync(self.fd)
        os.posix_fadvise(self.fd, 0, 0, os.POSIX_FADV_DONTNEED)


class Tree:
    """`volume` and `plain` are empty directories."""

    def __init__(self, volume, plain, seed):
        self.roots, self.random = (volume, plain), random.Random(seed)
        self.steps = []
        self.names = [str(i) for i in range(6)] + ["long " * 51]

    def run(self, steps):
        doings = [self.create] * 4 + [self.mkdir] * 3 + [self.rename] * 4 + [self.link] * 2 + [
            self.unlink, self.unlink, self.rmdir, self.symlink, self.write, self.write,
            self.truncate, self.chmod, self.utime, self.attribute, self.read]
        for i in range(steps):
            self.random.choice(doings)()
            if i % 250 == 249:
                self.compare()
        self.compare()

    def path(self):
        return "/".join(self.random.choices(self.names, k=self.random.choice([1, 1, 2, 2, 3])))

    def both(self, what, call, *paths):
        """The call with the paths of each side; what came of it must be the same."""
        came = []
        for root in self.roots:
            try:
                came.append(call(*(os.path.join(root, p) for p in paths)))
            except OSError as e:
                came.append(errno.errorcode[e.errno])
        self.steps.append((what, *paths, came[0]))
        assert came[0] == came[1], f"the host says {came[1]} to {self.steps[-12:]}"

    def create(self):
        mode = self.random.choice([0o600, 0o644, 0o4755])
        self.both("create", lambda p: os.close(os.open(p, os.O_CREAT | os.O_EXCL, mode)), self.path())

    def mkdir(self):
        self.both("mkdir", os.mkdir, self.path())

    def rename(self):
        flags = self.random.choice([0, 0, NOREPLACE, EXCHANGE])

        def call(old, new):
            if LIBC.renameat2(-100, old.encode(), -100, new.encode(), flags) != 0:
                raise OSError(ctypes.get_errno(), "rename")
        self.both(f"rename {flags}", call, self.path(), self.path())

    def link(self):
        self.both("link", lambda a, b: os.link(a, b, follow_symlinks=False), self.path(), self.path())

    def unlink(self):
        self.both("unlink", os.unlink, self.path())

    def rmdir(self):
        self.both("rmdir", os.rmdir, self.path())

    def symlink(self):
        target = self.path()
        self.both("symlink", lambda p: os.symlink(target, p), self.path())

    def write(self):
        data, at = self.random.randbytes(self.random.choice([1, 100, 5000])), self.random.choice([0, 9, 140_000])

        def call(path):
            fd = os.open(path, os.O_WRONLY)
            os.pwrite(fd, data, at)
            os.close(fd)
        self.both("write", call, self.path())

    def truncate(self):
        size = self.random.choice([0, 50, 4096, 200_000])
        self.both("truncate", lambda p: os.truncate(p, size), self.path())

    def read(self):
        def call(path):
            with open(path, "rb") as f:
                return f.read()
        self.both("read", call, self.path())

    def chmod(self):
        mode = self.random.randrange(0o10000)
        self.both("chmod", lambda p: os.chmod(p, mode), self.path())

    def utime(self):
        when = self.random.randrange(-10**18, 10**19)
        self.both("utime", lambda p: os.utime(p, ns=(when, when // 2)), self.path())

    def attribute(self):
        name, value = self.random.choice(["user.a", "user.b"]), self.random.randbytes(20)
        if self.random.random() < 0.3:
            self.both("removexattr", lambda p: os.removexattr(p, name), self.path())
        else:
            self.both("setxattr", lambda p: os.setxattr(p, name, value), self.path())

    def compare(self):
        volume, plain = (described(root) for root in self.roots)
        differing = {p: (volume.get(p), plain.get(p)) for p in volume.keys() | plain.keys()
                     if volume.get(p) != plain.get(p)}
        assert not differing, f"{differing} after {self.steps[-20:]}"


def described(root):
    """All that stat, readlink, getxattr and reading say of a tree, but for inode numbers and times of directories."""
    found, first = {}, {}
    for directory, names, files in os.walk(root):
        names.sort()
        for name in sorted(names + files):
            path = os.path.join(directory, name)
            s = os.lstat(path)
            told = [stat.filemode(s.st_mode), s.st_uid, s.st_gid, s.st_nlink]
            same_as = first.setdefault(s.st_ino, os.path.relpath(path, root))
            if stat.S_ISREG(s.st_mode):
                told += [s.st_size, contents(path), same_as]
            if stat.S_ISLNK(s.st_mode):
                told.append(os.readlink(path))
            else:
                told.append([(n, os.getxattr(path, n)) for n in sorted(os.listxattr(path)) if n.startswith("user.")])
            found[os.path.relpath(path, root)] = told
    return found


def contents(path):
    with open(path, "rb") as f:
        return hash(f.read())


def main(what, directory, seed, steps):
    with tempfile.TemporaryDirectory(dir=directory) as home:
        if what == "file":
            File(os.path.join(home, "f"), int(seed)).run(int(steps))
        else:
            with tempfile.TemporaryDirectory() as plain:
                Tree(home, plain, int(seed)).run(int(steps))


if __name__ == "__main__":
    main(*sys.argv[1:])
