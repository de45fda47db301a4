"""RSA keys in and out of JWK, DER and PEM; nobody else needs to know the key library."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

PrivateKey = rsa.RSAPrivateKey
PublicKey = rsa.RSAPublicKey

KEY_BITS_MIN = 2048
_PUBLIC_EXPONENT = 65_537


class KeyRefused(ValueError):
    """The key cannot be used: not RSA, too short, or malformed."""


@dataclass(frozen=True, slots=True)
class CertificateKey:
    """The key of an X.509 certificate, with what a `kid` may be made of."""

    public: PublicKey
    serial_number: str
    subject: str
    not_after: datetime


def generate_private_key(bits: int = KEY_BITS_MIN) -> PrivateKey:
    """A new key; takes about 50 ms and lets other threads run meanwhile."""
    return rsa.generate_private_key(_PUBLIC_EXPONENT, bits)


def private_to_der(key: PrivateKey) -> bytes:
    """PKCS #8, not encrypted: for the vault to seal."""
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def private_from_der(der: bytes) -> PrivateKey:
    """The key of PKCS #8 *der*; checks of the primes are left out, the vault vouches for it."""
    key = serialization.load_der_private_key(
        der, password=None, unsafe_skip_rsa_key_validation=True
    )
    if not isinstance(key, rsa.RSAPrivateKey):
        raise KeyRefused("The private key is not an RSA key.")
    return key


def public_jwk(
    key: PublicKey, *, kid: str, use: str, alg: str, key_ops: tuple[str, ...]
) -> dict[str, object]:
    """The public JWK (spec 8.3)."""
    numbers = key.public_numbers()
    return {
        "kty": "RSA",
        "kid": kid,
        "use": use,
        "alg": alg,
        "key_ops": list(key_ops),
        "e": _from_int(numbers.e),
        "n": _from_int(numbers.n),
    }


def private_jwk(
    key: PrivateKey, *, kid: str, use: str, alg: str, key_ops: tuple[str, ...]
) -> dict[str, object]:
    """The private JWK, with all CRT members."""
    numbers = key.private_numbers()
    return {
        **public_jwk(key.public_key(), kid=kid, use=use, alg=alg, key_ops=key_ops),
        "d": _from_int(numbers.d),
        "p": _from_int(numbers.p),
        "q": _from_int(numbers.q),
        "dp": _from_int(numbers.dmp1),
        "dq": _from_int(numbers.dmq1),
        "qi": _from_int(numbers.iqmp),
    }


def public_from_jwk(jwk: Mapping[str, object]) -> PublicKey:
    """The key of a JWK; KeyRefused unless it is a sound RSA key of at least 2048 bits."""
    if jwk.get("kty") != "RSA":
        raise KeyRefused("The key is not an RSA key (kty must be RSA).")
    try:
        numbers = rsa.RSAPublicNumbers(_to_int(jwk["e"]), _to_int(jwk["n"]))
        key = numbers.public_key()
    except (KeyError, ValueError, TypeError, binascii.Error) as error:
        raise KeyRefused("The key's members e and n are malformed.") from error
    return _checked(key)


def private_from_jwk(jwk: Mapping[str, object]) -> PrivateKey:
    """The private key of a JWK with CRT members; KeyRefused if malformed."""
    try:
        numbers = rsa.RSAPrivateNumbers(
            p=_to_int(jwk["p"]),
            q=_to_int(jwk["q"]),
            d=_to_int(jwk["d"]),
            dmp1=_to_int(jwk["dp"]),
            dmq1=_to_int(jwk["dq"]),
            iqmp=_to_int(jwk["qi"]),
            public_numbers=rsa.RSAPublicNumbers(_to_int(jwk["e"]), _to_int(jwk["n"])),
        )
        return numbers.private_key()
    except (KeyError, ValueError, TypeError, binascii.Error) as error:
        raise KeyRefused("The private key's members are malformed.") from error


def public_from_pem_certificate(pem: str) -> CertificateKey:
    """The key of a PEM certificate; KeyRefused if it cannot be read."""
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyRefused("The certificate is not a readable PEM certificate.") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise KeyRefused("The certificate's key is not an RSA key.")
    return CertificateKey(
        public=_checked(key),
        serial_number=f"{certificate.serial_number:x}",
        subject=certificate.subject.rfc4514_string(),
        not_after=certificate.not_valid_after_utc,
    )


def self_signed_certificate(
    key: PrivateKey, *, common_name: str, not_before: datetime, not_after: datetime
) -> str:
    """A PEM certificate for *key*, as a client would upload one."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def fingerprint(key: PublicKey) -> str:
    """SHA-256 of the key's SubjectPublicKeyInfo, in hex."""
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(der).hexdigest()


def _checked(key: PublicKey) -> PublicKey:
    if key.key_size < KEY_BITS_MIN:
        raise KeyRefused(f"The key has {key.key_size} bits; at least {KEY_BITS_MIN} are needed.")
    return key


def _from_int(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _to_int(text: object) -> int:
    if not isinstance(text, str):
        raise TypeError
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return int.from_bytes(raw, "big")
