"""From a configuration to a running server: one installation, two ports, start and stop."""

import asyncio
import contextlib
import gc
import hashlib
import socket
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from src_system import __version__
from src_system.clock import machine_now, monotonic
from src_system.config import Address, Config
from src_system.control.application import ControlParts, control_application
from src_system.crypto.certificate_authority import CertificateAuthority
from src_system.crypto.transport_security import TransportSecurity, prepare_transport_security
from src_system.crypto.vault import Vault, load_or_create_key_file
from src_system.deferred.rounds import working
from src_system.derive import random_token
from src_system.fixtures.key_pool import ClientKeyPool
from src_system.fixtures.new_sandbox import ensure_default_sandbox
from src_system.http.application import protocol_application
from src_system.metrics import Metrics
from src_system.model.card_notification import ReachableHosts
from src_system.model.client_authentication import AuthenticationScheme
from src_system.model.identifiers import NETWORK_NAMES
from src_system.model.sandbox import StrictnessProfile
from src_system.networks import PROFILES
from src_system.store.database import Database
from src_system.store.installation_keys import check_vault, load_keyrings
from src_system.store.migrations import (
    MigrationError,
    discover,
    migrate,
    migrations_folder,
    pending,
)
from src_system.system import Installation

_BACKLOG = 1024
_SHUTDOWN_SECONDS = 10.0
_LAG_SAMPLE_SECONDS = 0.5
_CONNECT_SECONDS = 10.0
_UNSPECIFIED = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - translated, not bound to


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers: where, and with what token the control port wants."""

    protocol: str
    control: str
    control_token: str | None
    installation: Installation
    key_pool: ClientKeyPool
    tls_ca: str | None = None  # the file of the authority that clients are to trust


def open_vault(config: Config) -> Vault:
    """The vault of SRC_SYSTEM_VAULT_KEY, of the data directory, or of this run alone.

    Raises VaultKeyError.
    """
    if config.vault_key is not None:
        return Vault(config.vault_key)
    if config.ephemeral:
        return Vault(hashlib.sha256(random_token().encode()).digest())
    config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return load_or_create_key_file(config.data_dir / "vault.key")


async def bring_up_to_date(dsn: str, *, may_migrate: bool) -> list[str]:
    """Apply pending migrations and name them; MigrationError when that is not allowed."""
    migrations = discover(migrations_folder())
    if may_migrate:
        return [one.name for one in await migrate(dsn, migrations, now=machine_now())]
    waiting = await pending(dsn, migrations)
    if waiting:
        raise MigrationError(
            f"the database lacks {len(waiting)} migrations:"
            " run src-system migrate, or give --migrate"
        )
    return []


@contextlib.asynccontextmanager
async def installation_of(
    config: Config,
    dsn: str,
    vault: Vault,
    *,
    public_url: str,
    authority: CertificateAuthority | None = None,
) -> AsyncIterator[Installation]:
    """The shared parts on an up-to-date database; closes the pool at the end."""
    limits = config.limits
    database = await Database.connect(
        dsn,
        pool_min=limits.database_pool_min,
        pool_max=limits.database_pool_max,
        statement_timeout_ms=limits.database_statement_timeout_ms,
        connect_timeout_s=_CONNECT_SECONDS,
        acquire_timeout_s=limits.database_acquire_timeout_ms / 1000,
    )
    try:
        async with database.transaction() as tx:
            await check_vault(tx, vault)
            keyrings = await load_keyrings(tx, vault, PROFILES, now=machine_now())
        yield Installation(
            database=database,
            vault=vault,
            keyrings=keyrings,
            limits=limits,
            public_url=public_url,
            authentication=AuthenticationScheme(config.auth),
            authority=authority,
        )
    finally:
        await database.close()


@contextlib.asynccontextmanager
async def running_server(config: Config, dsn: str, vault: Vault) -> AsyncIterator[Server]:
    """Serve both ports until the block ends; requests under way are then finished first.

    Raises OSError when an address cannot be bound, DatabaseUnavailable, VaultKeyError,
    CertificateRefused.
    """
    protocol_socket = _bind(config.listen)
    control_socket = _bind(config.control)
    protocol_url = _url(config.listen, protocol_socket, tls=config.tls != "off")
    control_url = _url(config.control, control_socket)
    token = config.control_token
    if token is None and not config.control.is_loopback:
        token = random_token()
    metrics = Metrics()
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(protocol_socket.close)
        stack.callback(control_socket.close)
        tls = transport_security(config, stack)
        installation = await stack.enter_async_context(
            installation_of(
                config,
                dsn,
                vault,
                public_url=config.public_url or protocol_url,
                authority=None if tls is None else tls.authority,
            )
        )
        await stack.enter_async_context(
            working(installation, hosts=ReachableHosts(config.notification_hosts))
        )
        key_pool = ClientKeyPool(config.limits.client_key_pool)
        key_pool.start()
        stack.push_async_callback(key_pool.close)
        await ensure_default_sandbox(
            installation, key_pool, profile=StrictnessProfile(config.profile), now=machine_now()
        )
        await _serve(stack, protocol_application(installation, metrics), protocol_socket, tls)
        parts = ControlParts(
            installation=installation,
            key_pool=key_pool,
            control_token=token,
            control_host_names=(config.control.host,),
            metrics_text=_metrics_text(metrics, installation.database),
            version=__version__,
        )
        await _serve(stack, control_application(parts), control_socket)
        lag = asyncio.create_task(_watch_event_loop(metrics))
        stack.callback(lag.cancel)
        # What is loaded by now stays: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        tls_ca = None if tls is None or tls.ca_path is None else str(tls.ca_path)
        yield Server(protocol_url, control_url, token, installation, key_pool, tls_ca)


def transport_security(
    config: Config, stack: contextlib.AsyncExitStack
) -> TransportSecurity | None:
    """TLS as configured, None for none; an ephemeral server's authority goes when *stack* ends."""
    if config.tls == "off":
        return None
    folder = config.data_dir / "tls"
    if config.ephemeral:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="src-system-tls-")))
    public_host = urlsplit(config.public_url).hostname if config.public_url else None
    names = [
        "localhost",
        *(f"{network}.localhost" for network in NETWORK_NAMES),
        "127.0.0.1",
        "::1",
        *((config.listen.host,) if config.listen.host not in _UNSPECIFIED else ()),
        *((public_host,) if public_host else ()),
    ]
    return prepare_transport_security(
        folder,
        names=names,
        own_certificate=config.tls_cert,
        own_key=config.tls_key,
        client_ca=config.tls_client_ca,
        now=machine_now(),
    )


