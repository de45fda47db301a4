"""How the values of settings are written: addresses, URLs, switches, keys, choices, numbers."""

import base64
import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

VAULT_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen; port 0 asks the system for a free one."""

    host: str
    port: int

    def __str__(self) -> str:
        """As it is written on the command line and in URLs."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_address(text: str) -> Address:
    """`127.0.0.1:8080`, `localhost:0` or `[::1]:8080`; ValueError says what is wrong."""
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        if ":" not in host:
            raise ValueError("brackets are for IPv6 addresses, as in [::1]:8080")
    elif ":" in host:
        raise ValueError("an IPv6 address needs brackets, as in [::1]:8080")
    if not colon or not host:
        raise ValueError("must be host:port, as in 127.0.0.1:8080")
    if not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65535:
        raise ValueError("the port must be a number from 0 to 65535")
    return Address(host, int(port))


def parse_url(text: str) -> str:
    """An http or https URL without a slash at its end; ValueError says what is wrong."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http or https URL, as in https://src.shop.test")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("must have no user, query or fragment")
    _ = parts.port  # raises ValueError when it is no port
    return text.rstrip("/")


def parse_dsn(text: str) -> str:
    """The URL of a PostgreSQL server, or ValueError."""
    if urlsplit(text).scheme not in {"postgres", "postgresql"}:
        raise ValueError("must be a postgresql:// URL")
    return text


def parse_switch(text: str) -> bool:
    """On or off in the usual words, or ValueError."""
    if text.lower() in {"1", "true", "yes", "on"}:
        return True
    if text.lower() in {"0", "false", "no", "off"}:
        return False
    raise ValueError("must be true or false")


def parse_vault_key(text: str) -> bytes:
    """32 bytes written in hexadecimal or base64, or ValueError."""
    try:
        if len(text) == 2 * VAULT_KEY_BYTES:
            return bytes.fromhex(text)
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:
        key = b""
    if len(key) != VAULT_KEY_BYTES:
        raise ValueError(f"must be {VAULT_KEY_BYTES} bytes in hexadecimal or base64")
    return key


def parse_token(text: str) -> str:
    """A bearer token of 8 characters or more, or ValueError."""
    if not re.fullmatch(r"[A-Za-z0-9._~+/=-]{8,}", text):
        raise ValueError("must be 8 or more of the characters of a bearer token")
    return text


def one_of(*choices: str) -> Callable[[str], str]:
    """A parser that takes *choices* only."""

    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError("must be one of " + ", ".join(choices))
        return text

    return parse


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A parser of whole numbers from *least* to *most*."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,10}", text) or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return parse
