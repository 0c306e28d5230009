# SPDX-License-Identifier: Apache-2.0
"""A server of the test plays Azure's directory and a key vault; a program gets what they give.

web carries the bytes and must not be able to read them: TLS ends in the keeper, under the roots
that the CAS was made with.
"""
import hashlib
import http.server
import json
import os
import ssl
import subprocess
import threading
import time
import urllib.parse

import pytest
from conftest import remove_all
from pipeline import Probe
from world import World

AUTHORITY, VAULTS = "login.azure.example", "vault.azure.example"
PASSWORD, VALUE, TOKEN = "what the & application has", "canary of the vault", "eyJ0.canary-token"
SCRIPT = """
import hashlib, os
said = '\\n'.join([os.environ['GIVEN'], os.environ['TOKEN']])
open('/out/result', 'w').write(hashlib.sha256(said.encode()).hexdigest())
"""
SECRETS = """
secrets:
  - name: token
    kind: aad-token
    tenant_id: 11-22
    client_id: the-client
    application_secret: $$SCONE::password$$
  - name: password
    kind: ascii
    value: "what the & application has"
  - name: given
    kind: ascii
    import_akv: {vault: our-vault, secret_name: db-key}
"""


class Azure(http.server.ThreadingHTTPServer):
    """What it does is in its members, which tests change."""
    daemon_threads = True

    def __init__(self, certificate, key):
        super().__init__(("127.0.0.1", 0), Handler)
        self.certificate, self.key = certificate, key
        self.asked = []
        self.reset()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def reset(self):
        self.password, self.vault = PASSWORD, {"db-key": VALUE}
        self.token_answer = {"token_type": "Bearer", "expires_in": 3599, "access_token": TOKEN}
        self.known_token, self.redirect, self.size, self.pause = TOKEN, None, 0, 0
        self.use(self.certificate, self.key)

    def use(self, certificate, key):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)

    def finish_request(self, request, client_address):
        try:
            with self.context.wrap_socket(request, server_side=True) as wrapped:
                super().finish_request(wrapped, client_address)
        except OSError:
            pass  # it did not like our certificate

    def handle_error(self, request, client_address):
        pass  # who hangs up is seen by the test


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def answer(self, status, body, **headers):
        data = json.dumps(body).encode()
        self.server.asked.append((self.headers["Host"], self.path, status))
        time.sleep(self.server.pause)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self):
        form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        assert self.headers["Host"] == AUTHORITY and self.path == "/11-22/oauth2/v2.0/token"
        assert form["grant_type"] == ["client_credentials"]
        assert form["scope"] == [f"https://{VAULTS}/.default"]
        if self.server.redirect:
            self.answer(302, {}, Location=self.server.redirect)
        elif form["client_id"] != ["the-client"] or form["client_secret"] != [self.server.password]:
            self.answer(401, {"error": "invalid_client", "error_description": form["client_secret"]})
        else:
            self.answer(200, self.server.token_answer)

    def do_GET(self):
        name = urllib.parse.urlsplit(self.path).path.removeprefix("/secrets/")
        assert self.headers["Host"] == f"our-vault.{VAULTS}"
        if self.headers["Authorization"] != f"Bearer {self.server.known_token}":
            self.answer(401, {"error": {"code": "Unauthorized"}})
        elif name not in self.server.vault:
            self.answer(404, {"error": {"code": "SecretNotFound"}})
        else:
            self.answer(200, {"value": self.server.vault[name], "padding": "x" * self.server.size})


def make_certificates(directory, name):
    """An authority and, under it, a certificate for all hosts of Azure."""
    def path(suffix):
        return os.path.join(directory, name + suffix)

    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
            "2", "-subj", f"/CN={name}", "-keyout", path(".root.key"), "-out", path(".root.pem"))
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
            "/CN=azure", "-keyout", path(".key"), "-out", path(".csr"))
    with open(path(".ext"), "w") as f:
        f.write(f"subjectAltName=DNS:{AUTHORITY},DNS:*.{VAULTS}\nextendedKeyUsage=serverAuth\n")
    openssl("x509", "-req", "-in", path(".csr"), "-CA", path(".root.pem"), "-CAkey",
            path(".root.key"), "-days", "2", "-extfile", path(".ext"), "-out", path(".pem"))
    return path(".root.pem"), path(".pem"), path(".key")


