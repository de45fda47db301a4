"""What an operator may set: one table of settings, and the only reader of the environment.

A setting has one name. `database_url` is the flag `--database-url`, the environment variable
`SRC_SYSTEM_DATABASE_URL` and the field `Config.database_url`. Flag beats environment beats default.
"""

import difflib
import os
import re
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import platformdirs

from src_system.setting_forms import (
    VAULT_KEY_BYTES,
    Address,
    number_or_auto,
    one_of,
    parse_address,
    parse_dsn,
    parse_switch,
    parse_token,
    parse_url,
    parse_vault_key,
    whole_number,
)

__all__ = ["VAULT_KEY_BYTES", "Address", "Config", "ConfigError", "Limits", "parse_address"]

PREFIX = "SRC_SYSTEM_"

Source = Literal["flag", "environment", "default"]


class ConfigError(Exception):
    """A setting cannot be used; the message is one line that names its flag or variable."""


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
    authentication_skew_seconds: int = _limit(
        300, "seconds", "how far a signature's time may be from the sandbox's"
    )
    nonce_seconds: int = _limit(900, "seconds", "how long a nonce or one-time token is remembered")
    nonces_of_frozen_clock_max: int = _limit(
        10_000, "nonces", "nonces remembered by a sandbox whose clock stands still", least=100
    )
    access_token_seconds: int = _limit(1800, "seconds", "life of an OAuth 2 access token")
    checkout_session_minutes: int = _limit(30, "minutes", "life of a checkout session")
    batch_seconds: int = _limit(1, "seconds", "until a batch is processed", least=0)
    dpa_batch_items_max: int = _limit(100, "items", "items of a batch of DPAs")
    card_batch_records_max: int = _limit(100, "records", "records of a batch of cards")
    notification_first_retry_seconds: int = _limit(5, "seconds", "wait after a first failure")
    notification_retry_factor: int = _limit(2, "times", "how much longer each further wait is")
    notification_retry_seconds_max: int = _limit(3600, "seconds", "longest wait for a retry")
    notification_attempts_max: int = _limit(10, "attempts", "failures that end a notification")
    notification_timeout_ms: int = _limit(5000, "ms", "longest delivery", least=100, most=60_000)
    notifications_at_once_max: int = _limit(8, "deliveries", "deliveries at once per worker")
    journal_entries_max: int = _limit(
        10_000, "entries", "journal kept per sandbox; 0 keeps none", least=0
    )
    journal_waiting_max: int = _limit(5_000, "entries", "entries not yet written, per worker")
    journal_waiting_bytes_max: int = _limit(
        67_108_864, "bytes", "bodies of entries not yet written, per worker"
    )
    sandboxes_max: int = _limit(10_000, "sandboxes", "sandboxes in one installation")
    snapshots_per_sandbox_max: int = _limit(20, "snapshots", "snapshots kept of a sandbox")
    event_streams_max: int = _limit(64, "streams", "streams of events at once per worker")
    wait_seconds_max: int = _limit(30, "seconds", "longest wait= of the control port")
    request_seconds_max: int = _limit(30, "seconds", "longest request")
    head_seconds_max: int = _limit(10, "seconds", "longest arrival of a request's headers")
    body_seconds_max: int = _limit(10, "seconds", "longest arrival of a request's body")
    keep_alive_seconds: int = _limit(75, "seconds", "how long an idle connection stays open")
    request_line_bytes_max: int = _limit(8190, "bytes", "longest request line", least=512)
    header_bytes_max: int = _limit(8190, "bytes", "longest header", least=512)
    headers_max: int = _limit(100, "headers", "headers of a request", least=16)
    shop_visitors_max: int = _limit(
        200, "visitors", "sandboxes of the demo shop at a time", most=1000
    )
    client_key_pool: int = _limit(8, "keys", "client keys made ready per worker", least=0)
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
    tls: Literal["off", "auto"]
    tls_cert: Path | None
    tls_key: Path | None
    tls_client_ca: Path | None
    profile: Literal["default", "strict", "lenient"]
    notification_hosts: Literal["loopback", "private", "any"]
    shop: Literal["auto", "on", "off"]
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


def _cores() -> int:
    """How many cores this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _server_settings() -> tuple[Setting, ...]:
    workers = number_or_auto(1, 256, _cores)
    auth = one_of("open", "native")
    profile = one_of("default", "strict", "lenient")
    hosts = one_of("loopback", "private", "any")
    level = one_of("debug", "info", "warning", "error")
    form = one_of("auto", "json", "console")
    shop = one_of("auto", "on", "off")
    return (
        Setting("listen", "127.0.0.1:8080", parse_address, "protocol port", metavar="HOST:PORT"),
        Setting("control", "127.0.0.1:8081", parse_address, "control port", metavar="HOST:PORT"),
        Setting("public_url", None, parse_url, "how clients reach this server", metavar="URL"),
        Setting("database_url", None, parse_dsn, "PostgreSQL to use", metavar="DSN", secret=True),
        Setting("data_dir", None, Path, "where data and keys are kept", metavar="DIR"),
        Setting("ephemeral", "false", parse_switch, "keep nothing after the end"),
        Setting("migrate", "false", parse_switch, "bring the database up to date first"),
        Setting("workers", "1", workers, "processes that answer", unit="processes", metavar="N"),
        Setting("auth", "open", auth, "client authentication", metavar="open|native"),
        Setting("tls", "off", one_of("off", "auto"), "HTTPS", metavar="off|auto"),
        Setting("tls_cert", None, Path, "certificate for --tls auto", metavar="PEM"),
        Setting("tls_key", None, Path, "key of --tls-cert", metavar="PEM"),
        Setting("tls_client_ca", None, Path, "further CA of clients", metavar="PEM"),
        Setting("profile", "default", profile, "strictness", metavar="default|strict|lenient"),
        Setting("notification_hosts", "private", hosts, "where notifications go", metavar="HOSTS"),
        Setting("shop", "auto", shop, "demo shop at /demo", metavar="auto|on|off"),
        Setting("ready_file", None, Path, "file that gets the ready line", metavar="PATH"),
        Setting("log_level", "info", level, "quietest line", metavar="debug|info|warning|error"),
        Setting("log_format", "auto", form, "form of the log", metavar="auto|json|console"),
        Setting(
            "control_token",
            None,
            parse_token,
            "bearer token of the control port",
            metavar="TOKEN",
            secret=True,
        ),
        Setting(
            "vault_key",
            None,
            parse_vault_key,
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
            whole_number(row.metadata["least"], row.metadata["most"]),
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
    if (config.tls_cert is None) != (config.tls_key is None):
        raise ConfigError(f"{spelling('tls_cert')} and {spelling('tls_key')} need each other")
    if config.tls == "off" and (config.tls_cert or config.tls_client_ca):
        given = "tls_cert" if config.tls_cert else "tls_client_ca"
        raise ConfigError(f"{spelling(given)}: give --tls auto as well")
    if config.limits.nonce_seconds < 2 * config.limits.authentication_skew_seconds:
        raise ConfigError(
            f"{spelling('nonce_seconds')}: must be at least twice"
            f" {spelling('authentication_skew_seconds')}"
            f" ({config.limits.authentication_skew_seconds}), or a replay would pass"
        )
    if config.limits.database_pool_min > config.limits.database_pool_max:
        raise ConfigError(
            f"{spelling('database_pool_min')}: must not be above"
            f" {spelling('database_pool_max')} ({config.limits.database_pool_max})"
        )
