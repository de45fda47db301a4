"""A worker: `python -m src_system.workers.worker CHANNEL PROTOCOL CONTROL`, file numbers all.

The master starts it. It answers on the two listening sockets until it is told to stop (SIGTERM)
or until the channel says that the master is gone.
"""

import asyncio
import shutil
import signal
import socket
import sys

from src_system.app import open_vault, run, running_server
from src_system.clock import machine_now
from src_system.config import process_environment
from src_system.crypto.certificate_authority import CertificateRefused
from src_system.crypto.vault import VaultKeyError
from src_system.log import configure_logging, wants_colors, wants_json
from src_system.metrics import Metrics
from src_system.store.database import DatabaseBusy, DatabaseUnavailable
from src_system.workers.channel import METRICS, Order, Report, encode_report, read_order

_COULD_NOT_START = 4


def main(file_numbers: list[int]) -> int:
    """Take the order and serve; the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the master
    channel, protocol_socket, control_socket = (socket.socket(fileno=one) for one in file_numbers)
    try:
        order = read_order(channel)
    except EOFError:
        return 0
    config = order.config
    configure_logging(
        sys.stderr,
        json=wants_json(config.log_format, sys.stderr),
        level=config.log_level,
        now=machine_now,
        colors=wants_colors(sys.stderr, process_environment()),
    )
    return run(_serve(order, channel, (protocol_socket, control_socket)))


async def _serve(
    order: Order, channel: socket.socket, sockets: tuple[socket.socket, socket.socket]
) -> int:
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    reader, writer = await asyncio.open_unix_connection(sock=channel)
    watch = asyncio.create_task(_outlive_nobody(reader, stopped, order))
    try:
        async with running_server(
            order.config,
            order.dsn,
            open_vault(order.config),
            sockets=sockets,
            metrics=Metrics(order.folder / METRICS),
        ):
            writer.write(encode_report(Report()))
            await stopped.wait()
    except (
        DatabaseUnavailable,
        DatabaseBusy,
        VaultKeyError,
        CertificateRefused,
        OSError,
    ) as error:
        problem = getattr(error, "strerror", None) or str(error) or type(error).__name__
        writer.write(encode_report(Report(problem=problem)))
        return _COULD_NOT_START
    finally:
        watch.cancel()
        writer.close()
    return 0


async def _outlive_nobody(
    reader: asyncio.StreamReader, stopped: asyncio.Event, order: Order
) -> None:
    """When the master dies, and be it by SIGKILL, the workers end and clear up what was its."""
    while await reader.read(1):
        pass
    shutil.rmtree(order.folder, ignore_errors=True)
    stopped.set()


if __name__ == "__main__":
    sys.exit(main([int(number) for number in sys.argv[1:]]))
