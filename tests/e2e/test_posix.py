# SPDX-License-Identifier: Apache-2.0
"""What programs expect of a file system, asked of one mounted volume.

docs/format/volumed.md lists it; a line there has its test here. Every test
works in a directory of its own. Twice: as the kernel writes through, and as it gathers writes.
"""
import ctypes
import errno
import fcntl
import mmap
import os
import socket
import stat
import struct
import subprocess
import time

import pytest
from mount import Mount

LIBC = ctypes.CDLL(None, use_errno=True)
AT_FDCWD = -100
NOREPLACE, EXCHANGE, WHITEOUT = 1, 2, 4
KEEP_SIZE, PUNCH_HOLE, COLLAPSE, ZERO, INSERT, UNSHARE = 1, 2, 8, 16, 32, 64
BLOCK = 4096
WINDOW = 128 * 1024
TIB = 1 << 40
SOMEBODY = 12345


@pytest.fixture(scope="module", params=["through", "writeback"])
def volume(tmp_path_factory, request):
    mounted = Mount(str(tmp_path_factory.mktemp("posix")))
    mounted.start(request.param)
    mounted.gathers = request.param == "writeback"
    yield mounted
    mounted.stop()


@pytest.fixture
def at(volume, request):
    """A directory for the test; at("f") is a path in it."""
    home = volume(str(abs(hash(request.node.name))))
    os.mkdir(home)
    return lambda *names: os.path.join(home, *names)


def put(path, content=b""):
    with open(path, "wb") as f:
        f.write(content)
    return path


def get(path):
    with open(path, "rb") as f:
        return f.read()


def fails(number, call, *arguments, **named):
    with pytest.raises(OSError) as caught:
        call(*arguments, **named)
    assert errno.errorcode[caught.value.errno] == errno.errorcode[number]


