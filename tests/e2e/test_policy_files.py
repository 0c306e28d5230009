# SPDX-License-Identifier: Apache-2.0
"""Policies in files: templates, forms of output, what a policy means and what may be regretted."""
import json

import pytest

TEMPLATE = """\
name: $NAMESPACE/app
version: "0.3.12"
predecessor: $PREDECESSOR
services:
  - name: s
    mrenclaves: [${MRENCLAVE}]
    command: run --price 5$ --home \\$HOME
    environment:
      KEY: $$SCONE::key$$
secrets:
  - {name: key, kind: ascii}
"""


@pytest.fixture
def template(shared_world):
    return shared_world.write("template.yaml", TEMPLATE)


def test_a_missing_variable_is_named_with_its_place(shared_world, template):
    said = shared_world.refused("sh1", "policy", "check", template, "-e", "NAMESPACE=sh1",
                                code="argument")
    assert "$PREDECESSOR" in said and "line 3 column 14" in said


def test_several_mistakes_are_named_together(shared_world):
    world = shared_world
    path = world.write("slips.yaml", "name: slips\nservces: []\nvolumes: [{name: v, strict: maybe}]\n")
    done = world.command("sh1", "policy", "check", path, status=None)
    assert done.returncode == 2 and done.stdout == "", done
    assert "slips.yaml: line 2, column 1: servces" in done.stderr, done.stderr
    assert "  next: did you mean 'services'?" in done.stderr, done.stderr
    assert "line 3, column 29: volumes[0].strict: 'maybe' is neither" in done.stderr, done.stderr
    assert done.stderr.rstrip().endswith("slips.yaml': 2 mistakes"), done.stderr


def test_variables_come_from_options_and_from_the_environment(shared_world, template):
    world = shared_world
    words = ["policy", "show", template, "-e", "NAMESPACE=sh1", "-e", "PREDECESSOR=~", "-o", "json"]
    shown = json.loads(world.run("sh1", *words, "--use-env", env={"MRENCLAVE": "ab" * 32}))
    assert shown["name"] == "sh1/app" and "predecessor" not in shown
    service = shown["services"][0]
    assert service["mrenclaves"] == ["ab" * 32]
    assert service["command"] == ["run", "--price", "5$", "--home", "$HOME"]
    assert service["environment"] == {"KEY": "$$SCONE::key$$"}
    # The environment is not looked at unasked, and an option goes before it.
    world.refused("sh1", *words, env={"MRENCLAVE": "ab" * 32}, code="argument")
    given = world.run("sh1", *words, "--use-env", "-e", "MRENCLAVE=" + "cd" * 32,
                      env={"MRENCLAVE": "ab" * 32})
    assert "cd" * 32 in given and "ab" * 32 not in given


def test_a_value_cannot_bring_keys_of_its_own(shared_world, template):
    said = shared_world.refused("sh1", "policy", "check", template, "-e", "NAMESPACE=sh1",
                                "-e", "PREDECESSOR=~\naccess_policy: {update: ANY}",
                                "-e", "MRENCLAVE=" + "ab" * 32, code="argument")
    assert "line break" in said and "$PREDECESSOR" in said


def test_what_is_shown_is_the_same_policy(shared_world):
    world = shared_world
    path = world.write("order.yaml", "# comment\nservices: [{command: a b, name: s, mrenclaves: "
                       f"[{'AB' * 32}]}}]\nname: order\nversion: '0.3.12'\n")
    first = world.run("sh1", "policy", "hash", path)
    for words in ([], ["--defaults"], ["-o", "json"], ["--defaults", "-o", "json"]):
        shown = world.run("sh1", "policy", "show", path, *words)
        assert "comment" not in shown
        assert world.run("sh1", "policy", "hash", "-", input=shown) == first
    assert "mode: hardware" in world.run("sh1", "policy", "show", path, "--defaults")
    assert "mode: hardware" not in world.run("sh1", "policy", "show", path)


def test_a_creator_that_is_named_is_another_policy(shared_world):
    world = shared_world
    path = world.write("mine.yaml", "name: mine\nversion: '0.3.12'\n")
    own = world.key_hash("sh1")
    hashes = {world.run("sh1", "policy", "hash", path),
              world.run("sh1", "policy", "hash", path, "--with-self-as-creator", "tls"),
              world.run("sh1", "policy", "hash", path, "--with-self-as-creator", "signer")}
    assert len(hashes) == 3
    named = world.write("named.yaml", f"name: mine\nversion: '0.3.12'\ncreator: {own}\n")
    assert world.run("sh1", "policy", "hash", named) in hashes
    world.refused("sh1", "policy", "hash", named, "--with-self-as-creator", "tls", code="argument")


