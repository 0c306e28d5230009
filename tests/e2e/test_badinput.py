# SPDX-License-Identifier: Apache-2.0
"""What goes wrong on a user's side: a stable code, the cause, the next step, nothing half-done."""
import datetime
import os
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pipeline import NAMESPACE, PROBE_WORKFLOW, Pipeline, Probe
from world import Failed, World, free_port


def write_certificate(key_path, cert_path, until):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "old")])
    now = datetime.datetime.utcnow()
    cert = (x509.CertificateBuilder().subject_name(name).issuer_name(name)
            .public_key(key.public_key()).serial_number(1)
            .not_valid_before(now - datetime.timedelta(days=9)).not_valid_after(now + until)
            .sign(key, hashes.SHA256()))
    key_path.write_bytes(key.private_bytes(serialization.Encoding.PEM,
                                           serialization.PrivateFormat.PKCS8,
                                           serialization.NoEncryption()))
    cert_path.write_bytes(cert.public_bytes(serialization.Encoding.PEM))


def test_a_cas_that_is_not_there_is_named(world):
    address = f"127.0.0.1:{free_port()}"
    said = world.refused("sh1", "cas", "attest", address, "--cas-key",
                         world.identity["cas_key"], code="unavailable")
    assert address in said


def test_a_wrong_cas_key_is_refused(world):
    said = world.refused("sh1", "cas", "attest", world.address, "--cas-key", "00" * 32,
                         "--simulation", world.platform_dir, code="evidence")
    assert world.identity["cas_key"] in said


def test_simulation_is_not_accepted_unasked(world):
    world.command("sh1", "cas", "attest", world.address, "--cas-key", world.identity["cas_key"],
                  status=3)


def test_a_typo_in_a_policy_has_line_column_and_the_nearest_key(world):
    world.trust_cas("sh1")
    path = world.write("sh1/typo.yaml", 'name: sh1\nversion: "0.3.12"\nacces_policy:\n  read: NONE\n')
    said = world.refused("sh1", "policy", "create", path, code="argument")
    assert "3" in said and "acces_policy" in said and "access_policy" in said


def test_an_expired_client_certificate_is_refused(world, tmp_path):
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    write_certificate(key, cert, datetime.timedelta(days=-2))
    ask = ["curl", "-sk", "--cert", cert, "--key", key, f"https://{world.address}/v1/policies"]
    done = subprocess.run(ask, capture_output=True, text=True)
    assert done.returncode != 0 and done.stdout == "", "it came through the handshake"
    # The control: the same way with a certificate that has not expired.
    write_certificate(key, cert, datetime.timedelta(days=2))
    assert '"policies"' in subprocess.run(ask, capture_output=True, text=True).stdout


def test_a_bare_certificate_is_an_identity_and_marked(world, tmp_path):
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", key,
                    "-out", cert, "-subj", "/CN=curl", "-days", "2"], check=True,
                   capture_output=True)
    body = tmp_path / "body.json"
    body.write_text('{"policy": "name: curl\\nversion: \\"0.3.12\\"\\n"}')
    url = f"https://{world.address}/v1/policies"
    with_key = ["curl", "-sk", "--cert", str(cert), "--key", str(key)]
    made = subprocess.run(with_key + ["-X", "POST", "-d", f"@{body}", url], capture_output=True,
                          text=True)
    assert '"hash"' in made.stdout, made.stdout
    listed = subprocess.run(with_key + [url], capture_output=True, text=True)
    assert '"curl"' in listed.stdout
    nobody = subprocess.run(["curl", "-sk", url], capture_output=True, text=True)
    assert '"denied"' in nobody.stdout and "curl" not in nobody.stdout
    entries = subprocess.run(["curl", "-sk", f"https://{world.address}/tile/entries/000.p/3"],
                             capture_output=True)
    assert b'"identity":"transport"' in entries.stdout


