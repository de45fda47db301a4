"""`src-system ready`: asks a server whether it is ready, for health checks of containers."""

import http.client
from urllib.parse import urlsplit

import click

from src_system.cli.control_address import find_control

USAGE = 2
NOT_READY = 4
_TIMEOUT_SECONDS = 5
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - listened on, never called


@click.command()
@click.option("--control", metavar="URL", help="Control port; default: SRC_SYSTEM_CONTROL or 8081.")
@click.option("--ready-file", metavar="PATH", help="Ready line of the server.")
def ready(control: str | None, ready_file: str | None) -> None:
    """Exit 0 when the server is ready, 4 when it is not."""
    address, token = find_control(control, ready_file)
    try:
        status = _ask(address, token)
    except ValueError:
        click.echo(f"--control must be a URL or host:port, not {address!r}", err=True)
        raise SystemExit(USAGE) from None
    except (OSError, http.client.HTTPException) as error:
        click.echo(f"not ready: {address} does not answer ({error})", err=True)
        raise SystemExit(NOT_READY) from None
    if status != http.client.OK:
        click.echo(f"not ready: {address} answered {status}", err=True)
        raise SystemExit(NOT_READY)
    click.echo(f"ready: {address}")


def _ask(address: str, token: str | None) -> int:
    """The status of /readyz. The standard client, because it heeds no proxy variables."""
    parts = urlsplit(address if "://" in address else f"http://{address}")
    if parts.hostname is None or parts.scheme not in {"http", "https"}:
        raise ValueError(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    host = _EVERY_ADDRESS.get(parts.hostname, parts.hostname)
    connection = kind(host, parts.port, timeout=_TIMEOUT_SECONDS)
    try:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        connection.request("GET", f"{parts.path.rstrip('/')}/readyz", headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()
