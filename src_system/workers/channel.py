"""What master and worker tell each other over a socket pair; its end is the other's death."""

import pickle
import socket
from dataclasses import dataclass
from pathlib import Path

import msgspec

from src_system.config import Config

_LENGTH_BYTES = 4
METRICS = "metrics"  # the folder of all workers' counts in the folder of the run


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker is to do. It goes over the channel, because others can see a command line."""

    number: int
    config: Config
    dsn: str
    folder: Path  # of this run; it goes with the master

    def __repr__(self) -> str:
        return f"Order(number={self.number})"


class Report(msgspec.Struct, frozen=True):
    """What a worker says once: that it answers, or in one line why it cannot."""

    problem: str | None = None


def encode_order(order: Order) -> bytes:
    """The bytes of *order*, for `read_order` at the other end."""
    content = pickle.dumps(order)
    return len(content).to_bytes(_LENGTH_BYTES, "big") + content


def read_order(channel: socket.socket) -> Order:
    """Wait for the order. EOFError when the master is gone."""
    length = int.from_bytes(_receive(channel, _LENGTH_BYTES), "big")
    order = pickle.loads(_receive(channel, length))  # noqa: S301 - from the process that made us
    if not isinstance(order, Order):
        raise TypeError("The master sent something that is no order.")
    return order


def _receive(channel: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        piece = channel.recv(size - len(received))
        if not piece:
            raise EOFError("The master is gone.")
        received += piece
    return received


def encode_report(report: Report) -> bytes:
    """One line."""
    return msgspec.json.encode(report) + b"\n"


def decode_report(line: bytes) -> Report:
    """What a line says; an empty one, of a worker that died, says so."""
    if not line:
        return Report(problem="it died before it answered")
    return msgspec.json.decode(line, type=Report)
