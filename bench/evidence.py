# SPDX-License-Identifier: Apache-2.0
"""Proofs of evidence beside the bare checks of the signatures in it."""
import json
import os
import subprocess

from tables import SPREAD, spread, table
from world import BUILD

PROVER = os.path.join(BUILD, "bench/bench-evidence")
REPEAT = 100
WAYS = (("cold", "whole"), ("warm", "collateral proven before"),
        ("machine", "collateral and machine proven before"))


class Evidence:
    def __init__(self):
        self.found = {}

    def measure(self, rounds):
        """Inside a round the sides take turns (bench/evidence.c)."""
        for _ in range(rounds):
            done = subprocess.run([PROVER, "--repeat", str(REPEAT)], capture_output=True,
                                  check=True)
            for one in json.loads(done.stdout):
                self.found.setdefault(one["platform"], []).append(one)

    def show(self):
        rows = []
        for platform, times in self.found.items():
            curve = times[0]["curve"]
            for way, title in WAYS:
                if way not in times[0]:
                    continue
                head = f"{platform}, {title}"
                these = [t[way] for t in times]
                rows += [[f"{head}: proofs a second and core",
                          *spread([1e6 / t["us"] for t in these])],
                         [f"{head}: one (us)", *spread([t["us"] for t in these])],
                         [f"{head}: {these[0]['checks']} bare checks of {curve} (us)",
                          *spread([t["bare"] for t in these])],
                         [f"{head}: times the bare checks",
                          *spread([t["us"] / t["bare"] for t in these])]]
                if way != "cold":
                    rows.append([f"{head}: times as many as whole ones",
                                 *spread([t["cold"]["us"] / t[way]["us"] for t in times])])
        table("evidence", ["what", *SPREAD], rows)
