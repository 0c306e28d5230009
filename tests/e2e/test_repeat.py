# SPDX-License-Identifier: Apache-2.0
"""A client that dies between its request and the answer asks again; nothing happens twice."""
import os
import signal
import subprocess

import pytest
from rest import Rest
from world import wait_for

POLICY = "name: {name}\nversion: \"0.3.12\"\naccess_policy:\n  create_sessions: [CREATOR]\n"
FLOW = """\
name: flow
version: "0.3.12"
tolerate: [simulation]
services:
  - name: s
    image_name: i
    command: [run]
    fspf_key: %s
    fspf_tag: %s
    measurements: [{platform: sgx, runtime: %s, content: %s}]
    executions: [{id: paid, consumer: flow, maximum: 3}]
images: [{name: i}]
workflow:
  stages: [{name: only, policy: flow, service: s}]
""" % ("cc" * 32, "dd" * 32, "aa" * 32, "bb" * 32)


@pytest.fixture
def frozen(shared_world):
    """Witnesses that do not answer while they are stopped, so that no answer leaves the CAS."""
    def signal_all(how):
        for witness in shared_world.witnesses.values():
            os.kill(witness["process"].process.pid, how)
    yield signal_all
    signal_all(signal.SIGCONT)


def test_a_client_killed_before_the_answer_gets_the_same_run_by_asking_again(shared_world, frozen):
    rest, key = Rest(shared_world), ["Idempotency-Key: run-1"]
    rest.ask("POST", "/v1/policies", {"policy": FLOW}, status=201)
    entries = rest.entries("run.open")
    frozen(signal.SIGSTOP)
    client = subprocess.Popen(rest.command("POST", "/v1/runs", '{"workflow": "flow"}', key),
                              stdout=subprocess.PIPE)
    store = shared_world.path("cas", "store.db-wal")
    before = os.path.getmtime(store)
    wait_for(lambda: os.path.getmtime(store) != before, "a decision is durable")
    client.kill()
    assert client.communicate()[0] == b"", "it had its answer"
    frozen(signal.SIGCONT)
    first = rest.ask("POST", "/v1/runs", '{"workflow": "flow"}', key, status=201)
    again = rest.ask("POST", "/v1/runs", '{"workflow": "flow"}', key, status=201)
    assert first == again and len(first["stages"][0]["ticket"]) == 64
    assert rest.entries("run.open") == entries + 1
    grants = rest.ask("GET", "/v1/executions/flow")["grants"]
    assert [g["open"] for g in grants] == [1], "one reservation, not two"


def test_another_request_under_the_same_key_is_a_conflict(shared_world):
    rest, key = Rest(shared_world), ["Idempotency-Key: made"]
    first = {"policy": POLICY.format(name="once")}
    made = rest.ask("POST", "/v1/policies", first, key, status=201)
    assert rest.ask("POST", "/v1/policies", first, key, status=201) == made
    problem = rest.ask("POST", "/v1/policies", {"policy": POLICY.format(name="twice")}, key, 409)
    assert problem["code"] == "conflict" and "Idempotency-Key" in problem["detail"]
    assert problem["hint"]


def test_a_key_that_is_no_key_is_refused(shared_world):
    rest, body = Rest(shared_world), {"policy": POLICY.format(name="bad")}
    assert rest.ask("POST", "/v1/policies", body, ["Idempotency-Key: two words"],
                    400)["code"] == "argument"
    assert rest.ask("POST", "/v1/policies", body, ["Idempotency-Key: " + "k" * 65],
                    413)["code"] == "too-big"


def test_the_key_outlives_the_cas(world):
    rest, key = Rest(world), ["Idempotency-Key: before"]
    body = {"policy": POLICY.format(name="old")}
    made = rest.ask("POST", "/v1/policies", body, key, status=201)
    world.restart_cas(signal.SIGKILL)
    assert rest.ask("POST", "/v1/policies", body, key, status=201) == made
    assert rest.entries("policy.create") == 1
