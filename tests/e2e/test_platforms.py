# SPDX-License-Identifier: Apache-2.0
"""Runtimes on platforms of other makers: their evidence by the kernel's files, to a CAS and back.

The files are a stand-in's (tests/unit/platform/tee_files.c), the evidence is what the simulated
machine of the World makes under its own roots; runtime, CAS and verifier do not know that.
"""
import ast
import hashlib
import os
import re
import shutil
import signal

import measured
import pytest
from conftest import remove_all
from cryptography.hazmat.primitives import serialization
from pipeline import PROBE_WORKFLOW, Probe
from tpm import CERTIFICATE_INDEX, SWTPM, Authority, SoftwareTpm
from world import BUILD, CLI, World

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
NOTHING = {
    "there": [], "by the root of pid 1": [], "descriptors": [0, 1, 2], "descriptors of pid 1": [],
    "memory of pid 1": "PermissionError", "mounts": [], "node": "PermissionError",
    "configfs": False}
# What measures a whole machine says nothing of the program to others: they say that they know.
OPAQUE = PROBE_WORKFLOW.replace("access: write", "access: write\n        opaque: true").replace(
    "tolerate: [simulation]", "tolerate: [simulation, measured-only]")


def pinned(measurements):
    """The policy with those of machines, by their platform, in place of that of runtime and image."""
    def edit(policy):
        found = re.search(r"( +)measurements:\n(?:\1 .*\n)+", policy)
        content = re.search(r"content: ([0-9a-f]{64})", found.group(0)).group(1)
        # A machine with a register that nothing has extended, whatever else it quotes.
        registers = (f"{found.group(1)}  - {{platform: tpm, content: {content}, "
                     f"registers: {{pcr11: {'00' * 32}, pcr23: {'00' * 32}}}}}\n")
        # What the simulated machine says of this program, as the host of a guest and by its TPM.
        program = re.search(r"mrenclaves:\n +- ([0-9a-f]{64})", policy).group(1)
        simulated = [("snp", program + "00" * 16), ("tpm", quoted_of(bytes.fromhex(program)))]
        rows = registers + "".join(f"{found.group(1)}  - {{platform: {platform}, value: {value}, "
                       f"content: {content}}}\n" for platform, value in [*measurements, *simulated])
        return policy.replace(found.group(0), f"{found.group(1)}measurements:\n{rows}")
    return edit


def quoted_of(program):
    """docs/protocol/platform.md: PCR 4 has the firmware's start, PCR 11 the program."""
    return measured.quote({4: measured.pcr([b"code", bytes(4)]), 11: measured.pcr([program])})


def measurement_of_pcrs(pcrs):
    """docs/format/evidence.md: SHA-256 over TPMS_QUOTE_INFO, of PCRs of zeroes."""
    selected = sum(1 << i for i in pcrs).to_bytes(3, "little")
    digest = hashlib.sha256(bytes(32 * len(pcrs))).digest()
    return hashlib.sha256(bytes.fromhex("00000001000b03") + selected + bytes([0, 32]) +
                          digest).hexdigest()


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture(scope="module")
def shared_world(tmp_path_factory, authority):
    """One whose CAS believes TPMs of this authority, too."""
    directory = tmp_path_factory.mktemp("platforms")
    (directory / "root.pem").write_text(authority.pem())
    made = World(directory / "w", init=["--tpm-root", directory / "root.pem"])
    yield made
    remove_all(made)


class Machine:
    """What a confidential virtual machine's kernel offers."""

    def __init__(self, world, kind, measurement=MEASUREMENT, directory=None):
        name = f"tee-{kind}-{world.count}"
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
    """A probe whose runtime has the evidence of the platform at `address`, or of two."""

    address = None

    def run_words(self, *more):
        words = super().run_words(*more)
        at = words.index("--platform")
        first, *others = self.address.split(" ")
        words[at + 1:at + 2] = [first] + [word for other in others for word in ("--platform", other)]
        return words

    def runs_on(self, address):
        """Complete there, and its program is as far from evidence as anywhere."""
        self.address = address
        assert self.run()["state"] == "complete"
        assert ast.literal_eval(self.read()) == NOTHING

    def is_refused_on(self, address, code):
        self.address = address
        said = self.world.refused("sh3", *self.run_words(), code=code)
        # what is wrong with evidence the CAS tells nobody but its log
        reference = re.search("reference ([0-9a-f]{16})", said)
        return next(line for line in self.world.cas.text().splitlines()
                    if reference.group(1) in line) if reference else said


