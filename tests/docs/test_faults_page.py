"""The page of faults does as it says: its commands run, its tables are those of the program."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from src_system.model.fault_effects import POSSIBLE_TAMPERING, Artefact, Tampering
from src_system.model.vocabulary import REASONS
from tests.conftest import RunningServer

_BLOCKS = re.compile(r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
_MARK = "---- next block ----"


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    """The page as it is."""
    return (repository / "docs" / "faults.md").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("curl") is None, reason="the commands call curl")
def test_every_command_answers_what_stands_below_it(page: str, server: RunningServer) -> None:
    blocks = _BLOCKS.findall(page)
    script = f"\necho; echo '{_MARK}'\n".join(commands for commands, _ in blocks)
    script = script.replace("http://127.0.0.1:8081", server.control)
    script = script.replace("http://127.0.0.1:8080", server.protocol)

    run = subprocess.run(
        ["bash", "-eu", "-c", script], capture_output=True, text=True, check=False, timeout=120
    )

    assert run.returncode == 0, run.stderr
    outputs = run.stdout.split(_MARK)
    assert len(outputs) == len(blocks) > 8
    for (commands, expected), output in zip(blocks, outputs, strict=True):
        for line in expected.splitlines():
            assert line in output, f"{commands}\nanswered\n{output}"


def test_the_table_of_tampering_is_that_of_the_program(page: str) -> None:
    section = page[page.index("### tamper") : page.index("### otp")]
    _, *rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", section, re.MULTILINE)
    columns = (
        (Artefact.CHECKOUT_RESPONSE,),
        (Artefact.PAYLOAD,),
        (Artefact.ID_TOKEN, Artefact.RECOGNITION_TOKEN),
        (Artefact.KEYS,),
    )
    listed: dict[Artefact, set[Tampering]] = {artefact: set() for artefact in Artefact}
    for how, cells in rows:
        for artefacts, cell in zip(columns, cells.split("|"), strict=True):
            if cell.strip():
                for artefact in artefacts:
                    listed[artefact].add(Tampering(how))

    assert listed == POSSIBLE_TAMPERING


def test_every_reason_of_the_vocabulary_is_listed(page: str) -> None:
    listed = page[page.index("## The vocabulary") :]

    assert set(re.findall(r"[A-Z][A-Z_0-9-]{3,}", listed)) == REASONS
