# SPDX-License-Identifier: Apache-2.0
"""Volumes without a CAS: what their owner writes, and what a hostile storage makes of it."""
import errno
import io
import json
import os
import shutil
import signal
import subprocess
import tarfile
import time

import pytest
from world import CLI

EXIT_CONFLICT = 8


class Local:
    """A volume of the test's own, in directories of its own."""

    def __init__(self, path):
        self.path = path
        self.storage = os.path.join(path, "storage")
        self.named = ["--storage", self.storage, "--state", os.path.join(path, "state"),
                      "--key-file", os.path.join(path, "key")]

    def at(self, *names):
        return os.path.join(self.path, *names)

    def command(self, name, *words, **more):
        return subprocess.run([CLI, "volume", name, *self.named, *words], capture_output=True,
                              check=False, stdin=subprocess.DEVNULL, **more)

    def run(self, name, *words):
        done = self.command(name, *words)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def refused(self, name, code, *words):
        done = self.command(name, *words)
        said = done.stderr.decode()
        assert done.returncode != 0 and f"error[{code}]" in said and "next:" in said, said
        return said

    def files(self):
        return [os.path.join(folder, name) for folder, _, names in os.walk(self.storage)
                for name in names]


@pytest.fixture(name="local")
def local_fixture(tmp_path):
    return Local(str(tmp_path))


def make_tree(local):
    """Names, kinds and attributes that are easily lost."""
    os.makedirs(local.at("tree", "dir", "below"))
    with open(local.at("tree", "file"), "wb") as file:
        file.write(os.urandom(300_000))
    os.link(local.at("tree", "file"), local.at("tree", "dir", "hard"))
    os.symlink("../file", local.at("tree", "dir", "soft"))
    with open(os.fsencode(local.at("tree")) + b"/\xff", "wb") as file:
        file.write(b"not UTF-8")
    with open(local.at("tree", "n" * 200), "wb") as file:
        file.write(b"long")
    os.mkfifo(local.at("tree", "pipe"))
    os.truncate(local.at("tree", "n" * 200), 1 << 20)
    os.chmod(local.at("tree", "dir"), 0o2750)
    os.utime(local.at("tree", "file"), ns=(1, 1_500_000_000_123_456_789))


def shape(root):
    """What is kept of a tree: (kind and mode, size, names, time, content or target) by path."""
    root, found = os.fsencode(root), {}
    for folder, folders, names in os.walk(root):
        for name in folders + names:
            path = os.path.join(folder, name)
            said = os.lstat(path)
            body = None
            if os.path.islink(path):
                body = os.readlink(path)
            elif os.path.isfile(path):
                with open(path, "rb") as file:
                    body = file.read()
            size = 0 if os.path.isdir(path) else said.st_size
            found[os.path.relpath(path, root)] = (
                said.st_mode, said.st_uid, said.st_gid, size,
                1 if os.path.isdir(path) else said.st_nlink, said.st_mtime_ns, body)
    return found


def test_a_tree_comes_out_as_it_went_in(local):
    make_tree(local)
    local.run("init", "--from", local.at("tree"))
    local.run("export", "--to", local.at("tar"))
    os.mkdir(local.at("out"))
    subprocess.run(["tar", "-x", "-p", "-f", local.at("tar"), "-C", local.at("out")], check=True)
    assert shape(local.at("out")) == shape(local.at("tree"))


def test_an_archive_is_the_same_volume_again(local):
    make_tree(local)
    local.run("init", "--from", local.at("tree"))
    local.run("export", "--to", local.at("tar"))
    again = Local(local.at("again"))
    os.mkdir(again.path)
    again.run("init", "--from", local.at("tar"))
    again.run("rekey")
    assert again.run("ls", "-R") == local.run("ls", "-R")
    assert again.run("cat", "file") == local.run("cat", "file")


def test_attributes_are_exported_each_with_its_own_value(local):
    make_tree(local)
    try:
        for name in ("one", "two"):
            os.setxattr(local.at("tree", "file"), f"user.{name}", name.encode())
    except OSError as why:
        pytest.skip(f"the file system of {local.path} takes no attributes: {why}")
    local.run("init", "--from", local.at("tree"))
    with tarfile.open(fileobj=io.BytesIO(local.run("export"))) as tar:
        found = tar.getmember("dir/hard").pax_headers  # the first name of the file
    assert [found[f"SCHILY.xattr.user.{name}"] for name in ("one", "two")] == ["one", "two"]


