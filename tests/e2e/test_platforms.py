# SPDX-License-Identifier: Apache-2.0
"""Runtimes on platforms of other makers: their evidence by the kernel's files, to a CAS and back.

The files are a stand-in's (tests/unit/platform/tee_files.c), the evidence is what the simulated
machine of the World makes under its own roots; runtime, CAS and verifier do not know that.
"""
import ast
import os
import re
import signal

import pytest
from pipeline import PROBE_WORKFLOW, Probe
from world import BUILD

MEASUREMENT = "a5" * 48
# Every way to a quote, and where a container's other half would be; the images' Python has no
# standard library but what its start needs.
SCRIPT = """
import os
places = ['/run/concordat', '/run/concordat/tsm', '/run/concordat/platform.sock', '/concordat',
          '/sys/kernel', '/sys/kernel/config/tsm/report', '/dev/attestation', '/dev/nsm',
          '/dev/attestation/quote', '/dev/tdx_guest', '/dev/tdx-guest', '/dev/sev-guest', '/dev/sev',
          '/dev/sgx_enclave', '/dev/sgx_provision', '/dev/tpm0', '/dev/tpmrm0', '/dev/mem', '/dev/fuse',
          '/sys/devices/virtual/misc/tdx_guest', '/sys/firmware/acpi/tables/CCEL']
def reached(name):
    return [d for d in os.listdir('/proc/1/' + name)
            if 'done' in (tried(lambda: os.open(f'/proc/1/{name}/{d}', os.O_PATH)),
                          tried(lambda: os.readlink(f'/proc/1/{name}/{d}')))]
def tried(call):
    try:
        call()
        return 'done'
    except OSError as e:
        return type(e).__name__
got = {
    'there': [p for p in places if os.path.lexists(p)],
    'by the root of pid 1': [p for p in places if os.path.lexists('/proc/1/root' + p)],
    'descriptors': sorted(int(d) for d in os.listdir('/proc/self/fd'))[:-1],
    'descriptors of pid 1': reached('fd'),
    'memory of pid 1': tried(lambda: open('/proc/1/mem', 'rb')),
    'mounts': [l.split()[2] for l in open('/proc/self/mounts') if 'tsm' in l or 'tee_files' in l],
    'node': tried(lambda: os.mknod('/tmp/node', 0o20600, os.makedev(10, 125))),
    'configfs': os.system('mount -t configfs x /tmp >/dev/null 2>&1') == 0,
}
open('/out/result', 'w').write(repr(got))
"""
# What measures a whole machine says nothing of the program to others: they say that they know.
OPAQUE = PROBE_WORKFLOW.replace("access: write", "access: write\n        opaque: true")


def pinned(platform, measurement):
    """The policy with the measurement of a machine in place of that of runtime and image."""
    def edit(policy):
        found = re.search(r"( +)measurements:\n(?:\1 .*\n)+", policy)
        content = re.search(r"content: ([0-9a-f]{64})", found.group(0)).group(1)
        return policy.replace(found.group(0), f"{found.group(1)}measurements:\n{found.group(1)}"
                              f"  - {{platform: {platform}, value: {measurement}, "
                              f"content: {content}}}\n")
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


def test_a_runtime_on_snp_gets_its_configuration_and_its_program_no_evidence(shared_world, snp):
    probe = On(snp, shared_world, SCRIPT, workflow=OPAQUE, edit=pinned("snp", MEASUREMENT))
    # somebody else writes to its requests; the kernel is busy; one write is lost
    for fault in ("bump 0 2", "outblob 16 1", "lost 0 1"):
        snp.fault(fault)
    assert probe.run()["state"] == "complete"
    assert ast.literal_eval(probe.read()) == {
        "there": [], "by the root of pid 1": [], "descriptors": [0, 1, 2],
        "descriptors of pid 1": [], "memory of pid 1": "PermissionError",
        "mounts": [], "node": "PermissionError", "configfs": False}
    assert snp.requests() == []
    snp.process.stop(signal.SIGTERM)
    probe.machine = other = Machine(shared_world, "snp", "5a" * 48)
    said = shared_world.refused("sh3", *probe.run_words(), code="denied")
    assert f"the snp measurement {'5a' * 48} is none that service 'probe' accepts" in said
    other.process.stop(signal.SIGTERM)
