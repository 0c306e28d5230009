# SPDX-License-Identifier: Apache-2.0
"""--output of every command that prints data: four forms of the same, and where a fifth is."""
import base64
import json
import subprocess

import measured
import pytest
import yaml
from pipeline import Probe
from rest import Rest
from world import CLI

FORMS = ("text", "table", "json", "yaml")
# Forms that only this command has: a document with a standard of its own.
FURTHER = {"evidence verify": ("ear",)}
# What these print is no data of ours: nothing, bytes, a script, a document, or what goes on.
WITHOUT = {"platform init", "platform run", "witness add", "witness run", "cas start",
           "policy sign", "policy encrypt", "workflow logs", "volume cat", "volume get",
           "volume export", "volume mount", "completion", "collateral fetch"}
BOARD = """\
name: governed
version: "0.3.12"
board: {{members: [{{name: ann, key: {key}}}], rule: ann, self_approval: true}}
"""


class Scene:
    """A probe's workflow that has run once, a policy with a board, and what commands need."""

    def __init__(self, world):
        self.world, self.serial = world, 0
        self.probe = Probe(world, "open('/out/result', 'w').write('x')")
        self.done = self.probe.run()["run"]
        world.trust_cas("ann")
        self.plain = world.write("plain.yaml", "name: plain\nversion: '0.3.12'\n")
        self.flow = world.path("sh3", "probe.yaml")
        world.run("ann", "policy", "create", self.plain)
        key = world.run("ann", "self", "show").split()[0]
        self.board = BOARD.format(key=key)
        world.run("ann", "policy", "create", world.write("governed.yaml", self.board))
        self.open = self.proposal()
        self.volume = self.fresh("state")
        world.run("ann", "volume", "init", *self.local(self.volume))

    def fresh(self, name):
        """A path that nothing had before."""
        self.serial += 1
        return self.world.path(f"{name}-{self.serial}")

    def proposal(self):
        self.serial += 1
        path = self.world.write("change.yaml", self.board + f"salt: '{self.serial:032x}'\n")
        return json.loads(self.world.run("ann", "proposal", "create", path, "--reason", "because",
                                         "-o", "json"))

    def approved(self):
        shown = self.proposal()
        return ["proposal", "approve", shown["proposal"], "--digest", shown["digest"]]

    def governed(self, stopped):
        """The name of another policy with a board, which may have stopped it."""
        self.serial += 1
        name = f"governed{self.serial}"
        self.world.run("ann", "policy", "create", self.world.write(
            f"{name}.yaml", self.board.replace("name: governed", f"name: {name}")))
        if stopped:
            shown = json.loads(self.world.run("ann", "proposal", "stop", name, "--reason", "a leak",
                                              "-o", "json"))
            self.world.run("ann", "proposal", "approve", shown["proposal"], "--digest",
                           shown["digest"])
        return name

    def local(self, state):
        """The options that name a volume without a CAS."""
        return ["--storage", self.world.path("local"), "--state", state, "--key-file",
                self.world.path("local.key")]

    def evidence(self):
        """A file with evidence of the CAS."""
        said = Rest(self.world).ask("POST", "/v1/attest-cas",
                                    json.dumps({"nonce": base64.b64encode(bytes(32)).decode()}))
        return self.world.write("evidence.b64", said["evidence"])

    def measured(self, name, content):
        """A file that is measured."""
        path = self.world.path(name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def run(self):
        return json.loads(self.world.run("sh3", "workflow", "open", "sh3/probe", "-o", "json"))["run"]


def seal(scene):
    return ["image", "seal", scene.native, scene.fresh("sealed"), "--name", "x", "--policy",
            scene.fresh("policy"), "--tolerate", "simulation"]


# Words of each command, made anew for each form; who says them, ann if nobody is named.
COMMANDS = {
    "self show": lambda s: ["self", "show"],
    "witness init": lambda s: ["witness", "init", s.fresh("witness"), "--name", "w.example"],
    "witness show": lambda s: ["witness", "show", s.world.witnesses["sh1"]["dir"]],
    "cas init": lambda s: ["cas", "init", "--dir", s.fresh("cas"), "--name", "x.example",
                           "--platform", s.world.platform_socket, "--simulation",
                           s.world.platform_dir, "--unwitnessed"],
    "cas status": lambda s: ["cas", "status"],
    "cas attest": lambda s: ["cas", "attest", s.world.address, "--cas-key",
                             s.world.identity["cas_key"], "--simulation", s.world.platform_dir],
    "image seal": seal,
    "image measure": lambda s: ["image", "measure", s.native],
    "policy check": lambda s: ["policy", "check", s.flow],
    "policy hash": lambda s: ["policy", "hash", s.plain],
    "policy show": lambda s: ["policy", "show", s.flow],
    "policy lint": lambda s: ["policy", "lint", s.flow],
    "policy diff": lambda s: ["policy", "diff", s.plain, s.world.write(
        "plain2.yaml", "name: plain\nversion: '0.3.12'\naccess_policy: {read: ANY}\n")],
    "policy verify": lambda s: ["policy", "verify", s.plain],
    "policy create": lambda s: ["policy", "create", s.plain],
    "policy read": lambda s: ["policy", "read", "plain"],
    "policy update": lambda s: ["policy", "update", s.plain],
    "policy list": lambda s: ["policy", "list"],
    "policy history": lambda s: ["policy", "history", "plain"],
    "policy executions": lambda s: ["policy", "executions", "sh1/probe"],
    "proposal create": lambda s: ["proposal", "create", s.world.write(
        "other.yaml", s.board + f"salt: '{int(s.fresh('x').rpartition('-')[2]):032x}'\n")],
    "proposal list": lambda s: ["proposal", "list", "governed"],
    "proposal show": lambda s: ["proposal", "show", s.open["proposal"]],
    "proposal approve": lambda s: s.approved(),
    "proposal reject": lambda s: ["proposal", "reject", s.proposal()["proposal"], "--reason", "no"],
    "proposal withdraw": lambda s: ["proposal", "withdraw", s.proposal()["proposal"]],
    "proposal status": lambda s: ["proposal", "status", s.open["proposal"]],
    "proposal stop": lambda s: ["proposal", "stop", s.governed(False), "--reason", "a leak"],
    "proposal resume": lambda s: ["proposal", "resume", s.governed(True), "--reason",
                                  "mended"],
    "workflow check": lambda s: ["workflow", "check", s.flow, s.probe.policy_file],
    "workflow plan": lambda s: ["workflow", "plan", "sh3/probe"],
    "workflow open": lambda s: ["workflow", "open", "sh3/probe"],
    "workflow run": lambda s: [w for w in s.probe.run_words() if w not in ("--output", "json")],
    "workflow status": lambda s: ["workflow", "status", s.done],
    "workflow abort": lambda s: ["workflow", "abort", s.run()],
    "volume init": lambda s: ["volume", "init", *s.local(s.fresh("state"))],
    "volume put": lambda s: ["volume", "put", "-f", *s.local(s.volume), s.plain, "/plain"],
    "volume check": lambda s: ["volume", "check", *s.local(s.volume)],
    "volume stat": lambda s: ["volume", "stat", *s.local(s.volume)],
    "volume history": lambda s: ["volume", "history", "sh3/probe", "out", "--run", s.done],
    "volume rekey": lambda s: ["volume", "rekey", *s.local(s.volume)],
    "volume ls": lambda s: ["volume", "ls", "sh3/probe", "out", "--run", s.done, "--storage",
                            s.probe.storage],
    "evidence show": lambda s: ["evidence", "show", s.evidence()],
    "evidence verify": lambda s: ["evidence", "verify", s.evidence(), "--collateral",
                                  f"{s.world.platform_dir}/collateral", "--simulation",
                                  s.world.platform_dir],
    "collateral import": lambda s: ["collateral", "import", f"{s.world.platform_dir}/collateral",
                                    "--simulation", s.world.platform_dir],
    "collateral list": lambda s: ["collateral", "list"],
    "collateral show": lambda s: ["collateral", "show", json.loads(s.world.run(
        "sh1", "collateral", "list", "-o", "json"))["statements"][0]["hash"]],
    "measure snp": lambda s: ["measure", "snp", s.measured("OVMF.fd", measured.firmware()),
                              "--vcpus", "2"],
    "measure tdx": lambda s: ["measure", "tdx", s.measured("OVMF.fd", measured.firmware())],
    "measure sgx": lambda s: ["measure", "sgx", s.measured("enclave.sgxs", measured.stream(
        measured.LAYOUT, {}))],
    "measure pcr": lambda s: ["measure", "pcr", s.measured("uki.efi", measured.uki(
        {".linux": measured.kernel()}))],
    "measure eif": lambda s: ["measure", "eif", s.measured("enclave.eif", measured.eif(
        [(1, b"kernel"), (2, b"quiet"), (3, b"init")]))],
}
WHO = {"workflow": "sh3", "volume": "sh3", "policy executions": "sh1"}


def listed():
    shown = subprocess.run([CLI, "--help"], capture_output=True, text=True, check=True).stdout
    return {line[2:23].strip() for line in shown.splitlines() if line.startswith("  ")}


def test_every_command_is_in_this_table_or_prints_no_data():
    assert listed() == set(COMMANDS) | WITHOUT
    for command in listed():
        shown = subprocess.run([CLI, *command.split(), "--help"], capture_output=True, text=True,
                               check=True).stdout
        assert ("--output FORMAT" in shown) == (command in COMMANDS), command
        if command in COMMANDS:
            forms = FORMS + FURTHER.get(command, ())
            assert f"({' '.join(forms)})" in shown, command


@pytest.fixture(scope="module")
def scene(shared_world):
    from pipeline import native_images
    made = Scene(shared_world)
    made.native = native_images()[0]
    return made


def same_shape(one, other):
    """Members that a second run of the command has too; values may be of another moment."""
    if isinstance(one, dict):
        return isinstance(other, dict) and set(one) == set(other)
    return type(one) is type(other)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_four_forms_say_the_same(scene, command):
    who = WHO.get(command, WHO.get(command.split()[0], "ann"))
    said = {form: scene.world.run(who, *COMMANDS[command](scene), "-o", form)
            for form in ("text", "table", "json", "yaml")}
    data = json.loads(said["json"])
    assert isinstance(data, dict) and data
    assert same_shape(data, yaml.safe_load(said["yaml"]))
    for name, value in data.items():
        assert name in said["table"], (name, said["table"])
        if isinstance(value, list) and value and isinstance(value[0], dict):
            heads = said["table"].split(f"{name}:\n", 1)[1].split("\n")[0].split()
            assert {h.upper() for h in value[0]} <= set(heads)
    assert said["text"].strip()
    assert said["text"] != said["json"] and said["table"] != said["text"]


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_form_names_the_known_ones_and_nothing_is_done(scene, command):
    words = COMMANDS[command](scene)
    for form in ("xml", ""):
        said = scene.world.refused("ann", *words, "--output", form, code="argument")
        assert "not one of: text table json yaml" in said
    done = subprocess.run([CLI, *map(str, words), "--output", "xml"], capture_output=True,
                          text=True, env=scene.world.env("ann"))
    assert done.returncode == 2 and done.stdout == ""
