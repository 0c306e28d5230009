# SPDX-License-Identifier: Apache-2.0
"""What others must not get: planted canaries are nowhere that their owner did not put them."""
import base64
import glob
import os
import secrets
import subprocess

import pytest
from pipeline import Probe, image_with_file, native_images

CODE, VALUE, VARIABLE, FILE = (f"canary-{what}-{secrets.token_hex(12)}" for what in
                               ("code", "value", "variable", "file"))
SCRIPT = f"""
import os
kept = '{CODE}'
value = bytes.fromhex('{VALUE.encode().hex()}').decode()
open('/out/result', 'w').write(value)
print(value, kept, open('/code/own.py').read())
"""
OPEN = """\
name: webbed # the word of the web is enough for it: a certificate made it
version: "0.3.12"
access_policy:
  read: [CREATOR]
  update: [CREATOR]
"""


@pytest.fixture(scope="module")
def native(tmp_path_factory):
    """SH1's native image, which never leaves SH1: outside the world that is searched."""
    return image_with_file(native_images()[0], tmp_path_factory.mktemp("own") / "native",
                           "/code/own.py", f"kept = '{FILE}'\n".encode())


@pytest.fixture(scope="module")
def probe(shared_world, native):
    made = Probe(shared_world, SCRIPT, "--env", f"VARIABLE={VARIABLE}", native=str(native))
    made.last = made.run()["run"]
    return made


def spellings(text):
    raw = text.encode()
    yield raw
    yield raw.hex().encode()
    for cut in range(3):  # base64 of a longer text spells a part of it in one of three ways
        yield base64.b64encode(raw[cut:len(raw) - (len(raw) - cut) % 3])


def written(world):
    """All of the world, and what its commands left in /tmp (sockets and such have no content)."""
    yield from world.everything_written()
    for path in glob.glob("/tmp/concordat-??????/*"):
        if not os.path.isfile(path):
            continue
        try:
            with open(path, "rb") as f:
                yield path, f.read()
        except FileNotFoundError:  # of another test, which ended
            pass


@pytest.mark.parametrize("canary", [CODE, VALUE, VARIABLE, FILE], ids=["code", "value", "variable",
                                                                       "file"])
def test_a_canary_is_nowhere_in_what_the_run_wrote(probe, canary):
    world, seen = probe.world, 0
    # SH1's own policy file holds what SH1 wrote into it, and nobody else has it; what the
    # volume's owner asked to be printed is the owner's.
    own = {probe.policy_file}
    for path, content in written(world):
        seen += 1
        if path in own or "-volume-cat" in path or "-workflow-logs" in path:
            continue
        for spelling in spellings(canary):
            assert spelling not in content, f"{canary} is in {path}"
    assert seen > 50


def test_each_canary_was_planted_and_reached_those_whom_it_is_for(probe, native):
    with open(probe.policy_file) as f:
        policy = f.read()
    assert CODE in policy and VARIABLE in policy
    blobs = [open(p, "rb").read() for p in glob.glob(f"{native}/blobs/sha256/*")]
    assert any(FILE.encode() in blob for blob in blobs)
    assert probe.read() == VALUE
    log = probe.world.run("sh3", "workflow", "logs", probe.last, "probe", "--storage",
                          probe.storage)
    assert all(canary in log for canary in (CODE, VALUE, FILE))


def test_sh1_reads_nothing_of_sh3s(probe):
    world = probe.world
    world.refused("sh1", "policy", "read", "sh3/probe", code="denied")
    world.refused("sh1", "volume", "cat", "sh3/probe", "out", "/result", "--storage",
                  probe.storage, code="denied")
    run = probe.last
    world.refused("sh1", "workflow", "status", run, code="not-found")
    world.refused("sh1", "workflow", "abort", run, code="not-found")
    world.refused("sh1", "workflow", "logs", run, "probe", "--storage", probe.storage,
                  code="not-found")
    world.refused("sh1", "workflow", "plan", "sh3/probe", code="denied")


def test_a_bare_certificate_of_sh1_reads_nothing_of_sh3s(probe, tmp_path):
    """The way of curl, with a certificate over the very key that owns SH1's policies."""
    world, identity = probe.world, probe.world.path("sh1", "home", "identity.pem")
    cert = tmp_path / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-key", identity, "-out", cert, "-subj", "/CN=sh1",
                    "-days", "2"], check=True, capture_output=True)

    def ask(path, body=None):
        words = ["-d", body] if body else []
        return subprocess.run(["curl", "-sk", "--cert", cert, "--key", identity, *words,
                               f"https://{world.address}{path}"], capture_output=True,
                              text=True).stdout

    # The control: the certificate is SH1, who reads what is SH1's and takes certificates.
    assert '"webbed"' in ask("/session", OPEN)
    assert "word of the web" in ask("/v1/policies/webbed")
    listed = ask("/v1/policies")
    assert '"webbed"' in listed and "sh3" not in listed
    # Not the policy with the image's key: web could say of anyone that it is SH1.
    said = ask("/v1/policies/sh1/probe")
    assert '"denied"' in said and "fspf" not in said and '"sh1/probe"' not in listed
    assert '"denied"' in ask("/v1/policies/sh3/probe")
    for body in (f'{{"policy":"sh3/probe","volume":"out","run":"{probe.last}"}}',
                 f'{{"policy":"sh3/probe","log":"probe","run":"{probe.last}"}}'):
        said = ask("/v1/volumes/key", body)
        assert '"denied"' in said or '"not-found"' in said, said
        assert '"key"' not in said
    assert '"not-found"' in ask(f"/v1/runs/{probe.last}")
    assert '"denied"' in ask("/v1/runs", '{"workflow":"sh3/probe"}')


def test_sh3_reads_nothing_of_sh1s(probe):
    world = probe.world
    world.refused("sh3", "policy", "read", "sh1/probe", code="denied")
    world.refused("sh3", "policy", "update", probe.policy_file, code="denied")


def test_secret_files_are_readable_by_their_owner_alone(probe):
    for path in (probe.policy_file, probe.world.path("sh1", "home", "identity.pem")):
        assert os.stat(path).st_mode & 0o077 == 0, path
