# SPDX-License-Identifier: Apache-2.0
"""What a change does is said before it is made: `policy diff`, of files and of what a CAS has."""
import hashlib
import json

POLICY = """\
name: lab
version: "0.3.12"
services:
  - name: s1
    mrenclaves: [{digit}]
    executions: [{{id: paid, consumer: sh3/pipeline, maximum: {maximum}}}]
"""


def policy(world, name, maximum, digit="a"):
    return world.write(f"sh1/{name}.yaml", POLICY.format(maximum=maximum, digit=digit * 64))


def test_a_raised_limit_is_said_of_two_files(world):
    old, new = policy(world, "old", 3), policy(world, "new", 5)
    said = world.run("sh1", "policy", "diff", old, new)
    sentences, last = said.rsplit("\n", 2)[0] + "\n", said.splitlines()[-1]
    assert sentences.startswith("permits limits: policy 'sh3/pipeline' may run service 's1' 5 times")
    digest = hashlib.sha256(b"concordat effects 1\n" + sentences.encode()).hexdigest()
    assert last == f"1 effects, hash {digest}"
    shown = json.loads(world.run("sh1", "policy", "diff", old, new, "--output", "json"))
    assert shown["effect_hash"] == digest and shown["old"] != shown["new"]
    assert [(e["kind"], e["class"], e["who"], e["often"]) for e in shown["effects"]] == \
        [("permits", "limits", "policy 'sh3/pipeline'", "5 times")]
    assert world.run("sh1", "policy", "diff", old, old).startswith("0 effects")


def test_one_file_is_compared_with_what_the_cas_has(world):
    world.trust_cas("sh1")
    old, new = policy(world, "old", 3), policy(world, "new", 3, "b")
    assert "policy 'lab' is new" in world.run("sh1", "policy", "diff", old)
    world.run("sh1", "policy", "create", old)
    assert world.run("sh1", "policy", "diff", old).startswith("0 effects")
    said = world.run("sh1", "policy", "diff", new)
    assert "permits code" in said and "the owner of policy 'lab' alone says what it is" in said
    assert "limits" not in said


def test_without_a_cas_nothing_is_said_to_be_new(world):
    world.refused("sh2", "policy", "diff", policy(world, "old", 3), code="not-found")
