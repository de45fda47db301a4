"""Starting a server: where it is when it is ready, and one line when it is not."""

import ssl
from pathlib import Path

import pytest

from src_system.client import ControlPort, Unreachable
from src_system.client.server import ServerFailed, start_server
from tests.client.conftest import EMAIL


async def test_a_server_is_started_reached_over_tls_and_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SRC_SYSTEM_WORKERS", "many")  # nothing of this reaches it
    with start_server(tmp_path, "--ephemeral", "--tls=auto") as server:
        assert server.protocol.startswith("https://")
        assert isinstance(server.tls_ca, Path)
        async with server.control_port() as control, control.new_sandbox() as sandbox:
            found = await sandbox.initiator().identity_lookup(EMAIL)
            assert not any(one.consumer_present for one in found.values())
    assert server.process.returncode == 0
    async with ControlPort(server.control) as control:
        assert not await control.is_ready()


async def test_a_certificate_that_is_not_trusted_is_said_not_to_be(tmp_path: Path) -> None:
    with start_server(tmp_path, "--ephemeral", "--tls=auto") as server:
        stranger = ControlPort(server.control, ssl_context=ssl.create_default_context())
        async with stranger as control, control.new_sandbox() as sandbox:
            with pytest.raises(Unreachable, match="certificate that is not trusted here"):
                await sandbox.initiator()["visa"].identity_lookup(EMAIL)


def test_a_start_that_fails_is_told_in_the_servers_own_words(tmp_path: Path) -> None:
    with pytest.raises(ServerFailed) as failed:
        start_server(tmp_path, "--ephemeral", "--database-url=postgresql://x/y")

    said = str(failed.value)
    assert said.startswith("The server did not start (exit code 2): --ephemeral and --database-url")
    assert "\n" not in said


def test_a_start_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(ServerFailed, match=r"was not ready in 0\.2 s"):
        start_server(tmp_path, command=("bash", "-c", "exec sleep 60"), seconds=0.2)


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ServerFailed, match="no-such-program cannot be started: No such file"):
        start_server(tmp_path, command=("no-such-program",))


def test_a_server_that_does_not_stop_is_made_to(tmp_path: Path) -> None:
    ready = '{"protocol": "a", "control": "b", "version": "c"}'
    says = 'f=${3#--ready-file=}; echo "$0" > $f.new; mv $f.new $f'
    deaf = f'trap "" TERM; {says}; while :; do sleep 0.1; done'
    server = start_server(tmp_path, command=("bash", "-c", deaf, ready))

    assert (server.protocol, server.control, server.control_token) == ("a", "b", None)
    assert server.stop(seconds=0.3) == -9


def test_a_program_that_is_no_server_is_told_and_ended(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    says = f"f=${{3#--ready-file=}}; echo $$ > {pid_file}; echo ready > $f.new; mv $f.new $f"

    with pytest.raises(ServerFailed, match="holds no ready line of src-system serve"):
        start_server(tmp_path, command=("bash", "-c", f"{says}; exec sleep 60", "no-server"))
    assert not Path(f"/proc/{pid_file.read_text().strip()}").exists()
