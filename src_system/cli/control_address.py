"""Where a running server's control port is: from a flag, a ready file, the environment, or 8081."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from src_system.cli.options import CONTROL_URL_VARIABLE, UsageFailed
from src_system.config import process_environment

DEFAULT_URL = "http://127.0.0.1:8081"


def find_control(control: str | None, ready_file: str | None) -> tuple[str, str | None]:
    """Address and token of the control port.

    The flag --control comes first, then --ready-file, then the environment: SRC_SYSTEM_CONTROL_URL,
    SRC_SYSTEM_READY_FILE, SRC_SYSTEM_CONTROL (as `serve` has it). A ready file is the one that
    `serve --ready-file` writes; it tells the token too.
    """
    environment = process_environment()
    token = environment.get("SRC_SYSTEM_CONTROL_TOKEN") or None
    if control is not None:
        return control, token
    if ready_file is not None:
        return _read(Path(ready_file), token)
    if environment.get(CONTROL_URL_VARIABLE):
        return environment[CONTROL_URL_VARIABLE], token
    written = Path(environment.get("SRC_SYSTEM_READY_FILE") or "")
    if written.is_file():
        return _read(written, token)
    return environment.get("SRC_SYSTEM_CONTROL") or DEFAULT_URL, token


def _read(path: Path, token: str | None) -> tuple[str, str | None]:
    try:
        ready: Mapping[str, Any] = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        return str(ready["control"]), token or ready.get("control_token")
    except OSError as error:
        raise UsageFailed(f"--ready-file: {path}: {error.strerror}") from error
    except (msgspec.MsgspecError, KeyError):
        raise UsageFailed(f"--ready-file: {path} holds no ready line of src-system serve") from None