@pytest.fixture(scope="module")
def probe(shared_world):
    """One program that may run on each of these machines."""
    machines = [("snp", MEASUREMENT), ("tdx", MEASUREMENT), ("sgx", MEASUREMENT[:64]),
                ("tpm", measurement_of_pcrs([4, 11]))]
    return On(shared_world, SCRIPT, "--tolerate", "measured-only", workflow=OPAQUE,
              edit=pinned(machines))


@pytest.fixture
def snp(shared_world):
    machine = Machine(shared_world, "snp")
    yield machine
    machine.process.stop(signal.SIGTERM)


def test_a_runtime_on_snp_gets_its_configuration_and_its_program_no_evidence(shared_world, probe, snp):
    # somebody else writes to its requests; the kernel is busy; one write is lost
    for fault in ("bump 0 2", "outblob 16 1", "lost 0 1"):
        snp.fault(fault)
    probe.runs_on(snp.address)
    assert snp.requests() == []
    snp.process.stop(signal.SIGTERM)
    other = Machine(shared_world, "snp", "5a" * 48)
    said = probe.is_refused_on(other.address, "denied")
    assert f"the snp measurement {'5a' * 48} is none that service 'probe' accepts" in said
    other.process.stop(signal.SIGTERM)


def test_a_runtime_on_tdx_runs_once_its_family_is_known(shared_world, probe):
    tdx = Machine(shared_world, "tdx")
    assert "root CA CRL is missing" in probe.is_refused_on(tdx.address, "evidence")
    shared_world.run("sh1", "collateral", "import", "--cas", "default", "--simulation",
                     shared_world.platform_dir,
                     os.path.join(shared_world.platform_dir, "collateral", "tdx"))
    tdx.fault("outblob 110 1")  # the host's quoting service is late
    probe.runs_on(tdx.address)
    assert tdx.requests() == []
    tdx.process.stop(signal.SIGTERM)


def test_a_runtime_in_gramine_runs(shared_world, probe):
    machine = Machine(shared_world, "snp", directory=shared_world.platform_dir)
    probe.runs_on(f"gramine:{machine.mount}/attestation")
    machine.process.stop(signal.SIGTERM)


def bring_lists(world, authority, *revoked, number):
    name = f"lists-{number}"
    world.write(f"{name}/certs.pem", authority.pem())
    world.write(f"{name}/crls.pem", authority.revocation_list(*revoked, number=number))
    world.run("sh1", "collateral", "import", "--cas", "default", "--tpm-root",
              world.path(name, "certs.pem"), world.path(name))


@pytest.mark.skipif(not os.path.exists(SWTPM), reason="needs swtpm")
def test_a_runtime_beside_a_tpm_runs_until_its_key_is_revoked(shared_world, probe, authority):
    tpm = SoftwareTpm(shared_world)
    certificate = authority.certify(tpm.attestation_point())
    tpm.put(CERTIFICATE_INDEX, certificate.public_bytes(serialization.Encoding.DER))
    address = f"tpm:{tpm.socket},log="
    assert "issuer 'TPMs of a test' is missing" in probe.is_refused_on(address, "evidence")
    bring_lists(shared_world, authority, number=1)
    probe.runs_on(address)
    # what is quoted is part of the measurement: a host cannot quote less
    said = probe.is_refused_on(f"tpm:{tpm.socket},pcr=11,log=", "denied")
    assert f"the tpm measurement {measurement_of_pcrs([11])} is none" in said
    said = shared_world.refused("sh1", "cas", "init", "--dir", shared_world.path("on-tpm"), "--name",
                                "tpm.example", "--platform", address, "--unwitnessed",
                                code="unsupported")
    assert "gives evidence and no keys" in said
    assert not os.path.exists(shared_world.path("on-tpm"))
    # its registers, however many are quoted with them, until one of them is extended
    one_by_one = f"tpm:{tpm.socket},pcr=4,pcr=11,pcr=23,log="
    probe.runs_on(one_by_one)
    tpm.extend(23, hashlib.sha256(b"another program").digest())
    assert "'pcr23' is not as its line has it" in probe.is_refused_on(one_by_one, "denied")
    bring_lists(shared_world, authority, certificate, number=2)
    assert "revoked" in probe.is_refused_on(address, "evidence")
    tpm.process.stop(signal.SIGTERM)


