# SPDX-License-Identifier: Apache-2.0
"""What others must not get: planted canaries are nowhere that their owner did not put them."""
import base64
import os
import secrets

import pytest
from pipeline import Probe

CODE, VALUE, VARIABLE = (f"canary-{what}-{secrets.token_hex(12)}" for what in
                         ("code", "value", "variable"))
SCRIPT = f"""
import os
kept = '{CODE}'
value = bytes.fromhex('{VALUE.encode().hex()}').decode()
open('/out/result', 'w').write(value)
print(value, kept)
"""


@pytest.fixture(scope="module")
def probe(shared_world):
    made = Probe(shared_world, SCRIPT, "--env", f"VARIABLE={VARIABLE}")
    made.run()
    return made


def spellings(text):
    raw = text.encode()
    yield raw
    yield raw.hex().encode()
    for cut in range(3):  # base64 of a longer text spells a part of it in one of three ways
        yield base64.b64encode(raw[cut:len(raw) - (len(raw) - cut) % 3])


@pytest.mark.parametrize("canary", [CODE, VALUE, VARIABLE])
def test_a_canary_is_nowhere_in_what_the_run_wrote(probe, canary):
    world, seen = probe.world, 0
    # SH1's own policy file holds what SH1 wrote into it, and nobody else has it.
    own = {probe.policy_file}
    for path, content in world.everything_written():
        seen += 1
        if path in own:
            continue
        for spelling in spellings(canary):
            assert spelling not in content, f"{canary} is in {path}"
    assert seen > 50
    if canary == CODE:
        with open(probe.policy_file) as f:
            assert CODE in f.read(), "the canary was never planted"


def test_the_owner_of_the_volume_reads_the_value(probe):
    assert probe.read() == VALUE


def test_the_program_text_of_the_image_is_nowhere_in_the_clear(probe):
    world = probe.world
    needle = b"Writes the value that it is given to a file on its volume."
    for path, content in world.everything_written():
        assert needle not in content, path


def test_sh1_reads_nothing_of_sh3s(probe):
    world = probe.world
    world.refused("sh1", "policy", "read", "sh3/probe", code="denied")
    world.refused("sh1", "volume", "cat", "sh3/probe", "out", "/result", "--storage",
                  probe.storage, code="denied")
    run = probe.run()["run"]
    world.refused("sh1", "workflow", "status", run, code="not-found")
    world.refused("sh1", "workflow", "abort", run, code="not-found")
    world.refused("sh1", "workflow", "logs", run, "probe", "--storage", probe.storage,
                  code="not-found")
    world.refused("sh1", "workflow", "plan", "sh3/probe", code="denied")


def test_sh3_reads_nothing_of_sh1s(probe):
    world = probe.world
    world.refused("sh3", "policy", "read", "sh1/probe", code="denied")
    world.refused("sh3", "policy", "update", probe.policy_file, code="denied")


def test_secret_files_are_readable_by_their_owner_alone(probe):
    for path in (probe.policy_file, probe.world.path("sh1", "home", "identity.pem")):
        assert os.stat(path).st_mode & 0o077 == 0, path
