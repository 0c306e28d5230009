# SPDX-License-Identifier: Apache-2.0
"""A TPM 2.0 (swtpm, by its socket), and a CA that certifies its attestation key, as an operator's."""
import datetime
import os
import socket
import struct
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SWTPM = "/usr/bin/swtpm"
CERTIFICATE_INDEX = 0x01800cc0
# docs/runtime.md: ECDSA P-256, restricted, of the endorsement hierarchy
TEMPLATE = bytes.fromhex("0023000b00050072000000100018000b0003001000000000")
OWNER, ENDORSEMENT = 0x40000001, 0x4000000b
PASSWORD = bytes.fromhex("00000009400000090000000000")
RETRY = 0x922


def sized(data):
    return struct.pack(">H", len(data)) + data


class SoftwareTpm:
    def __init__(self, world, name="swtpm"):
        state = world.path(name)
        os.makedirs(state)
        self.socket = os.path.join(state, "socket")
        self.process = world.daemon(name, ["sh", "-c", f"""
            {SWTPM} socket --tpm2 --tpmstate dir={state} --server type=unixio,path={self.socket} \
                --flags not-need-init,startup-clear &
            trap "kill $!" TERM
            while ! [ -S {self.socket} ]; do sleep 0.02; done
            echo ready
            wait"""], r"ready")

    def calls(self, *commands):
        """One after the other over one connection; what stands behind the last one's header."""
        with socket.socket(socket.AF_UNIX) as to:
            for _ in range(100):  # its file is there a moment before it listens
                if to.connect_ex(self.socket) == 0:
                    break
                time.sleep(0.02)
            for command, handles, parameters, authorized in commands:
                body = (b"".join(struct.pack(">I", h) for h in handles) +
                        (PASSWORD if authorized else b"") + parameters)
                message = struct.pack(">HII", 0x8002 if authorized else 0x8001, 10 + len(body),
                                      command) + body
                error = RETRY
                while error == RETRY:
                    to.sendall(message)
                    answer = to.recv(4096)
                    error, = struct.unpack(">I", answer[6:10])
                assert error == 0, f"TPM command {command:#x}: {error:#x}"
        return answer[10:]

    def attestation_point(self):
        """x and y of the key that a runtime makes: the same whenever it is made."""
        made = self.calls((0x131, [ENDORSEMENT], struct.pack(">HI", 4, 0) + sized(TEMPLATE) +
                           bytes(6), True))
        self.calls((0x165, [struct.unpack(">I", made[:4])[0]], b"", False))
        public = made[10:10 + struct.unpack(">H", made[8:10])[0]]
        return public[-66:-34], public[-32:]

    def extend(self, pcr, digest):
        self.calls((0x182, [pcr], struct.pack(">IH", 1, 0x000b) + digest, True))

    def put(self, index, data):
        define = sized(b"") + sized(struct.pack(">IHI", index, 0x000b, 0x02060006) + sized(b"") +
                                    struct.pack(">H", len(data)))
        commands = [(0x12a, [OWNER], define, True)]
        for at in range(0, len(data), 512):
            commands.append((0x137, [OWNER, index], sized(data[at:at + 512]) +
                             struct.pack(">H", at), True))
        self.calls(*commands)


class Authority:
    """A CA of keys of TPMs: its root, and its list of revoked ones."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TPMs of a test")])
        self.now = datetime.datetime.utcnow()
        self.root = self.certificate(self.name, self.key.public_key()).add_extension(
            x509.BasicConstraints(True, None), True).add_extension(
            self.usage(ca=True), True).sign(self.key, hashes.SHA256())

    @staticmethod
    def usage(ca):
        return x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False)

    def certificate(self, name, key):
        return (x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(key)
                .serial_number(x509.random_serial_number())
                .not_valid_before(self.now - datetime.timedelta(hours=1))
                .not_valid_after(self.now + datetime.timedelta(days=30)))

    def certify(self, point):
        key = ec.EllipticCurvePublicNumbers(*(int.from_bytes(half, "big") for half in point),
                                            ec.SECP256R1()).public_key()
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "attestation key")])
        made = self.certificate(name, key).add_extension(self.usage(ca=False), True).add_extension(
            x509.ExtendedKeyUsage([x509.ObjectIdentifier("2.23.133.8.3")]), False)
        return made.sign(self.key, hashes.SHA256())

    def pem(self):
        return self.root.public_bytes(serialization.Encoding.PEM).decode()

    def revocation_list(self, *revoked, number=1):
        made = (x509.CertificateRevocationListBuilder().issuer_name(self.name)
                .last_update(self.now - datetime.timedelta(hours=1))
                .next_update(self.now + datetime.timedelta(days=1))
                .add_extension(x509.CRLNumber(number), False))
        for certificate in revoked:
            made = made.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(certificate.serial_number)
                .revocation_date(self.now - datetime.timedelta(minutes=1)).build())
        return made.sign(self.key, hashes.SHA256()).public_bytes(
            serialization.Encoding.PEM).decode()