def called(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def rename2(old, new, flags):
    called(LIBC.renameat2(AT_FDCWD, os.fsencode(old), AT_FDCWD, os.fsencode(new), flags))


def fallocate(fd, mode, offset, length):
    called(LIBC.fallocate(fd, mode, ctypes.c_long(offset), ctypes.c_long(length)))


def python(code, *arguments):
    """What another process prints, which is what it found."""
    return subprocess.run(["/usr/bin/python3", "-c", "import os, sys, fcntl\n" + code, *arguments],
                          capture_output=True, text=True, check=True).stdout.strip()


def as_somebody(code, path):
    """The same as an unprivileged user in the path's directory: 'done', or the error's name."""
    directory, name = os.path.split(path)
    return python(f"import errno\nos.chdir(sys.argv[2])\nos.setgid({SOMEBODY}); os.setgroups([]); os.setuid({SOMEBODY})\n"
                  f"try:\n {code}\n print('done')\n"
                  "except OSError as e:\n print(errno.errorcode[e.errno])", name, directory)


# Names and directories.

@pytest.mark.parametrize("name", [b"n" * 255, b"line\nline", b"\xff\xfe not UTF-8", b" ", b"-"])
def test_a_name_is_any_bytes(at, name):
    path = os.path.join(os.fsencode(at()), name)
    put(path, b"x")
    assert os.listdir(os.fsencode(at())) == [name]
    os.unlink(path)


def test_a_name_has_at_most_255_bytes(at):
    fails(errno.ENAMETOOLONG, put, at("n" * 256))


def test_names_that_differ_in_case_are_different(at):
    put(at("a"), b"a")
    put(at("A"), b"A")
    assert (get(at("a")), get(at("A"))) == (b"a", b"A")


def test_a_missing_name_that_is_made_is_there(at):
    assert not os.path.exists(at("f"))
    put(at("f"))
    assert os.path.exists(at("f"))


def test_a_directory_of_many_entries_is_listed_whole(at):
    for i in range(5000):
        os.mknod(at(f"entry {i}"))
    assert sorted(os.listdir(at())) == sorted(f"entry {i}" for i in range(5000))


def test_a_listing_that_was_read_before_is_of_now(at):
    put(at("stays"))
    put(at("goes"))
    put(at("old"))
    os.mkdir(at("d"))
    assert sorted(os.listdir(at())) == ["d", "goes", "old", "stays"]
    os.unlink(at("goes"))
    os.rename(at("old"), at("new"))
    os.link(at("stays"), at("linked"))
    os.rmdir(at("d"))
    os.symlink("stays", at("soft"))
    for _ in range(2):
        assert sorted(os.listdir(at())) == ["linked", "new", "soft", "stays"]


def test_a_directory_that_stays_open_shows_what_was_made_since(at):
    fd = os.open(at(), os.O_RDONLY)
    assert os.listdir(fd) == []
    os.mkdir(at("d"))
    assert os.listdir(fd) == ["d"]
    os.close(fd)


def test_removing_while_listing_misses_nothing(at):
    for i in range(3000):
        os.mknod(at(f"{i}"))
    with os.scandir(at()) as entries:
        for entry in entries:
            os.unlink(entry.path)
    assert os.listdir(at()) == []


def test_a_listing_tells_types_and_inodes(at):
    put(at("f"))
    os.mkdir(at("d"))
    os.symlink("f", at("l"))
    os.mkfifo(at("p"))
    for entry in os.scandir(at()):
        assert entry.inode() == os.lstat(entry.path).st_ino
    assert {e.name: (e.is_file(follow_symlinks=False), e.is_dir(), e.is_symlink())
            for e in os.scandir(at())} == {"f": (True, False, False), "d": (False, True, False),
                                           "l": (False, False, True), "p": (False, False, False)}


def test_a_directory_counts_its_subdirectories(at):
    os.mkdir(at("d"))
    assert os.stat(at("d")).st_nlink == 2
    os.mkdir(at("d", "e"))
    assert os.stat(at("d")).st_nlink == 3
    os.rmdir(at("d", "e"))
    assert os.stat(at("d")).st_nlink == 2


def test_a_deep_tree_is_walked_up_again(at):
    deep = os.path.join(*["d"] * 200)
    os.makedirs(at(deep))
    assert python("os.chdir(sys.argv[1]); print(os.getcwd())", at(deep)) == at(deep)


def test_what_cannot_be_removed_says_why(at):
    os.makedirs(at("d", "e"))
    put(at("f"))
    fails(errno.ENOTEMPTY, os.rmdir, at("d"))
    fails(errno.ENOTDIR, os.rmdir, at("f"))
    fails(errno.EISDIR, os.unlink, at("d"))
    fails(errno.ENOENT, os.unlink, at("none"))
    fails(errno.EEXIST, os.mkdir, at("d"))
    fails(errno.ENOTDIR, put, at("f", "below"))


# Links.

def test_hard_links_are_one_file(at):
    put(at("a"), b"one")
    os.mkdir(at("d"))
    os.link(at("a"), at("d", "b"))
    assert os.stat(at("a")).st_ino == os.stat(at("d", "b")).st_ino
    assert os.stat(at("a")).st_nlink == 2
    put(at("d", "b"), b"other")
    assert get(at("a")) == b"other"
    os.unlink(at("a"))
    assert os.stat(at("d", "b")).st_nlink == 1
    assert get(at("d", "b")) == b"other"


def test_a_directory_has_no_hard_links(at):
    os.mkdir(at("d"))
    fails(errno.EPERM, os.link, at("d"), at("e"))


def test_a_symbolic_link_says_what_it_was_told(at):
    target = "t" * 4095
    os.symlink(target, at("l"))
    assert os.readlink(at("l")) == target
    assert os.lstat(at("l")).st_size == len(target)
    fails(errno.ENAMETOOLONG, os.symlink, target + "t", at("m"))


def test_symbolic_links_in_a_circle_end(at):
    os.symlink("b", at("a"))
    os.symlink("a", at("b"))
    fails(errno.ELOOP, get, at("a"))
    fails(errno.ELOOP, os.open, at("a"), os.O_RDONLY | os.O_NOFOLLOW)


def test_a_symbolic_link_has_an_owner_and_times_of_its_own(at):
    put(at("f"))
    os.symlink("f", at("l"))
    os.lchown(at("l"), 7, 8)
    os.utime(at("l"), ns=(1, 2), follow_symlinks=False)
    assert (os.lstat(at("l")).st_uid, os.lstat(at("l")).st_mtime_ns) == (7, 2)
    assert (os.stat(at("f")).st_uid, os.stat(at("f")).st_mtime_ns) != (7, 2)


# Rename.

def test_rename_replaces_at_once(at):
    put(at("old"), b"old")
    put(at("new"), b"new")
    with open(at("old"), "rb") as still:
        os.rename(at("new"), at("old"))
        assert (get(at("old")), still.read()) == (b"new", b"old")
    assert not os.path.exists(at("new"))


def test_rename_onto_a_hard_link_of_itself_does_nothing(at):
    put(at("a"))
    os.link(at("a"), at("b"))
    os.rename(at("a"), at("b"))
    assert sorted(os.listdir(at())) == ["a", "b"]


def test_rename_of_directories(at):
    os.makedirs(at("a", "below"))
    os.makedirs(at("empty"))
    os.makedirs(at("full", "x"))
    put(at("f"))
    fails(errno.ENOTEMPTY, os.rename, at("a"), at("full"))
    fails(errno.ENOTDIR, os.rename, at("a"), at("f"))
    fails(errno.EISDIR, os.rename, at("f"), at("a"))
    fails(errno.EINVAL, os.rename, at("a"), at("a", "below", "c"))
    os.rename(at("a"), at("empty"))
    assert os.listdir(at("empty")) == ["below"]
    os.rename(at("empty", "below"), at("moved"))
    assert os.stat(at("moved", "..")).st_ino == os.stat(at()).st_ino
    assert os.stat(at("empty")).st_nlink == 2


def test_rename_noreplace_replaces_nothing(at):
    put(at("a"), b"a")
    put(at("b"), b"b")
    fails(errno.EEXIST, rename2, at("a"), at("b"), NOREPLACE)
    rename2(at("a"), at("c"), NOREPLACE)
    assert (get(at("b")), get(at("c"))) == (b"b", b"a")


def test_rename_leaves_no_whiteout(at):
    put(at("f"))
    fails(errno.EINVAL, rename2, at("f"), at("g"), WHITEOUT)
    assert os.listdir(at()) == ["f"]


def test_rename_exchange_swaps_a_file_and_a_directory(at):
    os.makedirs(at("d", "in"))
    os.mkdir(at("e"))
    put(at("e", "f"), b"f")
    rename2(at("d"), at("e", "f"), EXCHANGE)
    assert get(at("d")) == b"f"
    assert os.listdir(at("e", "f")) == ["in"]
    assert (os.stat(at()).st_nlink, os.stat(at("e")).st_nlink) == (3, 3)
    fails(errno.ENOENT, rename2, at("d"), at("none"), EXCHANGE)


# Files that are open.

def test_a_removed_file_lives_while_it_is_open(volume, at):
    with open(at("f"), "w+b") as f:
        f.write(b"before")
        f.flush()
        os.unlink(at("f"))
        f.write(b" and after")
        os.fsync(f.fileno())
        f.seek(0)
        assert f.read() == b"before and after"
        assert os.fstat(f.fileno()).st_nlink == 0
        os.ftruncate(f.fileno(), 3)
        os.fchmod(f.fileno(), 0o600)
        assert os.fstat(f.fileno()).st_size == 3
    assert os.listdir(at()) == []


def test_a_removed_directory_is_empty_for_who_is_in_it(at):
    os.mkdir(at("d"))
    fd = os.open(at("d"), os.O_RDONLY)
    os.rmdir(at("d"))
    assert os.listdir(fd) == []
    fails(errno.ENOENT, os.mkdir, "x", dir_fd=fd)
    os.close(fd)


def test_what_is_appended_lands_at_the_end_whoever_else_writes(at):
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    one, other = os.open(at("f"), flags), os.open(at("f"), flags)
    for i in range(50):
        os.write(one, b"1" * i)
        os.write(other, b"2" * i)
    os.close(one)
    os.close(other)
    assert get(at("f")) == b"".join(b"1" * i + b"2" * i for i in range(50))


def test_two_processes_append_without_loss(at):
    code = ("f = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)\n"
            "for i in range(500): os.write(f, b'%s %03d\\n' % (sys.argv[2].encode(), i))")
    both = [subprocess.Popen(["/usr/bin/python3", "-c", "import os, sys\n" + code, at("f"), who])
            for who in "ab"]
    assert [p.wait() for p in both] == [0, 0]
    lines = get(at("f")).split(b"\n")[:-1]
    assert sorted(lines) == [b"%s %03d" % (w, i) for w in (b"a", b"b") for i in range(500)]


def test_an_exclusive_create_makes_or_fails(at):
    os.close(os.open(at("f"), os.O_CREAT | os.O_EXCL))
    fails(errno.EEXIST, os.open, at("f"), os.O_CREAT | os.O_EXCL)


def test_opening_with_truncation_empties(at):
    put(at("f"), b"content")
    os.close(os.open(at("f"), os.O_WRONLY | os.O_TRUNC))
    assert (get(at("f")), os.stat(at("f")).st_size) == (b"", 0)


def test_a_file_that_is_only_executable_runs(at):
    with open("/bin/true", "rb") as program:
        put(at("true"), program.read())
    os.chmod(at("true"), 0o700)
    assert subprocess.run([at("true")], check=False).returncode == 0
    put(at("script"), b"#!/bin/sh\nexit 7\n")
    os.chmod(at("script"), 0o700)
    assert subprocess.run([at("script")], check=False).returncode == 7


def test_direct_reads_and_writes_are_the_same_bytes(at):
    page = mmap.mmap(-1, 2 * BLOCK)
    page.write(b"d" * 2 * BLOCK)
    fd = os.open(at("f"), os.O_RDWR | os.O_CREAT | os.O_DIRECT)
    assert os.pwritev(fd, [page], BLOCK) == 2 * BLOCK
    assert os.preadv(fd, [page], 0) == 2 * BLOCK
    os.close(fd)
    assert page[:] == bytes(BLOCK) + b"d" * BLOCK
    assert get(at("f")) == bytes(BLOCK) + b"d" * 2 * BLOCK


def test_everything_that_flushes_succeeds(at):
    fd = os.open(at("f"), os.O_RDWR | os.O_CREAT | os.O_DSYNC)
    os.write(fd, b"x")
    os.fsync(fd)
    os.fdatasync(fd)
    called(LIBC.syncfs(fd))
    called(LIBC.sync_file_range(fd, ctypes.c_long(0), ctypes.c_long(0), 7))
    os.close(fd)
    directory = os.open(at(), os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)


# Bytes.

def test_bytes_beyond_the_end_are_zeroes_up_to_what_is_written(at):
    with open(at("f"), "w+b") as f:
        os.pwrite(f.fileno(), b"x", 3 * WINDOW + 5)
        assert f.read() == bytes(3 * WINDOW + 5) + b"x"


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, WINDOW - 1, WINDOW, WINDOW + 1, 3 * WINDOW])
def test_what_truncation_took_away_does_not_come_back(at, size):
    put(at("f"), b"x" * 3 * WINDOW)
    os.truncate(at("f"), size)
    os.truncate(at("f"), 3 * WINDOW)
    assert get(at("f")) == b"x" * size + bytes(3 * WINDOW - size)


