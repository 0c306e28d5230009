# SPDX-License-Identifier: Apache-2.0
"""Execution limits: counted once, never rolled back, nothing for free."""
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import time

import pytest
from pipeline import Pipeline
from world import CLI, ROOT, copy_tree, wait_for


def used(pipeline):
    shown = json.loads(pipeline.world.run("sh1", "policy", "executions", "sh1/input-x", "--output",
                                          "json"))
    return shown["grants"][0]["used"]


def test_the_fourth_run_is_refused_with_number_policy_and_owner(pipeline):
    for number in range(1, 4):
        pipeline.run()
        assert used(pipeline) == number
    said = pipeline.world.refused("sh3", *pipeline.run_words(), code="limit")
    assert "3" in said and "sh1/input-x" in said and pipeline.world.key_hash("sh1") in said
    assert used(pipeline) == 3


def test_a_restart_of_the_cas_forgets_no_execution(pipeline):
    for _ in range(3):
        pipeline.run()
    pipeline.world.restart_cas(signal.SIGKILL)
    pipeline.world.refused("sh3", *pipeline.run_words(), code="limit")


def test_of_many_starts_at_once_exactly_three_are_released(pipeline):
    """100 runs are opened in parallel; what is released is counted in the ledger's words."""
    world = pipeline.world
    starts = [subprocess.Popen([CLI, "workflow", "open", "sh3/pipeline", "--output", "json"],
                               cwd=ROOT, env=world.env("sh3"), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
              for _ in range(100)]
    done = [p.communicate(timeout=120) + (p.returncode,) for p in starts]
    opened = [json.loads(out) for out, _, code in done if code == 0]
    refusals = [err for _, err, code in done if code != 0]
    assert len(opened) == 3
    assert len({run["run"] for run in opened}) == 3
    assert all("error[limit]" in err for err in refusals), refusals


SLOW = "import time; time.sleep(1); open('/vol1/x', 'w').write('15')"


def start_and_kill(pipeline, said):
    """Start a run; driver and containers are killed as soon as the first stage has said this."""
    world = pipeline.world
    earlier = world.runs("sh3")
    process = subprocess.Popen([CLI, *pipeline.run_words("--output", "json")], cwd=ROOT,
                               env=world.env("sh3"), stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               start_new_session=True)
    try:
        wait_for(lambda: said in world.stage_log("sh3", "input-x", earlier), f"'{said}'")
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        world.kill_containers("sh3")


def test_a_killed_run_costs_nothing(world):
    pipeline = Pipeline(world, program=SLOW)
    for said in ("started", "attested", "the program runs"):
        start_and_kill(pipeline, said)
        assert used(pipeline) == 0
    for _ in range(3):
        pipeline.run()
    pipeline.world.refused("sh3", *pipeline.run_words(), code="limit")


STORE = "store.db"


def stop_copy(world, name):
    world.cas.stop()
    copy_tree(world.cas_dir, world.path(name))


def put_back(world, name):
    world.cas.stop()
    copy_tree(world.path(name), world.cas_dir)


def expect_refusal_to_serve(pipeline, *words):
    """Either the CAS does not start, or it ends at the first touch; its log names what is wrong."""
    world = pipeline.world
    world.cas.start(wait=False)
    end = time.monotonic() + 60
    while time.monotonic() < end and world.cas.process.poll() is None:
        world.command("sh3", *pipeline.run_words(), status=None)
        time.sleep(0.1)
    assert world.cas.process.poll() not in (None, 0), "the CAS goes on"
    log = world.cas.text()
    for word in words:
        assert word in log, log


def test_the_whole_database_put_back_is_noticed(pipeline):
    world = pipeline.world
    stop_copy(world, "yesterday")
    world.cas.start()
    for _ in range(3):
        pipeline.run()
    put_back(world, "yesterday")
    expect_refusal_to_serve(pipeline, "witness", "stale")


def rows(path, table):
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        return db.execute("SELECT key, sealed FROM rows WHERE name = ?", (table,)).fetchall()


def test_one_old_row_put_back_is_noticed_and_named(pipeline):
    world = pipeline.world
    pipeline.run()
    world.cas.stop()
    store = os.path.join(world.cas_dir, STORE)
    old = rows(store, "executions")
    world.cas.start()
    pipeline.run()
    world.cas.stop()
    with contextlib.closing(sqlite3.connect(store)) as db, db:
        for key, sealed in old:
            db.execute("UPDATE rows SET sealed = ? WHERE name = 'executions' AND key = ?",
                       (sealed, key))
    expect_refusal_to_serve(pipeline, "tampered", "executions", "sh1/input-x")


def test_a_deleted_row_is_noticed_and_named(pipeline):
    world = pipeline.world
    pipeline.run()
    world.cas.stop()
    with contextlib.closing(sqlite3.connect(os.path.join(world.cas_dir, STORE))) as db, db:
        db.execute("DELETE FROM rows WHERE name = 'executions'")
    expect_refusal_to_serve(pipeline, "tampered", "executions", "sh1/input-x")


def test_a_cut_ledger_is_noticed(pipeline):
    world = pipeline.world
    pipeline.run()
    world.cas.stop()
    with contextlib.closing(sqlite3.connect(os.path.join(world.cas_dir, STORE))) as db, db:
        last, = db.execute("SELECT max(at) FROM entries").fetchone()
        db.execute("DELETE FROM entries WHERE at = ?", (last,))
    world.cas.start(wait=False)
    assert world.cas.wait_end() != 0
    assert "tampered" in world.cas.text()


def test_a_key_without_a_store_is_no_first_start(pipeline):
    world = pipeline.world
    world.cas.stop()
    for name in os.listdir(world.cas_dir):
        if name.startswith(STORE):
            os.remove(os.path.join(world.cas_dir, name))
    world.cas.start(wait=False)
    assert world.cas.wait_end() != 0
    assert "root key" in world.cas.text()


def test_of_two_clones_one_ends(pipeline):
    world = pipeline.world
    world.cas.stop()
    clone = world.path("clone")
    copy_tree(world.cas_dir, clone)
    world.cas.start()
    command = [clone if w == world.cas_dir else w for w in world.cas_command()]
    command[command.index(world.address)] = "127.0.0.1:0"
    second = subprocess.run(command, cwd=ROOT, env=world.env(), capture_output=True, text=True,
                            timeout=60, stdin=subprocess.DEVNULL)
    assert second.returncode != 0
    assert "stale" in second.stderr
    pipeline.run()


@pytest.mark.parametrize("missing", [1, 2])
def test_without_the_quorum_changes_wait_and_name_the_missing(pipeline, missing):
    world = pipeline.world
    for name in list(world.witnesses)[:missing]:
        world.witnesses[name]["process"].stop()
    if missing == 1:
        pipeline.run()
        return
    said = world.refused("sh3", *pipeline.run_words(), code="unavailable")
    assert "sh1.example" in said and "sh2.example" in said
    for name in list(world.witnesses)[:missing]:
        world.start_witness(name)
    pipeline.run()