def test_deleted_and_replaced_bytes_are_given_back(local):
    local.run("init")
    for _ in range(4):
        with open(local.at("big"), "wb") as file:
            file.write(os.urandom(3 << 20))
        local.run("put", "-f", local.at("big"), "/big")
    said = json.loads(local.run("stat", "-o", "json"))
    assert said["bytes"] == 3 << 20 and said["stored"] < 5 << 20, said


def test_put_is_all_or_nothing(local):
    make_tree(local)
    local.run("init")
    local.run("put", local.at("tree", "file"), "/new")
    local.refused("put", "argument", local.at("tree", "dir"), local.at("tree", "file"), "/new")
    with open(local.at("other"), "wb") as file:
        file.write(b"other")
    os.mkdir(local.at("new"))
    said = local.refused("put", "conflict", "-f", local.at("other"), local.at("new"), "/")
    assert "another kind" in said
    names = [line.split()[-1] for line in local.run("ls").decode().splitlines()]
    assert names == ["new"]


def test_a_volume_is_not_made_over_another(local):
    local.run("init")
    before = sorted(local.files())
    local.refused("init", "conflict")
    assert sorted(local.files()) == before


def test_rekey_leaves_no_file_of_before(local):
    make_tree(local)
    local.run("init", "--from", local.at("tree"))
    local.run("put", local.at("tree", "file"), "/more")
    before = set(local.files())
    said = json.loads(local.run("rekey", "--new-key-file", local.at("key2"), "-o", "json"))
    assert not before & set(local.files())
    assert any(said["state"] in name for name in local.files())
    local.refused("ls", "denied")
    local.named[-1] = local.at("key2")
    local.run("check")


def test_what_the_storage_makes_of_it_is_told(local):
    make_tree(local)
    local.run("init", "--from", local.at("tree"))
    shutil.copytree(local.storage, local.at("old"))
    shutil.copy(local.at("state"), local.at("old-state"))
    local.run("put", local.at("tree", "file"), "/more")
    with open(max(local.files(), key=os.path.getsize), "r+b") as file:
        file.seek(-5000, os.SEEK_END)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    assert "'/more'" in local.refused("check", "tampered")
    shutil.rmtree(local.storage)
    local.refused("check", "not-found")
    os.rename(local.at("old"), local.storage)
    done = local.command("check")
    assert done.returncode != 0, "an older storage passed for the one that the state file names"
    # An older state file with it is what the owner must not let happen: then it is that state.
    shutil.copy(local.at("old-state"), local.at("state"))
    local.run("check")


@pytest.mark.parametrize("content", [b"", b"no JSON", b" " * 5000])
def test_a_state_file_that_is_none_is_told(local, content):
    local.run("init")
    with open(local.at("state"), "wb") as file:
        file.write(content)
    said = local.command("stat")
    assert said.returncode != 0 and b"state file" in said.stderr and b"next: bring" in said.stderr


