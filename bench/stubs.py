"""Against stubs: checkouts per second ÷ requests per second of general mock servers.

Mockoon and Prism answer the same route with one canned body, which is a checkout's real answer.
Each server is one process held to the same core; the load is the same and comes from the other.
They run as they come: Prism with a description of the request, Mockoon with templates, both with
their log. Stripped of all that they are shown too, but that is no figure: they then do nothing.
"""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import platformdirs

from bench import bare, load
from bench.efficiency import checked, warm_up
from bench.load import Job, Run, Worker
from bench.machine import BenchFailed, held_to, postgres, server, two_cores
from bench.results import Figure, finish
from bench.shop import Basket, Json, Shop, checkout_body
from src_system.wire.documents import CheckoutDocument

RATIO_MIN = 1.0
_PACKAGES = {"mockoon": "@mockoon/cli@9.9.0", "prism": "@stoplight/prism-cli@5.16.0"}
_PATH = "/visa/src/v1/transaction/credentials"
_READY_SECONDS = 60.0
_STOP_SECONDS = 10
_STRIPPED = ", stripped"


@dataclass(frozen=True, slots=True)
class Stub:
    """A mock server that answers: its name and where."""

    name: str
    url: str


def run(*, rounds: int, seconds: float, results: Path) -> None:
    """Measure and print; installs the two mock servers with npm the first time."""
    cores = two_cores()
    tools = _installed()
    with (
        tempfile.TemporaryDirectory(prefix="src-system-bench-") as name,
        held_to(cores.others),
        postgres(cores.others) as dsn,
        server(cores.server, dsn, Path(name)) as process,
        Worker(cores.others, load.work) as loader,
        contextlib.ExitStack() as stack,
    ):
        shop = Shop.at(process.protocol, process.control)
        warm_up(shop, loader)
        bare.run(bare.gather_statistics(dsn))
        baskets = [replace(basket, path=_PATH) for basket in shop.baskets()]
        canned = _canned(shop, loader)
        folder = Path(name)
        stubs = [
            stack.enter_context(start(tools[kind], canned, folder, cores.server, stripped=stripped))
            for stripped in (False, True)
            for kind, start in (("mockoon", _mockoon), ("prism", _prism))
        ]
        for stub in stubs:
            _answered_as_canned(stub, baskets[0], canned)
            loader.ask(Job(stub.url, baskets, 1.0, canned=True))
        ratios: dict[str, list[float]] = {stub.name: [] for stub in stubs}
        head = "".join(f"{stub.name + '/s':>20}" for stub in stubs)
        print(f"{'round':>5}{'checkouts/s':>13}{head}")
        for number in range(1, rounds + 1):
            own = checked(shop, loader.ask(Job(shop.url, shop.baskets(), seconds))).rate
            line = f"{number:>5}{own:>13.0f}"
            for stub in stubs:
                answered: Run = loader.ask(Job(stub.url, baskets, seconds, canned=True))
                if answered.refused:
                    raise BenchFailed(f"{stub.name} refused: {answered.refused[0]}")
                ratios[stub.name].append(own / answered.rate)
                line += f"{answered.rate:>20.0f}"
            print(line, flush=True)
    for kind, package in _PACKAGES.items():
        finish(
            Figure(
                name=f"stubs-{kind}",
                title=f"checkouts per second ÷ canned answers of {kind.title()}",
                bound=RATIO_MIN,
                at_least=True,
                ratios=ratios[kind],
                details={"package": package, "stripped": ratios[kind + _STRIPPED]},
            ),
            results,
        )


def _canned(shop: Shop, loader: Worker) -> Json:
    answered: Run = loader.ask(Job(shop.url, shop.baskets(), 0.2))
    return checked(shop, answered).answered


