# SPDX-License-Identifier: Apache-2.0
"""Attempts that do not complete: uncounted, and unreadable for everyone."""
import glob
import json
import os
import shutil
import signal
import subprocess

from pipeline import Probe
from world import CLI, ROOT, wait_for

SCRIPT = """
import time
time.sleep(1)
open('/out/result', 'w').write('made by a run')
"""


def relays(driver):
    """Its children of its own program; containers are of others."""
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as f:
                name, rest = f.read().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            continue
        if name == "concordat" and int(rest.split()[1]) == driver:
            found.append(int(path.split("/")[2]))
    assert found
    return found


def kill_between_exit_and_completion(probe):
    """The driver's relay, through which the container reaches the CAS, stands still while the program
    ends; then both are killed, and with them the completion that was on its way."""
    world = probe.world
    driver = subprocess.Popen([CLI, *probe.run_words()], cwd=ROOT, env=world.env("sh3"),
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, start_new_session=True)
    wait_for(lambda: "the program runs" in world.stage_log("sh3", "probe"), "the program's start")
    for process in [driver.pid, *relays(driver.pid)]:
        os.kill(process, signal.SIGSTOP)
    try:
        wait_for(lambda: "the program ended with 0" in world.stage_log("sh3", "probe"),
                 "the program's end")
        run, = world.runs("sh3")
        subprocess.run(["runc", "--root", world.path("sh3", "home", "containers"), "kill",
                        f"concordat-{run[:12]}-probe", "KILL"], check=True)
    finally:
        os.killpg(driver.pid, signal.SIGKILL)
        driver.wait()
    return run


def used(probe):
    shown = json.loads(probe.world.run("sh1", "policy", "executions", "sh1/probe", "--output",
                                       "json"))
    return shown["grants"][0]["used"]


def volumes(probe):
    return {os.path.basename(d) for d in glob.glob(probe.storage + "/*")} - {"images"}


def test_killed_between_exit_and_completion_costs_nothing_and_is_read_by_nobody(world):
    probe = Probe(world, SCRIPT, "--executions", "sh3/probe:2")
    first = probe.run()["run"]
    assert used(probe) == 1
    earlier = volumes(probe)
    killed = kill_between_exit_and_completion(probe)
    assert used(probe) == 1
    # What it wrote is there, as ciphertext ...
    written = volumes(probe) - earlier
    states = [f for d in written for f in glob.glob(f"{probe.storage}/{d}/*.data")]
    assert states, "the attempt wrote nothing: the test shows nothing"
    # ... and its owner, who holds the key of the completed run, gets nothing of it:
    said = world.refused("sh3", "volume", "cat", "sh3/probe", "out", "/result", "--storage",
                         probe.storage, "--run", killed, code="not-found")
    assert "complete" in said
    # not by the files of the killed attempt in the place of those of the completed one either.
    for mine in earlier:
        for other in written:
            place = os.path.join(probe.storage, mine)
            kept = {os.path.basename(p): p for p in glob.glob(place + "/*")}
            new = glob.glob(f"{probe.storage}/{other}/*.data")
            if len(kept) == 1 and new:
                shutil.copy(new[-1], *kept.values())
    done = world.command("sh3", "volume", "cat", "sh3/probe", "out", "/result", "--storage",
                         probe.storage, "--run", first, status=None)
    assert done.returncode != 0 and "made by a run" not in done.stdout
    # The execution that was not counted is still there to be had.
    probe.run()
    assert used(probe) == 2
    world.refused("sh3", *probe.run_words(), code="limit")


def test_a_program_that_fails_is_not_counted_and_its_output_is_read_by_nobody(world):
    probe = Probe(world, "open('/out/result', 'w').write('x'); raise SystemExit(7)",
                  "--executions", "sh3/probe:1")
    done = world.command("sh3", *probe.run_words(), status=None)
    assert done.returncode != 0 and "7" in done.stderr
    assert used(probe) == 0
    world.refused("sh3", "volume", "cat", "sh3/probe", "out", "/result", "--storage",
                  probe.storage, code="not-found")
