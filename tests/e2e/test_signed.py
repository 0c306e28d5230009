# SPDX-License-Identifier: Apache-2.0
"""Policies that are signed offline, one after another, and brought by somebody else."""
import json
import os
import subprocess

import pytest
from rest import Rest

BOARD = """\
name: {name}
version: "0.3.12"
creator: {{signer: $OWNER}}
access_policy:
  read: [CREATOR]
  update:
    require-all:
      - signer: $OWNER
      - require-at-least-1: [{{signer: $SECOND}}, {{signer: $THIRD}}]
"""


def openssl(*words, input=None):
    return subprocess.run(["openssl", *words], input=input, capture_output=True, check=True).stdout


def quoted(pem):
    """A PEM text as one YAML scalar of one line."""
    return json.dumps(pem)


class Signers:
    """The owner has the command's own key, the others keys of openssl."""

    def __init__(self, world):
        self.world = world
        self.files = {}
        for name, words in {"second": ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
                            "third": ["ED25519"]}.items():
            key, public = world.path(f"{name}.key"), world.path(f"{name}.pub")
            openssl("genpkey", "-algorithm", *words, "-out", key)
            openssl("pkey", "-in", key, "-pubout", "-out", public)
            self.files[name] = (key, public)
        self.variables = ["-e", "OWNER=" + quoted(world.run("sh1", "self", "show", "--signer"))]
        for name, (_, public) in self.files.items():
            with open(public) as f:
                self.variables += ["-e", f"{name.upper()}={quoted(f.read())}"]

    def own(self, path, to, *more):
        signed = self.world.run("sh1", "policy", "sign", path, *more)
        return self.world.write(to, signed)

    def by_openssl(self, name, path, to):
        key, public = self.files[name]
        world, message = self.world, self.world.path("message.bin")
        with open(message, "wb") as f:
            f.write(subprocess.run([os.path.join(os.environ.get("CONCORDAT_BUILD", "build"),
                                                 "src/cli/concordat"),
                                    "policy", "sign", path, "--message"], env=world.env("sh1"),
                                   capture_output=True, check=True).stdout)
        how = (["dgst", "-sha384", "-sign", key, message] if name == "second" else
               ["pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", message])
        signature = world.path("signature.bin")
        with open(signature, "wb") as f:
            f.write(openssl(*how))
        return world.write(to, world.run("sh2", "policy", "sign", path, "--add-signature",
                                         signature, "--signer", public))


def test_rule_1_14_2_signatures_are_collected_offline(shared_world):
    world = shared_world
    for who in ("sh1", "sh3"):
        world.trust_cas(who)
    signers = Signers(world)
    text = world.write("voted.yaml", BOARD.format(name="voted"))
    first = signers.own(text, "v1.json", *signers.variables)
    # Who brings it owns nothing of it.
    world.run("sh3", "policy", "create", first)
    world.refused("sh3", "policy", "read", "voted", code="denied")
    hash1 = world.run("sh1", "policy", "verify", first).strip()
    assert hash1 == world.run("sh1", "policy", "hash", text, *signers.variables).strip()

    text = world.write("voted2.yaml", BOARD.format(name="voted") + f"predecessor: {hash1}\n")
    one = signers.own(text, "v2-one.json", *signers.variables)
    world.refused("sh3", "policy", "update", one, code="denied")
    two = signers.by_openssl("second", one, "v2-two.json")
    three = signers.by_openssl("third", two, "v2-three.json")
    world.run("sh3", "policy", "update", three)
    hash2 = world.run("sh1", "policy", "verify", three).strip()

    # Sent again, or as it was: refused, whoever sends it.
    text = world.write("voted3.yaml", BOARD.format(name="voted") + f"predecessor: {hash2}\n# 3\n")
    world.run("sh3", "policy", "create",
              signers.by_openssl("third", signers.own(text, "v3.json", *signers.variables),
                                 "v3-two.json"))
    for who in ("sh1", "sh3"):
        world.refused(who, "policy", "update", two, code="conflict")
        world.refused(who, "policy", "create", first, code="conflict")

    told = json.loads(world.run("sh1", "policy", "history", "voted", "--output", "json"))
    assert [len(v["signers"]) for v in told["versions"]] == [2, 3, 1]
    assert world.key_hash("sh1") in world.run("sh1", "policy", "history", "voted")
    read = json.loads(world.run("sh1", "policy", "read", "voted", "--hash", hash2, "-o", "json"))
    with open(three) as f:
        sent = json.load(f)
    assert read["policy"] == sent["policy"] and len(read["signatures"]) == 3


