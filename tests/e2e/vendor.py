# SPDX-License-Identifier: Apache-2.0
"""The vendor of a simulated platform: what it publishes, with other numbers, by its own keys."""
import base64
import contextlib
import datetime
import http.server
import json
import os
import ssl
import threading
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import NameOID

MEMBERS = {"tcb_info.json": "tcb_info", "tcb_info_issuer_chain.pem": "tcb_info_chain",
           "qe_identity.json": "qe_identity", "qe_identity_issuer_chain.pem": "qe_identity_chain",
           "root_ca_crl.der": "root_crl", "pck_crl.der": "pck_crl",
           "pck_crl_issuer_chain.pem": "pck_crl_chain"}


class Vendor:
    def __init__(self, platform):
        self.platform = platform

    def read(self, name):
        with open(os.path.join(self.platform, "collateral", name), "rb") as f:
            return f.read()

    def key(self, name):
        with open(os.path.join(self.platform, "secret", name), "rb") as f:
            return serialization.load_pem_private_key(f.read(), None)

    def sign(self, member, value):
        """As Intel signs: over the bytes of the value as they stand."""
        text = json.dumps(value, separators=(",", ":")).encode()
        r, s = utils.decode_dss_signature(self.key("tcb-signing.key").sign(
            text, ec.ECDSA(hashes.SHA256())))
        signature = (r.to_bytes(32, "big") + s.to_bytes(32, "big")).hex()
        return b'{"%s":%s,"signature":"%s"}' % (member.encode(), text, signature.encode())

    def crl(self, name, key, number):
        old = x509.load_der_x509_crl(self.read(name))
        made = x509.CertificateRevocationListBuilder(old.issuer, old.last_update, old.next_update)
        for extension in old.extensions:
            value = x509.CRLNumber(number) if isinstance(extension.value, x509.CRLNumber) \
                else extension.value
            made = made.add_extension(value, extension.critical)
        return made.sign(self.key(key), hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def files(self, tcb=None, crl=None, fmspc=None):
        """{file: bytes} of a set, with these numbers where they are given."""
        files = {name: self.read(name) for name in MEMBERS}
        for name, member in (("tcb_info.json", "tcbInfo"), ("qe_identity.json", "enclaveIdentity")):
            value = json.loads(files[name])[member]
            value["tcbEvaluationDataNumber"] = tcb or value["tcbEvaluationDataNumber"]
            if fmspc and member == "tcbInfo":
                value["fmspc"] = fmspc
            files[name] = self.sign(member, value)
        if crl:
            files["root_ca_crl.der"] = self.crl("root_ca_crl.der", "root.key", crl)
            files["pck_crl.der"] = self.crl("pck_crl.der", "pck-ca.key", crl)
        return files

    def set(self, **numbers):
        """As POST /v1/collateral takes it."""
        return {"collateral": {MEMBERS[name]: base64.b64encode(data).decode()
                               for name, data in self.files(**numbers).items()}}

    def directory(self, path, **numbers):
        os.makedirs(path, exist_ok=True)
        for name, data in self.files(**numbers).items():
            with open(os.path.join(path, name), "wb") as f:
                f.write(data)
        return path


class Service(http.server.BaseHTTPRequestHandler):
    """Intel's PCS and AMD's KDS by their paths; `answers` is {path with query: (headers, body)}."""

    answers, asked, statuses = {}, [], {}

    def do_GET(self):
        type(self).asked.append(self.path)
        headers, body = self.answers.get(self.path, ({}, None))
        status = self.statuses.get(self.path, 404 if body is None else 200)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/elsewhere")
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *words):
        pass

    @classmethod
    def publish(cls, files, tee="sgx", fmspc="00606a000000", ca="platform"):
        def signed(name, header, chain):
            return {header: urllib.parse.quote(files[chain].decode())}, files[name]

        cls.answers = {
            f"/{tee}/certification/v4/tcb?fmspc={fmspc}": signed(
                "tcb_info.json", "TCB-Info-Issuer-Chain", "tcb_info_issuer_chain.pem"),
            f"/{tee}/certification/v4/qe/identity": signed(
                "qe_identity.json", "SGX-Enclave-Identity-Issuer-Chain",
                "qe_identity_issuer_chain.pem"),
            f"/sgx/certification/v4/pckcrl?ca={ca}&encoding=der": signed(
                "pck_crl.der", "SGX-PCK-CRL-Issuer-Chain", "pck_crl_issuer_chain.pem"),
            "/root.der": ({}, files["root_ca_crl.der"]),
        }


@contextlib.contextmanager
def serving(directory):
    """(the class that answers, its https address, the file with the root of its certificate)"""
    handler = type("Answers", (Service,), {"answers": {}, "asked": [], "statuses": {}})
    key, cert = certificate(directory)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield handler, f"https://localhost:{server.server_port}", cert
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def certificate(directory):
    """Of 'localhost', signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.utcnow()
    cert = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(),
        now - datetime.timedelta(hours=1), now + datetime.timedelta(days=1)).add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost")]), False).add_extension(
                x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256())
    paths = [os.path.join(directory, one) for one in ("tls.key", "tls.pem")]
    with open(paths[0], "wb") as f:
        f.write(key.private_bytes(serialization.Encoding.PEM,
                                  serialization.PrivateFormat.PKCS8,
                                  serialization.NoEncryption()))
    with open(paths[1], "wb") as f:
        f.write(cert.public_bytes(serialization.Encoding.PEM))
    return paths