def test_every_form_of_output_says_the_same(shared_world):
    world = shared_world
    world.trust_cas("sh1")
    path = world.write("forms.yaml", "name: forms\nversion: '0.3.12'\n")
    stored = json.loads(world.run("sh1", "policy", "create", path, "-o", "json"))
    for words in (["check", path], ["read", "forms"], ["history", "forms"], ["list"],
                  ["verify", path], ["lint", path], ["diff", path]):
        asked = ["policy", *words]
        data = json.loads(world.run("sh1", *asked, "-o", "json"))
        as_yaml = world.run("sh1", *asked, "-o", "yaml")
        for name in data:
            assert f"{name}:" in as_yaml, (words, name)
        assert world.run("sh1", *asked) == world.run("sh1", *asked, "-o", "text")
    assert stored["hash"] in world.run("sh1", "policy", "verify", path, "-o", "yaml")


def test_a_cas_with_another_version_is_noticed(shared_world):
    world = shared_world
    world.trust_cas("sh1")
    path = world.write("seen.yaml", "name: seen\nversion: '0.3.12'\n")
    world.run("sh1", "policy", "create", path)
    world.run("sh1", "policy", "verify", path)
    other = world.write("seen2.yaml", "name: seen\nversion: '0.3.12'\naccess_policy: {read: ANY}\n")
    assert "policy diff" in world.refused("sh1", "policy", "verify", other, code="conflict")


def test_lint_says_why_and_what_to_write_instead(shared_world):
    world = shared_world
    path = world.write("risky.yaml", "name: risky\nversion: '0.3.12'\nsecrets:\n"
                       "  - {name: pin, kind: ascii, value: '1234'}\n")
    found = json.loads(world.run("sh1", "policy", "lint", path, "-o", "json"))["findings"]
    pin = next(f for f in found if f["rule"] == "explicit-secret")
    assert (pin["line"], pin["what"]) == (4, "secret 'pin'") and pin["reason"] and pin["instead"]
    text = world.run("sh1", "policy", "lint", path)
    assert "risky.yaml:4:5: explicit-secret: secret 'pin'" in text and "1234" not in text
    world.refused("sh1", "policy", "lint", path, "--fail-on-warning", code="argument")


def test_warnings_fail_when_that_is_asked_for(shared_world):
    world = shared_world
    path = world.write("old.yaml", "name: old\n")
    assert "warning" in world.command("sh1", "policy", "check", path).stderr
    assert "warning" in world.refused("sh1", "policy", "check", path, "--fail-on-warning",
                                      code="argument")


RESTS = """\
name: rests
version: "0.3.12"
tolerate: [simulation]
services:
  - name: s
    image_name: i
    command: [run]
    attestation: {mrenclave: $$SCONE::enclaves$$}
images: [{name: i}]
secrets:
  - {name: enclaves, import: {session: enclaves, secret: list}}
workflow:
  stages: [{name: only, policy: rests, service: s}]
"""
ENCLAVES = """\
name: enclaves
version: "0.3.12"
secrets:
  - {name: list, kind: config-fragment, value: VALUE, export: [{session: rests}]}
"""


def test_what_a_fragment_lacks_is_said_here_and_by_the_cas(shared_world):
    """Which fragment, of which policy, why, and the next step, until it is there."""
    world = shared_world
    world.trust_cas("sh1")
    path = world.write("rests.yaml", RESTS)
    for words in (("check", path), ("show", path)):
        said = world.command("sh1", "policy", *words).stderr
        assert "rests.yaml:8:18: warning: service 's': it rests on '$$SCONE::enclaves$$': it is " \
            "imported from policy 'enclaves', where the CAS looks it up" in said

    def missing():
        done = world.command("sh1", "workflow", "plan", "rests", status=None)
        return done.stdout + done.stderr

    world.run("sh1", "policy", "create", path)
    assert "'$$SCONE::enclaves$$': policy 'enclaves', which has secret 'list', is not there" in missing()
    giver = world.write("enclaves.yaml", ENCLAVES.replace("VALUE", "canary-that-is-no-enclave"))
    world.run("sh1", "policy", "create", giver)
    said = missing()
    assert "the fragment at 'services[0].attestation[0].mrenclave" in said and "policy(5)" in said
    assert "canary" not in said
    world.run("sh1", "policy", "update", world.write(
        "enclaves.yaml", ENCLAVES.replace("VALUE", f"[{'ab' * 32}]")))
    assert "rests on" not in missing() and "fragment" not in missing()
    world.run("sh1", "policy", "update", world.write(
        "enclaves.yaml", ENCLAVES.replace("session: rests", "session: others").replace("VALUE", "[]")))
    said = missing()
    assert "does not export secret 'list' to 'rests'" in said and "export: [{session: rests}]" in said


def test_fragments_that_a_policy_says_itself_are_put_in_here(shared_world):
    own = RESTS.replace("import: {session: enclaves, secret: list}",
                        f"kind: config-fragment, value: [{'ab' * 32}]")
    assert "SCONE::" not in shared_world.command(
        "sh1", "policy", "check", shared_world.write("own.yaml", own)).stderr
    wrong = shared_world.command("sh1", "policy", "check", shared_world.write(
        "wrong.yaml", own.replace("ab" * 32, "no-measurement")))
    assert "the fragment at 'services[0].attestation[0].mrenclave" in wrong.stderr
