# SPDX-License-Identifier: Apache-2.0
"""^C in a command of volumes: 130, nothing half-made, and a line that is ended."""
import os
import pty
import shutil
import signal
import subprocess

import pytest
from world import CLI

FILES = 40


def heed_interrupts():
    """What a shell runs in the background ignores them, and so would what we run."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Interrupted:
    """A volume of some MiB without a CAS; strace sends the signal, at a call and not by a clock."""

    def __init__(self, path):
        self.path = path
        os.makedirs(self.at("tree"))
        os.makedirs(self.at("whole"))
        for n in range(FILES):
            with open(self.at("tree", str(n)), "wb") as file:
                file.write(os.urandom(1 << 17))
        self.must("init", "--from", self.at("tree"))

    def at(self, *names):
        return os.path.join(self.path, *names)

    def words(self, command, *rest):
        return [CLI, "volume", command, "--storage", self.at("storage"), "--state",
                self.at("state"), "--key-file", self.at("key"), *rest]

    def must(self, command, *rest):
        return subprocess.run(self.words(command, *rest), check=True, capture_output=True,
                              stdin=subprocess.DEVNULL).stdout

    def everything(self):
        return sorted(os.path.join(folder, name) for folder, _, names in os.walk(self.path)
                      for name in names)

    def reads(self, command, *rest):
        """How many there are; what is read before the command begins is among them."""
        trace = self.at("trace")
        subprocess.run(["strace", "-qq", "-o", trace, "-e", "trace=pread64",
                        *self.words(command, *rest)], check=True, capture_output=True,
                       stdin=subprocess.DEVNULL)
        with open(trace, encoding="utf-8", errors="replace") as lines:
            return len(lines.readlines())

    def interrupt(self, call, when, command, *rest):
        """At this one of such calls. What it said, on a terminal."""
        ours, theirs = pty.openpty()
        with open(ours, "rb", buffering=0) as terminal:
            with open(theirs, "wb", buffering=0) as its:
                done = subprocess.run(
                    ["strace", "-qq", "-o", os.devnull, "-e", f"trace={call}", "-e",
                     f"inject={call}:signal=INT:when={when}", *self.words(command, *rest)],
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=its, check=False,
                    preexec_fn=heed_interrupts)
            said = b""
            try:
                while more := terminal.read(4096):
                    said += more
            except OSError:  # the end of a terminal
                pass
        assert done.returncode == 130, said
        assert done.stdout == b""
        return said.decode()


@pytest.fixture(scope="module", name="volume")
def volume_fixture(tmp_path_factory):
    return Interrupted(str(tmp_path_factory.mktemp("interrupted")))


@pytest.mark.parametrize("writes,words", [
    (False, ("check",)),
    (False, ("export", "--to", "{}/archive")),
    (False, ("get", "--to", "{}/copy", "/")),
    (True, ("put", "{}/tree", "/more")),
    (True, ("rekey",)),
])
def test_what_was_interrupted_has_not_been(volume, writes, words):
    call, when = "pwrite64", 2
    if not writes:
        call, when = "pread64", volume.reads(*(word.format(volume.at("whole")) for word in words)) - 2
    before = volume.everything()
    listed = volume.must("ls", "-R")
    state = volume.must("stat", "-o", "json")
    said = volume.interrupt(call, when, *(word.format(volume.path) for word in words))
    *lines, error, hint = said.replace("\r\n", "\n").rstrip("\n").split("\n")
    assert error.startswith("concordat: error[system]: ") and "interrupted by SIGINT" in error, said
    assert hint.startswith("  next: ")
    # The line of progress, when there was one, is whole.
    assert all(" in " in line and line.endswith("/s)") for line in lines), said
    left = volume.everything()
    assert not [name for name in left if ".concordat-" in name]
    # A tree that is copied out has the files that were whole.
    assert [name for name in left if not name.startswith(volume.at("copy"))] == before
    shutil.rmtree(volume.at("copy"), ignore_errors=True)
    assert volume.must("ls", "-R") == listed
    assert volume.must("stat", "-o", "json") == state
