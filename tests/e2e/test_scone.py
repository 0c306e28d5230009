# SPDX-License-Identifier: Apache-2.0
"""Scripts written for SCONE's CAS go on working: curl, a client certificate, its paths and texts."""
import re
import subprocess

import pytest
from rest import Rest

VALUES = """\
name: {name}
version: "0.3"
{more}secrets:
  - name: public_value
    kind: ascii
    value: "42"
    export_public: true
  - name: private_value
    kind: ascii
    value: "007"
"""
PREDECESSOR = "predecessor: {}\n"
YAML = ["Content-Type: application/x-www-form-urlencoded"]  # what curl says of --data-binary


@pytest.fixture
def curl(shared_world):
    return Rest(shared_world)


def test_a_session_is_created_read_and_updated_under_either_path(shared_world, curl):
    for number, (create, read) in enumerate((("/session", "/session/"),
                                             ("/v1/sessions", "/v1/sessions/"))):
        name = f"made{number}"
        first = VALUES.format(name=name, more="")
        made = curl.ask("POST", create, first, YAML, status=201)
        assert len(made["hash"]) == 64
        assert f"Created Session[id={made['hash']}, name={name}, status=Pending]" in made["message"]
        second = VALUES.format(name=name, more=PREDECESSOR.format(made["hash"]))
        updated = curl.ask("POST", create, second, YAML, status=201)
        assert updated["hash"] != made["hash"]
        again = curl.ask("POST", create, second.replace("42", "43"), YAML, status=409)
        assert again["msg"][0] == "Could not create session" and len(again["msg"]) > 1
        if read == "/session/":
            status, media, text = curl.raw("GET", read + name, "a body that means nothing")
            assert (status, media, text) == (200, "application/yaml", second)
        assert curl.ask("GET", f"/v1/sessions/{name}")["session"] == second
        assert curl.ask("GET", f"/v1/sessions/{name}")["hash"] == updated["hash"]
        old = curl.ask("GET", f"/v1/sessions/{name}?hash={made['hash']}")
        assert old["session"] == first and old["hash"] == made["hash"]


def test_what_is_changed_so_is_marked_as_the_word_of_the_transport(shared_world, curl):
    before = curl.entries("policy.create")
    curl.ask("POST", "/session", VALUES.format(name="marked", more=""), YAML, status=201)
    assert curl.entries("policy.create") == before + 1
    size = int(curl.raw("GET", "/checkpoint")[2].split("\n")[1])
    assert size < 256, "the entry is in the first tile"
    path = f"https://{shared_world.address}/tile/entries/000.p/{size}"
    entries = subprocess.run(["curl", "-sk", path], capture_output=True, check=True).stdout
    entry = [e for e in re.findall(rb'\{[^{}]*"type":"policy.create"[^{}]*\}', entries)
             if b'"policy":"marked"' in e]
    assert len(entry) == 1 and b'"identity":"transport"' in entry[0]


def test_a_missing_session_and_missing_rights_have_scones_words(shared_world, curl):
    missing = curl.ask("GET", "/v1/sessions/nowhere", status=404)
    assert missing["msg"][0] == "Session not found"
    curl.ask("POST", "/session", VALUES.format(name="mine", more=""), YAML, status=201)
    other = Rest(shared_world, "other")
    for path in ("/session/mine", "/v1/sessions/mine"):
        denied = other.ask("GET", path, status=403)
        assert denied["msg"][0].startswith("You have insufficient rights")
        assert "42" not in str(denied) and "007" not in str(denied)
    denied = other.ask("POST", "/session", VALUES.format(name="mine/below", more=""), YAML, 403)
    assert denied["msg"][0].startswith("You have insufficient rights")
    nobody = Rest(shared_world, None)
    denied = nobody.ask("POST", "/session", VALUES.format(name="his", more=""), YAML, 403)
    assert denied["msg"][0].startswith("You have insufficient rights")
    assert denied["msg"][1].startswith("reference ")


def test_a_text_that_is_no_policy_is_refused_with_its_place(curl):
    said = curl.ask("POST", "/session", "name: x\nacces_policy: 1\n", YAML, status=400)
    assert said["msg"][0] == "Could not create session"
    assert "line 2, column 1" in said["msg"][1] and "'access_policy'" in said["msg"][2]
    assert curl.ask("POST", "/v1/sessions", "", status=400)["msg"][1] == "the request has no body"


def test_everyone_reads_public_values_and_nobody_others(shared_world, curl):
    curl.ask("POST", "/session", VALUES.format(name="values", more=""), YAML, status=201)
    everyone = Rest(shared_world, None)
    path = "/v1/values/session=values"
    value = everyone.ask("GET", path + ",secret=public_value")
    assert [value[k] for k in ("kind", "value", "expires", "renew")] == ["string", "42", None, None]
    values = everyone.ask("GET", path)["values"]
    assert list(values) == ["public_value"] and values["public_value"]["value"] == "42"
    for who, secret in ((everyone, "private_value"), (curl, "private_value"),
                        (everyone, "no_value")):
        said = who.ask("GET", f"{path},secret={secret}", status=404)
        assert said["msg"] == [f"Failed to read value '{secret}' of '/session=values' requested by "
                               "a public client",
                               "Secret does not exist or is not visible for a public client"]
    assert everyone.ask("GET", "/v1/values/session=no", status=404)["msg"][1] == "Session not found"


def test_head_is_405_as_the_exercises_of_scone_expect(shared_world):
    url = f"https://{shared_world.address}/v1/values/session=values,secret=private_value"
    done = subprocess.run(["curl", "-skI", "-m", "20", url], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("HTTP/1.1 405 ")
    assert "Allow: GET" in done.stdout


def test_version_and_health_are_there_for_probes(shared_world):
    probe = Rest(shared_world, None)
    assert probe.ask("GET", "/v1/version")["version"]
    for path in ("/v1/health", "/v1/health/ready"):
        assert probe.ask("GET", path)["status"] == "ready"
    assert probe.ask("GET", "/v1/health/live")["status"] == "live"


def test_a_policy_can_refuse_certificates(shared_world, curl):
    shared_world.trust_cas("sh1")
    path = shared_world.write("sh1/signed.yaml", 'name: signed\nversion: "0.3.12"\nidentity: signed\n')
    shared_world.run("sh1", "policy", "create", path)
    with open(path) as f:
        assert shared_world.run("sh1", "policy", "read", "signed") == f.read()
    said = curl.ask("POST", "/session", 'name: s2\nversion: "0.3"\nidentity: signed\n', YAML, 403)
    assert "signed requests only" in said["msg"][1]
    assert "signed requests only" in curl.ask("GET", "/v1/sessions/signed", status=403)["msg"][1]


def test_whoever_lists_sees_what_it_may(shared_world, curl):
    curl.ask("POST", "/session", VALUES.format(name="listed", more=""), YAML, status=201)
    names = [s["name"] for s in curl.ask("GET", "/v1/sessions")["sessions"]]
    assert "listed" in names
    other = [s["name"] for s in Rest(shared_world, "other").ask("GET", "/v1/sessions")["sessions"]]
    assert "listed" not in other
