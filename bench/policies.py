# SPDX-License-Identifier: Apache-2.0
"""Reading policies: ours to the hash, beside PyYAML with libyaml that merely loads the text."""
import json
import os
import re
import subprocess
import time

import yaml
from tables import SPREAD, spread, table
from world import BUILD, ROOT

COLLECTION = os.path.join(ROOT, "..", "shared", "data", "scone-policies")
READER = os.path.join(BUILD, "bench/bench-policies")
LARGEST, REPEAT = 20, 50
HASHES = re.compile("MRENCLAVE|KEY|TAG|HASH|PREDECESSOR")
OWN = """version: "0.3"
name: bench/policy
services:
{services}
images:
{images}
volumes:
{volumes}
"""
SERVICE = """- name: service{n}
  image_name: image{n}
  mrenclaves: [{n:064x}]
  command: python3 /app/service.py --number {n}
  environment: {{MODE: production, NUMBER: "{n}"}}
  pwd: /app"""
IMAGE = """- name: image{n}
  volumes: [{{name: volume{n}, path: /data}}]"""
VOLUME = """- name: volume{n}
  export: [{{session: bench/reader{n}}}]"""


def filled(text):
    """Placeholders of shell templates as their users fill them in."""
    def value(found):
        return "a" * 64 if HASHES.search(found.group(1)) else "filled-in"
    return re.sub(r"(?<!\$)\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?", value, text)


def own(services):
    parts = {name: "\n".join(form.format(n=n) for n in range(services))
             for name, form in (("services", SERVICE), ("images", IMAGE), ("volumes", VOLUME))}
    return OWN.format(**parts)


class Policies:
    def __init__(self, world):
        self.directory = world.path("policies")
        os.makedirs(self.directory)
        self.files, self.refused = [], 0
        self.times = {"ours": {}, "events": {}, "theirs": {}}
        self.collect()
        for services in (10, 100):
            self.add(f"own, {services} services", own(services))

    def collect(self):
        """The largest of the collection that are accepted; none where it is not beside us."""
        names = []
        if os.path.isdir(COLLECTION):
            names = [n for n in os.listdir(COLLECTION) if os.path.isfile(
                os.path.join(COLLECTION, n)) and n != "INDEX.tsv"]
        self.collected = bool(names)
        names.sort(key=lambda n: (-os.path.getsize(os.path.join(COLLECTION, n)), n))
        for name in names:
            if len(self.files) == LARGEST:
                break
            with open(os.path.join(COLLECTION, name), encoding="utf-8") as text:
                if not self.add(name, filled(text.read())):
                    self.refused += 1

    def add(self, name, text):
        path = os.path.join(self.directory, f"{len(self.files)}.yaml")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        done = subprocess.run([READER, "--repeat", "1", path], capture_output=True, check=False)
        if done.returncode != 0:
            return False
        self.files.append((name, path, text))
        return True

    def read(self, side, *options):
        done = subprocess.run([READER, "--repeat", str(REPEAT), *options,
                               *(f[1] for f in self.files)], capture_output=True, check=True)
        for (name, _, _), micros in zip(self.files, json.loads(done.stdout)):
            self.times[side].setdefault(name, []).append(micros)

    def load(self):
        for name, _, text in self.files:
            since = time.process_time()
            for _ in range(REPEAT):
                yaml.load(text, Loader=yaml.CSafeLoader)
            micros = (time.process_time() - since) / REPEAT * 1e6
            self.times["theirs"].setdefault(name, []).append(micros)

    def measure(self, rounds):
        """In turn: each round is all files by us, by libyaml alone, by PyYAML."""
        for _ in range(rounds):
            self.read("ours")
            self.read("events", "--events")
            self.load()

    def mean(self, side, names):
        """Over the files, for each round."""
        return [sum(values) / len(names)
                for values in zip(*(self.times[side][name] for name in names))]

    def row(self, text, names):
        ours, events, theirs = (self.mean(side, names) for side in self.times)
        return [[f"{text}: parse, check, hash", *spread(ours)],
                [f"{text}: libyaml's events alone", *spread(events)],
                [f"{text}: PyYAML {yaml.__version__} with libyaml, load alone", *spread(theirs)],
                [f"{text}: times as fast as PyYAML",
                 *spread([b / a for a, b in zip(ours, theirs)])],
                [f"{text}: policies a second and core", *spread([1e6 / a for a in ours])]]

    def show(self):
        rows = []
        collected = [f[0] for f in self.files if not f[0].startswith("own, ")]
        if collected:
            rows += self.row(f"{len(collected)} largest of the collection", collected)
        for name in (f[0] for f in self.files if f[0].startswith("own, ")):
            rows += self.row(name, [name])
        table("policies: reading one, processor microseconds unless it says otherwise",
              ["what", *SPREAD], rows)
        if not self.collected:
            print("\nThe collection of public policies is not beside the sources: left out.")
        elif self.refused:
            print(f"\n{self.refused} larger files of the collection are refused and left out.")