def test_a_put_that_is_killed_leaves_what_was_or_what_it_put(local):
    """At points that a clock chooses; test_stopped.py kills at each that changes something."""
    make_tree(local)
    local.run("init", "--from", local.at("tree"))
    with open(local.at("big"), "wb") as file:
        file.write(os.urandom(1 << 20) * 48)
    listed = local.run("ls", "-R")
    for delay in (0.02, 0.08):
        with subprocess.Popen([CLI, "volume", "put", *local.named, local.at("big"), "/"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as put:
            time.sleep(delay)
            put.send_signal(signal.SIGKILL)
        local.run("check")
        if local.run("ls", "-R") != listed:  # its commit came before the signal
            with open(local.at("big"), "rb") as file:
                assert local.run("cat", "/big") == file.read()
            break
        assert put.returncode != 0, "put said that it had put"
    local.run("put", "-f", local.at("big"), "/")
    assert b"big" in local.run("ls")
    # Nothing of those that were killed is left: two states, and what they need.
    assert len({os.path.basename(name).split(".")[0] for name in local.files()}) == 2


def test_a_storage_that_takes_nothing_is_told_before_anything_is_written(local):
    os.mkdir(local.storage)
    tmpfs = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", local.storage]
    subprocess.run(tmpfs, check=True)
    try:
        local.run("init")
        subprocess.run(["mount", "-o", "remount,ro", local.storage], check=True)
        local.run("ls")
        for words in (["put", local.at("key"), "/"], ["rekey"], ["mount", "--background", local.path]):
            done = local.command(*words)
            assert b"Read-only file system" in done.stderr and b"next: make the storage" in done.stderr
        os.remove(local.at("key"))
        os.remove(local.at("state"))
        assert local.command("init").returncode != 0
        assert not os.path.exists(local.at("key"))
    finally:
        subprocess.run(["umount", local.storage], check=True)


@pytest.fixture(name="point")
def point_fixture(local):
    if not os.access("/dev/fuse", os.R_OK | os.W_OK) or shutil.which("fusermount3") is None:
        pytest.skip("no /dev/fuse that may be used, or no fusermount3")
    point = local.at("point")
    os.mkdir(point)
    yield point
    if os.path.ismount(point):
        subprocess.run(["fusermount3", "-u", "-z", point], check=True)


def unmount(local, point):
    """The server ends behind the mount: the volume is free when its lock is."""
    subprocess.run(["fusermount3", "-u", point], check=True)
    until = time.monotonic() + 20
    while local.command("put", "/nowhere", "/").returncode == EXIT_CONFLICT:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_what_is_written_on_a_mount_is_in_the_volume(local, point):
    local.run("init")
    local.run("mount", "--background", point)
    with open(os.path.join(point, "synced"), "wb", buffering=0) as file:
        file.write(b"1")
        os.fsync(file.fileno())
        with open(local.at("state"), encoding="utf-8") as state:
            assert json.load(state)["epoch"] == 2
    local.refused("ls", "conflict")
    with open(os.path.join(point, "late"), "wb") as file:
        file.write(b"2")
    unmount(local, point)
    assert local.run("cat", "synced") + local.run("cat", "late") == b"12"


def test_a_server_that_is_killed_loses_nothing_that_was_synced(local, point):
    local.run("init")
    with subprocess.Popen([CLI, "volume", "mount", *local.named, point]) as server:
        while not os.path.ismount(point):
            time.sleep(0.02)
        with open(os.path.join(point, "synced"), "wb", buffering=0) as file:
            file.write(b"1")
            os.fsync(file.fileno())
        server.kill()
    subprocess.run(["fusermount3", "-u", "-z", point], check=True)
    assert local.run("cat", "synced") == b"1"
    local.run("check")


def test_a_mount_for_reading_takes_nothing(local, point):
    local.run("init")
    with subprocess.Popen([CLI, "volume", "mount", "--read-only", *local.named, point]) as server:
        while not os.path.ismount(point):
            time.sleep(0.02)
        with pytest.raises(OSError):
            os.mkdir(os.path.join(point, "dir"))
        local.run("ls")
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
    assert not os.path.ismount(point)


def exchanges(local, other):
    """The files of one volume become those of another one, then those that are open garbage."""
    mine, theirs = sorted(local.files()), sorted(other.files())
    opened = [open(path, "r+b") for path in mine]
    for path, source in zip(mine, theirs):
        os.replace(shutil.copy(source, path + ".new"), path)
    yield
    for file in opened:
        with file:
            file.write(os.urandom(file.seek(0, os.SEEK_END) - file.seek(4096)))
    yield


def test_what_is_exchanged_below_a_reader_is_never_read(local, point, tmp_path):
    right = [os.urandom(1 << 16) for _ in range(16)]
    volumes = [local, Local(str(tmp_path / "other"))]
    os.mkdir(volumes[1].path)
    for volume in volumes:
        os.mkdir(volume.at("tree"))
        for i, data in enumerate(right):
            with open(volume.at("tree", str(i)), "wb") as file:
                file.write(data if volume is local else os.urandom(1 << 16))
        volume.run("init", "--from", volume.at("tree"))
    local.run("mount", "--read-only", "--background", point)
    failed = set()
    for at, _ in enumerate(exchanges(*volumes)):
        for i in range(8 * at, 8 * at + 8):
            try:
                with open(os.path.join(point, str(i)), "rb") as file:
                    assert file.read() == right[i]
            except OSError as e:
                assert e.errno == errno.EIO
                failed.add(at)
    assert 1 in failed


def test_a_mount_that_fails_in_the_background_is_told(local):
    local.refused("mount", "not-found", "--background", local.at("nowhere"))
    os.mkdir(local.at("point"))
    local.refused("mount", "not-found", "--background", local.at("point"))
