# SPDX-License-Identifier: Apache-2.0
"""Scripts written for SCONE's CAS go on working: curl, a client certificate, its paths and texts."""
import os
import re
import shutil
import subprocess

import pytest
from rest import Rest

VALUES = """\
name: {name}
version: "0.3"
{more}secrets:
  - name: public_value
    kind: ascii
    value: "42"
    export_public: true
  - name: private_value
    kind: ascii
    value: "007"
"""
PREDECESSOR = "predecessor: {}\n"
YAML = ["Content-Type: application/x-www-form-urlencoded"]  # what curl says of --data-binary


@pytest.fixture
def curl(shared_world):
    return Rest(shared_world)


def test_a_session_is_created_read_and_updated_under_either_path(shared_world, curl):
    for number, (create, read) in enumerate((("/session", "/session/"),
                                             ("/v1/sessions", "/v1/sessions/"))):
        name = f"made{number}"
        first = VALUES.format(name=name, more="")
        made = curl.ask("POST", create, first, YAML, status=201)
        assert len(made["hash"]) == 64
        assert f"Created Session[id={made['hash']}, name={name}, status=Pending]" in made["message"]
        second = VALUES.format(name=name, more=PREDECESSOR.format(made["hash"]))
        updated = curl.ask("POST", create, second, YAML, status=201)
        assert updated["hash"] != made["hash"]
        again = curl.ask("POST", create, second.replace("42", "43"), YAML, status=409)
        assert again["msg"][0] == "Could not create session" and len(again["msg"]) > 1
        if read == "/session/":
            status, media, text = curl.raw("GET", read + name, "a body that means nothing")
            assert (status, media, text) == (200, "application/yaml", second)
        assert curl.ask("GET", f"/v1/sessions/{name}")["session"] == second
        assert curl.ask("GET", f"/v1/sessions/{name}")["hash"] == updated["hash"]
        old = curl.ask("GET", f"/v1/sessions/{name}?hash={made['hash']}")
        assert old["session"] == first and old["hash"] == made["hash"]


def test_a_certificate_with_an_rsa_key_is_an_identity(shared_world):
    """SCONE's pages make client certificates so."""
    curl = Rest(shared_world, "rsa", kind="rsa:4096")
    with open(shared_world.path("rsa.cert.pem")) as f:
        cert = "".join(f"    {line}" for line in f)
    text = f'name: rsa\nversion: "0.3"\naccess_policy:\n  read:\n  - |\n{cert}  update: NONE\n'
    made = curl.ask("POST", "/session", text, YAML, status=201)
    assert curl.ask("GET", "/v1/sessions/rsa")["hash"] == made["hash"]
    other = Rest(shared_world, "rsa2", kind="rsa:2048")
    assert other.raw("GET", "/v1/sessions/rsa")[0] == 403


def test_what_is_changed_so_is_marked_as_the_word_of_the_transport(shared_world, curl):
    before = curl.entries("policy.create")
    curl.ask("POST", "/session", VALUES.format(name="marked", more=""), YAML, status=201)
    assert curl.entries("policy.create") == before + 1
    size = int(curl.raw("GET", "/checkpoint")[2].split("\n")[1])
    assert size < 256, "the entry is in the first tile"
    path = f"https://{shared_world.address}/tile/entries/000.p/{size}"
    entries = subprocess.run(["curl", "-sk", path], capture_output=True, check=True).stdout
    entry = [e for e in re.findall(rb'\{[^{}]*"type":"policy.create"[^{}]*\}', entries)
             if b'"policy":"marked"' in e]
    assert len(entry) == 1 and b'"identity":"transport"' in entry[0]


def test_a_missing_session_and_missing_rights_have_scones_words(shared_world, curl):
    missing = curl.ask("GET", "/v1/sessions/nowhere", status=404)
    assert missing["msg"][0] == "Session not found"
    curl.ask("POST", "/session", VALUES.format(name="mine", more=""), YAML, status=201)
    other = Rest(shared_world, "other")
    for path in ("/session/mine", "/v1/sessions/mine"):
        denied = other.ask("GET", path, status=403)
        assert denied["msg"][0].startswith("You have insufficient rights")
        assert "42" not in str(denied) and "007" not in str(denied)
    denied = other.ask("POST", "/session", VALUES.format(name="mine/below", more=""), YAML, 403)
    assert denied["msg"][0].startswith("You have insufficient rights")
    nobody = Rest(shared_world, None)
    denied = nobody.ask("POST", "/session", VALUES.format(name="his", more=""), YAML, 403)
    assert denied["msg"][0].startswith("You have insufficient rights")
    assert denied["msg"][1].startswith("reference ")


