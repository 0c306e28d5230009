# SPDX-License-Identifier: Apache-2.0
"""A volume of a service that runs on: what the CAS has acknowledged cannot be turned back.

The service counts on its volume, each count with an fsync. Its second start never ends by itself:
it is killed, as by a crash of the machine, and whoever has the storage may show whatever copy it
made before.
"""
import glob
import os
import signal
import subprocess

import pytest
from pipeline import PROBE_WORKFLOW, Probe
from world import CLI, ROOT, copy_tree, wait_for

COUNT = """
import os, time
n = int(open('/out/n').read()) if os.path.exists('/out/n') else 0
hangs = n == 3
for n in range(n + 1, n + 4):
    with open('/out/n', 'w') as f:
        f.write(str(n))
        f.flush()
        os.fsync(f.fileno())
with open('/out/filler-%d' % n, 'wb') as f: # the host sees the size, and so that the count is done
    f.write(os.urandom(1 << 20))
    f.flush()
    os.fsync(f.fileno())
while hangs:
    time.sleep(1)
"""
STANDING = PROBE_WORKFLOW.replace("lifetime: run", "current: commit\n    strict: true")


def size_of(directory):
    return sum(os.path.getsize(f) for f in glob.glob(directory + "/*"))


class Scene:
    """One run that completed, and one that was killed when it had counted to six."""

    def __init__(self, world):
        self.world = world
        self.probe = Probe(world, COUNT, workflow=STANDING)
        self.probe.run()
        # Logs have directories of their own.
        self.volume = max(self.directories(), key=size_of)
        self.completed, self.crashed = world.path("completed"), world.path("crashed")
        copy_tree(self.volume, self.completed)
        self.crash()
        copy_tree(self.volume, self.crashed)

    def directories(self):
        return [d for d in glob.glob(self.probe.storage + "/*") if os.path.basename(d) != "images"]

    def crash(self):
        """Meanwhile another start finds the volume taken."""
        world, words = self.world, self.probe.run_words()
        earlier = world.runs("sh3")
        driver = subprocess.Popen([CLI, *words], cwd=ROOT, env=world.env("sh3"),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            before = size_of(self.volume)
            wait_for(lambda: size_of(self.volume) > before + (1 << 20), "counting")
            self.killed, = world.runs("sh3") - earlier
            self.beside = world.command("sh3", *words, status=None)
        finally:
            os.killpg(driver.pid, signal.SIGKILL)
            driver.wait()
            world.kill_containers("sh3")
        world.run("sh3", "workflow", "abort", self.killed)

    def shows(self, copy):
        """The host presents this copy; what a start makes of it."""
        copy_tree(copy, self.volume)
        return self.world.command("sh3", *self.probe.run_words(), status=None)


@pytest.fixture(scope="module")
def scene(shared_world):
    return Scene(shared_world)


def assert_refused(done):
    assert done.returncode != 0
    assert any(f"error[{code}]" in done.stderr for code in ("stale", "tampered", "not-found")), \
        done.stderr


def test_a_second_writer_beside_the_first_is_refused(scene):
    assert scene.beside.returncode != 0
    assert "is being written by attempt" in scene.beside.stderr


def test_the_completed_state_from_before_the_crash_is_refused(scene):
    assert_refused(scene.shows(scene.completed))


def test_the_initial_state_is_refused(scene):
    empty = scene.world.path("empty")
    os.makedirs(empty)
    assert_refused(scene.shows(empty))


def test_after_the_crash_every_acknowledged_count_is_there(scene):
    done = scene.shows(scene.crashed)
    assert done.returncode == 0, done.stderr
    assert scene.probe.read("/n") == "9"


def test_a_state_that_went_on_is_not_gone_back_to(scene):
    assert_refused(scene.shows(scene.crashed))
