"""`serve` from start to stop: ready line, exit codes, one-line errors, nothing left behind."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from src_system.client.answers import Client
from src_system.client.server import LaunchedServer, start_server
from src_system.store.embedded import EmbeddedPostgres

COMMAND = [sys.executable, "-m", "src_system"]
PORTS = ["--listen=127.0.0.1:0", "--control=127.0.0.1:0"]
SECONDS = 60


def environment(home: Path, **variables: str) -> dict[str, str]:
    """This environment with a home and a temporary directory of its own."""
    scratch = home / "tmp"
    scratch.mkdir(exist_ok=True)
    return {**os.environ, "HOME": str(home), "TMPDIR": str(scratch), **variables}


def started(home: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    """A `serve` that is starting."""
    return subprocess.Popen(
        [*COMMAND, "serve", *PORTS, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(home, **variables),
    )


def launched(home: Path, *arguments: str, **variables: str) -> LaunchedServer:
    """A `serve` that is ready; `with` stops it."""
    return start_server(home, *arguments, environment=environment(home, **variables))


def default_client(server: LaunchedServer) -> Client:
    """The ready-made client of the sandbox `default`."""

    async def read() -> Client:
        async with server.control_port() as control:
            return (await control.sandbox()).details.clients[0]

    return asyncio.run(read())


def finished(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        env=environment(home, **variables),
        check=False,
    )


def postgres_processes(home: Path) -> list[str]:
    """Command lines of PostgreSQL servers that live under *home*."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            folder = str((entry.parent / "cwd").readlink())
        except OSError:
            continue  # it ended while we looked
        if "postgres" in line and (str(home) in line or folder.startswith(str(home))):
            found.append(line)
    return found


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_stopped_ephemeral_server_leaves_no_process_and_no_file(
    tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    ready_file = tmp_path / "ready.json"
    process = started(tmp_path, "--ephemeral", f"--ready-file={ready_file}")
    assert process.stdout is not None
    line = process.stdout.readline()
    ready = json.loads(line)

    with urlopen(ready["protocol"] + "/healthz") as answer:
        assert answer.status == 200
    with urlopen(ready["control"] + "/readyz") as answer:
        assert answer.status == 200
    assert ready["event"] == "ready"
    assert ready["control_token"] is None
    assert json.loads(ready_file.read_text()) == ready
    process.send_signal(sent)
    _, errors = process.communicate(timeout=SECONDS)

    assert process.returncode == code, errors
    assert "Traceback" not in errors
    assert postgres_processes(tmp_path) == []
    assert list((tmp_path / "tmp").iterdir()) == []


def test_data_in_a_data_directory_survives_a_restart(tmp_path: Path) -> None:
    names = []
    for _ in range(2):
        with launched(tmp_path, f"--data-dir={tmp_path / 'data'}") as server:
            names.append(default_client(server).src_client_id)

    assert names[0] == names[1]
    assert (tmp_path / "data" / "vault.key").stat().st_mode & 0o077 == 0


def test_the_ready_made_client_is_open_or_native_as_the_server_is(tmp_path: Path) -> None:
    shown = []
    for auth in ("open", "native", "open", "native"):
        with launched(tmp_path, f"--data-dir={tmp_path / 'data'}", f"--auth={auth}") as server:
            shown.append(default_client(server).authentication)

    assert [one["scheme"] for one in shown] == ["open", "native", "open", "native"]
    assert shown[0] == shown[2] == {"scheme": "open"}
    assert shown[1] == shown[3]


def test_the_authority_of_tls_survives_a_restart(tmp_path: Path) -> None:
    authorities = []
    for _ in range(2):
        with launched(tmp_path, f"--data-dir={tmp_path / 'data'}", "--tls=auto") as server:
            assert server.tls_ca is not None
            authorities.append(server.tls_ca.read_text())

    assert authorities[0] == authorities[1]


def test_a_certificate_for_tls_that_is_not_there_is_one_line_and_exit_code_4(
    tmp_path: Path,
) -> None:
    files = ["--tls-cert=missing.pem", "--tls-key=missing-key.pem"]
    done = finished(tmp_path, "serve", *PORTS, "--ephemeral", "--tls=auto", *files)

    assert done.returncode == 4
    assert "--tls-cert" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demo_says_that_it_does_not_sign(tmp_path: Path) -> None:
    done = finished(tmp_path, "demo", "--once", "--auth=native")

    assert done.returncode == 2
    assert "--auth" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        (["--listen=nowhere"], {}, "--listen"),
        (["--no-such-flag"], {}, "no-such-flag"),
        ([], {"SRC_SYSTEM_WORKERS": "many"}, "SRC_SYSTEM_WORKERS"),
        ([], {"SRC_SYSTEM_LISTENN": "x"}, "SRC_SYSTEM_LISTEN"),
        (["--workers=some"], {}, "--workers"),
        (["--auth=basic"], {}, "--auth"),
        (["--tls=auto", "--tls-cert=c.pem"], {}, "--tls-key"),
        (["--ephemeral", "--database-url=postgresql://x/y"], {}, "--ephemeral"),
    ],
)
def test_a_usage_error_is_one_line_and_exit_code_2(
    tmp_path: Path, arguments: list[str], variables: dict[str, str], said: str
) -> None:
    done = finished(tmp_path, "serve", *arguments, **variables)

    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_database_server_is_one_line_and_exit_code_4(tmp_path: Path) -> None:
    done = finished(
        tmp_path, "serve", *PORTS, "--database-url=postgresql://nobody@127.0.0.1:1/none"
    )

    assert done.returncode == 4
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_database_that_is_not_migrated_says_what_to_do(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    server = EmbeddedPostgres.start(
        None, ephemeral=True, program_cache=tmp_path_factory.mktemp("programs")
    )
    try:
        refused = finished(tmp_path, "serve", *PORTS, f"--database-url={server.dsn}")
        migrated = finished(tmp_path, "migrate", f"--database-url={server.dsn}")
        again = finished(tmp_path, "migrate", f"--database-url={server.dsn}")
    finally:
        server.stop()

    assert refused.returncode == 4
    assert "src-system migrate" in refused.stderr
    assert migrated.returncode == 0
    assert "applied" in migrated.stdout
    assert "nothing to do" in again.stdout


def test_an_address_in_use_is_one_line_and_exit_code_4(tmp_path: Path) -> None:
    with launched(tmp_path, "--ephemeral") as server:
        taken = server.protocol.removeprefix("http://")
        done = finished(
            tmp_path, "serve", f"--listen={taken}", "--control=127.0.0.1:0", "--ephemeral"
        )

    assert done.returncode == 4
    assert taken in done.stderr
    assert "Traceback" not in done.stderr


def test_another_vault_key_is_refused_before_anything_is_served(tmp_path: Path) -> None:
    data = f"--data-dir={tmp_path / 'data'}"
    with launched(tmp_path, data, SRC_SYSTEM_VAULT_KEY="11" * 32) as server:
        assert server.version

    done = finished(tmp_path, "serve", *PORTS, data, SRC_SYSTEM_VAULT_KEY="22" * 32)

    assert done.returncode == 4
    assert "vault key" in done.stderr


def test_print_config_shows_settings_with_units_and_no_secret(tmp_path: Path) -> None:
    done = finished(
        tmp_path, "serve", "--print-config", SRC_SYSTEM_VAULT_KEY="ab" * 32, SRC_SYSTEM_WORKERS="1"
    )

    assert done.returncode == 0
    assert "body_bytes_max = 262144 bytes (from default)" in done.stdout
    assert "workers = 1 processes (from environment)" in done.stdout
    assert "ab" * 8 not in done.stdout


def test_the_demo_tells_its_story_twice_on_one_data_directory(tmp_path: Path) -> None:
    data = f"--data-dir={tmp_path / 'data'}"

    first = finished(tmp_path, "demo", "--once", data)
    second = finished(tmp_path, "demo", "--once", data)

    assert (first.returncode, second.returncode) == (0, 0), first.stdout + second.stderr
    for done in (first, second):
        assert "signature verified, payload opened" in done.stdout
        assert "4111111111111111" not in done.stdout
    assert postgres_processes(tmp_path) == []
    assert list((tmp_path / "tmp").iterdir()) == []


def test_seed_is_idempotent(tmp_path: Path) -> None:
    data = f"--data-dir={tmp_path / 'data'}"

    first = finished(tmp_path, "seed", "--profile=demo", data)
    second = finished(tmp_path, "seed", "--profile=demo", data)
    unknown = finished(tmp_path, "seed", "--profile=nothing", data)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert first.stdout == second.stdout
    assert unknown.returncode == 2


def test_ready_and_version_answer_with_their_exit_codes(tmp_path: Path) -> None:
    with launched(tmp_path, "--ephemeral") as server:
        ready = finished(tmp_path, "ready", "--control", server.control)
    gone = finished(tmp_path, "ready", "--control", server.control)
    version = finished(tmp_path, "version", "--format", "json")

    assert (ready.returncode, gone.returncode) == (0, 4)
    assert json.loads(version.stdout)["version"]
