# SPDX-License-Identifier: Apache-2.0
"""The sandbox of a policy, around a program in a sealed image."""
import ast

import pytest
from pipeline import Probe

# The images' Python has no standard library but what its start needs.
SCRIPT = """
import os
def tried(call):
    try:
        call()
        return 'done'
    except (OSError, MemoryError) as e:
        return type(e).__name__
got = {
    'memory': tried(lambda: bytearray(300 << 20)),
    'tmp': tried(lambda: open('/tmp/x', 'w')),
    'out': tried(lambda: open('/out/x', 'w')),
    'mkdir': tried(lambda: os.mkdir('/out/d')),
    'files': tried(lambda: [os.dup(1) for _ in range(40)]),
}
os.closerange(3, 100)
with open('/out/result', 'w') as out:
    out.write(repr(got))
"""
SANDBOX = "{memory: 256, open_files: 32, write: /out, system_calls: [mkdir, mkdirat]}"


def with_sandbox(sandbox):
    def edit(policy):
        assert policy.count("    command:") == 1
        return policy.replace("    command:", f"    sandbox: {sandbox}\n    command:")
    return edit


@pytest.mark.parametrize("sandbox, expected", [
    (SANDBOX, {"memory": "MemoryError", "tmp": "PermissionError", "out": "done",
               "mkdir": "PermissionError", "files": "OSError"}),
    ("{}", dict.fromkeys(["memory", "tmp", "out", "mkdir", "files"], "done")),
], ids=["narrow", "wide"])
def test_a_program_has_what_its_sandbox_leaves(world, sandbox, expected):
    probe = Probe(world, SCRIPT, edit=with_sandbox(sandbox))
    probe.run()
    assert ast.literal_eval(probe.read()) == expected


def test_a_sandbox_that_cannot_be_held_stops_the_start(world):
    probe = Probe(world, SCRIPT, edit=with_sandbox("{system_calls: no_such_call}"))
    said = world.refused("sh3", *probe.run_words(), code="argument")
    assert "no_such_call" in said
