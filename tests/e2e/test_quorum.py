# SPDX-License-Identifier: Apache-2.0
"""A quorum that is lost is told by /v1/health, and found again without anybody's change."""
import os
import signal

import pytest
from rest import Rest
from world import wait_for


@pytest.fixture
def silent(shared_world):
    """Witnesses that do not answer while they are stopped."""
    def signal_all(how):
        for witness in shared_world.witnesses.values():
            os.kill(witness["process"].process.pid, how)
    yield signal_all
    signal_all(signal.SIGCONT)


def test_a_lost_quorum_is_unhealthy_until_it_is_back(shared_world, silent):
    world = shared_world
    probe, curl = Rest(world, None), Rest(world)
    assert probe.ask("GET", "/v1/health")["status"] == "ready"
    curl.ask("POST", "/v1/sessions", "name: before\n", status=201)
    silent(signal.SIGSTOP)
    said = curl.ask("POST", "/v1/sessions", "name: within\n", status=503)
    assert "witnesses co-signed" in said["msg"][1] and said["code"] == "unavailable"
    unwell = probe.ask("GET", "/v1/health", status=503)
    assert unwell["status"] == "no-quorum"
    for name in world.witnesses:
        assert f"{name}.example" in unwell["detail"]
    # Reads go on, so who routes requests need not take it out.
    assert probe.ask("GET", "/v1/health/ready")["status"] == "ready"
    assert probe.ask("GET", "/v1/health/live")["status"] == "live"
    assert curl.ask("GET", "/v1/sessions/before")["session"] == "name: before\n"
    silent(signal.SIGCONT)
    wait_for(lambda: probe.raw("GET", "/v1/health")[0] == 200, "the quorum to be back")
    # What was decided meanwhile stands now.
    assert curl.ask("GET", "/v1/sessions/within")["session"] == "name: within\n"
