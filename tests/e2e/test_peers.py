# SPDX-License-Identifier: Apache-2.0
"""A secret of a policy at one CAS reaches a program that another CAS starts, and stops doing so."""
import hashlib
import json
import subprocess

import pytest
from pipeline import NAMESPACE, Probe
from world import CLI, free_port

SCRIPT = """
import hashlib, os
open('/out/result', 'w').write(hashlib.sha256(os.environ['GIVEN'].encode()).hexdigest())
"""
VALUE = "what the giver alone knows"
# SH2 keeps its policies at a CAS of its own and exports to sh1/probe at the other one.
GIVER = """\
name: sh2/giver
version: "0.3.12"
tolerate: [{tolerate}]
access_policy: {{read: [CREATOR], update: [CREATOR]}}
secrets:
  - name: token
    kind: ascii
    value: {value}
{export}
  - name: ca-key
    kind: private-key
  - name: ca
    kind: x509-ca
    private_key: ca-key
    common_name: the giver
{export}
"""
EXPORT = "    export: [{{cas_url: {url}, cas_key: {key}, session: sh1/probe}}]"
IMPORT = """
secrets:
  - name: token
    kind: ascii
    import: {{cas_url: "{url}", {pin}, session: sh2/giver, secret: {secret}}}
"""


def entries(address):
    """The entries of a ledger, from its tile, as anyone may read them."""
    def get(path):
        return subprocess.run(["curl", "-sk", f"https://{address}{path}"], check=True,
                              capture_output=True).stdout
    size, rest, found = int(get("/checkpoint").split(b"\n")[1]), None, []
    assert size < 256
    rest = get(f"/tile/entries/000.p/{size}")
    while rest:
        length = int.from_bytes(rest[:2], "big")
        found.append(json.loads(rest[2:2 + length]))
        rest = rest[2 + length:]
    return found


class OtherCas:
    """SH2's own CAS, on the same machine: its root key, ledger and policies are its own."""

    def __init__(self, world):
        self.world, self.dir, self.port = world, world.path("cas-2"), free_port()
        self.address = f"127.0.0.1:{self.port}"
        words = ["cas", "init", "--dir", self.dir, "--name", "other.example", "--platform",
                 world.platform_socket, "--simulation", world.platform_dir, "--unwitnessed",
                 "--output", "json"]
        self.identity = json.loads(world.run(None, *words))
        self.process = world.daemon("cas-2", [CLI, "cas", "start", "--dir", self.dir, "--listen",
                                              self.address, "--platform", world.platform_socket],
                                    r"ready")
        self.pins = self.attest("sh2", self.address, self.identity["cas_key"])

    def attest(self, who, address, key, *more):
        return json.loads(self.world.run(who, "cas", "attest", address, "--cas-key", key,
                                         "--simulation", self.world.platform_dir, "--output",
                                         "json", *more))


class Peers:
    def __init__(self, world, secret="token", pin="cas_key"):
        self.world, self.other = world, OtherCas(world)
        self.ours = self.other.attest("sh1", world.address, world.identity["cas_key"])
        world.run("sh2", "policy", "create", world.write("sh2/namespace.yaml",
                                                         NAMESPACE.format(name="sh2")))
        self.file = world.path("sh2", "giver.yaml")
        self.write(self.ours["cas_key"])
        world.run("sh2", "policy", "create", self.file)
        pin = f"{pin}: {self.other.pins[pin]}"
        text = IMPORT.format(url=self.other.address, pin=pin, secret=secret)
        self.probe = Probe(world, SCRIPT, "--env", "GIVEN=$$SCONE::token$$",
                           edit=lambda policy: policy + text.replace(
                               "kind: ascii", "kind: x509-ca" if secret == "ca" else "kind: ascii"))

    def write(self, key, tolerate="simulation", export=True):
        export = EXPORT.format(url=self.world.address, key=key) if export else ""
        self.world.write("sh2/giver.yaml",
                         GIVER.format(value=VALUE, export=export, tolerate=tolerate))

    def change(self, *words, **more):
        self.write(*words, **more)
        self.world.run("sh2", "policy", "update", self.file)

    def refused(self, code):
        return self.world.refused("sh3", *self.probe.run_words("--patience", "1"), code=code)


@pytest.fixture
def peers(world):
    return Peers(world)


def test_a_secret_of_another_cas_reaches_the_program_as_long_as_it_is_exported(peers):
    peers.probe.run()
    assert peers.probe.read() == hashlib.sha256(VALUE.encode()).hexdigest()
    log = peers.other.process.text() + peers.world.cas.text()
    assert VALUE not in log
    # It is fetched for each start: what is taken back is gone at once, and comes back as quickly.
    peers.change(peers.ours["cas_key"], export=False)
    said = peers.refused("unavailable")
    assert "secret 'token' of policy 'sh1/probe' at CAS" in said and "denied" in said, said
    peers.change(peers.ours["cas_key"])
    peers.probe.run()


def test_a_giver_that_is_not_there_is_named_with_the_step(peers):
    peers.other.process.stop()
    said = peers.refused("unavailable")
    assert "at CAS" in said and "what it says of itself" in said, said
    peers.other.process.start()
    peers.probe.run()


def test_the_giver_says_by_which_key_the_other_cas_is_known(peers):
    # A key hash of somebody else: SH2's own CAS asks for nothing.
    peers.change(peers.other.pins["cas_key"])
    assert "denied" in peers.refused("unavailable")
    # The software of both is the same build; the short way of trust names that alone.
    peers.change(peers.ours["cas_software_key"])
    assert "denied" in peers.refused("unavailable"), "a software key is no CAS key"


def test_a_simulated_cas_gets_nothing_of_who_does_not_tolerate_it(peers):
    peers.change(peers.ours["cas_key"], tolerate="unwitnessed")
    said = peers.refused("unavailable")
    assert "denied" in said and "simulation" in said.lower(), said


def test_a_certificate_authority_of_another_cas_pinned_by_software(world):
    peers = Peers(world, secret="ca", pin="cas_software_key")
    peers.probe.run()
    assert len(peers.probe.read()) == 64


def test_both_ledgers_say_what_was_handed_over(peers):
    peers.probe.run()
    given = [e for e in entries(peers.other.address) if e["type"] == "peer.release"]
    taken = [e for e in entries(peers.world.address) if e["type"] == "release"]
    assert len(given) == 1 and given[0]["cas_key"] == peers.world.identity["cas_key"]
    assert (given[0]["policy"], given[0]["to"]) == ("sh2/giver", "sh1/probe")
    assert taken[0]["peers"] == [{"cas_key": peers.other.identity["cas_key"],
                                  "index": given[0]["index"]}]
    assert "token" not in json.dumps(given + taken), "the name of the secret is a commitment"
