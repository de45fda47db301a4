"""Listening sockets: one for a process that serves alone, or a set that workers share a port by."""

import contextlib
import socket
import sys

from src_system.config import Address

UNSPECIFIED = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - translated, not bound to
_KERNEL_SPREADS = sys.platform == "linux"


def bind(address: Address) -> socket.socket:
    """A socket bound to *address*, not yet listening; OSError says which address is taken."""
    return _bind(address, address.port, shared=False)


def bind_for_workers(address: Address, workers: int) -> list[socket.socket]:
    """A bound socket for each of *workers*, all on one port; OSError as for `bind`.

    On Linux each has a queue of its own (SO_REUSEPORT) and the kernel spreads connections by their
    addresses. Measured with two workers and 64 connections made at once, eight times: the smaller
    share was 23 to 32, and 1 to 31 with one queue for both, because whoever wakes first accepts
    whatever waits. The master keeps every socket open, so that the queue of a dead worker waits
    for its successor instead of being reset, which is the usual price of SO_REUSEPORT. Elsewhere
    the option does not spread: there the workers share one queue.
    """
    # Without the option, so that the port of another server is refused, even of one that set it.
    first = bind(address)
    if workers == 1 or not _KERNEL_SPREADS:
        return [first, *(first.dup() for _ in range(workers - 1))]
    port = first.getsockname()[1]
    first.close()
    with contextlib.ExitStack() as undo:
        sockets = [undo.enter_context(_bind(address, port, shared=True)) for _ in range(workers)]
        undo.pop_all()
    return sockets


def url_of(address: Address, listening: socket.socket, *, tls: bool = False) -> str:
    """How this machine reaches *listening*, which was bound to *address*."""
    host = UNSPECIFIED.get(address.host, address.host)
    return f"{'https' if tls else 'http'}://{Address(host, listening.getsockname()[1])}"


def _bind(address: Address, port: int, *, shared: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listening.bind((address.host, port))
    except OSError as error:
        listening.close()
        raise OSError(
            error.errno, f"cannot listen on {address}: {error.strerror}; choose another address"
        ) from error
    return listening
