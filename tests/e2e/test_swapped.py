# SPDX-License-Identifier: Apache-2.0
"""The storage of an input is exchanged under the stage that reads it: an error, never a wrong byte.

The stage reads file after file of a volume that its CAS names and its owner has put there twice.
Meanwhile the host overwrites the files that the runtime has open.
"""
import glob
import itertools
import json
import os
import subprocess

import pytest
from pipeline import Probe
from world import CLI, ROOT, copy_tree, wait_for

FILES, SIZE, WRONG, FAILED = 300, 1 << 16, 99, 5
READ = f"""
import errno, os, sys, time
with open('/out/started', 'wb') as f: # the host sees the size
    f.write(os.urandom(1 << 20))
    f.flush()
    os.fsync(f.fileno())
for n in range({FILES}):
    try:
        with open('/in/tree/%d' % n, 'rb') as f:
            text = f.read()
    except OSError as e:
        sys.exit({FAILED} if e.errno == errno.EIO else 3)
    if text != b'new %08d ' % n * ({SIZE} // 13):
        sys.exit({WRONG})
    time.sleep(0.05)
"""
WORKFLOW = """\
name: sh3/probe
version: "0.3.12"
tolerate: [simulation]
volumes:
  - {name: out, lifetime: run, export: [{to: {session: sh1/probe}, access: write}]}
  - {name: in, export: [{to: {session: sh1/probe}, access: read}]}
workflow:
  stages:
    - {name: probe, policy: sh1/probe, service: probe, attempts: 1}
"""


def write_tree(path, word):
    os.makedirs(path, exist_ok=True)
    for n in range(FILES):
        with open(os.path.join(path, str(n)), "wb") as file:
            file.write(b"%s %08d " % (word, n) * (SIZE // 13))


def names(directory):
    return sorted(glob.glob(directory + "/*"))


class Scene:
    """SH3's input in its second state, and copies of what the host could show instead of it."""

    def __init__(self, world):
        self.world = world
        self.probe = Probe(world, READ, "--volume", "in:/in:sh3/probe", workflow=WORKFLOW)
        self.tree = world.path("input", "tree")
        write_tree(self.tree, b"old")
        self.volume("init", "--from", os.path.dirname(self.tree))
        self.input, = self.directories()
        self.copies = {"an older state": world.path("older"), "another volume": world.path("other")}
        copy_tree(self.input, self.copies["an older state"])
        write_tree(self.tree, b"new")
        self.volume("put", "-f", self.tree, "/")
        self.right = world.path("right")
        copy_tree(self.input, self.right)
        # All the right bytes, under another key.
        world.run("sh3", "volume", "init", "--from", os.path.dirname(self.tree), "--storage",
                  self.copies["another volume"], "--state", world.path("state"), "--key-file",
                  world.path("key"))
        self.copies["another volume"], = names(self.copies["another volume"])

    def volume(self, command, *words):
        self.world.run("sh3", "volume", command, "--storage", self.probe.storage, "sh3/probe", "in",
                       *words)

    def directories(self):
        return [d for d in names(self.probe.storage) if os.path.basename(d) != "images"]

    def written(self):
        """Bytes of everything but the input."""
        return sum(os.path.getsize(f) for d in self.directories() if d != self.input
                   for f in names(d))

    def overwrite(self, copy):
        """The same inodes, which are open: names that are exchanged would change nothing."""
        for path, source in zip(names(self.input), itertools.cycle(names(copy))):
            with open(path, "r+b") as file, open(source, "rb") as other:
                file.write(other.read())


@pytest.fixture(scope="module")
def scene(shared_world):
    return Scene(shared_world)


@pytest.mark.parametrize("copy", ["an older state", "another volume"])
def test_a_reader_of_an_input_gets_an_error_and_does_not_complete(scene, copy):
    world = scene.world
    copy_tree(scene.right, scene.input)
    before, earlier = scene.written(), world.runs("sh3")
    with subprocess.Popen([CLI, *scene.probe.run_words()], cwd=ROOT, env=world.env("sh3"),
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True) as driver:
        wait_for(lambda: scene.written() > before + (1 << 20), "reading")
        run, = world.runs("sh3") - earlier
        scene.overwrite(scene.copies[copy])
        said = driver.communicate(timeout=60)[1]
    assert driver.returncode != 0
    status = json.loads(world.run("sh3", "workflow", "status", run, "-o", "json"))
    assert [s["exit"] for s in status["stages"]] == [FAILED], said
    assert [s["state"] for s in status["stages"]] == ["failed"]
    told = json.loads(world.run("sh3", "volume", "history", "sh3/probe", "out", "--run", run,
                                "-o", "json"))["writers"]
    assert [(w["by"], w["outcome"]) for w in told] == [("stage", "given-up")]
    assert "tag" not in told[0]