def test_a_changed_comment_ends_the_signatures(shared_world):
    world = shared_world
    world.trust_cas("sh1")
    text = world.write("said.yaml", "name: said # what I agreed to\n")
    signed = world.run("sh1", "policy", "sign", text)
    changed = world.write("changed.json", signed.replace("agreed to", "never saw"))
    world.refused("sh1", "policy", "check", changed, code="evidence")
    # A client that does not look: the CAS does.
    refused = Rest(world).ask("POST", "/v1/policies", open(changed).read(), status=403)
    assert "does not verify" in refused["detail"] and "evidence" in refused["type"]


SCONES_PATHS = {"old": ("POST", "/session"), "new": ("POST", "/v1/sessions"),
                "sealed": ("PUT", "/v1/encrypted_sessions")}


@pytest.mark.parametrize("where", ["old", "new"])
def test_scripts_for_scone_send_signed_policies_too(shared_world, where):
    world, path = shared_world, SCONES_PATHS[where]
    world.trust_cas("sh1")
    name, curl = f"by-curl-{where}", Rest(world)
    text = world.write(f"{name}.yaml", f"name: {name}\n")
    signed = world.run("sh1", "policy", "sign", text)
    done = curl.ask(*path, signed, status=201)
    assert done["hash"] == world.run("sh1", "policy", "hash", text).strip()
    # The policy is the signer's, not that of the certificate.
    world.run("sh1", "policy", "read", name)
    assert curl.ask("GET", f"/v1/sessions/{name}", status=403)["msg"][0].startswith("You have")
    # What updates it is signed by that key, too: the bare text of a certificate is refused.
    again = world.write(f"{name}.yaml", f"name: {name}\npredecessor: {done['hash']}\n# 2\n")
    with open(again) as f:
        assert curl.ask(*path, f.read(), status=403)["msg"][0].startswith("You have")
    changed = curl.ask(*path, world.run("sh1", "policy", "sign", again), status=201)
    assert changed["hash"] == world.run("sh1", "policy", "hash", again).strip()
    assert curl.ask(*path, signed, status=409)["msg"][0] == "Could not create session"


