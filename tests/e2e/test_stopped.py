# SPDX-License-Identifier: Apache-2.0
"""Commands that write volumes, killed at each system call that changes something on the disk."""
import glob
import json
import os
import re
import shutil
import subprocess

import pytest
from world import CLI

CALL = re.compile(r"\d+ +(\w+)\(")

# Not flushes: a kill loses nothing of what was written.
CHANGES = ["write", "pwrite64", "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir",
           "mkdirat", "linkat", "ftruncate"]


class Stopped:
    """A volume without a CAS that a command changes, as often as it takes from the same beginning."""

    def __init__(self, path):
        self.path, self.key = path, "key"
        os.makedirs(self.at("start"))
        for name in ("old", "new"):
            with open(self.at(name), "w", encoding="utf-8") as file:
                file.write(name)

    def at(self, *names):
        return os.path.join(self.path, *names)

    def words(self, command, *rest, key=None):
        return [CLI, "volume", command, "--storage", self.at("here", "storage"), "--state",
                self.at("here", "state"), "--key-file", self.at("here", key or self.key), *rest]

    def run(self, command, *rest, key=None):
        return subprocess.run(self.words(command, *rest, key=key), capture_output=True, text=True,
                              check=False, stdin=subprocess.DEVNULL)

    def must(self, command, *rest, key=None):
        done = self.run(command, *rest, key=key)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def volume(self):
        with open(self.at("here", "state"), encoding="utf-8") as state:
            return json.load(state)["volume"]

    def begin(self):
        shutil.rmtree(self.at("here"), ignore_errors=True)
        shutil.copytree(self.at("start"), self.at("here"))

    def traced(self, words, *more):
        """The lines of the trace: one for each call that was begun."""
        subprocess.run(["strace", "-f", "-q", "-o", self.at("trace"), "-e",
                        "trace=" + ",".join(CHANGES), *more, *words], stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        with open(self.at("trace"), encoding="utf-8", errors="replace") as trace:
            return trace.read().splitlines()

    def each(self, words):
        """Kill the command before each of its changes in turn; whoever calls looks what there is."""
        self.begin()
        calls = [m.group(1) for m in map(CALL.match, self.traced(words)) if m]
        assert len(calls) > 4
        for at, call in enumerate(calls):
            self.begin()
            lines = self.traced(words, "-e", f"inject={call}:signal=KILL:when={calls[:at + 1].count(call)}")
            assert "killed by SIGKILL" in lines[-1]
            yield


@pytest.fixture(name="stopped")
def stopped_fixture(tmp_path):
    return Stopped(str(tmp_path))


def made(stopped):
    """The beginning of the others: a volume with a file."""
    stopped.begin()
    stopped.must("init")
    stopped.must("put", stopped.at("old"), "/file")
    shutil.copytree(stopped.at("here"), stopped.at("start"), dirs_exist_ok=True)


def test_a_put_that_was_killed_has_put_or_has_not(stopped):
    made(stopped)
    seen = set()
    for _ in stopped.each(stopped.words("put", "--force", stopped.at("new"), "/file")):
        seen.add(stopped.must("cat", "/file"))
        stopped.must("put", "--force", stopped.at("new"), "/file")
        assert stopped.must("cat", "/file") == "new"
        stopped.must("check")
    assert seen == {"old", "new"}


def test_an_init_that_was_killed_has_made_a_volume_or_none(stopped):
    seen, left_behind = set(), 0
    for _ in stopped.each(stopped.words("init")):
        done = stopped.run("ls")
        seen.add(done.returncode)
        if done.returncode != 0:
            assert "error[not-found]" in done.stderr and "volume init" in done.stderr
            done = stopped.run("init")
            assert done.returncode == 0, done.stderr
        stopped.must("check")
        # What nobody can open any more was told by its name, and nothing else was.
        left = [os.path.basename(d) for d in glob.glob(stopped.at("here", "storage", "*"))
                if os.path.isdir(d) and stopped.volume() != os.path.basename(d)]
        assert done.stderr.count("was begun by") == len(left)
        assert all(f"/{name}' was begun by" in done.stderr for name in left), (left, done.stderr)
        left_behind += len(left)
        stopped.must("put", "-f", stopped.at("old"), "/file")
        assert stopped.volume() + ".begun" not in os.listdir(stopped.at("here", "storage"))
    assert 0 in seen and len(seen) == 2 and left_behind


def test_a_rekey_that_was_killed_leaves_one_key_and_is_ended_by_the_next(stopped):
    made(stopped)
    rekey = ["rekey", "--new-key-file", stopped.at("here", "next")]
    seen = set()
    for _ in stopped.each(stopped.words(*rekey)):
        keys = [key for key in ("key", "next") if stopped.run("cat", "/file", key=key).stdout == "old"]
        assert len(keys) == 1
        again = stopped.run(*rekey)
        assert again.returncode == 0, again.stderr
        assert ("already" in again.stderr) == (keys == ["next"])
        assert stopped.must("cat", "/file", key="next") == "old"
        stopped.must("check", key="next")
        seen.add(*keys)
    assert seen == {"key", "next"}
