# SPDX-License-Identifier: Apache-2.0
"""Volumes of a CAS that their owner writes, without a service."""
import json
import os

import pytest
from rest import Rest

POLICY = "name: {}\nversion: '0.3.12'\nvolumes: [{{name: v}}]\n"


class Owned:
    """Ann's policy of this name with a standing volume, and a directory to put into it."""

    def __init__(self, world, name):
        self.world, self.name = world, name
        self.storage = world.path(f"storage-{name}")
        self.tree = world.path(f"tree-{name}")
        os.makedirs(os.path.join(self.tree, "dir"))
        with open(os.path.join(self.tree, "dir", "file"), "w", encoding="utf-8") as file:
            file.write("15\n")
        world.trust_cas("ann")
        world.run("ann", "policy", "create",
                  world.write(f"{name}.yaml", POLICY.format(name)))

    def words(self, command, *rest):
        return ["volume", command, "--storage", self.storage, self.name, "v", *rest]

    def run(self, command, *rest):
        return self.world.run("ann", *self.words(command, *rest))

    def refused(self, who, code, command, *rest):
        return self.world.refused(who, *self.words(command, *rest), code=code)


@pytest.fixture(name="owned")
def owned_fixture(shared_world, request):
    return Owned(shared_world, request.node.name.rpartition("_")[2])


def test_an_owner_makes_adds_to_and_rekeys_a_volume(owned):
    owned.run("init", "--from", owned.tree)
    owned.refused("ann", "conflict", "init")
    assert owned.run("cat", "dir/file") == "15\n"
    before = owned.run("stat", "-o", "json")
    owned.run("put", os.path.join(owned.tree, "dir"), "/more")
    assert owned.run("cat", "more/file") == "15\n"
    owned.refused("ann", "conflict", "put", os.path.join(owned.tree, "dir"), "/more/file")
    owned.run("put", "-f", os.path.join(owned.tree, "dir", "file"), "/more/file")
    owned.run("rekey")
    owned.run("check")
    assert owned.run("stat", "-o", "json") != before
    assert owned.run("cat", "more/file") == "15\n"


def test_an_owner_sees_who_wrote_when_without_exposing_anything(owned):
    world = owned.world
    owned.run("init", "--from", owned.tree)
    owned.refused("ann", "conflict", "put", os.path.join(owned.tree, "dir"), "/dir/file")
    given = Rest(world).entries("volume.expose")
    told = json.loads(world.run("ann", "volume", "history", owned.name, "v", "-o", "json"))
    assert Rest(world).entries("volume.expose") == given
    assert [(w["lease"], w["by"], w["outcome"]) for w in told["writers"]] == [
        (2, "owner", "given-up"), (1, "owner", "complete")]
    assert "number" not in told["writers"][0] and told["writers"][1]["tag"]
    shown = world.run("ann", "volume", "history", owned.name, "v", "--limit", "1")
    assert shown.startswith("lease 2 ") and shown.count("\n") == 1 and "nothing" in shown
    stat = json.loads(owned.run("stat", "-o", "json"))
    assert (stat["writers"], stat["writers_count"]) == (told["writers"], 2)
    assert "its owner, complete, commit" in owned.run("stat")
    world.trust_cas("bob")
    world.refused("bob", "volume", "history", owned.name, "v", code="denied")


def test_nobody_else_writes_it(owned):
    owned.world.trust_cas("bob")
    owned.refused("bob", "denied", "init")
    owned.refused("bob", "denied", "put", owned.tree, "/")
    assert "has no state" in owned.refused("ann", "not-found", "put", owned.tree, "/")
    owned.run("init")