@pytest.fixture(scope="module")
def azure(tmp_path_factory):
    directory = str(tmp_path_factory.mktemp("azure"))
    root, certificate, key = make_certificates(directory, "ours")
    server = Azure(certificate, key)
    server.directory = directory
    world = World(os.path.join(directory, "w"), init=[
        "--azure-roots", root, "--azure-authority", AUTHORITY, "--azure-vaults", VAULTS],
        start=["--azure-via", f"127.0.0.1:{server.server_address[1]}"])
    server.probe = Probe(world, SCRIPT, "--env", "GIVEN=$$SCONE::given$$", "--env",
                         "TOKEN=$$SCONE::token$$", edit=lambda policy: policy + SECRETS)
    yield server
    server.shutdown()
    server.server_close()
    remove_all(world)


@pytest.fixture(autouse=True)
def fresh(azure):
    azure.reset()
    azure.asked.clear()


def refused(azure, code):
    return azure.probe.world.refused("sh3", *azure.probe.run_words(), code=code)


def test_a_token_and_a_secret_of_a_vault_reach_the_program(azure):
    azure.probe.run()
    assert azure.probe.read() == hashlib.sha256(f"{VALUE}\n{TOKEN}".encode()).hexdigest()
    # Each is asked for once in a start: the token that the program gets opened the vault.
    assert azure.asked == [(AUTHORITY, "/11-22/oauth2/v2.0/token", 200),
                           (f"our-vault.{VAULTS}", "/secrets/db-key?api-version=7.4", 200)]
    # Nobody wrote down what passed by, the password of the application included.
    for path, data in azure.probe.world.everything_written("sh1", "sh3"):
        for word in (PASSWORD, VALUE, TOKEN):
            assert word.encode() not in data, path


def test_web_never_holds_what_it_carries(azure):
    azure.probe.run()
    pids = subprocess.run(["pgrep", "-P", str(azure.probe.world.cas.process.pid)], check=True,
                          capture_output=True, text=True).stdout.split()
    names = {}
    for pid in pids:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            names[pid] = os.path.basename(f.read().split(b"\0")[0].decode())
    web = next(pid for pid, name in names.items() if name == "concordat-cas-web")
    with open(f"/proc/{web}/maps") as maps, open(f"/proc/{web}/mem", "rb", 0) as memory:
        for line in maps:
            where, rights, *_ = line.split()
            start, end = (int(part, 16) for part in where.split("-"))
            if "r" not in rights or line.rstrip().endswith(("[vvar]", "[vsyscall]", "[vvar_vclock]")):
                continue
            memory.seek(start)
            held = memory.read(end - start)
            for word in (VALUE, TOKEN, "client_secret=what"):
                assert word.encode() not in held


def test_a_wrong_password_is_refused_in_words_and_not_repeated(azure):
    azure.password = "another"
    said = refused(azure, "denied")
    assert "tenant '11-22'" in said and "invalid_client" in said, said
    assert "application_secret" in said and PASSWORD not in said, said


def test_what_the_vault_refuses_is_said(azure):
    azure.vault = {}
    assert "SecretNotFound" in refused(azure, "not-found")
    azure.reset()
    azure.known_token = "another"
    assert "does not take the token" in refused(azure, "denied")


def test_a_redirect_is_not_followed(azure):
    azure.redirect = "https://127.0.0.1:1/"
    assert "redirects" in refused(azure, "denied")
    assert len(azure.asked) == 1


def test_a_token_without_time_is_refused(azure):
    azure.token_answer["expires_in"] = 0
    assert "has expired" in refused(azure, "expired")


def test_an_answer_that_is_too_long_ends_it(azure):
    azure.size = 64 * 1024
    assert f"our-vault.{VAULTS}" in refused(azure, "too-big")


def test_a_server_under_another_root_is_asked_nothing(azure):
    _, certificate, key = make_certificates(azure.directory, "theirs")
    azure.use(certificate, key)
    said = refused(azure, "evidence")
    assert AUTHORITY in said and "certificate" in said, said
    assert azure.asked == []