def test_a_text_that_is_no_policy_is_refused_with_its_place(curl):
    said = curl.ask("POST", "/session", "name: x\nacces_policy: 1\n", YAML, status=400)
    assert said["msg"][0] == "Could not create session"
    assert "line 2, column 1" in said["msg"][1] and "'access_policy'" in said["msg"][2]
    assert curl.ask("POST", "/v1/sessions", "", status=400)["msg"][1] == "the request has no body"


def test_everyone_reads_public_values_and_nobody_others(shared_world, curl):
    curl.ask("POST", "/session", VALUES.format(name="values", more=""), YAML, status=201)
    everyone = Rest(shared_world, None)
    path = "/v1/values/session=values"
    value = everyone.ask("GET", path + ",secret=public_value")
    assert [value[k] for k in ("kind", "value", "expires", "renew")] == ["string", "42", None, None]
    values = everyone.ask("GET", path)["values"]
    assert list(values) == ["public_value"] and values["public_value"]["value"] == "42"
    for who, secret in ((everyone, "private_value"), (curl, "private_value"),
                        (everyone, "no_value")):
        said = who.ask("GET", f"{path},secret={secret}", status=404)
        assert said["msg"] == [f"Failed to read value '{secret}' of '/session=values' requested by "
                               "a public client",
                               "Secret does not exist or is not visible for a public client"]
    assert everyone.ask("GET", "/v1/values/session=no", status=404)["msg"][1] == "Session not found"


KINDS = """\
name: kinds
version: "0.3.12"
secrets:
  - {name: word, kind: ascii, export_public: true}
  - {name: raw, kind: binary, value: DEADBEEF, export_public: true}
  - {name: key, kind: private-key, key_type: P-384}
  - {name: public, kind: public-key, private_key: key, export_public: true}
  - {name: root, kind: x509-ca, private_key: key, common_name: the root, export_public: true}
  - {name: middle, kind: x509-ca, private_key: key, issuer: root, export_public: true}
  - {name: web, kind: x509, private_key: key, issuer: middle, valid_for: 90 days, export_public: true}
  - {name: pgp, kind: pgp-key, export_public: true}
  - {name: token, kind: jwt, signer: key, alg: ES384, validity: {for: 1h}, payload: {sub: all}, export_public: true}
  - {name: enclaves, kind: config-fragment, value: [one, two], export_public: true}
  - {name: taken, import: {session: giver, secret: given}, export_public: true}
  - {name: kept, import: {session: giver, secret: secret}, export_public: true}
"""
GIVER = """\
name: giver
version: "0.3.12"
secrets:
  - {name: given, kind: ascii, value: "from the giver", export: [{session: kinds}], export_public: true}
  - {name: secret, kind: ascii, value: "canary", export: [{session: kinds}]}
"""


def openssl(*words, text):
    return subprocess.run(["openssl", *words], input=text, capture_output=True, text=True,
                          check=True).stdout


