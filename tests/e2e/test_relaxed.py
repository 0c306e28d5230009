# SPDX-License-Identifier: Apache-2.0
"""A volume that may be ahead of the CAS: what a crash may lose is within its window, and no more.

The service counts, each count a commit, when it is sent a signal; the host learns by its open files
that a count is done, and takes a copy of the storage.
"""
import glob
import os
import signal
import subprocess
import time

from pipeline import PROBE_WORKFLOW, Probe
from test_attempts import relays
from world import CLI, ROOT, copy_tree, wait_for

WINDOW = 4
COUNT = """
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])

def put(name, n):
    with open('/out/' + name, 'w') as f:
        f.write(str(n))
        f.flush()
        os.fsync(f.fileno())

if os.path.exists('/out/n'):
    put('seen', open('/out/n').read())
    raise SystemExit(0)
for n in range(1, 100):
    put('n', n)
    os.dup2(0, 100 + n) # MARK
    signal.sigwait([signal.SIGUSR1])
"""


def process_of(mark):
    """The process in whose command this is."""
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as f:
                if b"# " + mark.encode() in f.read():
                    return path.split("/")[2]
        except OSError:
            continue
    return None


def has_counted(process, count):
    return os.path.lexists(f"/proc/{process}/fd/{100 + count}")


class Died:
    """A start that had counted to `told` when it lost the CAS, and then as far as the window let it."""

    told = WINDOW + 2

    def __init__(self, world):
        self.world, self.count = world, 0
        self.mark = f"cc{os.getpid() % 100000}"
        relaxed = f"current: commit\n    window: {{commits: {WINDOW}, seconds: 3600}}"
        self.probe = Probe(world, COUNT.replace("MARK", self.mark),
                           workflow=PROBE_WORKFLOW.replace("lifetime: run", relaxed))
        driver = subprocess.Popen([CLI, *self.probe.run_words()], cwd=ROOT, env=world.env("sh3"),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            self.until_full(driver)
            run, = world.runs("sh3")
        finally:
            os.killpg(driver.pid, signal.SIGKILL)
            driver.wait()
            world.kill_containers("sh3")
        world.run("sh3", "workflow", "abort", run)

    def until_full(self, driver):
        process = wait_for(lambda: process_of(self.mark), "the program's start")
        self.counted(process)
        while self.count < self.told:
            os.kill(int(process), signal.SIGUSR1)
            self.counted(process)
        time.sleep(1)  # for the CAS: what it hears of makes the test sharper, not its outcome
        for relay in relays(driver.pid):
            os.kill(relay, signal.SIGSTOP)
        while True:
            os.kill(int(process), signal.SIGUSR1)
            time.sleep(0.5)
            if not has_counted(process, self.count + 1):
                break
            self.counted(process)

    def counted(self, process):
        wait_for(lambda: has_counted(process, self.count + 1), "another count")
        self.keep()

    def directories(self):
        return [d for d in os.listdir(self.probe.storage) if d != "images"]

    def keep(self):
        self.count += 1
        for name in self.directories():
            copy_tree(os.path.join(self.probe.storage, name),
                      self.world.path(f"copy-{self.count}", name))

    def starts_from(self, count):
        """The host shows the storage as it was at that count; what a start makes of it."""
        for name in os.listdir(self.world.path(f"copy-{count}")):
            copy_tree(self.world.path(f"copy-{count}", name),
                      os.path.join(self.probe.storage, name))
        return self.world.command("sh3", *self.probe.run_words(), status=None)


def test_after_a_crash_the_window_is_lost_at_most(world):
    died = Died(world)
    # Never more than a window ahead, ...
    assert died.told <= died.count <= died.told + WINDOW
    # ... so that the CAS knows of the second count, and the first one cannot come back;
    refused = died.starts_from(1)
    assert refused.returncode != 0
    assert "error[stale]" in refused.stderr or "error[tampered]" in refused.stderr, refused.stderr
    # what it knows nothing of may be lost, ...
    back = max(died.told, died.count - 1)
    done = died.starts_from(back)
    assert done.returncode == 0, done.stderr
    assert died.probe.read("/seen") == str(back)
    # ... once: from then on that is the state.
    assert died.starts_from(died.count).returncode != 0
