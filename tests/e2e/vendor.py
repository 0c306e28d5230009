# SPDX-License-Identifier: Apache-2.0
"""The vendor of a simulated platform: what it publishes, with other numbers, by its own keys."""
import base64
import json
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

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
