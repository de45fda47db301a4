"""What an operator may set: one table of settings, and the only reader of the environment.

A setting has one name. `database_url` is the flag `--database-url`, the environment variable
`SRC_SYSTEM_DATABASE_URL` and the field `Config.database_url`. Flag beats environment beats default.
"""

import base64
import difflib
import ipaddress
import os
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import urlsplit

import platformdirs

PREFIX = "SRC_SYSTEM_"
VAULT_KEY_BYTES = 32

Source = Literal["flag", "environment", "default"]


class ConfigError(Exception):
    """A setting cannot be used; the message is one line that names its flag or variable."""


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


def _limit(default: int, unit: str, meaning: str, *, least: int = 1, most: int = 2**31 - 1) -> int:
    """One row of the limits below; the row is the setting."""
    row = {"unit": unit, "meaning": meaning, "least": least, "most": most}
    value: int = field(default=default, metadata=row)
    return value


@dataclass(frozen=True, slots=True)
class Limits:
    """A number on everything, named with its unit."""

    body_bytes_max: int = _limit(262_144, "bytes", "largest request body", least=1024)
    json_depth_max: int = _limit(32, "levels", "deepest JSON", least=8, most=256)
    cards_per_consumer_max: int = _limit(20, "cards", "cards of a consumer in one network")
    addresses_per_consumer_max: int = _limit(20, "addresses", "shipping addresses of a consumer")
    one_time_code_digits: int = _limit(6, "digits", "length of a one-time code", least=4, most=10)
    one_time_code_minutes: int = _limit(5, "minutes", "life of a one-time code")
    one_time_code_wrong_tries_max: int = _limit(3, "tries", "wrong codes that end a validation")
    one_time_code_resends_max: int = _limit(3, "codes", "codes sent again", least=0)
    exhausted_validations_before_lock: int = _limit(
        3, "validations", "exhausted validations in a row that lock a consumer"
    )
    consumer_lock_minutes: int = _limit(30, "minutes", "how long a consumer stays locked")
    id_token_seconds: int = _limit(480, "seconds", "life of an idToken")
    authentication_age_days_max: int = _limit(
        30, "days", "how long ago a person may have been validated for an idToken to count"
    )
    recognition_token_days: int = _limit(180, "days", "life of a recognitionToken")
    checkout_session_minutes: int = _limit(30, "minutes", "life of a checkout session")
    journal_entries_max: int = _limit(10_000, "entries", "journal kept per sandbox")
    sandboxes_max: int = _limit(10_000, "sandboxes", "sandboxes in one installation")
    wait_seconds_max: int = _limit(30, "seconds", "longest wait= of the control port")
    request_seconds_max: int = _limit(30, "seconds", "longest request")
    client_key_pool: int = _limit(8, "keys", "payload keys made ready for new clients", least=0)
    database_pool_min: int = _limit(4, "connections", "connections kept open per worker")
    database_pool_max: int = _limit(12, "connections", "most connections per worker")
    database_acquire_timeout_ms: int = _limit(2000, "ms", "longest wait for a connection")
    database_statement_timeout_ms: int = _limit(5000, "ms", "longest statement")