async def _serve(
    stack: contextlib.AsyncExitStack,
    application: web.Application,
    listening: socket.socket,
    tls: TransportSecurity | None = None,
) -> None:
    runner = web.AppRunner(
        application,
        access_log=None,
        # A client that hangs up must not cut an operation in half.
        handler_cancellation=False,
        shutdown_timeout=_SHUTDOWN_SECONDS,
    )
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    context = None if tls is None else tls.context
    await web.SockSite(runner, listening, backlog=_BACKLOG, ssl_context=context).start()


def _bind(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address.host, address.port))
    except OSError as error:
        listening.close()
        raise OSError(
            error.errno, f"cannot listen on {address}: {error.strerror}; choose another address"
        ) from error
    return listening


def _url(address: Address, listening: socket.socket, *, tls: bool = False) -> str:
    host = _UNSPECIFIED.get(address.host, address.host)
    scheme = "https" if tls else "http"
    return f"{scheme}://{Address(host, listening.getsockname()[1])}"


def _metrics_text(metrics: Metrics, database: Database) -> Callable[[], tuple[bytes, str]]:
    def text() -> tuple[bytes, str]:
        metrics.pool(*database.pool_usage())
        return metrics.text()

    return text


async def _watch_event_loop(metrics: Metrics) -> None:
    while True:
        before = monotonic()
        await asyncio.sleep(_LAG_SAMPLE_SECONDS)
        metrics.event_loop_lag(max(0.0, monotonic() - before - _LAG_SAMPLE_SECONDS))