def simulated_tpm(world, directory, *knobs):
    """The address of the TPM of a simulated platform with these knobs, and its process."""
    socket = f"{directory}-{world.count}.sock"
    process = world.daemon(f"simulated-{world.count}",
                           [CLI, "platform", "run", directory, "--socket", socket, *knobs], r"ready")
    return f"tpm-sim:{socket}", process


def bring_simulated_lists(world, directory):
    world.run("sh1", "collateral", "import", "--cas", "default", "--simulation",
              world.platform_dir, os.path.join(directory, "collateral", "tpm"))


def test_a_runtime_on_the_simulated_tpm_runs_until_a_knob_is_turned(shared_world, probe):
    # a copy: what it publishes is not what other tests import
    directory = shared_world.path("platform-with-tpm")
    shutil.copytree(shared_world.platform_dir, directory)
    address = f"tpm-sim:{shared_world.platform_socket}"
    assert "issuer 'TPM issuer' is missing" in probe.is_refused_on(address, "evidence")
    bring_simulated_lists(shared_world, directory)
    probe.runs_on(address)
    for knobs, code, why in (
            (["--tpm-extended", "11"], "denied", "the tpm measurement"),
            (["--tpm-extended", "4"], "evidence", "does not lead to the PCRs"),
            (["--tpm-quote", "foreign"], "evidence", "not made by a TPM"),
            (["--expired"], "expired", "certificate of the attestation key")):
        turned, process = simulated_tpm(shared_world, directory, *knobs)
        assert why in probe.is_refused_on(turned, code)
        process.stop()
    # resets are claims; who is revoked is in collateral
    turned, process = simulated_tpm(shared_world, directory, "--tpm-resets", "4", "--revoked", "ak")
    probe.runs_on(turned)
    bring_simulated_lists(shared_world, directory)
    assert "revoked" in probe.is_refused_on(turned, "evidence")
    process.stop()
    turned, process = simulated_tpm(shared_world, directory)
    bring_simulated_lists(shared_world, directory)
    process.stop()


@pytest.fixture
def two_roots(shared_world, probe):
    """The probe's policy asks for two from here on; who gives it data has consented."""
    with open(probe.policy_file) as f:
        policy = f.read()
    shared_world.run("sh1", "policy", "update", shared_world.write(
        "sh1/two.yaml", policy.replace("  attestation:\n",
                                       "  attestation:\n    independent_roots: 2\n")))
    shared_world.run("sh3", "policy", "update", shared_world.path("sh3", "probe.yaml"))
    return probe


@pytest.mark.skipif(not os.path.exists(SWTPM), reason="needs swtpm")
def test_a_processor_and_a_tpm_are_two_roots(shared_world, two_roots, authority, snp):
    tpm = SoftwareTpm(shared_world, "swtpm-beside")
    certificate = authority.certify(tpm.attestation_point())
    tpm.put(CERTIFICATE_INDEX, certificate.public_bytes(serialization.Encoding.DER))
    bring_lists(shared_world, authority, number=3)
    beside = f"tpm:{tpm.socket},log="
    two_roots.runs_on(f"{beside} {snp.address}")
    tdx = Machine(shared_world, "tdx")
    two_roots.runs_on(f"{tdx.address} {beside}")
    # one alone: what is missing, and the next step
    said = two_roots.is_refused_on(snp.address, "denied")
    assert "asks for 2 independent roots, and this start shows one: of snp" in said
    assert "run it with a second --platform" in said
    # other PCRs: the processor alone does not do
    said = two_roots.is_refused_on(f"{snp.address} tpm:{tpm.socket},pcr=11,log=", "denied")
    assert f"the tpm measurement {measurement_of_pcrs([11])} is none" in said
    # a second that is not there
    assert "is not a TPM" in two_roots.is_refused_on(f"{snp.address} tpm:/nowhere", "unavailable")
    for process in (tpm.process, tdx.process):
        process.stop(signal.SIGTERM)


def test_two_simulated_makers_are_two_roots_and_both_are_simulated(shared_world, two_roots):
    """SECURITY.md: nothing is confidential by them, but what a pair has to be is tried."""
    bring_simulated_lists(shared_world, shared_world.platform_dir)
    socket = shared_world.platform_socket
    two_roots.runs_on(f"snp-sim:{socket} tpm-sim:{socket}")
    said = two_roots.is_refused_on(f"tpm-sim:{socket}", "denied")
    assert "asks for 2 independent roots, and this start shows one: of tpm" in said
