# SPDX-License-Identifier: Apache-2.0
"""The host has its hands on a volume between the stage that wrote it and the one that reads it."""
import glob
import json
import os
import shutil
import signal
import subprocess

import pytest
from pipeline import Pipeline
from world import CLI, ROOT, wait_for

SLOW = "import time; time.sleep(1); open('/vol1/x', 'w').write('15')"


@pytest.fixture(scope="module")
def pipeline(shared_world):
    return Pipeline(shared_world, executions=False, program=SLOW)


class Between:
    """A run whose driver stands still, with the first stage complete and the second not begun."""

    def __init__(self, pipeline):
        world = pipeline.world
        earlier = world.runs("sh3")
        self.driver = subprocess.Popen([CLI, *pipeline.run_words("--output", "json")], cwd=ROOT,
                                       env=world.env("sh3"), stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            wait_for(lambda: "attested" in world.stage_log("sh3", "input-x", earlier),
                     "the first stage's start")
            os.kill(self.driver.pid, signal.SIGSTOP)
            wait_for(lambda: 'event="complete"' in world.stage_log("sh3", "input-x", earlier),
                     "the first stage's completion")
            self.run, = world.runs("sh3") - earlier
            place = world.path("sh3", "home", "runs", self.run)
            assert not os.path.exists(os.path.join(place, "compute")), "too late to be in between"
            with open(os.path.join(place, "input-x", "config.json")) as f:
                mounts = json.load(f)["mounts"]
            self.vol1, = [m["source"] for m in mounts if m["destination"].endswith("/vol1")]
        except BaseException:
            self.driver.kill()
            self.driver.communicate()
            raise

    def go_on(self):
        """Exit status and standard error of the driver at the run's end."""
        os.kill(self.driver.pid, signal.SIGCONT)
        said = self.driver.communicate(timeout=120)[1]
        return self.driver.returncode, said


def states(directory):
    return sorted(glob.glob(f"{directory}/*.data"))


def refused_as_tampered(pipeline, between):
    status, said = between.go_on()
    assert status != 0
    assert "error[tampered]" in said and "compute" in said and "vol1" in said, said
    shown = json.loads(pipeline.world.run("sh3", "workflow", "status", between.run, "--output",
                                          "json"))
    assert {s["stage"]: s["state"] for s in shown["stages"]}["compute"] != "complete"
    # The stage that would have read it made nothing that anybody reads.
    pipeline.world.refused("sh3", "volume", "cat", "sh3/pipeline", "vol2", "/result", "--storage",
                           pipeline.storage, "--run", between.run, code="not-found")


def test_a_volume_left_alone_between_the_stages_is_read(pipeline):
    """The control of the tests below: standing still is no reason to fail."""
    status, said = Between(pipeline).go_on()
    assert status == 0, said
    assert pipeline.result().splitlines()[-2:] == ["15", "DONE!"]


@pytest.mark.parametrize("part", ["superblocks", "data"])
def test_a_byte_changed_between_the_stages_stops_the_second(pipeline, part):
    between = Between(pipeline)
    for path in states(between.vol1):
        with open(path, "r+b") as f:
            content = bytearray(f.read())
            # In each slot, or in each message: which of them are of this state is not said.
            start = 128 * 1024
            for at in range(100, start, 4096) if part == "superblocks" else \
                    range(start, len(content), 15):
                content[at] ^= 1
            f.seek(0)
            f.write(content)
    refused_as_tampered(pipeline, between)


def test_an_earlier_runs_volume_under_the_names_of_this_one_stops_the_second(pipeline):
    """Genuine ciphertext of the same writer and the same volume, made by an earlier run."""
    earlier = Between(pipeline)
    assert earlier.go_on()[0] == 0
    between = Between(pipeline)
    old, new = states(earlier.vol1), states(between.vol1)
    assert len(old) == len(new) == 1, (old, new)
    shutil.copy(old[0], new[0])
    refused_as_tampered(pipeline, between)


def test_an_earlier_runs_directory_in_place_of_this_ones_stops_the_second(pipeline):
    earlier = Between(pipeline)
    assert earlier.go_on()[0] == 0
    between = Between(pipeline)
    shutil.rmtree(between.vol1)
    shutil.copytree(earlier.vol1, between.vol1)
    status, said = between.go_on()
    assert status != 0
    assert "vol1" in said and ("error[tampered]" in said or "error[stale]" in said or
                               "error[not-found]" in said), said
