"""RSA keys in and out of JWK, DER and PEM; nobody else needs to know the key library."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from src_system.crypto import base64url

PrivateKey = rsa.RSAPrivateKey
PublicKey = rsa.RSAPublicKey

KEY_BITS_MIN = 2048
KEY_BITS_MAX = 8192  # beyond it one verification costs milliseconds
_PUBLIC_EXPONENT = 65_537  # also the least that is accepted (FIPS 186-5 A.1.1)
_PUBLIC_EXPONENT_BITS_MAX = 64
_SOUND_KEYS_MAX = 64


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
    if bits < KEY_BITS_MIN:
        raise KeyRefused(f"A key needs at least {KEY_BITS_MIN} bits.")
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
    try:
        key = serialization.load_der_private_key(
            der, password=None, unsafe_skip_rsa_key_validation=True
        )
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyRefused("The private key is not PKCS #8 in DER.") from error
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
    except (KeyError, ValueError, TypeError) as error:
        raise KeyRefused("The key's members e and n are malformed.") from error
    _check(numbers)
    return numbers.public_key()


def private_from_jwk(jwk: Mapping[str, object], *, is_ours: bool = False) -> PrivateKey:
    """The private key of a JWK with CRT members; KeyRefused if malformed or too short.

    Checking the primes takes tens of milliseconds. For a key that *is_ours* it is left out, and
    for one that was found sound a moment ago: a client brings the same to all its sandboxes.
    """
    if jwk.get("kty") != "RSA":
        raise KeyRefused("The key is not an RSA key (kty must be RSA).")
    try:
        public_numbers = rsa.RSAPublicNumbers(_to_int(jwk["e"]), _to_int(jwk["n"]))
        _check(public_numbers)
        numbers = rsa.RSAPrivateNumbers(
            p=_to_int(jwk["p"]),
            q=_to_int(jwk["q"]),
            d=_to_int(jwk["d"]),
            dmp1=_to_int(jwk["dp"]),
            dmq1=_to_int(jwk["dq"]),
            iqmp=_to_int(jwk["qi"]),
            public_numbers=public_numbers,
        )
        if is_ours:
            return numbers.private_key(unsafe_skip_rsa_key_validation=True)
        return _sound_private_key(numbers)
    except KeyRefused:
        raise
    except (KeyError, ValueError, TypeError) as error:
        raise KeyRefused(
            "The private key's members n, e, d, p, q, dp, dq, qi are malformed."
        ) from error


@lru_cache(maxsize=_SOUND_KEYS_MAX)
def _sound_private_key(numbers: rsa.RSAPrivateNumbers) -> PrivateKey:
    """The key; ValueError when its primes are none."""
    return numbers.private_key()


def public_from_pem_certificate(pem: str) -> CertificateKey:
    """The key of a PEM certificate; KeyRefused if it cannot be read."""
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyRefused("The certificate is not a readable PEM certificate.") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise KeyRefused("The certificate's key is not an RSA key.")
    _check(key.public_numbers())
    return CertificateKey(
        public=key,
        serial_number=f"{certificate.serial_number:x}",
        subject=certificate.subject.rfc4514_string(),
        not_after=certificate.not_valid_after_utc,
    )


def private_to_pem(key: PrivateKey) -> str:
    """PKCS #8 in PEM, not encrypted: for its owner."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def private_from_pem(pem: str) -> PrivateKey:
    """The key of a PEM private key that is not encrypted; KeyRefused if it is no sound key."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyRefused("The key is not a readable PEM key.") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise KeyRefused("The key is not an RSA key.")
    _check(key.public_key().public_numbers())
    return key


def public_to_pem(key: PublicKey) -> str:
    """SubjectPublicKeyInfo in PEM."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def public_from_pem(pem: str) -> PublicKey:
    """The key of a PEM public key, private key or certificate; KeyRefused if it is no sound key."""
    if "CERTIFICATE" in pem:
        return public_from_pem_certificate(pem).public
    if "PRIVATE KEY" in pem:
        return private_from_pem(pem).public_key()
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyRefused("The key is not a readable PEM key.") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise KeyRefused("The key is not an RSA key.")
    _check(key.public_numbers())
    return key


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


def _check(numbers: rsa.RSAPublicNumbers) -> None:
    bits = numbers.n.bit_length()
    if bits < KEY_BITS_MIN:
        raise KeyRefused(f"The key has {bits} bits; at least {KEY_BITS_MIN} are needed.")
    if bits > KEY_BITS_MAX:
        raise KeyRefused(f"The key has {bits} bits; at most {KEY_BITS_MAX} are accepted.")
    if numbers.n % 2 == 0:
        raise KeyRefused("The key's modulus is even.")
    if (
        numbers.e % 2 == 0
        or numbers.e < _PUBLIC_EXPONENT
        or numbers.e.bit_length() > _PUBLIC_EXPONENT_BITS_MAX
    ):
        raise KeyRefused("The key's exponent must be odd, from 65537 to 64 bits.")


def _from_int(number: int) -> str:
    return base64url.encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _to_int(text: object) -> int:
    if not isinstance(text, str):
        raise TypeError
    return int.from_bytes(base64url.decode(text), "big")
