# SPDX-License-Identifier: Apache-2.0
import os
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


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path / "w")
    yield made
    made.close()


@pytest.fixture
def pipeline(world):
    return Pipeline(world)


@pytest.fixture(scope="module")
def shared_world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("shared") / "w")
    yield made
    made.close()


@pytest.fixture(scope="module")
def shared_pipeline(shared_world):
    """For tests that only read, or whose runs do not disturb others: no limit."""
    return Pipeline(shared_world, executions=False)
