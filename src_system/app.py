"""From a configuration to a running server: one installation, two ports, start and stop."""

import asyncio
import contextlib
import gc
import hashlib
import socket
import ssl
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from src_system import __version__
from src_system.client import ControlPort
from src_system.clock import machine_now, monotonic
from src_system.config import Config
from src_system.control.application import ControlParts, control_application
from src_system.crypto.certificate_authority import CertificateAuthority
from src_system.crypto.transport_security import TransportSecurity, prepare_transport_security
from src_system.crypto.vault import Vault, load_or_create_key_file
from src_system.deferred.rounds import working
from src_system.derive import random_token
from src_system.fixtures.key_pool import ClientKeyPool
from src_system.fixtures.new_sandbox import ensure_default_sandbox
from src_system.http.application import ProtocolPort
from src_system.http.pages import Guest, no_guest
from src_system.journal.writer import journalling
from src_system.metrics import Metrics
from src_system.model.card_notification import ReachableHosts
from src_system.model.client_authentication import AuthenticationScheme
from src_system.model.identifiers import NETWORK_NAMES
from src_system.model.sandbox import StrictnessProfile
from src_system.networks import PROFILES
from src_system.ports.serving import Port, serving
from src_system.ports.sockets import UNSPECIFIED, bind, url_of
from src_system.shop.service import Shop
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

_LAG_SAMPLE_SECONDS = 0.5
_CONNECT_SECONDS = 10.0
_Result = TypeVar("_Result")


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


async def prepare(config: Config, dsn: str, vault: Vault, *, public_url: str) -> None:
    """Make what is made once: the vault's check, the networks' keys, the default sandbox.

    Raises DatabaseUnavailable, DatabaseBusy, VaultKeyError.
    """
    async with installation_of(config, dsn, vault, public_url=public_url) as installation:
        await ensure_default_sandbox(
            installation,
            ClientKeyPool(0),
            profile=StrictnessProfile(config.profile),
            now=machine_now(),
        )


def control_token_of(config: Config) -> str | None:
    """The token given, one made now for an address that others reach, or None on loopback."""
    if config.control_token is not None or config.control.is_loopback:
        return config.control_token
    return random_token()


@contextlib.asynccontextmanager
async def running_server(
    config: Config,
    dsn: str,
    vault: Vault,
    *,
    sockets: tuple[socket.socket, socket.socket] | None = None,
    metrics: Metrics | None = None,
) -> AsyncIterator[Server]:
    """Serve both ports until the block ends; requests under way are then finished first.

    A worker is given its *sockets* and *metrics*. Raises OSError when an address cannot be bound,
    DatabaseUnavailable, VaultKeyError, CertificateRefused.
    """
    async with contextlib.AsyncExitStack() as stack:
        protocol_socket, control_socket = (
            stack.enter_context(one) for one in sockets or _bound(config)
        )
        protocol_url = url_of(config.listen, protocol_socket, tls=config.tls != "off")
        control_url = url_of(config.control, control_socket)
        token, metrics = control_token_of(config), metrics or Metrics()
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
        hosts = ReachableHosts(config.notification_hosts)
        await stack.enter_async_context(working(installation, hosts=hosts))
        journal = await stack.enter_async_context(journalling(installation, metrics))
        key_pool = ClientKeyPool(config.limits.client_key_pool)
        stack.push_async_callback(key_pool.close)
        await ensure_default_sandbox(
            installation, key_pool, profile=StrictnessProfile(config.profile), now=machine_now()
        )
        parts = ControlParts(
            installation=installation,
            key_pool=key_pool,
            control_token=token,
            control_host_names=(config.control.host,),
            journal=journal,
            metrics_text=_metrics_text(metrics, installation.database),
            version=__version__,
        )
        addresses = (protocol_url, control_url)
        guest = await stack.enter_async_context(_shop(config, installation, addresses, token, tls))
        protocol = ProtocolPort(installation, metrics, journal, guest)
        context = None if tls is None else tls.context
        outside = Port(protocol.application, protocol_socket, context, protocol.answer)
        inside = Port(control_application(parts), control_socket)
        await stack.enter_async_context(serving((outside, inside), config.limits))
        key_pool.start()  # only now: making keys takes a core for half a second
        watch = asyncio.create_task(_watch_process(metrics, installation.database))
        stack.callback(watch.cancel)
        _spare_the_collector()
        tls_ca = str(tls.ca_path) if tls and tls.ca_path else None
        yield Server(protocol_url, control_url, token, installation, key_pool, tls_ca)


@contextlib.asynccontextmanager
async def _shop(
    config: Config,
    installation: Installation,
    addresses: tuple[str, str],
    control_token: str | None,
    tls: TransportSecurity | None,
) -> AsyncIterator[Guest]:
    """What answers for the demo shop, if it is open: a client of both ports, at these addresses
    of ours, in this process for convenience.
    """
    is_open = config.shop == "on" or (config.shop == "auto" and config.listen.is_loopback)
    if not is_open:
        yield no_guest
        return
    protocol, control = addresses
    async with ControlPort(
        control, token=control_token, protocol=protocol, ssl_context=_trusting(config, tls)
    ) as port:
        console = port.url if config.control.is_loopback else None
        visitors_max = config.limits.shop_visitors_max
        yield Shop(port, installation.public_url, console, visitors_max).answer


def _trusting(config: Config, tls: TransportSecurity | None) -> ssl.SSLContext | None:
    """What trusts this server under its loopback address, whatever its certificate is for."""
    if tls is None:
        return None
    context = ssl.create_default_context(cafile=str(tls.ca_path or config.tls_cert))
    context.check_hostname = tls.ca_path is not None
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    return context


def _spare_the_collector() -> None:
    """What is loaded by now stays: the collector need not look at it again."""
    gc.collect()
    gc.freeze()


def _bound(config: Config) -> tuple[socket.socket, socket.socket]:
    """Sockets of our own for protocol and control port, both or none."""
    protocol_socket = bind(config.listen)
    try:
        return protocol_socket, bind(config.control)
    except BaseException:
        protocol_socket.close()
        raise


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
        *((config.listen.host,) if config.listen.host not in UNSPECIFIED else ()),
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


def run(main: Coroutine[Any, Any, _Result]) -> _Result:
    """Run *main* on uvloop where there is one."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    return uvloop.run(main)


def _metrics_text(metrics: Metrics, database: Database) -> Callable[[], tuple[bytes, str]]:
    def text() -> tuple[bytes, str]:
        metrics.pool(*database.pool_usage())
        return metrics.text()

    return text


async def _watch_process(metrics: Metrics, database: Database) -> None:
    """Note every half second what is true of this process alone, for whichever worker is asked."""
    while True:
        before = monotonic()
        await asyncio.sleep(_LAG_SAMPLE_SECONDS)
        metrics.event_loop_lag(max(0.0, monotonic() - before - _LAG_SAMPLE_SECONDS))
        metrics.pool(*database.pool_usage())
