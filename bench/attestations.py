# SPDX-License-Identifier: Apache-2.0
"""From TCP connect to the opened configuration: latency, rate, and whose processor it costs."""
import json
import os
import subprocess
import tarfile
import time

from pipeline import native_images
from stages import blob, manifest
from tables import LATENCY, latency, number, table
from world import BUILD

PROGRAM = os.path.join(BUILD, "bench/bench-attest")
CLIENTS = 4
BATCH, RUNS = 5, 10  # stages of the workflow, so tickets of one run; runs of a round
# The kernel keeps 15 letters of a process's name.
NAMES = {"concordat-cas": "launcher", "concordat-cas-k": "keeper", "concordat-cas-v": "verifier",
         "concordat-cas-w": "web"}
TICK = os.sysconf("SC_CLK_TCK")


def workflow():
    stages = "".join(f"    - {{name: s{i:03}, policy: sh1/attest, service: attest}}\n"
                     for i in range(BATCH))
    return ('name: sh3/attest\nversion: "0.3.12"\ntolerate: [simulation]\n'
            f"workflow:\n  stages:\n{stages}")


def write_measured(layout, target):
    """The sealed image's record, which the simulated platform measures together with us."""
    for layer in manifest(layout)[0]["layers"]:
        with tarfile.open(blob(layout, layer["digest"])) as archive:
            for member in archive:
                if os.path.normpath(member.name) == "concordat/measured":
                    archive.extract(member, target)
                    return
    raise SystemExit(f"bench: there is no concordat/measured in '{layout}'")


def stat_of(pid):
    """(parent, name, processor seconds with those of children that were waited for)."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        name, rest = file.read().split("(", 1)[1].rsplit(")", 1)
    fields = rest.split()
    return int(fields[1]), name, sum(map(int, fields[11:15])) / TICK


def processes_below(top):
    """The process and all below it: {pid: (name, seconds)}."""
    known = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            known[int(entry)] = stat_of(entry)
        except (FileNotFoundError, ProcessLookupError):
            continue
    below = {top}
    while more := {pid for pid, found in known.items() if found[0] in below} - below:
        below |= more
    return {pid: known[pid][1:] for pid in below if pid in known}


class Attestations:
    def __init__(self, world):
        self.world, self.parts, self.rates = world, {}, []
        sealed = world.path("sh1/attest-sealed")
        world.run("sh1", "image", "seal", native_images()[0], sealed, "--name", "sh1/attest",
                  "--service", "attest", "--key-file", world.path("sh1/attest.key"), "--policy",
                  world.path("sh1/attest.yaml"), "--tolerate", "simulation", "--runtime", PROGRAM)
        world.run("sh1", "policy", "create", world.path("sh1/attest.yaml"))
        world.run("sh3", "policy", "create", world.write("sh3/attest.yaml", workflow()))
        self.root = world.path("attest-root")
        write_measured(sealed, self.root)

    def tickets(self):
        """Of several runs: each release reads and writes the row of its whole run."""
        runs = [json.loads(self.world.run("sh3", "workflow", "open", "sh3/attest", "--output",
                                          "json")) for _ in range(RUNS)]
        return ([run["run"] for run in runs],
                [stage["ticket"] for run in runs for stage in run["stages"]])

    def start(self, tickets, *more):
        """Input waits in a file of its own, so that nobody waits for us."""
        path = self.world.write("tickets-" + tickets[0], "\n".join(tickets) + "\n")
        with open(path, encoding="utf-8") as file:
            return subprocess.Popen(
                [PROGRAM, "--cas", self.world.address, "--cas-key", self.world.identity["cas_key"],
                 "--platform",
                 "sgx-sim:" + os.path.relpath(self.world.platform_socket, self.world.dir),
                 "--collateral", os.path.join(self.world.platform_dir, "collateral"), "--root",
                 self.root, "--policy", "sh1/attest", "--service", "attest", *more],
                cwd=self.world.dir, stdin=file, stdout=subprocess.PIPE, text=True)

    def finish(self, process):
        out, _ = process.communicate(timeout=600)
        if process.returncode != 0:
            raise SystemExit(f"bench: bench-attest ended with {process.returncode}")
        return json.loads(out)

    def seconds(self):
        """Processor time so far of each party's processes, by what they are."""
        found = {}
        tops = [self.world.cas.process.pid, self.world.platform.process.pid,
                *(w["process"].process.pid for w in self.world.witnesses.values())]
        for top in tops:
            for name, seconds in processes_below(top).values():
                label = {tops[0]: NAMES.get(name, name), tops[1]: "platform"}.get(top, "witnesses")
                found[label] = found.get(label, 0) + seconds
        return found

    def round(self, clients, *more):
        runs, tickets = self.tickets()
        before, since = self.seconds(), time.monotonic()
        running = [self.start(tickets[i::clients], *more) for i in range(clients)]
        results = [self.finish(process) for process in running]
        wall = time.monotonic() - since
        after = self.seconds()
        for run in runs:
            self.world.run("sh3", "workflow", "abort", run)
        for result in results:
            for part, times in result.items():
                self.parts.setdefault((clients, part), []).extend(us / 1000 for us in times)
        self.rates.append((clients, len(tickets), wall,
                           {name: after[name] - before.get(name, 0) for name in after}))

    def measure(self, rounds):
        for _ in range(rounds):
            self.round(1, "--bare")
            self.round(CLIENTS)

    def show(self):
        names = [(1, "total", "connect to configuration, 1 client"),
                 (1, "connect", "of it: TCP and TLS"),
                 (1, "evidence", "of it: the simulated quote"),
                 (CLIENTS, "total", f"connect to configuration, {CLIENTS} clients"),
                 (CLIENTS, "evidence", "of it: the simulated quote"),
                 (1, "handshake", "alone: TLS 1.3 handshake in memory, both ends, client certificate"),
                 (1, "prove", "alone: proof of such a quote")]
        table("attestation: latency, ms", ["what", *LATENCY],
              [[text, *latency(self.parts[clients, part])] for clients, part, text in names])
        self.show_rates()

    def show_rates(self):
        rows = {"of wall time": [], "of the CAS's processor time": []}
        for clients in (1, CLIENTS):
            rounds = [rate for rate in self.rates if rate[0] == clients]
            count, used = sum(found[1] for found in rounds), {}
            for found in rounds:
                for name, spent in found[3].items():
                    used[name] = used.get(name, 0) + spent
            cas = sum(spent for name, spent in used.items() if name not in ("platform", "witnesses"))
            rows["of wall time"].append(number(count / sum(found[2] for found in rounds)))
            rows["of the CAS's processor time"].append(number(count / cas))
            for name, spent in sorted(used.items()):
                rows.setdefault(name, []).append(number(1000 * spent / count))
        head = ["1 client", f"{CLIENTS} clients"]
        table("attestation: how many in a second", ["second", *head],
              [[name, *cells] for name, cells in list(rows.items())[:2]])
        table("attestation: processor time of one, ms", ["process", *head],
              [[name, *cells] for name, cells in list(rows.items())[2:]])
