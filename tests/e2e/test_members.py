# SPDX-License-Identifier: Apache-2.0
"""A program is a member of a board: what it says of a proposal decides about a policy."""
import json

import pytest
from pipeline import Probe

# It looks at what changes, and agrees to limits of at most 10; of 7 it is afraid.
GATE = """
import os
place = '/tmp/concordat/proposals/'
for name in os.listdir(place) if os.path.exists(place) else []:
    with open(place + name) as f:
        shown = f.read()
    limit = int(shown.split('"new_text":')[1].split('maximum: ')[1].split('}')[0])
    with open(place + name.replace('.json', '.vote'), 'w') as out:
        out.write('approve' if limit <= 10 else 'reject: %d is too often' % limit)
    if limit == 7:
        raise SystemExit(1)
open('/out/result', 'w').write('looked')
"""
GUARDED = """\
name: guarded
version: "0.3.12"
tolerate: [simulation]
board:
  members:
  - {{name: ann, key: {ann}}}
  - {{name: gate, service: sh1/probe/probe, session_hash: {pin}}}
  rule: gate
services:
  - name: s
    image_name: i
    command: [run]
    fspf_key: {key}
    fspf_tag: {tag}
    measurements: [{{platform: sgx, runtime: {runtime}, content: {content}}}]
    executions: [{{id: paid, consumer: guarded, maximum: {maximum}}}]
images: [{{name: i}}]
workflow:
  stages: [{{name: only, policy: guarded, service: s}}]
"""


class Gate:
    def __init__(self, world):
        self.world = world
        self.probe = Probe(world, GATE, "--user", "1234:1234", edit=lambda text: text.replace(
            "    command:", "    boards: [guarded]\n    command:", 1))
        world.trust_cas("ann")
        self.pin = json.loads(world.run("sh1", "policy", "read", "sh1/probe", "--output",
                                        "json"))["hash"]
        world.run("ann", "policy", "create", self.text(3))

    def text(self, maximum):
        return self.world.write(f"guarded-{maximum}.yaml", GUARDED.format(
            ann=self.world.run("ann", "self", "show").split()[0], pin=self.pin, maximum=maximum,
            key="cc" * 32, tag="dd" * 32, runtime="aa" * 32, content="bb" * 32))

    def propose(self, maximum):
        return json.loads(self.world.run("ann", "proposal", "create", self.text(maximum),
                                         "--output", "json"))["proposal"]

    def maximum(self):
        said = self.world.run("ann", "policy", "executions", "guarded", "--output", "json")
        return json.loads(said)["grants"][0]["maximum"]


@pytest.fixture(scope="module")
def gate(shared_world):
    return Gate(shared_world)


def test_what_the_program_approves_takes_effect(gate):
    proposal = gate.propose(5)
    assert gate.maximum() == 3
    gate.probe.run()
    assert gate.probe.read() == "looked"
    assert gate.maximum() == 5
    text = gate.world.run("ann", "proposal", "show", proposal)
    assert f"vote      gate: approve, by service probe of sh1/probe@{gate.pin}" in text


def test_what_the_program_rejects_does_not(gate):
    before = gate.maximum()
    proposal = gate.propose(50)
    gate.probe.run()
    assert gate.maximum() == before
    text = gate.world.run("ann", "proposal", "show", proposal)
    assert "rejected" in text and "50 is too often" in text


def test_a_program_that_fails_has_said_nothing(gate):
    before = gate.maximum()
    proposal = gate.propose(7)
    gate.world.refused("sh3", *gate.probe.run_words(), code="system")
    assert gate.maximum() == before
    shown = json.loads(gate.world.run("ann", "proposal", "show", proposal, "--output", "json"))
    assert shown["state"] == "open" and shown["votes"] == []
