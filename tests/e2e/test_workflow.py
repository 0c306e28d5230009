# SPDX-License-Identifier: Apache-2.0
"""The thin line: two sealed images of two owners run as the workflow of a third."""
import json

from pipeline import Pipeline, native_images


def test_the_result_is_15_and_done(pipeline):
    run = pipeline.run()
    assert run["state"] == "complete"
    assert [s["state"] for s in run["stages"]] == ["complete", "complete"]
    assert pipeline.result().splitlines()[-2:] == ["15", "DONE!"]


def test_every_output_that_rests_on_simulation_says_so(pipeline):
    done = pipeline.world.command("sh3", *pipeline.run_words())
    assert "SIMULATION" in done.stdout + done.stderr
    assert "SIMULATION" in pipeline.world.run("sh3", "cas", "status")


def test_another_command_resealed_gives_20(pipeline):
    world = pipeline.world
    pipeline.run()
    pipeline.seal("sh1", "input-x", native_images("20")[0], "vol1:/vol1:sh3/pipeline",
                  executions=True, force=True)
    world.run("sh1", "policy", "update", pipeline.policy_file("sh1", "input-x"))
    # SH3's grant has no pin: it is closed until SH3 has seen the change.
    said = world.refused("sh3", *pipeline.run_words(), code="denied")
    assert "sh1/input-x" in said
    world.run("sh3", "policy", "update", pipeline.workflow_file)
    pipeline.run()
    assert pipeline.result().splitlines()[-2:] == ["20", "DONE!"]


def test_the_measurement_is_known_without_the_key(pipeline):
    world = pipeline.world
    native = native_images()[0]
    measured = json.loads(world.run("sh3", "image", "measure", native, "--volume",
                                   "vol1:/vol1:sh3/pipeline", "--output", "json"))
    with open(pipeline.policy_file("sh1", "input-x")) as f:
        assert measured["measurements"]["sgx"] in f.read()


def test_plan_names_each_missing_grant_and_its_owner(world):
    pipeline = Pipeline(world, executions=True, workflow=NO_GRANTS)
    done = world.command("sh3", "workflow", "plan", "sh3/pipeline", status=None)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    for volume, service in (("vol1", "sh1/input-x"), ("vol1", "sh2/compute"),
                            ("vol2", "sh2/compute")):
        assert any(volume in line and service in line for line in said.splitlines()), said
    assert world.key_hash("sh3") in said
    world.refused("sh3", *pipeline.run_words(), code="denied")


NO_GRANTS = """\
name: sh3/pipeline
version: "0.3.12"
tolerate: [simulation]
volumes:
  - name: vol1
    lifetime: run
  - name: vol2
    lifetime: run
workflow:
  stages:
    - {name: input-x, policy: sh1/input-x, service: input-x}
    - {name: compute, policy: sh2/compute, service: compute}
"""


def test_status_and_logs_tell_what_a_run_did(pipeline):
    run = pipeline.run()
    status = json.loads(pipeline.world.run("sh3", "workflow", "status", run["run"], "--output",
                                           "json"))
    assert status["state"] == "complete"
    log = pipeline.world.run("sh3", "workflow", "logs", run["run"], "compute", "--storage",
                             pipeline.storage)
    assert "wrote /vol2/result" in log


def test_a_run_goes_on_when_the_cas_was_killed_in_between(pipeline):
    world = pipeline.world
    pipeline.run()
    world.cas.kill()
    said = world.refused("sh3", *pipeline.run_words(), code="unavailable")
    assert world.address in said
    world.cas.start()
    pipeline.run()
    assert pipeline.result().splitlines()[-2:] == ["15", "DONE!"]
