# SPDX-License-Identifier: Apache-2.0
"""concordat-cas over programs that end as told: whose status is the CAS's."""
import os
import shutil
import subprocess

import pytest
from world import BUILD, free_port

WAITS = "trap 'exit 0' TERM; while :; do sleep 0.05; done"


@pytest.fixture(name="cas")
def fixture_cas(tmp_path):
    """A CAS of scripts: `cas(keeper, web)` is its status and what it said."""
    program = shutil.copy(os.path.join(BUILD, "src/cas/concordat-cas"), tmp_path)

    def cas(keeper, web=WAITS, verifier=WAITS):
        for name, script in (("keeper", keeper), ("web", web), ("verifier", verifier)):
            path = os.path.join(tmp_path, "concordat-cas-" + name)
            with open(path, "w") as file:
                file.write("#!/bin/sh\n" + script + "\n")
            os.chmod(path, 0o755)
        done = subprocess.run([program, "--dir", str(tmp_path), "--platform", "none", "--listen",
                               f"127.0.0.1:{free_port()}"], capture_output=True, text=True,
                              timeout=60)
        return done.returncode, done.stderr
    return cas


def test_a_keeper_that_fails_after_its_sockets_closed_still_says_the_status(cas):
    status, said = cas("exec 3>&- 4>&-; sleep 0.3; exit 4", web="cat <&3 >/dev/null; exit 12")
    assert (status, "web ended with status 12" in said) == (4, True), said


def test_the_first_failure_of_another_counts_where_the_keeper_was_well(cas):
    status, said = cas(WAITS, web="exit 9")
    assert status == 9, said
    assert "keeper" not in said and "verifier" not in said, "they were stopped, and did not fail"


def test_a_keeper_that_dies_is_the_cas_s_end(cas):
    status, said = cas("kill -9 $$")
    assert (status, "keeper ended with status 137" in said) == (137, True), said
