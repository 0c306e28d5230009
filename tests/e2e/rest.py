# SPDX-License-Identifier: Apache-2.0
"""A stakeholder with curl and a client certificate, as scripts written for SCONE are."""
import json
import os
import subprocess


class Rest:
    """Requests of one key. `who` None: no certificate."""

    def __init__(self, world, who="curl", kind="ed25519"):
        self.world, self.words = world, ["curl", "-sk", "-m", "60"]
        if who:
            key, cert = world.path(f"{who}.key.pem"), world.path(f"{who}.cert.pem")
            if not os.path.exists(cert):
                subprocess.run(["openssl", "req", "-x509", "-newkey", kind, "-nodes",
                                "-keyout", key, "-out", cert, "-subj", f"/CN={who}", "-days", "2"],
                               check=True, capture_output=True)
            self.words += ["--cert", cert, "--key", key]

    def command(self, method, path, body=None, headers=()):
        words = [*self.words, "-X", method, "-w", "\n%{http_code} %{content_type}"]
        for header in headers:
            words += ["-H", header]
        if body is not None:
            name = self.world.write(f"body-{abs(hash(body))}", body)
            words += ["--data-binary", f"@{name}"]
        return [*words, f"https://{self.world.address}{path}"]

    def raw(self, method, path, body=None, headers=()):
        """(status, content type, text)"""
        done = subprocess.run(self.command(method, path, body, headers), capture_output=True,
                              text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        text, _, last = done.stdout.rpartition("\n")
        status, _, media = last.partition(" ")
        return int(status), media, text

    def ask(self, method, path, body=None, headers=(), status=200):
        """The JSON of the answer, which must have this status."""
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
        got, media, text = self.raw(method, path, body, headers)
        assert got == status, f"{method} {path}: {got}, not {status}: {text}"
        assert "json" in media, f"{method} {path}: {media}"
        return json.loads(text)

    def entries(self, kind):
        """How many entries of the ledger are of this type, by the tiles that all may read."""
        size = int(self.raw("GET", "/checkpoint")[2].split("\n")[1])
        found = b""
        for tile in range(0, size, 256):
            width = min(256, size - tile)
            path = f"/tile/entries/{tile // 256:03}" + ("" if width == 256 else f".p/{width}")
            found += subprocess.run([*self.words, f"https://{self.world.address}{path}"],
                                    capture_output=True, check=True).stdout
        return found.count(f'"type":"{kind}"'.encode())
