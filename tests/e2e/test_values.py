# SPDX-License-Identifier: Apache-2.0
"""Secrets of every kind, from a policy to a program in a sealed image, and nowhere else."""
import ast
import base64
import json
import shutil
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from pipeline import Probe

# The images' Python has no standard library but what its start needs.
SCRIPT = """
import os, sys
def coded(path):
    with open(path, 'rb') as f:
        return f.read().hex()
names = sorted(os.listdir('/etc/values'))
with open('/out/result', 'w') as out:
    out.write(repr({'arguments': sys.argv[1:], 'variables': dict(os.environ),
                    'files': {n: coded('/etc/values/' + n) for n in names}}))
"""

SECRETS = """\
secrets:
  - {name: word, kind: ascii}
  - {name: given, kind: ascii, value: 'a "given" value'}
  - {name: raw, kind: binary, size: 32}
  - {name: key, kind: private-key, key_type: P-384}
  - {name: rsa, kind: private-key, key_type: RSA-2048}
  - {name: edwards, kind: private-key, key_type: Ed25519}
  - {name: public, kind: public-key, private_key: key}
  - {name: root-key, kind: private-key}
  - {name: root, kind: x509-ca, private_key: root-key, common_name: the root, export_public: true}
  - {name: web, kind: x509, private_key: rsa, issuer: root, endpoint: server, san: ["dns:*.example.com", "ip:::1"], valid_for: 90 days}
  - {name: pgp, kind: pgp-key}
  - {name: token, kind: jwt, signer: key, alg: ES384, validity: {for: 1h}, payload: {sub: $$SCONE::given$$, sw: "$$SCONE::self::software_identity$$"}}
  - {name: level, kind: config-fragment, value: 7}
  - {name: shared, kind: binary, import: {session: sh2/giver, secret: shared}}
"""

GIVER = """\
name: sh2/giver
version: "0.3.12"
tolerate: [simulation]
secrets:
  - {name: shared, kind: binary, export: [{session: sh1/probe}]}
"""

FILES = {"raw": "$$SCONE::raw$$", "key.pem": "$$SCONE::key$$", "rsa.pem": "$$SCONE::rsa:pkcs8:pem$$",
         "edwards.der": "$$SCONE::edwards:der$$", "public.pem": "$$SCONE::public$$",
         "web.pem": "$$SCONE::web$$$$SCONE::web:chain$$", "web.key": "$$SCONE::web.key$$",
         "web.chain": "$$SCONE::web.chain$$", "web.p12": "$$SCONE::web:pkcs12-with-private-key$$",
         "pgp.asc": "$$SCONE::pgp:privatekey:asciiarmored$$", "token": "$$SCONE::token$$",
         "config.json": '{"word": "$$SCONE::given|escape(json)$$", "level": $$SCONE::level$$}',
         "shared": "$$SCONE::shared$$"}


def with_secrets(policy):
    files = "    injection_files:\n" + "".join(
        f"      - {{path: /etc/values/{name}, content: '{content}'}}\n"
        for name, content in FILES.items())
    variables = ("    environment:\n      WORD: $$SCONE::word$$\n      RAW: $$SCONE::raw:hex$$\n"
                 "      \\@\\@COLOUR: x\n      \\@\\@ABSENT:\n")
    assert policy.count("    volumes:\n") == 1 and policy.count("    environment:\n") == 1
    return policy.replace("    volumes:\n", files + "    volumes:\n").replace(
        "    environment:\n", variables) + SECRETS


@pytest.fixture(scope="module")
def probe(shared_world):
    world = shared_world
    world.trust_cas("sh2")
    world.run("sh2", "policy", "create", world.write(
        "sh2/namespace.yaml", "name: sh2\naccess_policy: {create_sessions: [CREATOR]}\n"))
    world.run("sh2", "policy", "create", world.write("sh2/giver.yaml", GIVER))
    made = Probe(world, SCRIPT, "--command=$$SCONE::raw:base64url$$", "--command=@@2",
                 "--command=@@1", edit=with_secrets)
    made.given = ("--argument", "probe=first", "--argument", "probe=$$SCONE::word$$",
                  "--variable", "probe=COLOUR=blue", "--variable", "probe=HOME=/elsewhere")
    return made


def read(probe):
    got = ast.literal_eval(probe.read())
    got["files"] = {name: bytes.fromhex(text) for name, text in got["files"].items()}
    return got


@pytest.fixture(scope="module")
def got(probe):
    probe.run(*probe.given)
    return read(probe)


def test_arguments_and_variables_hold_values_of_secrets(got):
    raw, variables = got["files"]["raw"], got["variables"]
    assert len(raw) == 32
    assert got["arguments"][0] == base64.urlsafe_b64encode(raw).decode().rstrip("=")
    assert variables["RAW"] == raw.hex()
    assert len(variables["WORD"]) == 20 and variables["WORD"].isprintable()


