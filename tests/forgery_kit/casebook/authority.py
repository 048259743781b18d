"""A time-stamping authority (RFC 3161) on loopback, for tests: certificates of its own, answers made by OpenSSL."""

from __future__ import annotations

import datetime
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_CONFIG = """
[tsa]
default_tsa = here
[here]
dir = .
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@dataclass(frozen=True)
class Authority:
    """``url`` : where it answers. ``root`` : PEM of the certificate that its own leads to."""

    url: str
    root: Path


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: tuple[x509.Name, ec.EllipticCurvePrivateKey] | None
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    by, signer = issuer or (subject, key)
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(by, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(1))
    builder = builder.add_extension(x509.BasicConstraints(issuer is None, None), True)
    ours = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    theirs = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    builder = builder.add_extension(ours, False).add_extension(theirs, False)
    usage = {field: False for field in ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only")}
    usage |= {"digital_signature": True, "content_commitment": False, "decipher_only": False}
    usage |= {"key_cert_sign": issuer is None, "crl_sign": issuer is None}
    builder = builder.add_extension(x509.KeyUsage(**usage), True)
    if issuer:
        builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.TIME_STAMPING]), True)
    return builder.sign(signer, hashes.SHA256())


@contextmanager
def authority(folder: Path) -> Iterator[Authority]:
    """An authority that runs while it is used; skips where there is no OpenSSL to make its answers."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl on this machine to make time stamps with")
    folder.mkdir()
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _certificate("root", root_key, None)
    own = _certificate("authority", key, (root.subject, root_key))
    pem = serialization.Encoding.PEM
    (folder / "root.pem").write_bytes(root.public_bytes(pem))
    (folder / "own.pem").write_bytes(own.public_bytes(pem))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, *plain))
    (folder / "tsa.cnf").write_text(_CONFIG)
    (folder / "serial").write_text("01\n")

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name is the library's
            if self.path == "/garbage":
                self.wfile.write(b"nonsense\r\n\r\n")
                return
            (folder / "query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            made = [openssl, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "answer"]
            signer = ["-signer", "own.pem", "-inkey", "key.pem"]
            subprocess.run([*made, *signer], cwd=folder, check=True, capture_output=True)
            data = (folder / "answer").read_bytes()
            data = {"/": data, "/nothing": b"", "/noise": b"\x30\x03abc"}.get(self.path, data)
            if self.path == "/old":
                data = (folder / "first").read_bytes()
            (folder / "first").write_bytes(data)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield Authority(f"http://127.0.0.1:{server.server_port}/", folder / "root.pem")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
