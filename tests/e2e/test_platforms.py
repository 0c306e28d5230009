# SPDX-License-Identifier: Apache-2.0
"""Runtimes on platforms of other makers: their evidence by the kernel's files, to a CAS and back.

The files are a stand-in's (tests/unit/platform/tee_files.c), the evidence is what the simulated
machine of the World makes under its own roots; runtime, CAS and verifier do not know that.
"""
import os
import re
import signal

import pytest
from pipeline import PROBE_WORKFLOW, Probe
from world import BUILD

MEASUREMENT = "a5" * 48
# What measures a whole machine says nothing of the program to others: they say that they know.
OPAQUE = PROBE_WORKFLOW.replace("access: write", "access: write\n        opaque: true")


def pinned(platform, measurement):
    """The policy with the measurement of a machine in place of the sealed image's."""
    def edit(policy):
        found = re.search(r"( +)measurements:\n(?:\1 .*\n)+", policy)
        assert found, policy
        return policy.replace(found.group(0),
                              f"{found.group(1)}measurements: ['{platform}:{measurement}']\n")
    return edit


class Machine:
    """What a confidential virtual machine's kernel offers."""

    def __init__(self, world, kind, measurement=MEASUREMENT, directory=None):
        name = f"tee-{kind}-{measurement[:4]}"
        self.mount = world.path(name)
        os.makedirs(self.mount)
        self.process = world.daemon(name, [
            os.path.join(BUILD, "src/platform/tee_files"), kind, self.mount, measurement, "0",
            directory or world.platform_dir], r"ready")
        self.address = "configfs:" + self.mount + "/report"

    def fault(self, text):
        with open(os.path.join(self.mount, "fault"), "w") as f:
            f.write(text)

    def requests(self):
        return os.listdir(os.path.join(self.mount, "report"))


class On(Probe):
    """A probe whose runtime has the evidence of this machine."""

    def __init__(self, machine, *words, **more):
        self.machine = machine
        super().__init__(*words, **more)

    def run_words(self, *more):
        words = super().run_words(*more)
        words[words.index("--platform") + 1] = self.machine.address
        return words


@pytest.fixture
def snp(shared_world):
    machine = Machine(shared_world, "snp")
    yield machine
    machine.process.stop(signal.SIGTERM)


def test_evidence_of_snp_is_verified_and_its_measurement_decides(shared_world, snp):
    probe = On(snp, shared_world, "pass", workflow=OPAQUE, edit=pinned("snp", MEASUREMENT))
    # somebody else writes to its requests; the kernel is busy; one write is lost
    for fault in ("bump 0 2", "outblob 16 1", "lost 0 1"):
        snp.fault(fault)
    # believed, and known to be this machine; what it runs is not said by a number alone
    said = shared_world.refused("sh3", *probe.run_words(), code="unsupported")
    assert "the measurement of service 'probe' does not say its content" in said
    assert snp.requests() == []
    snp.process.stop(signal.SIGTERM)
    probe.machine = other = Machine(shared_world, "snp", "5a" * 48)
    said = shared_world.refused("sh3", *probe.run_words(), code="denied")
    assert f"the snp measurement {'5a' * 48} is none that service 'probe' accepts" in said
    other.fault("mkdir 6 1")
    said = shared_world.refused("sh3", *probe.run_words(), code="unsupported")
    assert "load the driver of this guest" in said
    other.process.stop(signal.SIGTERM)

