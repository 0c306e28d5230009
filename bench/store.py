# SPDX-License-Identifier: Apache-2.0
"""Reading a policy where there are few, and where there are a hundred thousand."""
import json
import os
import subprocess

from tables import SPREAD, spread, table
from world import BUILD

READER = os.path.join(BUILD, "bench/bench-store")
POLICIES, READS = (100, 100000), 20000


class Store:
    def __init__(self, world):
        self.directory = world.path("stores")
        os.makedirs(self.directory)
        self.found = []

    def measure(self, rounds):
        """The stores are made, then take turns (bench/store.c)."""
        done = subprocess.run([READER, "--rounds", str(rounds), "--reads", str(READS),
                               self.directory, *map(str, POLICIES)],
                              capture_output=True, check=True)
        self.found = json.loads(done.stdout)

    def show(self):
        rows = []
        for one in self.found:
            rows += [[f"{one['policies']} policies: one read, drawn at random (us)",
                      *spread(one["us"])],
                     [f"{one['policies']} policies: each for the first time (us)",
                      *spread([one["first"]])]]
        few, many = (one["us"] for one in self.found)
        rows.append([f"times as long with {POLICIES[-1]}",
                     *spread([b / a for a, b in zip(few, many)])])
        table("store: processor time of the keeper's operation", ["what", *SPREAD], rows)
