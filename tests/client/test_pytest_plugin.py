"""The pytest plugin as a stranger's project has it: fresh runs of pytest in their own folders."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from src_system import __version__
from src_system.client import ControlPort
from src_system.control.sandboxes import NewSandboxDocument
from src_system.pytest_plugin import SETTINGS
from tests.conftest import RunningServer

Run = Callable[..., subprocess.CompletedProcess[str]]
SECONDS = 120
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)

FAILING = """
import pytest

def test_that_fails(src_sandbox):
    print("the sandbox is", src_sandbox.name)
    assert src_sandbox.seed == "no such seed"

def test_that_holds(src_sandbox):
    print("the sandbox is", src_sandbox.name)
"""


@pytest.fixture
def run(tmp_path: Path, repository: Path) -> Run:
    """Runs pytest in a folder where src-system is installed, on *source*."""
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    installed = tmp_path / "installed" / f"src_system-{__version__}.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {__version__}\n"
    )
    entries = project["entry-points"]["pytest11"].items()
    lines = "".join(f"{name} = {module}\n" for name, module in entries)
    (installed / "entry_points.txt").write_text(f"[pytest11]\n{lines}")
    folder = tmp_path / "project"
    folder.mkdir()

    def started(
        source: str, *arguments: str, mode: str = "auto", autoload: bool = False, **files: str
    ) -> subprocess.CompletedProcess[str]:
        (folder / "test_of_mine.py").write_text(source)
        for name, text in files.items():
            (folder / f"{name}.py").write_text(text)
        (folder / "pytest.ini").write_text(
            f"[pytest]\nasyncio_mode = {mode}\nasyncio_default_fixture_loop_scope = function\n"
            "filterwarnings = error\n"
        )
        path = os.pathsep.join((str(installed.parent), str(repository)))
        environment = {**os.environ, "PYTHONPATH": path, "NO_COLOR": "1", "PYTEST_ADDOPTS": ""}
        if not autoload:  # the plugins of this checkout take seconds to load
            environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
            arguments = ("-p", "src_system", "-p", "asyncio", *arguments)
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            env=environment,
        )

    return started


def sandboxes_named(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The sandboxes that the run's tests had."""
    return re.findall(r"the sandbox is (\S+)", done.stdout)


async def exists(server: RunningServer, name: str) -> bool:
    """Whether the sandbox is there."""
    async with ControlPort(server.control) as control:
        return name in [one.name for one in await control.list_sandboxes()]


def test_the_documented_tests_run_as_they_are_printed(run: Run, repository: Path) -> None:
    page = (repository / "docs" / "python-client.md").read_text(encoding="utf-8")
    three_lines, *others = (block for block in _BLOCK.findall(page) if "def test_" in block)

    # Nothing is given: the plugin starts its own server.
    first = run(three_lines, autoload=True)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "1 passed" in first.stdout

    second = run("\n".join(others))
    assert second.returncode == 0, second.stdout + second.stderr
    assert "4 passed" in second.stdout


@pytest.mark.parametrize("mode", ["auto", "strict"])
@pytest.mark.parametrize("scope", ["function", "session"])
def test_it_works_in_loops_of_any_scope_and_without_one(
    run: Run, server: RunningServer, mode: str, scope: str
) -> None:
    source = f"""
import pytest

@pytest.mark.asyncio(loop_scope="{scope}")
async def test_awaited(src_sandbox, src_system):
    found = await src_sandbox.initiator().identity_lookup("a@shop.test")
    assert not found["visa"].consumer_present
    assert await src_system.port.is_ready()

@pytest.mark.asyncio(loop_scope="{scope}")
async def test_awaited_once_more(src_sandbox):
    assert (await src_sandbox.clock.show()).mode == "real"

def test_plain(src_sandbox, src_run):
    assert src_run(src_sandbox.clock.show()).mode == "real"
"""
    done = run(source, f"--src-system-control={server.control}", mode=mode)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


def test_it_works_under_anyio_too(run: Run, server: RunningServer) -> None:
    source = """
import pytest

@pytest.fixture
def anyio_backend():
    return "asyncio"

@pytest.mark.anyio
async def test_awaited(src_sandbox):
    assert (await src_sandbox.clock.show()).mode == "real"
"""
    done = run(source, "-p", "anyio", f"--src-system-control={server.control}", mode="strict")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