def test_the_host_gives_what_the_policy_takes_and_nothing_else(got):
    # What looks like a reference is none when it comes from the host.
    assert got["arguments"][1:] == ["$$SCONE::word$$", "first"]
    assert got["variables"]["COLOUR"] == "blue" and got["variables"]["ABSENT"] == ""
    assert got["variables"].get("HOME") != "/elsewhere"


def test_an_argument_that_the_host_does_not_give_ends_the_start(probe):
    said = probe.world.refused("sh3", *probe.run_words("--argument", "probe=first"),
                               code="argument")
    assert "takes argument 2 from the host" in said


def test_keys_and_certificates_belong_together(got):
    files = got["files"]
    key = serialization.load_pem_private_key(files["key.pem"], None)
    public = serialization.load_pem_public_key(files["public.pem"])
    assert key.public_key().public_numbers() == public.public_numbers()
    rsa = serialization.load_pem_private_key(files["rsa.pem"], None)
    assert files["web.key"] == files["rsa.pem"]
    web, root = (x509.load_pem_x509_certificate(b"-----BEGIN" + part)
                 for part in files["web.pem"].split(b"-----BEGIN")[1:])
    assert web.public_key().public_numbers() == rsa.public_key().public_numbers()
    root.public_key().verify(web.signature, web.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))
    names = web.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["*.example.com"]
    # The old chain begins with the root and ends with the certificate itself.
    assert files["web.chain"] == root.public_bytes(serialization.Encoding.PEM) + web.public_bytes(
        serialization.Encoding.PEM)
    assert files["edwards.der"][:5] == bytes.fromhex("3051020101")


def test_a_token_is_signed_for_the_program(got):
    head, payload, signature = got["files"]["token"].split(b".")
    signature = base64.urlsafe_b64decode(signature + b"==")
    public = serialization.load_pem_public_key(got["files"]["public.pem"])
    public.verify(utils.encode_dss_signature(int.from_bytes(signature[:48], "big"),
                                             int.from_bytes(signature[48:], "big")),
                  head + b"." + payload, ec.ECDSA(hashes.SHA384()))
    claims = json.loads(base64.urlsafe_b64decode(payload + b"=="))
    assert claims["sub"] == 'a "given" value' and claims["exp"] == claims["iat"] + 3600
    assert claims["sw"].startswith("sgx:") and len(claims["sw"]) == 4 + 64


def test_values_are_escaped_and_fragments_are_values(got):
    assert json.loads(got["files"]["config.json"]) == {"word": 'a "given" value', "level": 7}


def test_gpg_takes_the_key(got, tmp_path):
    if not shutil.which("gpg"):
        pytest.skip("gpg is not installed")
    key = tmp_path / "pgp.asc"
    key.write_bytes(got["files"]["pgp.asc"])
    tmp_path.chmod(0o700)
    said = subprocess.run(["gpg", "--homedir", tmp_path, "--batch", "--import", key],
                          capture_output=True, text=True, check=True)
    assert "secret keys imported: 1" in said.stderr
    subprocess.run(["gpgconf", "--homedir", tmp_path, "--kill", "all"], check=True)


def test_the_next_run_gets_the_same_values_and_another_token(probe, got):
    probe.run(*probe.given)
    again = read(probe)
    for name, content in got["files"].items():
        same = again["files"][name] == content
        assert same == (name not in ("token", "web.p12")), name  # PKCS#12 has a salt
    assert again["variables"]["WORD"] == got["variables"]["WORD"]


def test_an_exporter_that_takes_its_secret_back_stops_the_next_start(probe, got):
    world = probe.world
    world.run("sh2", "policy", "update", world.write(
        "sh2/giver.yaml", GIVER.replace("sh1/probe", "sh1/another")))
    said = world.refused("sh3", *probe.run_words(*probe.given), code="denied")
    assert "does not export secret 'shared' to 'sh1/probe'" in said
    world.run("sh2", "policy", "update", world.write("sh2/giver.yaml", GIVER))


def test_the_root_is_public_and_no_other(probe, got):
    def ask(name):
        return subprocess.run(["curl", "-sk", f"https://{probe.world.address}/v1/values/"
                               f"session=sh1/probe,secret={name}"], capture_output=True,
                              text=True).stdout

    root = json.loads(ask("root"))["value"]
    assert root.encode() in got["files"]["web.pem"]
    for name in ("word", "key", "shared", "given"):
        assert "not visible for a public client" in ask(name)


def test_values_are_nowhere_on_disk_in_logs_or_in_the_policy(probe, got):
    """In all that was written but what the volume's owner had printed: that is the owner's."""
    world, files = probe.world, got["files"]
    values = [files["raw"], files["shared"], got["variables"]["WORD"].encode()]
    values += [serialization.load_pem_private_key(files[name], None).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()) for name in ("key.pem", "rsa.pem")]
    seen = 0
    for path, content in world.everything_written():
        if "-volume-cat" in path:
            continue
        seen += 1
        for value in values:
            for spelling in (value, value.hex().encode(), base64.b64encode(value)):
                assert spelling not in content, path
    assert seen > 50
    assert "$$SCONE::word$$" in world.run("sh1", "policy", "read", "sh1/probe")
