# SPDX-License-Identifier: Apache-2.0
"""What the program of a stage finds around it: no network, no evidence, no privilege."""
import ast

import pytest
from pipeline import Probe

LOOK = """
import os, socket
def attempt(f):
    try:
        return repr(f())
    except Exception as e:
        return type(e).__name__
def connect(address):
    s = socket.socket(); s.settimeout(3); s.connect(address)
status = dict(l.split(':\\t', 1) for l in open('/proc/self/status') if ':\\t' in l)
found = {
    'by address': attempt(lambda: connect(('192.0.2.1', 80))),
    'by IPv6': attempt(lambda: socket.create_connection(('2001:db8::1', 80), 3)),
    'the CAS': attempt(lambda: connect(('127.0.0.1', %d))),
    'by name': attempt(lambda: socket.getaddrinfo('example.com', 80)),
    'packet': attempt(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)),
    'vsock': attempt(lambda: socket.socket(40, socket.SOCK_STREAM)),
    'netlink': attempt(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)),
    'interfaces': sorted(l.split(':')[0].strip() for l in open('/proc/net/dev') if ':' in l),
    'run': attempt(lambda: os.listdir('/run/concordat')),
    'concordat': attempt(lambda: os.listdir('/concordat')),
    'fuse': os.path.exists('/dev/fuse'),
    'devices': sorted(os.listdir('/dev')),
    'descriptors': sorted(int(d) for d in os.listdir('/proc/self/fd'))[:-1],
    'environment': dict(os.environ),
    'status': {k: status[k].strip() for k in ('CapEff', 'CapBnd', 'NoNewPrivs', 'Seccomp')},
    'mount': attempt(lambda: os.system('mount -t tmpfs x /tmp >/dev/null 2>&1')),
    'write the image': attempt(lambda: open('/code/x', 'w')),
    'keys of pid 1': attempt(lambda: open('/proc/1/mem', 'rb').read(1)),
    'arguments of pid 1': attempt(lambda: open('/proc/1/environ').read()),
    'ids': [os.getuid(), os.getgid()],
}
open('/out/result', 'w').write(repr(found))
"""


@pytest.fixture(scope="module")
def found(shared_world):
    probe = Probe(shared_world, LOOK % shared_world.port, "--env", "GREETING=hello", "--user",
                  "1000:100")
    probe.run()
    return ast.literal_eval(probe.read())


def test_nothing_is_reached_by_address_or_name(found):
    assert found["by address"] in ("OSError", "PermissionError")
    assert found["by IPv6"] in ("OSError", "PermissionError")
    assert found["the CAS"] == "ConnectionRefusedError"
    assert found["by name"] == "gaierror"
    assert found["interfaces"] == ["lo"]


def test_other_families_of_sockets_are_refused(found):
    assert found["packet"] in ("OSError", "PermissionError")
    assert found["vsock"] in ("OSError", "PermissionError")
    assert found["netlink"] in ("OSError", "PermissionError")


def test_evidence_is_closed(found):
    assert found["run"] == "FileNotFoundError"
    assert found["concordat"] == "FileNotFoundError"
    assert not found["fuse"]
    assert set(found["devices"]) <= {"null", "zero", "full", "random", "urandom", "tty", "fd",
                                     "stdin", "stdout", "stderr", "shm", "pts", "ptmx"}


def test_the_program_has_no_privilege(found):
    assert int(found["status"]["CapEff"], 16) == 0
    assert int(found["status"]["CapBnd"], 16) == 0
    assert found["status"]["NoNewPrivs"] == "1"
    assert found["status"]["Seccomp"] == "2"
    assert found["mount"] != "0"
    assert found["write the image"] in ("OSError", "PermissionError")
    assert found["keys of pid 1"] == "PermissionError"
    assert found["arguments of pid 1"] == "PermissionError"


def test_descriptors_and_environment_are_only_the_policys(found):
    assert found["descriptors"] == [0, 1, 2]
    assert found["environment"]["GREETING"] == "hello"
    assert set(found["environment"]) <= {"GREETING", "PATH", "LC_CTYPE"}


def test_the_program_runs_as_the_user_of_its_policy(found):
    assert found["ids"] == [1000, 100]
