"""Certificates for a server on this machine, and for an app: made anew for each run, and worth nothing elsewhere."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2049, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Pair:
    """A key with its certificate, as PEM; `der` is the certificate alone."""

    key: bytes
    certificate: bytes
    der: bytes

    @property
    def both(self) -> bytes:
        """Key and certificate in one file, as a secret holds them."""
        return self.key + self.certificate


@cache
def server_pair() -> Pair:
    """Give the pair of a server that is called localhost; it is its own authority."""
    return make_pair("localhost", FAR_AHEAD)


@cache
def app_pair() -> Pair:
    """Give the pair that is registered for the app."""
    return make_pair("cspr-bot", FAR_AHEAD)


def make_pair(name: str, not_after: datetime) -> Pair:
    """Make a pair that is good until a moment."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names = [x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(LONG_AGO, not_after - timedelta(days=1)))
        .not_valid_after(not_after)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Pair(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        certificate.public_bytes(serialization.Encoding.PEM),
        certificate.public_bytes(serialization.Encoding.DER),
    )


def write_server_files(folder: Path) -> tuple[Path, Path]:
    """Write the server's certificate (which is the CA file too) and its key."""
    pair = server_pair()
    certificate, key = folder / "server-cert.pem", folder / "server-key.pem"
    certificate.write_bytes(pair.certificate)
    key.write_bytes(pair.key)
    key.chmod(0o600)
    return certificate, key