async def test_a_failure_shows_its_seed_and_the_seed_can_be_given(
    run: Run, server: RunningServer
) -> None:
    control = f"--src-system-control={server.control}"
    first = run(FAILING, control)
    failed, held = sandboxes_named(first)
    assert first.returncode == 1
    shown = re.search(r"--src-system-seed=(\d+)", first.stdout)
    assert shown is not None
    assert f"sandbox {failed} of {server.control}, seed {shown[1]}" in first.stdout
    assert failed.startswith("that-fails-") and held.startswith("that-holds-")
    assert first.stdout.count("--src-system-seed") == 1
    assert not await exists(server, failed)

    again = run(FAILING, control, "--src-system-seed=no such seed")
    assert again.returncode == 0, again.stdout


@pytest.mark.parametrize(
    ("keep", "failed", "held"), [("failed", True, False), ("always", True, True)]
)
async def test_sandboxes_stay_when_they_are_asked_to(
    run: Run, server: RunningServer, keep: str, failed: bool, held: bool
) -> None:
    done = run(FAILING, f"--src-system-control={server.control}", f"--src-system-keep={keep}")

    names = sandboxes_named(done)
    assert [await exists(server, name) for name in names] == [failed, held]


def test_the_mark_settles_what_a_sandbox_is(run: Run, server: RunningServer) -> None:
    source = """
import pytest

pytestmark = pytest.mark.src_sandbox(seed="1", profile="strict")

@pytest.mark.src_sandbox(seed="2", clock="2030-01-01T00:00:00Z", name="mine-alone")
def test_marked(src_sandbox):
    details = src_sandbox.details
    assert (details.seed, details.profile, details.clock.mode) == ("2", "strict", "frozen")
    assert details.name == "mine-alone"

@pytest.fixture(scope="module")
def shared(src_system):
    with src_system.sandbox(seed="3") as sandbox:
        yield sandbox

def test_shared(shared, src_run):
    assert (shared.seed, src_run(shared.clock.show()).mode) == ("3", "real")
"""
    done = run(source, f"--src-system-control={server.control}", "--strict-markers")

    assert done.returncode == 0, done.stdout


def test_a_server_that_does_not_start_is_one_clear_line(run: Run, server: RunningServer) -> None:
    conftest = """
import pytest

@pytest.fixture(scope="session")
def src_system_arguments():
    return ("--ephemeral", "--workers=some")
"""
    source = "def test_it(src_sandbox): pass"
    broken = run(source, conftest=conftest)
    gone = run(source, "--src-system-control=127.0.0.1:9", conftest="")
    no_url = run(source, "--src-system-control=ftp://x", conftest="")
    unknown = run(
        "import pytest\n@pytest.mark.src_sandbox(profile='odd')\n" + source,
        f"--src-system-control={server.control}",
        conftest="",
    )

    for done, said in (
        (broken, "src-system: The server did not start (exit code 2): --workers"),
        (gone, "src-system: http://127.0.0.1:9 does not answer (Connection refused)"),
        (no_url, "src-system: The control port is a URL or host:port, not 'ftp://x'"),
        (
            unknown,
            "src-system: POST /v1/sandboxes was refused with 400 INVALID_ARGUMENT at profile",
        ),
    ):
        assert done.returncode == 1
        assert said in done.stdout
        assert "Traceback" not in done.stdout + done.stderr
        (section,) = re.findall(
            r"_+ ERROR at setup of test_it _+\n(.*?)\n=", done.stdout, re.DOTALL
        )
        assert len(section.splitlines()) == 1


def test_whoever_does_not_use_it_does_not_wait_for_it(run: Run) -> None:
    source = """
import sys

def test_it():
    assert "src_system.pytest_plugin" in sys.modules
    assert "src_system.client" not in sys.modules
    assert "aiohttp" not in sys.modules
"""
    done = run(source)

    assert done.returncode == 0, done.stdout


SLIPS = """
import pytest

@pytest.mark.src_sandbox(sed="42")
def test_misspelt(src_sandbox):
    pass

@pytest.mark.src_sandbox("42")
def test_without_a_name(src_sandbox):
    pass

@pytest.mark.src_sandbox(seed="42", magic=False, ttl="PT5M")
def test_right(src_sandbox):
    assert src_sandbox.seed == "42"
"""


def test_a_slip_in_the_mark_fails_the_test_and_says_what_the_mark_knows(
    run: Run, server: RunningServer
) -> None:
    done = run(SLIPS, f"--src-system-control={server.control}")

    assert done.returncode == 1
    known = "It knows name, seed, clock, profile, ttl, fixtures, issuer, magic, jwks."
    assert f"the mark src_sandbox does not know 'sed'. {known}" in done.stdout
    assert f"takes no '42' without a name, such as seed='42'. {known}" in done.stdout
    assert "1 passed, 2 errors" in done.stdout


def test_the_mark_knows_what_the_control_port_knows() -> None:
    assert set(SETTINGS) == set(NewSandboxDocument.__struct_encode_fields__)
