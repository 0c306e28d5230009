# SPDX-License-Identifier: Apache-2.0
"""A board's evaluation beside the bare checks of its members' signatures."""
import json
import os
import subprocess

from tables import SPREAD, spread, table
from world import BUILD

EVALUATOR = os.path.join(BUILD, "bench/bench-board")
SIGNERS, REPEAT = (1, 3, 10), 300


class Board:
    def __init__(self):
        self.times = {signers: [] for signers in SIGNERS}

    def measure(self, rounds):
        """Inside a round the two sides take turns (bench/board.c)."""
        for _ in range(rounds):
            done = subprocess.run([EVALUATOR, "--repeat", str(REPEAT), *map(str, SIGNERS)],
                                  capture_output=True, check=True)
            for one in json.loads(done.stdout):
                self.times[one["signers"]].append(one)

    def show(self):
        rows = []
        for signers, times in self.times.items():
            word = "1 signer" if signers == 1 else f"{signers} signers"
            rows += [[f"{word}: votes verified, counted, judged (us)",
                      *spread([t["board"] for t in times])],
                     [f"{word}: bare signature checks (us)", *spread([t["bare"] for t in times])],
                     [f"{word}: times the bare checks",
                      *spread([t["board"] / t["bare"] for t in times])]]
        rows.append(["effects of the change, once (us)",
                     *spread([t["effects"] for times in self.times.values() for t in times])])
        table("board", ["what", *SPREAD], rows)
