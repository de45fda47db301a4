"""The simulator's own certificate authority: one for the server, and one certificate per client."""

import contextlib
import ipaddress
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFE = timedelta(days=3650)
_SKEW = timedelta(days=1)  # clocks of other machines may be behind
_ENDS_EARLY = timedelta(days=30)
_CA_NAME = "src-system simulated CA"
_COMMON_NAME_CHARACTERS_MAX = 64


class CertificateRefused(ValueError):
    """A certificate or its key cannot be read or used."""


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A certificate with its key, both PEM."""

    certificate: str
    private_key: str = field(repr=False)


class CertificateAuthority:
    """Issues certificates as long-lived as itself; its keys are P-256."""

    __slots__ = ("_certificate", "_key")

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self._certificate = certificate
        self._key = key

    @property
    def pem(self) -> str:
        """The certificate that clients are to trust."""
        return _to_pem(self._certificate)

    @property
    def not_after(self) -> datetime:
        """When it and all it has issued end."""
        return self._certificate.not_valid_after_utc

    @property
    def private_pem(self) -> str:
        """Its own key, PKCS #8 in PEM."""
        return _key_pem(self._key)

    def issue_server(self, names: Iterable[str]) -> IssuedCertificate:
        """A certificate for host names and addresses."""
        wanted = list(dict.fromkeys(names))
        alternatives = x509.SubjectAlternativeName([_general_name(name) for name in wanted])
        return self._issue(
            wanted[0], ExtendedKeyUsageOID.SERVER_AUTH, [alternatives], "src-system simulator"
        )

    def issue_client(self, src_client_id: str) -> IssuedCertificate:
        """A certificate for the client of that srcClientId."""
        return self._issue(src_client_id, ExtendedKeyUsageOID.CLIENT_AUTH, [], "src-system client")

    def _issue(
        self,
        common_name: str,
        usage: x509.ObjectIdentifier,
        extensions: Iterable[x509.ExtensionType],
        organisation: str,
    ) -> IssuedCertificate:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            x509.CertificateBuilder()
            .subject_name(
                x509.Name(
                    [
                        x509.NameAttribute(
                            NameOID.COMMON_NAME, common_name[:_COMMON_NAME_CHARACTERS_MAX]
                        ),
                        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
                    ]
                )
            )
            .issuer_name(self._certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._certificate.not_valid_before_utc)
            .not_valid_after(self._certificate.not_valid_after_utc)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
        )
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return IssuedCertificate(_to_pem(builder.sign(self._key, hashes.SHA256())), _key_pem(key))


def new_certificate_authority(*, now: datetime) -> CertificateAuthority:
    """A new authority, valid for ten years from *now* (machine time)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _CA_NAME)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + _LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_CA_USAGE, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return CertificateAuthority(certificate, key)


_CA_USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def load_or_create_authority(folder: Path, *, now: datetime) -> CertificateAuthority:
    """The authority kept in *folder*, made at the first start and anew when it is about to end.

    Key and certificate lie in one file of mode 0600, so that processes that start together agree;
    `ca.pem` beside it holds the certificate alone. Raises CertificateRefused, OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "ca-key.pem"
    if not path.exists():
        _create(path, now=now)
    authority = _load(path)
    if authority.not_after < now + _ENDS_EARLY:
        path.unlink(missing_ok=True)
        _create(path, now=now)
        authority = _load(path)
    ca_path = folder / "ca.pem"
    if not ca_path.exists() or ca_path.read_text() != authority.pem:
        write_whole(ca_path, authority.pem, mode=0o644)
    return authority


def write_whole(path: Path, text: str, *, mode: int) -> None:
    """Put *text* at *path* in one step: nobody reads half of it."""
    draft = _draft(path, text, mode=mode)
    draft.replace(path)


def _create(path: Path, *, now: datetime) -> None:
    authority = new_certificate_authority(now=now)
    draft = _draft(path, authority.private_pem + authority.pem, mode=0o600)
    try:
        with contextlib.suppress(FileExistsError):  # another process was first: its key counts
            os.link(draft, path)
    finally:
        draft.unlink()


def _draft(path: Path, text: str, *, mode: int) -> Path:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft = Path(name)
    draft.chmod(mode)
    return draft


def _load(path: Path) -> CertificateAuthority:
    pem = path.read_bytes()
    try:
        key = serialization.load_pem_private_key(pem, password=None)
        certificate = x509.load_pem_x509_certificate(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CertificateRefused(
            f"{path} does not hold a certificate authority; remove it to have a new one made."
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CertificateRefused(f"{path} holds a key of another kind; remove it.")
    return CertificateAuthority(certificate, key)


def certificate_from_pem(pem: str) -> bytes:
    """The DER of a PEM certificate, or CertificateRefused."""
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateRefused("The certificate is not a readable PEM certificate.") from error
    return certificate.public_bytes(serialization.Encoding.DER)


def certificate_fingerprint(der: bytes) -> str:
    """SHA-256 of a certificate's DER, in hex."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(der)
    return digest.finalize().hex()


def certificate_subject(der: bytes) -> str:
    """The subject of a certificate as RFC 4514 writes it: `CN=shop,O=Shop`."""
    return x509.load_der_x509_certificate(der).subject.rfc4514_string()


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _to_pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
