# SPDX-License-Identifier: Apache-2.0
"""What was active when, by whom; many policies in pages; old versions by hash."""
import json

from rest import Rest

POLICY = """\
name: {name}
version: "0.3.12"
access_policy:
  read: [{read}]
  update: [CREATOR]
"""


def test_every_version_is_in_the_history_and_readable_by_its_hash(shared_world):
    world = shared_world
    world.trust_cas("sh1")
    texts = [POLICY.format(name="aged", read=read) for read in ("CREATOR", "ANY")]
    path = world.write("sh1/aged.yaml", texts[0])
    world.run("sh1", "policy", "create", path)
    world.write("sh1/aged.yaml", texts[1])
    world.run("sh1", "policy", "update", path)
    told = json.loads(world.run("sh1", "policy", "history", "aged", "--output", "json"))
    versions = told["versions"]
    assert [v["version"] for v in versions] == [2, 1] and told["count"] == 2
    assert versions[0]["index"] > versions[1]["index"]
    assert {v["identity"] for v in versions} == {"signed"}
    for version, text in zip(versions, reversed(texts)):
        read = world.run("sh1", "policy", "read", "aged", "--hash", version["hash"])
        assert read == text
    shown = world.run("sh1", "policy", "history", "aged", "--limit", "1")
    assert shown.count("\n") == 1 and world.key_hash("sh1") in shown and "signed" in shown
    # Whoever may read now may read what was: with a bare certificate, or none.
    rest = Rest(world)
    old = rest.ask("GET", f"/v1/policies/aged?hash={versions[1]['hash']}")
    assert old["policy"] == texts[0]
    assert rest.ask("GET", "/v1/versions/aged?limit=1")["next"] == 1
    assert [v["version"] for v in rest.ask("GET", "/v1/versions/aged?from=1")["versions"]] == [1]


def test_the_history_of_a_policy_that_one_may_not_read_is_refused(shared_world):
    world = shared_world
    world.trust_cas("sh1")
    world.run("sh1", "policy", "create",
              world.write("sh1/own.yaml", POLICY.format(name="own", read="CREATOR")))
    world.trust_cas("sh2")
    world.refused("sh2", "policy", "history", "own", code="denied")
    world.refused("sh2", "policy", "history", "nowhere", code="not-found")


def test_many_policies_are_listed_in_pages_and_none_is_left_out(world):
    rest = Rest(world)
    names = [f"p{n:03}" for n in range(130)]
    for name in names:
        rest.ask("POST", "/v1/policies", {"policy": POLICY.format(name=name, read="ANY")},
                 status=201)
    first = rest.ask("GET", "/v1/policies?limit=100")
    assert [p["name"] for p in first["policies"]] == names[:100]
    assert first["count"] == 130 and first["next"] == "p099"
    second = rest.ask("GET", "/v1/policies?limit=100&after=p099")
    assert [p["name"] for p in second["policies"]] == names[100:] and "next" not in second
    sessions = rest.ask("GET", "/v1/sessions?limit=2&after=p010")["sessions"]
    assert [s["name"] for s in sessions] == ["p011", "p012"]
    world.trust_cas("sh1")
    world.run("sh1", "policy", "create",
              world.write("sh1/z.yaml", POLICY.format(name="z", read="CREATOR")))
    listed = json.loads(world.run("sh1", "policy", "list", "--output", "json"))
    assert [p["name"] for p in listed["policies"]] == [*names, "z"] and listed["count"] == 131
    world.trust_cas("sh2")
    listed = json.loads(world.run("sh2", "policy", "list", "--limit", "7", "--output", "json"))
    assert [p["name"] for p in listed["policies"]] == names[:7]
    listed = json.loads(world.run("sh2", "policy", "list", "--output", "json"))
    assert [p["name"] for p in listed["policies"]] == names, "z is not for sh2"
    assert json.loads(world.run("sh1", "policy", "list", "--after", "z", "--limit", "3", "--output",
                                "json"))["policies"] == []
