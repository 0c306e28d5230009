# SPDX-License-Identifier: Apache-2.0
import os
import shutil
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from pipeline import Pipeline  # noqa: E402
from world import CLI, World  # noqa: E402


def pytest_configure(config):
    if os.geteuid() != 0:
        pytest.exit("end-to-end tests need root: they start containers", 1)
    if not os.path.exists(CLI):
        pytest.exit(f"there is no {CLI}: build first (make)", 1)


# Whole files go to one worker: who got one of these last would work on alone. Longest first, in seconds.
LONG = {"test_limits": 204, "test_workflow": 93, "test_tamper": 90, "test_peers": 61, "test_output": 57,
        "test_badinput": 47, "test_between": 27, "test_sandbox": 26, "test_mounted": 24, "test_attempts": 22}


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: -LONG.get(item.path.stem, 0))


def remove_all(made):
    """End the world's processes and remove its files, gigabytes in a whole run.

    CONCORDAT_KEEP=1 leaves them for a look at a failed test.
    """
    made.close()
    if not os.environ.get("CONCORDAT_KEEP"):
        shutil.rmtree(made.dir)


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path / "w")
    yield made
    remove_all(made)


@pytest.fixture
def pipeline(world):
    return Pipeline(world)


@pytest.fixture(scope="module")
def shared_world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("shared") / "w")
    yield made
    remove_all(made)


@pytest.fixture(scope="module")
def shared_pipeline(shared_world):
    """For tests that only read, or whose runs do not disturb others: no limit."""
    return Pipeline(shared_world, executions=False)
