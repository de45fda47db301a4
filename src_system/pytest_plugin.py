"""The pytest plugin: a server for the session, a sandbox for each test (docs/python-client.md).

Everything else is imported late: who has src-system installed and does not use it waits for
nothing.
"""

import contextlib
import re
from collections.abc import Callable, Coroutine, Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from src_system.derive import random_name

if TYPE_CHECKING:
    from src_system.client import ControlPort, Sandbox
    from src_system.client.background import BackgroundLoop

Result = TypeVar("Result")
_NAME_CHARACTERS_MAX = 48
# What the control port knows of a new sandbox: it ignores what it does not know, a mark must not.
SETTINGS = ("name", "seed", "clock", "profile", "ttl", "fixtures", "issuer", "magic", "jwks")
_FAILED = pytest.StashKey[bool]()
_TOLD = pytest.StashKey[list[str]]()


class SrcSystem:
    """The server that the tests of a session use.

    `control` and `protocol` are its addresses, `port` its control port. What it gives may be
    awaited in any event loop; `run` waits for it where there is none.
    """

    def __init__(
        self,
        *,
        control: str,
        protocol: str | None,
        log: Path | None,
        port: "ControlPort",
        background: "BackgroundLoop",
        seed: str | None,
    ) -> None:
        self.control = control
        self.protocol = protocol
        self.log = log
        self.port = port
        self._background = background
        self._seed = seed

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """What *work* gives, for tests that are no coroutines: `run(src_sandbox.otps.code())`."""
        return self._background.run(work)

    @contextlib.contextmanager
    def sandbox(self, name: str | None = None, **settings: Any) -> "Iterator[Sandbox]":
        """A sandbox of these settings (`ControlPort.create_sandbox`), removed at the end.

        For fixtures of one's own, such as one sandbox for a whole module.
        """
        made = self.create(name, **settings)
        try:
            yield made
        finally:
            self.run(made.delete(missing_ok=True))

    def create(self, name: str | None = None, **settings: Any) -> "Sandbox":
        """A sandbox of these settings, for its maker to remove."""
        if settings.get("seed") is None:
            settings["seed"] = self._seed
        return self.run(self.port.create_sandbox(name, **settings))


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    group = parser.getgroup("src-system", "src-system, the network side of Click to Pay")
    group.addoption(
        "--src-system-control",
        metavar="URL",
        help="control port of a running server; without it, one is started for the session",
    )
    group.addoption(
        "--src-system-url",
        metavar="URL",
        help="protocol port of that server, where it is reached under another address than it says",
    )
    group.addoption("--src-system-token", metavar="TOKEN", help="token of its control port")
    group.addoption(
        "--src-system-seed",
        metavar="SEED",
        help="seed of every test's sandbox; a failure shows the one it had",
    )
    group.addoption(
        "--src-system-keep",
        choices=("never", "failed", "always"),
        default="never",
        help="which sandboxes stay when their test has ended (default: never)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line(
        "markers",
        "src_sandbox(**settings): settings of this test's sandbox, as of create_sandbox:"
        f" {', '.join(SETTINGS)}",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say with a failure what its sandbox was, and remember that there was one."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
        told = item.stash.get(_TOLD, None)
        if told:
            report.sections.append(("src-system", "\n".join(told)))
    return report


@pytest.fixture(scope="session")
def src_system_arguments() -> Sequence[str]:
    """Arguments of `src-system serve` for the session's server; override it in a conftest.py."""
    return ("--ephemeral",)


@pytest.fixture(scope="session")
def src_system(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    src_system_arguments: Sequence[str],
) -> Iterator[SrcSystem]:
    """The server: one that runs (--src-system-control), or one started for this session."""
    from src_system.client import BackgroundLoop, BackgroundTransport, HttpTransport
    from src_system.client.control_port import ControlPort
    from src_system.client.server import ssl_context_of, start_server

    option = request.config.getoption
    with contextlib.ExitStack() as stack, _one_line_failures():
        control, log = option("--src-system-control"), None
        protocol, token = option("--src-system-url"), option("--src-system-token")
        authority = None
        if control is None:
            server = start_server(tmp_path_factory.mktemp("src-system"), *src_system_arguments)
            stack.enter_context(server)
            control, token, log = server.control, server.control_token, server.log
            authority = server.tls_ca
        background = stack.enter_context(BackgroundLoop())
        transport = HttpTransport(ssl_context=ssl_context_of(authority))
        port = ControlPort(
            control,
            token=token,
            protocol=protocol,
            transport=BackgroundTransport(transport, background),
        )
        stack.callback(lambda: background.run(transport.close()))
        default = background.run(port.sandbox())
        yield SrcSystem(
            control=port.url,
            protocol=protocol or default.urls["visa"].src.partition("/visa/")[0],
            log=log,
            port=port,
            background=background,
            seed=option("--src-system-seed"),
        )


@pytest.fixture
def src_sandbox(request: pytest.FixtureRequest, src_system: SrcSystem) -> "Iterator[Sandbox]":
    """A sandbox of this test's own; the mark of the same name settles seed, clock and the rest."""
    settings: dict[str, Any] = {}
    for mark in reversed(list(request.node.iter_markers("src_sandbox"))):
        _refuse_slips(mark)
        settings.update(mark.kwargs)
    with _one_line_failures():
        name = settings.pop("name", None) or _name_after(request.node.name)
        sandbox = src_system.create(name, **settings)
    told = [f"sandbox {sandbox.name} of {src_system.control}, seed {sandbox.seed}"]
    if src_system.log is not None:
        told.append(f"log of the server: {src_system.log}")
    told.append(f"the same again: --src-system-seed={sandbox.seed}")
    request.node.stash[_TOLD] = told
    yield sandbox
    keep = request.config.getoption("--src-system-keep")
    failed = request.node.stash.get(_FAILED, False)
    if keep == "always" or (keep == "failed" and failed):
        return
    src_system.run(sandbox.delete(missing_ok=True))


@pytest.fixture
def src_run(src_system: SrcSystem) -> Callable[[Coroutine[Any, Any, Result]], Result]:
    """`src_run(src_sandbox.clock.advance("PT10M"))`: the client in a test that is no coroutine."""
    return src_system.run


@contextlib.contextmanager
def _one_line_failures() -> Iterator[None]:
    """What goes wrong before a test is told in one line, without a traceback."""
    from src_system.client.errors import SrcSystemError

    try:
        yield
    except SrcSystemError as error:
        raise pytest.fail.Exception(f"src-system: {error}", pytrace=False) from None


def _refuse_slips(mark: pytest.Mark) -> None:
    """Fail the test whose mark settles nothing, or something that nobody knows."""
    known = f"It knows {', '.join(SETTINGS)}."
    slip = None
    if mark.args:
        slip = f"takes no {mark.args[0]!r} without a name, such as seed={mark.args[0]!r}"
    elif unknown := [name for name in mark.kwargs if name not in SETTINGS]:
        slip = f"does not know {unknown[0]!r}"
    if slip is not None:
        message = f"src-system: the mark src_sandbox {slip}. {known}"
        raise pytest.fail.Exception(message, pytrace=False)


def _name_after(test: str) -> str:
    """A sandbox's name that says whose it is: the test's in lower case, and six random digits."""
    words = re.sub("[^a-z0-9]+", "-", test.lower().removeprefix("test_")).strip("-")
    return f"{words[:_NAME_CHARACTERS_MAX].strip('-') or 'test'}-{random_name()}"