def test_a_shared_mapping_is_the_file(at):
    put(at("f"), bytes(3 * WINDOW))
    with open(at("f"), "r+b") as f, mmap.mmap(f.fileno(), 0) as shared:
        shared[5:10] = b"bytes"
        shared[2 * WINDOW:2 * WINDOW + 4] = b"more"
        assert os.pread(f.fileno(), 5, 5) == b"bytes"
        os.pwrite(f.fileno(), b"B", 5)
        assert shared[5:10] == b"Bytes"
        shared.flush()
    assert get(at("f"))[2 * WINDOW:2 * WINDOW + 5] == b"more\0"


def test_two_processes_share_a_mapping(at):
    put(at("f"), bytes(BLOCK))
    with open(at("f"), "r+b") as f, mmap.mmap(f.fileno(), 0) as shared:
        python("import mmap\nf = open(sys.argv[1], 'r+b')\nm = mmap.mmap(f.fileno(), 0)\n"
               "m[7:12] = b'hello'", at("f"))
        assert shared[7:12] == b"hello"


def test_a_private_mapping_leaves_the_file_alone(at):
    put(at("f"), b"file")
    with open(at("f"), "rb") as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_COPY) as private:
        private[0:4] = b"mine"
    assert get(at("f")) == b"file"


def test_the_kernel_copies_from_file_to_file(at):
    content = os.urandom(300000)
    put(at("a"), content)
    with open(at("a"), "rb") as a, open(at("b"), "wb") as b, open(at("c"), "wb") as c:
        assert os.copy_file_range(a.fileno(), b.fileno(), len(content), 0) == len(content)
        at_byte = 0
        while at_byte < len(content):
            at_byte += os.sendfile(c.fileno(), a.fileno(), at_byte, len(content) - at_byte)
    assert (get(at("b")), get(at("c"))) == (content, content)


