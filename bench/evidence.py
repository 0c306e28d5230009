# SPDX-License-Identifier: Apache-2.0
"""Proofs of evidence beside the bare checks of the signatures in it."""
import json
import os
import subprocess

from tables import SPREAD, spread, table
from world import BUILD

PROVER = os.path.join(BUILD, "bench/bench-evidence")
REPEAT = 100


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
            for way, title in (("cold", "whole"), ("warm", "collateral proven before")):
                if way not in times[0]:
                    continue
                checks = times[0]["checks" if way == "cold" else "warm_checks"]
                head = f"{platform}, {title}"
                rows += [[f"{head}: proofs a second and core",
                          *spread([1e6 / t[way] for t in times])],
                         [f"{head}: one (us)", *spread([t[way] for t in times])],
                         [f"{head}: {checks} bare checks of {curve} (us)",
                          *spread([t[way + "_bare"] for t in times])],
                         [f"{head}: times the bare checks",
                          *spread([t[way] / t[way + "_bare"] for t in times])]]
            if "warm" in times[0]:
                rows.append([f"{platform}: whole, times the one with collateral proven before",
                             *spread([t["cold"] / t["warm"] for t in times])])
        table("evidence", ["what", *SPREAD], rows)
