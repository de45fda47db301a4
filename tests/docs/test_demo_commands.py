"""The commands that the demo prints at its end work as printed."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fetching import fetch


@pytest.mark.skipif(shutil.which("curl") is None, reason="the printed commands call curl")
def test_every_command_that_the_demo_prints_works_as_printed(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "src_system", "demo"),
            *("--listen=127.0.0.1:0", "--control=127.0.0.1:0", f"--data-dir={tmp_path / 'data'}"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"},
    )
    assert process.stdout is not None
    printed: list[str] = []
    try:
        for line in process.stdout:
            if line.startswith('{"event":"ready"'):
                break
            printed.append(line)
        text = "".join(printed)
        shop = next(line.split()[-1] for line in printed if line.startswith("Buy something"))
        status, headers, _ = fetch(shop)
        assert (status, headers.get_content_type()) == (200, "text/html")
        blocks = text[text.index("What to try next") :].split("\n# ")[1:]
        commands = [block.split("\n", 1)[1].strip() for block in blocks]
        answers = [
            subprocess.run(
                ["bash", "-c", command], capture_output=True, text=True, check=False, timeout=60
            )
            for command in commands
        ]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)

    assert len(commands) >= 6
    for command, answer in zip(commands, answers, strict=True):
        assert answer.returncode == 0, command + answer.stderr
        if "decode" not in command:
            assert "errordetail" not in answer.stdout, command
            assert json.loads(answer.stdout), command
    assert process.returncode == 0