def test_public_values_of_every_kind_have_their_documented_form(curl, tmp_path):
    curl.ask("POST", "/v1/sessions", GIVER, YAML, status=201)
    curl.ask("POST", "/v1/sessions", KINDS, YAML, status=201)
    everyone = Rest(curl.world, None)
    values = everyone.ask("GET", "/v1/values/session=kinds")["values"]
    assert sorted(values) == ["enclaves", "middle", "pgp", "public", "raw", "root", "taken",
                              "token", "web", "word"]
    assert len(values["word"]["value"]) == 20 and values["raw"]["value"] == "deadbeef"
    assert values["enclaves"]["value"] == ["one", "two"]
    assert values["taken"] == {"kind": "string", "value": "from the giver", "expires": None,
                               "renew": None}
    assert "PUBLIC KEY BLOCK" in values["pgp"]["value"]
    public = openssl("x509", "-pubkey", "-noout", text=values["web"]["value"])
    assert public == values["public"]["value"]
    # The chain is what a verifier needs: openssl gets from the certificate to the root by it.
    assert values["web"]["chain"] == values["middle"]["value"] + values["root"]["value"]
    assert values["root"]["chain"] == "" and values["root"]["expires"] is None
    assert values["web"]["expires"].endswith("Z")
    for name in ("root", "middle", "web"):
        (tmp_path / name).write_text(values[name]["value"])
    done = subprocess.run(["openssl", "verify", "-CAfile", tmp_path / "root", "-untrusted",
                           tmp_path / "middle", tmp_path / "web"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for name, value in values.items():
        one = everyone.ask("GET", f"/v1/values/session=kinds,secret={name}")
        del one["checkpoint"]
        assert one == value or name == "token"
    assert values["token"]["value"].count(".") == 2
    hidden = everyone.ask("GET", "/v1/values/session=kinds,secret=kept", status=404)
    absent = everyone.ask("GET", "/v1/values/session=kinds,secret=no", status=404)
    assert hidden["msg"][1:] == absent["msg"][1:]


def test_head_is_405_as_the_exercises_of_scone_expect(shared_world):
    url = f"https://{shared_world.address}/v1/values/session=values,secret=private_value"
    done = subprocess.run(["curl", "-skI", "-m", "20", url], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("HTTP/1.1 405 ")
    assert "Allow: GET" in done.stdout


def test_version_and_health_are_there_for_probes(shared_world):
    probe = Rest(shared_world, None)
    assert probe.ask("GET", "/v1/version")["version"]
    for path in ("/v1/health", "/v1/health/ready"):
        assert probe.ask("GET", path)["status"] == "ready"
    assert probe.ask("GET", "/v1/health/live")["status"] == "live"


def test_a_policy_can_refuse_certificates(shared_world, curl):
    shared_world.trust_cas("sh1")
    path = shared_world.write("sh1/signed.yaml", 'name: signed\nversion: "0.3.12"\nidentity: signed\n')
    shared_world.run("sh1", "policy", "create", path)
    with open(path) as f:
        assert shared_world.run("sh1", "policy", "read", "signed") == f.read()
    said = curl.ask("POST", "/session", 'name: s2\nversion: "0.3"\nidentity: signed\n', YAML, 403)
    assert "signed requests only" in said["msg"][1]
    assert "signed requests only" in curl.ask("GET", "/v1/sessions/signed", status=403)["msg"][1]


def test_whoever_lists_sees_what_it_may(shared_world, curl):
    curl.ask("POST", "/session", VALUES.format(name="listed", more=""), YAML, status=201)
    names = [s["name"] for s in curl.ask("GET", "/v1/sessions")["sessions"]]
    assert "listed" in names
    other = [s["name"] for s in Rest(shared_world, "other").ask("GET", "/v1/sessions")["sessions"]]
    assert "listed" not in other


# What public scripts do, with the options and in the order that they have it; $CAS stands for
# their https://$SCONE_CAS_ADDR:8081, and what they print is what the next step takes.
SCRIPTS = {
    "create, with the certificate first": (
        'curl -v -k -s --cert client.crt --key client.key --data-binary @session.yml -X POST $CAS/session',
        r'"hash":"[0-9a-f]{64}"'),
    "create, piped": (
        'cat session.yml | curl -sS -k --cert client.crt --key client.key --data-binary @- $CAS/session',
        r"Created Session\[id=[0-9a-f]{64}, name=script"),
    "create by the newer path, the type said": (
        'curl -k -s -E client.crt --key client.key -H "Content-Type: application/x-yaml" '
        '--data-binary @session.yml -X POST $CAS/v1/sessions | jq -er .hash', r"^[0-9a-f]{64}\n$"),
    "create from a heredoc and keep the hash": (
        "HASH=$(envsubst < session.yml | curl -k -s --cert client.crt --key client.key "
        "--data-binary @- -X POST $CAS/session | grep -o '\"hash\":\"[^\"]*' | cut -d'\"' -f4); echo $HASH",
        r"^[0-9a-f]{64}\n$"),
    "read by the older path": (
        "curl -k -s --cert client.crt --key client.key $CAS/session/$SESSION",
        r"api_ca_cert"),
    "read by the newer path": (
        "curl -k -s --cert client.crt --key client.key -X GET $CAS/v1/sessions/$SESSION | jq -r .session",
        r"api_ca_cert"),
    "an older version by its hash": (
        'HASH=$(curl -ks --cert client.crt --key client.key $CAS/v1/sessions/$SESSION | jq -r .hash); '
        'curl -ks --cert client.crt --key client.key "$CAS/v1/sessions/$SESSION?hash=$HASH" | jq -r .session',
        r"api_ca_cert"),
    "update with the predecessor": (
        'HASH=$(curl -ks --cert client.crt --key client.key $CAS/v1/sessions/$SESSION | jq -r .hash); '
        '(cat $SESSION.yml; echo "predecessor: $HASH") > next.yml; '
        'curl -ks --cert client.crt --key client.key --data-binary @next.yml -X POST $CAS/session | jq -r .name',
        r"^existing\n$"),
    "the CA of all values into a file": (
        'curl -k -X GET "$CAS/v1/values/session=$SESSION" | jq -r .values.api_ca_cert.value > cacert.pem; '
        "openssl x509 -noout -subject -in cacert.pem", r"CN = api"),
    "the CA with quotes cut off": (
        'ca_cert=$(curl -k $CAS/v1/values/session=$SESSION | jq ".values.api_ca_cert.value" | tr -d \\"); '
        'printf "\\n$ca_cert" > ca_cert; openssl x509 -noout -subject -in ca_cert', r"CN = api"),
    "one value and its public key": (
        'curl -sk "$CAS/v1/values/session=$SESSION,secret=api_ca_cert" | jq -er .value | '
        "openssl x509 -pubkey -noout", r"BEGIN PUBLIC KEY"),
    "one value by another name of the CAS": (
        "curl -sk --connect-to cas:8081:$ADDRESS https://cas:8081/v1/values/session=$SESSION,secret=answer "
        "> values.json; cat values.json | jq .value | tr -d '\"'", r"^42\n$"),
    "a value with a type that means nothing": (
        'curl -sk --cert client.crt --key client.key -H "Content-Type: application/pem-certificate-chain" '
        '"$CAS/v1/values/session=$SESSION,secret=answer" | jq -r .kind', r"^string\n$"),
    "a hidden value fails a script that looks": (
        'curl -skf "$CAS/v1/values/session=$SESSION,secret=hidden" || echo refused $?', r"refused 22"),
    "the version": ("curl -ks $CAS/v1/version | jq -r .version", r"^\d+\.\d+"),
}
SCRIPT_SESSION = """\
name: {name}
version: "0.3"
secrets:
  - {{name: api_ca_key, kind: private-key}}
  - {{name: api_ca_cert, kind: x509-ca, private_key: api_ca_key, common_name: api, export_public: true}}
  - {{name: answer, kind: ascii, value: "42", export_public: true}}
  - {{name: hidden, kind: ascii}}
"""


@pytest.mark.parametrize("what", SCRIPTS)
def test_scripts_that_others_wrote_go_on_working(shared_world, curl, what, tmp_path):
    script, expected = SCRIPTS[what]
    for name, suffix in (("client.crt", "cert.pem"), ("client.key", "key.pem")):
        shutil.copy(shared_world.path(f"curl.{suffix}"), tmp_path / name)
    existing = SCRIPT_SESSION.format(name="existing")
    curl.raw("POST", "/session", existing, YAML)
    (tmp_path / "existing.yml").write_text(existing)
    number = list(SCRIPTS).index(what)
    (tmp_path / "session.yml").write_text(SCRIPT_SESSION.format(name=f"script{number}"))
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True,
                          env={**os.environ, "CAS": f"https://{shared_world.address}",
                               "ADDRESS": shared_world.address, "SESSION": "existing"})
    assert re.search(expected, done.stdout), done.stdout + done.stderr