BROKEN = {
    "a signature that does not hold": (lambda d: d["signatures"][0].update(signature="00" * 64), 403),
    "a text that was changed": (lambda d: d.update(policy=d["policy"] + "# more\n"), 403),
    "no signature": (lambda d: d.update(signatures=[]), 400),
    "a signer that is no key": (lambda d: d["signatures"][0].update(signer="none"), 400),
    "one signer twice": (lambda d: d["signatures"].append(d["signatures"][0]), 409),
    "a member that nobody knows": (lambda d: d.update(more=1), 400),
    "a text that is no text": (lambda d: d.update(policy=7), 400),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_signed_policy_is_refused_with_scones_words(shared_world, what):
    world = shared_world
    world.trust_cas("sh1")
    change, status = BROKEN[what]
    signed = json.loads(world.run("sh1", "policy", "sign",
                                  world.write("broken.yaml", "name: broken\n")))
    change(signed)
    for where in ("old", "new"):
        said = Rest(world).ask(*SCONES_PATHS[where], json.dumps(signed), status=status)
        assert len(said["msg"]) > 1 and "reference" not in said["msg"][1]
    assert Rest(world).ask("GET", "/v1/sessions/broken", status=404)


def test_nothing_but_encrypted_policies_goes_where_those_go(shared_world):
    world = shared_world
    world.trust_cas("sh1")
    plain = world.write("plain.yaml", "name: plain-by-mistake\n")
    for body in ("name: plain-by-mistake\n", world.run("sh1", "policy", "sign", plain), ""):
        said = Rest(world).ask(*SCONES_PATHS["sealed"], body, status=400)
        assert said["msg"][1:] == ["the body is no encrypted policy",
                                   "'concordat policy encrypt' makes one; others go to /v1/sessions"]


def test_an_encrypted_policy_is_read_by_its_cas_alone(shared_world):
    world = shared_world
    for who in ("sh1", "sh3"):
        world.trust_cas(who)
    secret = "canary-in-an-encrypted-policy"
    text = ("name: {0}\nversion: '0.3.12'\nsecrets:\n"
            "  - {{name: s, kind: ascii, value: " + secret + "}}\n")
    def by_curl(where):
        return lambda path: json.dumps(Rest(world).ask(*SCONES_PATHS[where], open(path).read(),
                                                       status=201))

    for name, send in {
            "hidden": lambda path: world.run("sh3", "policy", "create", path, "-o", "json"),
            **{f"hidden-{where}": by_curl(where) for where in SCONES_PATHS},
    }.items():
        path = world.write(f"{name}.yaml", text.format(name))
        sealed = world.write(f"{name}.json", world.run("sh1", "policy", "encrypt", path))
        with open(sealed) as f:
            assert secret not in f.read()
        assert "encrypted" in world.refused("sh3", "policy", "check", sealed, code="argument")
        told = send(sealed)
        assert secret not in told and json.loads(told)["name"] == name
        assert json.loads(told)["warnings"] == []
        world.refused("sh3", "policy", "read", name, code="denied")
        assert secret in world.run("sh1", "policy", "read", name)

    key = json.loads(world.run("sh1", "cas", "status", "-o", "json"))["hpke"]
    offline = json.loads(world.run("sh1", "policy", "encrypt", path, "--key", key))
    assert offline["to"] == key
    other = world.run("sh1", "policy", "encrypt", path, "--key", "09" + 31 * "00")
    world.refused("sh3", "policy", "create", world.write("other.json", other), code="denied")
    offline["encrypted"] = offline["encrypted"][:-8] + "AAAAAAA="
    world.refused("sh3", "policy", "create", world.write("cut.json", json.dumps(offline)),
                  code="tampered")


def test_the_command_and_the_cas_read_the_same_text_alike(shared_world):
    """Attack 27: what one shows to whoever signs is what the other does."""
    world = shared_world
    world.trust_cas("sh1")
    salt = "00112233445566778899AABBCCDDEEFF"
    texts = [
        "name: like0\n",
        f"\ufeffname: like1\nsalt: {salt}\n",
        f"name: like2\r\nsalt: {salt}\r\n",
        f"name: like3\u0085salt: {salt}\n",
        f"name: like4\u2028salt: {salt}\n",
        json.dumps({"name": "like5", "salt": salt}),
        'name: like6\nsecrets: [{name: s, kind: ascii, value: "\\ud83d"}]\n',
        "name: like7\nsecrets: [{name: s, kind: ascii, value: \U0001f600}]\n",
        "name: like8\nsecrets: [{name: s, kind: ascii, value: yes}]\n",
        "name: like9\nname: like9\n",
        "%YAML 1.1\n---\nname: like10\n",
        "name: like11\n---\nname: like12\n",
    ]
    taken = 0
    for n, text in enumerate(texts):
        path = world.path(f"like{n}.yaml")
        with open(path, "w", newline="") as f:
            f.write(text)
        here = world.command("sh1", "policy", "hash", path, status=None)
        there = Rest(world).raw("POST", "/v1/policies", json.dumps({"policy": text}))
        if here.returncode == 0:
            assert json.loads(there[2])["hash"] == here.stdout.strip(), text
            taken += 1
        else:
            assert there[0] == 400, (text, here.stderr, there)
    assert taken >= 6
