# SPDX-License-Identifier: Apache-2.0
"""What a running CAS answers is what docs/openapi.yaml says, on every path and in every refusal."""
import json
import os
import re
import subprocess

import jsonschema
import pytest
import yaml
from rest import Rest
from test_repeat import FLOW
from vendor import Vendor
from world import ROOT

SHOWN = """\
name: {name}
version: "0.3.12"
secrets:
  - {{name: ca, kind: ascii, value: "42", export_public: true}}
"""


def closed(node):
    """Members that the description does not have are refused: it must be complete."""
    if isinstance(node, list):
        return [closed(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {name: closed(value) for name, value in node.items()}
    if "properties" in made:
        made.setdefault("additionalProperties", False)
    return made


with open(os.path.join(ROOT, "docs/openapi.yaml"), encoding="utf-8") as f:
    SPEC = yaml.safe_load(f)
CLOSED = {**SPEC, "components": closed(SPEC["components"])}
OPERATIONS = {operation["operationId"]: (path, method.upper(), operation)
              for path, item in SPEC["paths"].items()
              for method, operation in item.items() if method != "parameters"}


def resolve(node):
    found = CLOSED
    for part in node.get("$ref", "").removeprefix("#/").split("/"):
        found = found[part] if part else node
    return found


class Described:
    """Requests whose answers are held to the description."""

    def __init__(self, rest):
        self.rest, self.asked = rest, set()

    def ask(self, operation, body=None, status=200, headers=(), **fields):
        path, method, described = OPERATIONS[operation]
        query = fields.pop("query", "")
        for name, value in fields.items():
            path = path.replace("{%s}" % name, value)
        assert "{" not in path, path
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
        got, media, text = self.rest.raw(method, path + query, body, headers)
        assert got == status, f"{method} {path}: {got}, not {status}: {text}"
        self.check(described, got, media, text)
        self.asked.add(operation)
        return json.loads(text) if "json" in media else text

    def check(self, described, status, media, text):
        answers = described["responses"]
        answer = resolve(answers.get(str(status), answers["default"]))
        media = media.split(";")[0]
        assert media in answer["content"], f"{media} is not described"
        if "json" in media:
            schema = closed(answer["content"][media]["schema"])
            jsonschema.validate(json.loads(text), schema, jsonschema.Draft202012Validator,
                                resolver=jsonschema.RefResolver("", CLOSED))


@pytest.fixture(scope="module")
def api(shared_world):
    return Described(Rest(shared_world, "described"))


def test_policies_are_as_described(api):
    text = SHOWN.format(name="shown")
    made = api.ask("policy-create", {"policy": text}, 201)
    api.ask("policy-create", {"policy": text}, 200)
    api.ask("policy-update", {"policy": text + "# another\nsecurity: {}\n",
                              "predecessor": made["hash"]}, name="shown")
    api.ask("policy-read", name="shown")
    api.ask("policy-read", name="shown", query=f"?hash={made['hash']}")
    assert api.ask("policy-list", query="?limit=1")["next"] == "shown"
    assert len(api.ask("policy-versions", name="shown")["versions"]) == 2
    assert api.ask("policy-versions", name="shown", query="?limit=1")["next"] == 1


def test_runs_are_as_described(api):
    api.ask("policy-create", {"policy": FLOW}, 201)
    assert api.ask("executions", name="flow")["grants"]
    assert api.ask("workflow-plan", name="flow")["stages"]
    run = api.ask("run-open", {"workflow": "flow"}, 201, ["Idempotency-Key: described"])["run"]
    api.ask("run-read", id=run)
    assert api.ask("run-abort", id=run)["state"] == "aborted"


BOARD = """\
name: governed
version: "0.3.12"
access_policy: {{read: ANY}}
board: {{members: [{{name: ann, key: {key}}}], rule: ann, self_approval: true}}
"""


def test_proposals_are_as_described(api, shared_world):
    """Made and voted on by the command line, for both take signatures; read by a certificate."""
    shared_world.trust_cas("ann")
    text = BOARD.format(key=shared_world.run("ann", "self", "show").split()[0])
    api.ask("policy-create", {"policy": text}, 201)
    assert api.ask("proposal-list", name="governed")["proposals"] == []
    path = shared_world.write("governed.yaml", text + "salt: 000102030405060708090a0b0c0d0e0f\n")
    shown = json.loads(shared_world.run("ann", "proposal", "create", path, "--reason", "because",
                                        "--output", "json"))
    shared_world.run("ann", "proposal", "approve", shown["proposal"], "--digest", shown["digest"])
    assert len(api.ask("proposal-read", id=shown["proposal"])["votes"]) == 1
    api.ask("proposal-settle", id=shown["proposal"])
    shared_world.run("ann", "proposal", "stop", "governed", "--reason", "a leak")
    assert api.ask("proposal-list", name="governed")["stopped"]


def test_collateral_is_as_described(api, shared_world):
    held = api.ask("collateral-list")["statements"]
    assert api.ask("collateral-read", hash=held[0]["hash"])["statement"]["bytes"]
    assert api.ask("collateral-bring", Vendor(shared_world.platform_dir).set())["new"] == 2
    api.ask("collateral-read", status=404, hash=held[0]["hash"])


def test_what_is_missing_for_a_plan_is_as_described(api):
    text = FLOW.replace("name: flow", "name: lost").replace("policy: flow", "policy: nowhere")
    api.ask("policy-create", {"policy": text}, 201)
    assert api.ask("workflow-plan", name="lost")["missing"]


def test_what_is_open_to_all_is_as_described(api):
    for operation in ("cas", "challenge", "version", "health", "ready", "live", "checkpoint"):
        api.ask(operation)
    api.ask("attest-cas", {"nonce": OPERATIONS["attest-cas"][2]["requestBody"]["content"]
                           ["application/json"]["example"]["nonce"]})
    size = api.rest.raw("GET", "/checkpoint")[2].split("\n")[1]
    path = OPERATIONS["tile"][0].replace("{path}", f"0/000.p/{size}")
    done = subprocess.run([*api.rest.words, "-w", "%{http_code}", "-o", "/dev/null",
                           f"https://{api.rest.world.address}{path}"], capture_output=True, text=True)
    assert done.stdout == "200"
    api.asked.add("tile")


def test_scones_paths_are_as_described(api, shared_world):
    shared_world.trust_cas("sh1")
    sealed = shared_world.run("sh1", "policy", "encrypt",
                              shared_world.write("sealed.yaml", "name: sealed\n"))
    api.ask("session-encrypted", sealed, 201)
    made = api.ask("session-create", SHOWN.format(name="scone"), 201)
    api.ask("session-create-old", SHOWN.format(name="scone2"), 201)
    api.ask("session-read", name="scone", query=f"?hash={made['hash']}")
    api.ask("session-text", name="scone")
    api.ask("session-list")
    api.ask("values", which="session=scone")
    api.ask("values", which="session=scone,secret=ca")


REFUSED = [
    ("policy-create", {"policy": "name: x\nnme: y\n"}, 400, {}),
    ("policy-create", "no json", 400, {}),
    ("policy-create", {"police": ""}, 400, {}),
    ("policy-create", {"policy": "name: nowhere/below\n"}, 404, {}),
    ("policy-update", {"policy": "name: nowhere\n"}, 404, {"name": "nowhere"}),
    ("policy-read", None, 404, {"name": "nowhere"}),
    ("policy-read", None, 400, {"name": "a//b"}),
    ("policy-read", None, 413, {"name": "n" * 600}),
    ("policy-list", None, 400, {"query": "?limit=0"}),
    ("policy-list", None, 413, {"query": "?limit=1001"}),
    ("policy-versions", None, 404, {"name": "nowhere"}),
    ("executions", None, 404, {"name": "nowhere"}),
    ("proposal-list", None, 404, {"name": "nowhere"}),
    ("proposal-create", {"name": "shown", "kind": "stop"}, 403, {}),
    ("proposal-create", None, 403, {}),
    ("proposal-read", None, 404, {"id": "00" * 16}),
    ("proposal-read", None, 400, {"id": "xyz"}),
    ("proposal-vote", {"choice": "yes"}, 400, {"id": "00" * 16}),
    ("proposal-withdraw", None, 403, {"id": "00" * 16}),
    ("proposal-settle", None, 404, {"id": "00" * 16}),
    ("workflow-plan", None, 404, {"name": "nowhere"}),
    ("run-open", {"workflow": "nowhere"}, 404, {}),
    ("run-open", None, 400, {}),
    ("run-read", None, 404, {"id": "00" * 16}),
    ("run-read", None, 400, {"id": "xyz"}),
    ("run-abort", None, 404, {"id": "00" * 16}),
    ("volume-key", {"policy": "nowhere", "volume": "v"}, 403, {}),
    ("volume-write", {"policy": "nowhere", "volume": "v"}, 403, {}),
    ("volume-written", {"policy": "nowhere", "volume": "v", "write": "00" * 16}, 403, {}),
    ("volume-writers", {"policy": "nowhere", "volume": "v"}, 403, {}),
    ("attest", "{}", 400, {}),
    ("attest", "no json", 400, {}),
    ("attest-cas", "{}", 400, {}),
    ("peer", "{}", 400, {}),
    ("frames", "no frame", 400, {"id": "00" * 16}),
    ("tile", None, 404, {"path": "nothing"}),
    ("tile", None, 404, {"path": "0/999"}),
    ("session-create", "name: x\nnme: y\n", 400, {}),
    ("session-create-old", None, 400, {}),
    ("session-encrypted", "name: x\n", 400, {}),
    ("session-read", None, 404, {"name": "nowhere"}),
    ("session-text", None, 404, {"name": "nowhere"}),
    ("session-list", None, 400, {"query": "?limit=0"}),
    ("values", None, 404, {"which": "session=nowhere"}),
    ("values", None, 400, {"which": "nothing"}),
]


@pytest.mark.parametrize("operation,body,status,fields", REFUSED)
def test_every_refusal_is_a_problem_with_a_stable_type(api, operation, body, status, fields):
    problem = api.ask(operation, body, status, **fields)
    assert problem["code"] in SPEC["components"]["schemas"]["Code"]["enum"]
    if "msg" in problem:
        assert operation.startswith(("session-", "values"))
        return
    assert problem["type"] == "urn:concordat:error:" + problem["code"] == \
        "urn:concordat:error:" + problem["title"]
    assert problem["status"] == status and problem["detail"]


def test_whoever_is_not_proven_learns_the_code_and_a_reference(shared_world):
    nobody = Described(Rest(shared_world, None))
    for operation, fields in (("policy-list", {}), ("policy-read", {"name": "shown"}),
                              ("run-open", {"body": {"workflow": "flow"}})):
        problem = nobody.ask(operation, status=403, **fields)
        assert re.fullmatch("reference [0-9a-f]{16}", problem["detail"]) and not problem["hint"]


def test_what_has_no_path_or_another_method_is_a_problem_too(api):
    for method, path, status in (("GET", "/v1/nothing", 404), ("DELETE", "/v1/cas", 405),
                                 ("PATCH", "/v1/policies/shown", 405), ("GET", "/", 404),
                                 ("PUT", "/session", 405)):
        got, media, text = api.rest.raw(method, path)
        assert (got, media) == (status, "application/problem+json"), path
        jsonschema.validate(json.loads(text), CLOSED["components"]["schemas"]["Problem"],
                            resolver=jsonschema.RefResolver("", CLOSED))


def test_a_body_that_is_too_long_is_a_problem_too(api):
    assert api.ask("policy-create", "x" * (5 << 20), 413)["code"] == "too-big"


def test_a_head_that_is_too_long_is_a_problem_too(api):
    got, media, text = api.rest.raw("GET", "/v1/cas", headers=["X: " + "x" * 70000])
    assert (got, media) == (431, "application/problem+json")
    assert json.loads(text)["code"] == "too-big"


def test_every_operation_was_asked(api):
    """Those that take a signature (volume-key) or evidence (attest, frames) are only refused here."""
    assert set(OPERATIONS) - api.asked == set()