def test_a_policy_that_does_not_tolerate_simulation_refuses_it(world):
    probe = Probe(world, "open('/out/result', 'w').write('x')")
    with open(probe.policy_file) as f:
        text = f.read()
    path = world.write("sh1/strict.yaml", text.replace('tolerate:\n      - "simulation"',
                                                       "tolerate: []"))
    world.run("sh1", "policy", "update", path)
    world.run("sh3", "policy", "update", world.path("sh3", "probe.yaml"))
    said = world.refused("sh3", *probe.run_words(), code="denied")
    assert "imulat" in said or "SIMULATION" in said


def test_a_cas_whose_policy_names_another_root_refuses_the_platforms_evidence(world):
    other = world.path("other-platform")
    world.run(None, "platform", "init", other)
    directory = world.path("other-cas")
    world.run(None, "cas", "init", "--dir", directory, "--name", "other.example", "--platform",
              world.platform_socket, "--simulation", other, "--unwitnessed")
    done = world.command(None, "cas", "start", "--dir", directory, "--listen",
                         f"127.0.0.1:{free_port()}", "--platform", world.platform_socket,
                         status=None)
    assert done.returncode == 4, done.stderr


def test_a_cas_without_witnesses_refuses_limits_that_it_cannot_keep(tmp_path):
    world = World(tmp_path / "w", unwitnessed=True)
    try:
        world.trust_cas("sh1")
        world.run("sh1", "policy", "create", world.write("sh1/n.yaml", NAMESPACE.format(name="sh1")))
        text = PROBE_WORKFLOW.replace("sh3/probe", "sh1/flow").replace("lifetime: run",
                                                                       "lifetime: policy")
        said = world.refused("sh1", "policy", "create", world.write("sh1/f.yaml", text),
                             code="denied")
        assert "unwitnessed" in said
        with pytest.raises(Failed, match="unwitnessed"):
            Pipeline(world)
    finally:
        world.close()


def test_a_missing_platform_is_named_before_a_run_is_opened(world):
    probe = Probe(world, "pass", "--executions", "sh3/probe:1")
    words = [w if w != world.platform_socket else world.path("nothing.sock")
             for w in probe.run_words()]
    said = world.refused("sh3", *words, code="unavailable")
    assert "nothing.sock" in said
    assert '"open": 0' in world.run("sh1", "policy", "executions", "sh1/probe", "--output", "json")


def test_garbage_instead_of_a_sealed_image_ends_the_run_and_costs_nothing(world):
    probe = Probe(world, "pass", "--executions", "sh3/probe:1")
    garbage = world.path("garbage")
    os.makedirs(garbage)
    for name in ("index.json", "oci-layout"):
        with open(os.path.join(garbage, name), "wb") as f:
            f.write(os.urandom(1000))
    words = [f"probe={garbage}" if w == f"probe={probe.image}" else w for w in probe.run_words()]
    said = world.refused("sh3", *words, code="argument")
    assert "probe" in said and garbage in said
    shown = world.run("sh1", "policy", "executions", "sh1/probe", "--output", "json")
    assert '"used": 0' in shown and '"open": 0' in shown


def test_a_full_disk_ends_the_run_and_costs_nothing(world):
    probe = Probe(world, "open('/out/result', 'wb').write(b'x' * (64 << 20))", "--executions",
                  "sh3/probe:1")
    small = world.path("small")
    os.makedirs(small)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100m", "tmpfs", small], check=True)
    try:
        words = [w if w != probe.storage else small for w in probe.run_words()]
        done = world.command("sh3", *words, status=None)
        assert done.returncode != 0
        assert "error[" in done.stderr and "next:" in done.stderr
    finally:
        subprocess.run(["umount", "-l", small], check=True)
    shown = world.run("sh1", "policy", "executions", "sh1/probe", "--output", "json")
    assert '"used": 0' in shown and '"open": 0' in shown


def test_an_unknown_command_and_option_suggest_the_nearest(world):
    assert "workflow run" in world.refused("sh1", "workflow", "rnu", "x", code="argument")
    assert "--storage" in world.refused("sh1", "workflow", "run", "--storag", "x", code="argument")
