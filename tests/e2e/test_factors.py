# SPDX-License-Identifier: Apache-2.0
"""What a policy asks for beside evidence: one-time passwords and access tokens."""
import base64
import hashlib
import hmac
import secrets
import struct
import time

import pytest
from pipeline import Probe

SHARED = secrets.token_bytes(20)
TOKEN = f"canary-token-{secrets.token_hex(12)}"
VARIABLE = f"probe=SCONE_SERVICE_ACCESS_TOKEN={TOKEN}"


def password(at):
    """RFC 6238, written down once more."""
    mac = hmac.new(SHARED, struct.pack(">Q", int(at) // 30), hashlib.sha1).digest()
    place = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[place:place + 4])[0] & 0x7fffffff) % 1000000:06}"


@pytest.fixture(scope="module")
def probe(shared_world):
    text = base64.b32encode(SHARED).decode()
    factors = (f"security:\n  service_access_token: {TOKEN}\n  attestation:\n"
               f"    one_time_password_shared_secret: {text}\n")

    def edit(policy):
        assert policy.count("security:\n  attestation:\n") == 1
        return policy.replace("security:\n  attestation:\n", factors)

    made = Probe(shared_world, "open('/out/result', 'w').write('15')", edit=edit)
    made.factors = factors
    return made


def start(probe, *words, code):
    return probe.world.refused("sh3", *probe.run_words(*words), code=code)


def test_a_start_without_the_token_is_refused(probe):
    assert "without its access token" in start(probe, "--password", f"probe={password(time.time())}",
                                               code="denied")


def test_a_start_with_another_token_is_refused(probe):
    assert "with another token" in start(probe, "--variable", VARIABLE + "x", code="denied")


def test_a_start_without_a_password_is_refused(probe):
    assert "needs a one-time password" in start(probe, "--variable", VARIABLE, code="denied")


def test_a_password_starts_one_program_once(probe):
    words = ("--variable", VARIABLE, "--password", f"probe={password(time.time())}")
    probe.run(*words)
    assert probe.read() == "15"
    assert "has been used already" in start(probe, *words, code="denied")


def test_a_program_with_a_token_takes_nothing_from_a_cas_without_it(probe):
    """Here the policy has none any more, which is what another CAS would look like."""
    with open(probe.policy_file) as f:
        policy = f.read()
    probe.world.run("sh1", "policy", "update", probe.world.write(
        "sh1/without.yaml", policy.replace(probe.factors,
                                           "security:\n  attestation:\n")))
    probe.world.run("sh3", "policy", "update", probe.world.write(  # to consent to it
        "sh3/again.yaml", open(probe.world.path("sh3", "probe.yaml")).read()
        + "salt: 00112233445566778899aabbccddeeff\n"))
    said = start(probe, "--variable", VARIABLE, code="denied")
    assert "does not know the access token" in said
    probe.run()


def test_the_token_is_in_no_log_and_no_database(probe):
    for path, content in probe.world.everything_written():
        own = path.endswith(("probe.yaml", "config.json"))  # the owner's, and the operator's
        assert own or TOKEN.encode() not in content, path