def _installed() -> dict[str, Path]:
    """Where the two commands are; npm puts them into the user's cache the first time."""
    if not shutil.which("npm"):
        raise BenchFailed("npm is needed to install the mock servers: install Node.js")
    home = platformdirs.user_cache_path("src-system-bench", appauthor=False) / "npm"
    commands = {name: home / "node_modules" / ".bin" / _binary(name) for name in _PACKAGES}
    if not all(path.exists() for path in commands.values()):
        home.mkdir(parents=True, exist_ok=True)
        print(f"installing {', '.join(_PACKAGES.values())} into {home} …", flush=True)
        install = ["npm", "install", "--prefix", str(home), "--no-audit", "--no-fund"]
        done = subprocess.run(
            [*install, "--ignore-scripts", *_PACKAGES.values()],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise BenchFailed(f"npm install failed: {done.stderr.strip().splitlines()[-1:]}")
    return commands


def _binary(name: str) -> str:
    return {"mockoon": "mockoon-cli", "prism": "prism"}[name]


@contextlib.contextmanager
def _mockoon(
    program: Path, canned: Json, folder: Path, core: int, *, stripped: bool
) -> Iterator[Stub]:
    port = _free_port()
    path = folder / f"mockoon-{port}.json"
    path.write_text(json.dumps(_mockoon_data(canned, port, templates=not stripped)))
    command = [str(program), "start", "--data", str(path), "--port", str(port)]
    command += ["--hostname", "127.0.0.1", "--disable-admin-api"]
    if stripped:
        command.append("--disable-log-to-file")
    name = "mockoon" + _STRIPPED * stripped
    with _started(name, command, port, folder, core) as stub:
        yield stub


def _mockoon_data(canned: Json, port: int, *, templates: bool) -> Json:
    response = {
        "uuid": "5a3f1c52-0000-4000-8000-000000000003",
        "body": json.dumps(canned),
        "latency": 0,
        "statusCode": 200,
        "label": "",
        "headers": [{"key": "Content-Type", "value": "application/json"}],
        "bodyType": "INLINE",
        "filePath": "",
        "databucketID": "",
        "sendFileAsBody": False,
        "rules": [],
        "rulesOperator": "OR",
        "disableTemplating": not templates,
        "fallbackTo404": False,
        "default": True,
        "crudKey": "id",
        "callbacks": [],
    }
    route = {
        "uuid": "5a3f1c52-0000-4000-8000-000000000002",
        "type": "http",
        "documentation": "",
        "method": "post",
        "endpoint": _PATH.removeprefix("/"),
        "responses": [response],
        "responseMode": None,
        "streamingMode": None,
        "streamingInterval": 0,
    }
    return {
        "uuid": "5a3f1c52-0000-4000-8000-000000000001",
        "lastMigration": 33,
        "name": "checkout",
        "endpointPrefix": "",
        "latency": 0,
        "port": port,
        "hostname": "127.0.0.1",
        "folders": [],
        "routes": [route],
        "rootChildren": [{"type": "route", "uuid": route["uuid"]}],
        "proxyMode": False,
        "proxyHost": "",
        "proxyRemovePrefix": False,
        "tlsOptions": {"enabled": False},
        "cors": False,
        "headers": [],
        "proxyReqHeaders": [],
        "proxyResHeaders": [],
        "data": [],
        "callbacks": [],
    }


@contextlib.contextmanager
def _prism(
    program: Path, canned: Json, folder: Path, core: int, *, stripped: bool
) -> Iterator[Stub]:
    port = _free_port()
    path = folder / f"prism-{port}.json"
    path.write_text(json.dumps(_prism_document(canned, described=not stripped)))
    command = [str(program), "mock", str(path), "--port", str(port), "--host", "127.0.0.1"]
    command.append("--multiprocess=false")  # one process, as the others
    if stripped:
        command.append("--verboseLevel=silent")
    with _started("prism" + _STRIPPED * stripped, command, port, folder, core) as stub:
        yield stub


def _prism_document(canned: Json, *, described: bool) -> Json:
    """OpenAPI of the route; described: with the schema of the request, as our wire reads it."""
    (schema,), schemas = msgspec.json.schema_components(
        [CheckoutDocument], ref_template="#/components/schemas/{name}"
    )
    answer = {"type": "object", "properties": {name: {} for name in canned}}
    content = {"application/json": {"schema": answer, "example": canned}}
    operation = {
        "operationId": "checkout",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema if described else {}}},
        },
        "responses": {"200": {"description": "a checkout", "content": content}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "checkout", "version": "1"},
        "paths": {_PATH: {"post": operation}},
        "components": {"schemas": schemas if described else {}},
    }


@contextlib.contextmanager
def _started(name: str, command: list[str], port: int, folder: Path, core: int) -> Iterator[Stub]:
    log = folder / f"{port}.log"
    environment = {**os.environ, "NODE_ENV": "production", "HOME": str(folder)}
    with log.open("wb") as log_file, held_to(core):
        process = subprocess.Popen(command, stdout=log_file, stderr=log_file, env=environment)
    try:
        deadline = time.monotonic() + _READY_SECONDS
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise BenchFailed(f"{name} did not start: {log.read_text()[-2000:]}")
            time.sleep(0.1)
        yield Stub(name, f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answered_as_canned(stub: Stub, basket: Basket, canned: Json) -> None:
    """BenchFailed unless the stub gives the very body."""
    request = urllib.request.Request(
        stub.url + _PATH,
        data=json.dumps(checkout_body(basket)).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        answer: Any = json.load(response)
    if answer != canned:
        raise BenchFailed(f"{stub.name} does not answer as told: {str(answer)[:200]}")


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.5):
        return True
    return False


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port