@dataclass(frozen=True, slots=True)
class Config:
    """Everything `src-system serve` was told, read once."""

    listen: Address
    control: Address
    public_url: str | None
    database_url: str | None = field(repr=False)
    data_dir: Path
    ephemeral: bool
    migrate: bool
    workers: int
    auth: Literal["open", "native"]
    profile: Literal["default", "strict", "lenient"]
    ready_file: Path | None
    log_level: Literal["debug", "info", "warning", "error"]
    log_format: Literal["auto", "json", "console"]
    control_token: str | None = field(repr=False)
    vault_key: bytes | None = field(repr=False)
    limits: Limits
    sources: Mapping[str, Source] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table: how a setting is written, read and explained."""

    name: str
    default: str | None
    parse: Callable[[str], Any]
    meaning: str
    unit: str = ""
    metavar: str = ""
    secret: bool = False
    has_flag: bool = True
    is_limit: bool = False

    @property
    def flag(self) -> str:
        """The name on the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The name in the environment."""
        return PREFIX + self.name.upper()


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


def _parse_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http or https URL, as in https://src.shop.test")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("must have no user, query or fragment")
    _ = parts.port  # raises ValueError when it is no port
    return text.rstrip("/")


def _parse_dsn(text: str) -> str:
    if urlsplit(text).scheme not in {"postgres", "postgresql"}:
        raise ValueError("must be a postgresql:// URL")
    return text


def _parse_switch(text: str) -> bool:
    if text.lower() in {"1", "true", "yes", "on"}:
        return True
    if text.lower() in {"0", "false", "no", "off"}:
        return False
    raise ValueError("must be true or false")


def _parse_vault_key(text: str) -> bytes:
    try:
        if len(text) == 2 * VAULT_KEY_BYTES:
            return bytes.fromhex(text)
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:
        key = b""
    if len(key) != VAULT_KEY_BYTES:
        raise ValueError(f"must be {VAULT_KEY_BYTES} bytes in hexadecimal or base64")
    return key


def _parse_token(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._~+/=-]{8,}", text):
        raise ValueError("must be 8 or more of the characters of a bearer token")
    return text


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError("must be one of " + ", ".join(choices))
        return text

    return parse


def _whole_number(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,10}", text) or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return parse


def _server_settings() -> tuple[Setting, ...]:
    workers = _whole_number(1, 256)
    auth = _one_of("open", "native")
    profile = _one_of("default", "strict", "lenient")
    level = _one_of("debug", "info", "warning", "error")
    form = _one_of("auto", "json", "console")
    return (
        Setting("listen", "127.0.0.1:8080", parse_address, "protocol port", metavar="HOST:PORT"),
        Setting("control", "127.0.0.1:8081", parse_address, "control port", metavar="HOST:PORT"),
        Setting("public_url", None, _parse_url, "how clients reach this server", metavar="URL"),
        Setting("database_url", None, _parse_dsn, "PostgreSQL to use", metavar="DSN", secret=True),
        Setting("data_dir", None, Path, "where data and keys are kept", metavar="DIR"),
        Setting("ephemeral", "false", _parse_switch, "keep nothing after the end"),
        Setting("migrate", "false", _parse_switch, "bring the database up to date first"),
        Setting("workers", "1", workers, "processes that answer", unit="processes", metavar="N"),
        Setting("auth", "open", auth, "client authentication", metavar="open|native"),
        Setting("profile", "default", profile, "strictness", metavar="default|strict|lenient"),
        Setting("ready_file", None, Path, "file that gets the ready line", metavar="PATH"),
        Setting("log_level", "info", level, "quietest line", metavar="debug|info|warning|error"),
        Setting("log_format", "auto", form, "form of the log", metavar="auto|json|console"),
        Setting(
            "control_token",
            None,
            _parse_token,
            "bearer token of the control port",
            metavar="TOKEN",
            secret=True,
        ),
        Setting(
            "vault_key",
            None,
            _parse_vault_key,
            "key that seals card numbers at rest",
            secret=True,
            has_flag=False,  # a process list shows flags to everyone
        ),
    )


def _limit_settings() -> tuple[Setting, ...]:
    return tuple(
        Setting(
            row.name,
            str(row.default),
            _whole_number(row.metadata["least"], row.metadata["most"]),
            row.metadata["meaning"],
            unit=row.metadata["unit"],
            metavar="N",
            is_limit=True,
        )
        for row in fields(Limits)
    )


SETTINGS: tuple[Setting, ...] = _server_settings() + _limit_settings()


def process_environment() -> Mapping[str, str]:
    """The environment of this process, read-only; the one place that asks for it."""
    return MappingProxyType(os.environ)


def load(
    flags: Mapping[str, str | None],
    environment: Mapping[str, str],
    *,
    other_variables: Collection[str] = (),
) -> Config:
    """Put a configuration together from *flags* (by setting name, None: not given), *environment*
    and defaults. An empty variable counts as not given.

    *other_variables* are names that other commands understand and that are no mistake here.

    Raises ConfigError for a value that cannot be used, a variable that does not exist, and
    settings that exclude each other.
    """
    _refuse_unknown_variables(environment, other_variables)
    values: dict[str, Any] = {}
    sources: dict[str, Source] = {}
    for setting in SETTINGS:
        text, source = _written(setting, flags, environment)
        try:
            values[setting.name] = None if text is None else setting.parse(text)
        except ValueError as wrong:
            shown = "" if setting.secret else f", not {text!r}"
            raise ConfigError(f"{_spelling(setting, source)}: {wrong}{shown}") from None
        sources[setting.name] = source
    if values["data_dir"] is None:
        values["data_dir"] = platformdirs.user_data_path("src-system", appauthor=False)
    limits = Limits(**{row.name: values.pop(row.name) for row in fields(Limits)})
    config = Config(**values, limits=limits, sources=MappingProxyType(sources))
    _refuse_contradictions(config)
    return config


def print_config(config: Config) -> str:
    """Every setting on a line: name, value, unit and where it came from; secrets only as set."""
    lines = []
    for setting in SETTINGS:
        owner = config.limits if setting.is_limit else config
        value = _shown(setting, getattr(owner, setting.name))
        unit = f" {setting.unit}" if setting.unit else ""
        lines.append(f"{setting.name} = {value}{unit} (from {config.sources[setting.name]})")
    return "\n".join(lines)


def _written(
    setting: Setting, flags: Mapping[str, str | None], environment: Mapping[str, str]
) -> tuple[str | None, Source]:
    given = flags.get(setting.name)
    if setting.has_flag and given is not None:
        return given, "flag"
    if environment.get(setting.variable):
        return environment[setting.variable], "environment"
    return setting.default, "default"


def _spelling(setting: Setting, source: Source) -> str:
    return setting.variable if source == "environment" else setting.flag


def _shown(setting: Setting, value: object) -> str:
    if value is None:
        return "unset"
    if setting.name == "database_url":
        return _without_password(str(value))
    if setting.secret:
        return "set"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _without_password(dsn: str) -> str:
    # Up to the last @, whatever a password may hold that should have been escaped.
    dsn = re.sub(r"(://[^:/?@]*):.*@", r"\1:***@", dsn)
    return re.sub(r"(password=)[^&]*", r"\1***", dsn)


def _refuse_unknown_variables(
    environment: Mapping[str, str], other_variables: Collection[str]
) -> None:
    known = {setting.variable for setting in SETTINGS} | set(other_variables)
    for variable in sorted(environment):
        if variable.startswith(PREFIX) and variable not in known:
            close = difflib.get_close_matches(variable, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise ConfigError(f"{variable}: there is no such setting{hint}")


def _refuse_contradictions(config: Config) -> None:
    def spelling(name: str) -> str:
        setting = next(setting for setting in SETTINGS if setting.name == name)
        return _spelling(setting, config.sources[name])

    if config.ephemeral and config.database_url is not None:
        raise ConfigError(
            f"{spelling('ephemeral')} and {spelling('database_url')} exclude each other: give one"
        )
    if config.ephemeral and config.sources["data_dir"] != "default":
        raise ConfigError(
            f"{spelling('ephemeral')} and {spelling('data_dir')} exclude each other: give one"
        )
    if config.listen == config.control and config.listen.port != 0:
        raise ConfigError(
            f"{spelling('control')}: the control port needs an address of its own,"
            f" not {config.control}"
        )
    if config.limits.database_pool_min > config.limits.database_pool_max:
        raise ConfigError(
            f"{spelling('database_pool_min')}: must not be above"
            f" {spelling('database_pool_max')} ({config.limits.database_pool_max})"
        )