def test_a_sparse_file_of_a_tebibyte(at):
    with open(at("f"), "w+b") as f:
        os.ftruncate(f.fileno(), TIB)
        os.pwrite(f.fileno(), b"end", TIB - 3)
        os.pwrite(f.fileno(), b"mid", TIB // 2)
        os.fsync(f.fileno())
        assert os.pread(f.fileno(), 8, TIB - 3) == b"end"
        assert os.pread(f.fileno(), 4, TIB // 2 - 1) == b"\0mid"
        fails(errno.EFBIG, os.ftruncate, f.fileno(), TIB + 1)
    assert os.stat(at("f")).st_size == TIB


def test_a_file_ends_at_a_tebibyte(at):
    fd = os.open(at("f"), os.O_WRONLY | os.O_CREAT | os.O_DIRECT)
    page = mmap.mmap(-1, BLOCK)
    fails(errno.EFBIG, os.pwritev, fd, [page], TIB)
    os.close(fd)


def sparse(path):
    """Four windows with two blocks of data, the second one only in the kernel's cache."""
    f = open(path, "w+b", buffering=0)
    os.ftruncate(f.fileno(), 4 * WINDOW)
    os.pwrite(f.fileno(), b"x" * BLOCK, WINDOW)
    os.fsync(f.fileno())
    os.pwrite(f.fileno(), b"x" * BLOCK, 2 * WINDOW)
    return f


def test_data_is_never_taken_for_a_hole(at):
    with sparse(at("f")) as f:
        assert os.lseek(f.fileno(), WINDOW, os.SEEK_DATA) == WINDOW
        assert os.lseek(f.fileno(), 2 * WINDOW, os.SEEK_DATA) == 2 * WINDOW
        assert os.lseek(f.fileno(), 2 * WINDOW, os.SEEK_HOLE) >= 2 * WINDOW + BLOCK
        fails(errno.ENXIO, os.lseek, f.fileno(), 4 * WINDOW, os.SEEK_HOLE)


def test_holes_are_found_where_the_kernel_gathers_no_writes(volume, at):
    with sparse(at("f")) as f:
        found = [os.lseek(f.fileno(), 0, os.SEEK_DATA), os.lseek(f.fileno(), WINDOW, os.SEEK_HOLE)]
        assert found == ([0, 4 * WINDOW] if volume.gathers else [WINDOW, WINDOW + BLOCK])


def test_holes_take_no_space(volume, at):
    with sparse(at("f")) as f:
        os.fsync(f.fileno())
    if volume.gathers:
        time.sleep(1.1)  # until then the kernel remembers what the new file had
    assert 2 * BLOCK <= os.stat(at("f")).st_blocks * 512 < 4 * BLOCK


def test_a_file_with_content_never_has_no_blocks(at):
    """GNU tar -S takes it for one hole."""
    for i in range(20):
        put(at(f"{i}"), b"x" * 100)
        assert os.stat(at(f"{i}")).st_blocks > 0
    subprocess.run(["tar", "-C", at(), "-cSf", at("a.tar"), "0"], check=True)
    subprocess.run(["tar", "-C", at(), "-xOf", at("a.tar")], check=True, stdout=subprocess.DEVNULL)
    assert b"x" * 100 in get(at("a.tar"))


# fallocate.

def test_fallocate_grows(at):
    with open(at("f"), "wb") as f:
        os.posix_fallocate(f.fileno(), 0, 100000)
    assert get(at("f")) == bytes(100000)


def test_fallocate_that_keeps_the_size_keeps_it(at):
    with open(at("f"), "wb") as f:
        fallocate(f.fileno(), KEEP_SIZE, 0, 100000)
        assert os.fstat(f.fileno()).st_size == 0


@pytest.mark.parametrize("mode", [PUNCH_HOLE | KEEP_SIZE, ZERO, ZERO | KEEP_SIZE])
@pytest.mark.parametrize("start, length", [(0, 3 * WINDOW), (100, 50), (BLOCK, BLOCK),
                                           (WINDOW - 10, WINDOW + 20), (2 * WINDOW, 9 * WINDOW)])
def test_a_punched_range_reads_as_zeroes(at, mode, start, length):
    size = 3 * WINDOW
    put(at("f"), b"x" * size)
    with open(at("f"), "r+b") as f:
        fallocate(f.fileno(), mode, start, length)
    end = min(start + length, size)
    grown = start + length - size if mode == ZERO and start + length > size else 0
    assert get(at("f")) == b"x" * start + bytes(end - start) + b"x" * (size - end) + bytes(grown)


@pytest.mark.parametrize("mode", [COLLAPSE, INSERT, UNSHARE])
def test_fallocate_moves_nothing(at, mode):
    put(at("f"), b"x" * WINDOW)
    with open(at("f"), "r+b") as f:
        fails(errno.EOPNOTSUPP, fallocate, f.fileno(), mode, 0, BLOCK)


# Owners, modes, times.

def test_modes_are_what_they_were_set_to(at):
    put(at("f"))
    for mode in 0o000, 0o644, 0o4755, 0o2755, 0o1777:
        os.chmod(at("f"), mode)
        assert stat.S_IMODE(os.stat(at("f")).st_mode) == mode


def test_the_umask_is_taken_off(at):
    old = os.umask(0o027)
    os.close(os.open(at("f"), os.O_CREAT, 0o666))
    os.mkdir(at("d"))
    os.umask(old)
    assert (stat.S_IMODE(os.stat(at("f")).st_mode), stat.S_IMODE(os.stat(at("d")).st_mode)) == \
        (0o640, 0o750)


def test_owners_are_any_number(at):
    put(at("f"))
    os.chown(at("f"), 4000000000, 4000000001)
    assert (os.stat(at("f")).st_uid, os.stat(at("f")).st_gid) == (4000000000, 4000000001)


def test_others_may_do_what_the_mode_says(at):
    os.chmod(at(), 0o755)
    put(at("secret"), b"x")
    os.chmod(at("secret"), 0o600)
    put(at("public"), b"x")
    os.chmod(at("public"), 0o644)
    assert as_somebody("open(sys.argv[1])", at("secret")) == "EACCES"
    assert as_somebody("open(sys.argv[1])", at("public")) == "done"
    assert as_somebody("open(sys.argv[1], 'w')", at("public")) == "EACCES"
    assert as_somebody("open(sys.argv[1], 'w')", at("new")) == "EACCES"
    assert as_somebody("os.chmod(sys.argv[1], 0o777)", at("public")) == "EPERM"
    assert as_somebody("os.utime(sys.argv[1], (1, 1))", at("public")) == "EPERM"


def test_a_sticky_directory_keeps_what_is_others(at):
    os.chmod(at(), 0o1777)
    put(at("mine"))
    assert as_somebody("os.unlink(sys.argv[1])", at("mine")) == "EPERM"
    assert as_somebody("open(sys.argv[1], 'w'); os.unlink(sys.argv[1])", at("theirs")) == "done"


def test_new_entries_belong_to_who_makes_them(at):
    os.chmod(at(), 0o777)
    assert as_somebody("os.mkdir(sys.argv[1])", at("d")) == "done"
    assert (os.stat(at("d")).st_uid, os.stat(at("d")).st_gid) == (SOMEBODY, SOMEBODY)


def test_a_set_group_id_directory_hands_on_its_group(at):
    os.chown(at(), 0, 77)
    os.chmod(at(), 0o2777)
    os.mkdir(at("d"))
    put(at("f"))
    assert (os.stat(at("d")).st_gid, os.stat(at("f")).st_gid) == (77, 77)
    assert os.stat(at("d")).st_mode & stat.S_ISGID
    assert not os.stat(at("f")).st_mode & stat.S_ISGID


OTHERS = {
    "write": "open(sys.argv[1], 'r+').write('X')",
    "append": "open(sys.argv[1], 'a').write('X')",
    "open and truncate": "open(sys.argv[1], 'w')",
    "truncate": "os.truncate(sys.argv[1], 3)",
    "allocate": "os.posix_fallocate(os.open(sys.argv[1], os.O_WRONLY), 0, 9000)",
    "write past the cache": "import mmap; m = mmap.mmap(-1, 4096); "
                            "os.write(os.open(sys.argv[1], os.O_WRONLY | os.O_DIRECT), m)",
    "read": "open(sys.argv[1]).read()",
}


def privileges(path, mode, deed, cold):
    """The mode of a program after a deed, of the root user or of somebody."""
    put(path, b"program")
    os.chmod(path, mode)
    if deed in OTHERS:
        assert as_somebody(OTHERS[deed], path) == "done"
    else:
        DEEDS[deed](path)
    told = stat.S_IMODE(os.stat(path).st_mode)
    if cold:
        with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as drop:
            drop.write("2")
        assert stat.S_IMODE(os.stat(path).st_mode) == told
    os.unlink(path)
    return told


def write_as_root(path):
    with open(path, "r+b") as f:
        f.write(b"X")


DEEDS = {
    "root writes": write_as_root,
    "root truncates": lambda path: os.truncate(path, 3),
    "root gives it away": lambda path: os.chown(path, SOMEBODY, SOMEBODY),
    "root gives its group away": lambda path: os.chown(path, -1, SOMEBODY),
    "root gives it to nobody else": lambda path: os.chown(path, -1, -1),
    "root touches": os.utime,
}


@pytest.mark.parametrize("deed", [*OTHERS, *DEEDS])
def test_privileges_go_when_they_go_elsewhere(at, tmp_path, deed):
    os.chmod(tmp_path, 0o755)
    for mode in 0o6777, 0o4766, 0o2777, 0o1777:
        assert privileges(at("f"), mode, deed, mode == 0o6777) == \
            privileges(str(tmp_path / "f"), mode, deed, False), oct(mode)


def test_what_somebody_else_writes_is_written_without_privileges_once(at):
    put(at("f"), b"program")
    os.chmod(at("f"), 0o6777)
    assert as_somebody("f = open(sys.argv[1], 'r+b', 0); f.write(b'XX'); f.write(b'YY')", at("f")) == "done"
    assert (get(at("f")), stat.S_IMODE(os.stat(at("f")).st_mode)) == (b"XXYYram", 0o777)
    os.chmod(at("f"), 0o6777)
    assert as_somebody("open(sys.argv[1], 'r+b', 0).write(b'ZZ')", at("f")) == "done"
    assert stat.S_IMODE(os.stat(at("f")).st_mode) == 0o777


def test_a_directory_keeps_its_set_group_id_when_it_is_given_away(at):
    os.mkdir(at("d"))
    os.chmod(at("d"), 0o2775)
    os.chown(at("d"), SOMEBODY, SOMEBODY)
    assert stat.S_IMODE(os.stat(at("d")).st_mode) == 0o2775


@pytest.mark.parametrize("deed", ["root writes", "root truncates", "root gives it away", "root touches"])
def test_a_capability_goes_with_every_change(at, deed):
    capability = struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0)  # version 2, effective: CAP_NET_BIND_SERVICE
    put(at("f"), b"program")
    for _ in range(2):
        os.setxattr(at("f"), "security.capability", capability)
        DEEDS[deed](at("f"))
        assert ("security.capability" in os.listxattr(at("f"))) == (deed == "root touches")


@pytest.mark.parametrize("when", [0, 1, 1000000000123456789, -1, -10**18, 2**33 * 10**9 + 7])
def test_times_are_kept_to_the_nanosecond(at, when):
    put(at("f"))
    os.utime(at("f"), ns=(when, when + 1))
    assert (os.stat(at("f")).st_atime_ns, os.stat(at("f")).st_mtime_ns) == (when, when + 1)


def test_changes_set_the_times_that_they_should(at):
    put(at("f"), b"x")
    os.mkdir(at("d"))
    past = 10**18

    def times(path):
        s = os.stat(path)
        return s.st_mtime_ns != past, s.st_ctime_ns

    for path in at("f"), at("d"):
        os.utime(path, ns=(past, past))
    changed = times(at("f"))[1]
    time.sleep(0.02)  # the kernel's clock for files is that coarse
    os.chmod(at("f"), 0o600)
    assert not times(at("f"))[0]
    assert times(at("f"))[1] > changed
    put(at("d", "new"))
    assert times(at("d"))[0]
    with open(at("f"), "r+b") as f:
        f.write(b"y")
    assert times(at("f"))[0]


def test_a_later_change_has_no_earlier_time(at):
    """Some times are the kernel's, and some are the server's."""
    for i in range(100):
        path, seen = at(f"f{i}"), []
        with open(path, "wb", buffering=0) as f:
            seen.append(os.stat(path).st_mtime_ns)
            f.write(b"x")
            seen.append(os.stat(path).st_mtime_ns)
        os.utime(path)
        seen.append(os.stat(path).st_mtime_ns)
        os.chmod(path, 0o600)
        seen.append(os.stat(path).st_ctime_ns)
        os.link(path, at(f"g{i}"))
        seen.append(os.stat(path).st_ctime_ns)
        assert seen == sorted(seen)


def test_reading_does_not_change_the_access_time(at):
    put(at("f"), b"x")
    os.utime(at("f"), ns=(5, 5))
    assert get(at("f")) == b"x"
    assert os.stat(at("f")).st_atime_ns == 5


# Special files.

def test_a_fifo_connects_two_processes(at):
    os.mkfifo(at("p"))
    reader = subprocess.Popen(["cat", at("p")], stdout=subprocess.PIPE)
    put(at("p"), b"through")
    assert reader.communicate(timeout=20)[0] == b"through"


def test_a_socket_is_found_by_its_name(at):
    old = os.getcwd()
    os.chdir(at())  # its name has at most 108 bytes
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind("s")
        server.listen()
        client.connect("s")
    os.chdir(old)
    assert stat.S_ISSOCK(os.stat(at("s")).st_mode)


def test_a_device_is_kept_and_cannot_be_opened(at):
    os.mknod(at("null"), stat.S_IFCHR | 0o666, os.makedev(1, 3))
    assert os.stat(at("null")).st_rdev == os.makedev(1, 3)
    fails(errno.EACCES, get, at("null"))


# Locks.

def lock_by_other(path, call):
    code = ("f = open(sys.argv[1], 'r+')\n"
            f"try:\n {call}\n print('got')\nexcept BlockingIOError:\n print('taken')")
    return python(code, path)


def test_flock_locks(at):
    put(at("f"))
    other = "fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)"
    with open(at("f"), "r+b") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        assert lock_by_other(at("f"), other) == "taken"
        fcntl.flock(f, fcntl.LOCK_UN)
        assert lock_by_other(at("f"), other) == "got"


def test_posix_locks_lock_ranges(at):
    put(at("f"), b"x" * 100)
    with open(at("f"), "r+b") as f:
        fcntl.lockf(f, fcntl.LOCK_EX, 10, 20)
        assert lock_by_other(at("f"), "fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 25)") == "taken"
        assert lock_by_other(at("f"), "fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB, 9, 10)") == "got"


def test_open_file_description_locks_lock_within_a_process(at):
    set_lock = 37  # F_OFD_SETLK
    whole = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    put(at("f"))
    with open(at("f"), "r+b") as one, open(at("f"), "r+b") as other:
        fcntl.fcntl(one, set_lock, whole)
        fails(errno.EAGAIN, fcntl.fcntl, other, set_lock, whole)


# Extended attributes.

def test_extended_attributes_of_every_kept_space(at):
    put(at("f"))
    for name in "user.a", "trusted.b", "security.c":
        os.setxattr(at("f"), name, b"value of " + name.encode())
    assert sorted(os.listxattr(at("f"))) == ["security.c", "trusted.b", "user.a"]
    assert os.getxattr(at("f"), "trusted.b") == b"value of trusted.b"
    os.removexattr(at("f"), "trusted.b")
    fails(errno.ENODATA, os.getxattr, at("f"), "trusted.b")
    fails(errno.ENODATA, os.removexattr, at("f"), "trusted.b")


@pytest.mark.parametrize("name,number", [("other.a", errno.EOPNOTSUPP), ("user", errno.EOPNOTSUPP),
                                         ("user.", errno.EINVAL), ("trusted.", errno.EINVAL)])
def test_no_other_space_of_extended_attributes_is_kept(at, name, number):
    put(at("f"))
    fails(number, os.setxattr, at("f"), name, b"value")
    assert not os.listxattr(at("f"))


def test_extended_attributes_are_made_or_replaced_as_asked(at):
    put(at("f"))
    fails(errno.ENODATA, os.setxattr, at("f"), "user.a", b"", os.XATTR_REPLACE)
    os.setxattr(at("f"), "user.a", b"1", os.XATTR_CREATE)
    fails(errno.EEXIST, os.setxattr, at("f"), "user.a", b"2", os.XATTR_CREATE)
    os.setxattr(at("f"), "user.a", b"3", os.XATTR_REPLACE)
    assert os.getxattr(at("f"), "user.a") == b"3"


def test_an_extended_attribute_has_up_to_64_kib(at):
    put(at("f"))
    os.setxattr(at("f"), "user.a", b"x" * 65536)
    assert os.getxattr(at("f"), "user.a") == b"x" * 65536
    fails(errno.E2BIG, os.setxattr, at("f"), "user.b", b"x" * 65537)
    os.setxattr(at("f"), "user.c", b"x" * 60000)
    fails(errno.ENOSPC, os.setxattr, at("f"), "user.d", b"x" * 60000)


def test_there_are_no_access_control_lists(at):
    put(at("f"))
    # version 2; rw-r--r-- as the kernel wants to see it before it asks the file system
    valid = struct.pack("<I" + "HHi" * 3, 2, 1, 6, -1, 4, 4, -1, 32, 4, -1)
    fails(errno.EOPNOTSUPP, os.setxattr, at("f"), "system.posix_acl_access", valid)
    fails(errno.EOPNOTSUPP, os.getxattr, at("f"), "system.posix_acl_access")


def test_there_are_no_labels(at):
    put(at("f"))
    fails(errno.EOPNOTSUPP, os.setxattr, at("f"), "security.selinux", b"a label")
    fails(errno.EOPNOTSUPP, os.getxattr, at("f"), "security.selinux")


# The rest.

def test_statfs_tells_room_and_the_length_of_names(at):
    s = os.statvfs(at())
    assert s.f_namemax == 255
    assert 0 < s.f_bavail <= s.f_blocks
    assert 0 < s.f_favail <= s.f_files


def test_statfs_counts_what_is_stored_and_no_holes(at):
    def used():
        with open(at("f"), "ab") as f:
            os.fsync(f.fileno())
        s = os.statvfs(at())
        return (s.f_blocks - s.f_bfree) * s.f_frsize
    put(at("f"))
    before = used()
    os.truncate(at("f"), 1 << 40)
    assert used() - before < 1 << 20
    with open(at("f"), "r+b") as f:
        f.write(os.urandom(1 << 20))
    assert 1 << 20 <= used() - before < 2 << 20


def test_inode_numbers_last(volume, at):
    put(at("f"))
    number = os.stat(at("f")).st_ino
    LIBC.syncfs(os.open(at(), os.O_RDONLY))
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as drop:
        drop.write("2")
    assert os.stat(at("f")).st_ino == number


@pytest.mark.parametrize("what, number", [("FS_IOC_GETFLAGS", 0x80086601), ("FICLONE", 0x40049409)])
def test_file_attributes_and_clones_are_not_supported(at, what, number):
    put(at("f"))
    with open(at("f"), "r+b") as f, pytest.raises(OSError) as caught:
        fcntl.ioctl(f, number, f.fileno() if what == "FICLONE" else bytes(8))
    assert caught.value.errno in (errno.ENOTTY, errno.EOPNOTSUPP)


def test_a_file_without_a_name_cannot_be_made(at):
    fails(errno.EOPNOTSUPP, os.open, at(), os.O_TMPFILE | os.O_RDWR)


def test_no_birth_time_is_told(at):
    put(at("f"))
    assert subprocess.run(["stat", "-c", "%W", at("f")], capture_output=True, text=True,
                          check=True).stdout == "0\n"
