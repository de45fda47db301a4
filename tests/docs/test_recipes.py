"""The recipes run as they are printed, each a file of its own in a stranger's folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import RunningServer

BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
SECONDS = 120
SETTINGS = """[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""


# What a careless reader's side does in a recipe, and the check that tells on it.
CARELESS = {
    "an expired payload": (
        {
            "if await ana.sandbox.clock": "if False and await ana.sandbox.clock",
            "    return True": "    return False",  # it pays, and says that it did not
        },
        "src.payload.expired-used",
    ),
    "the third wrong code": (
        {"                return None": "                continue"},
        "src.code.tried-after-exceeded",
    ),
    "as long as you are told": (
        {"await ana.sandbox.clock.advance(f": "await ana.sandbox.faults.clear(); (f"},
        "src.pace.retry-after-ignored",
    ),
}


def test_every_recipe_runs_as_it_is_printed(
    repository: Path, server: RunningServer, tmp_path: Path
) -> None:
    page = page_of(repository)
    _, *recipes = BLOCK.findall(page)

    done = run(repository, server, tmp_path, recipes)

    assert len(recipes) == len(HEADING.findall(page)) >= 10
    assert done.returncode == 0, done.stdout
    assert re.search(r"^\d+ passed in", done.stdout, re.MULTILINE), done.stdout


@pytest.mark.parametrize("heading", CARELESS)
def test_a_careless_side_fails_the_last_step_of_a_recipe(
    repository: Path, server: RunningServer, tmp_path: Path, heading: str
) -> None:
    changes, check_id = CARELESS[heading]
    [section] = [one for one in page_of(repository).split("\n## ") if heading in one[:80]]
    [recipe] = BLOCK.findall(section)
    for careful, careless in changes.items():
        assert recipe.count(careful) == 1, careful
        recipe = recipe.replace(careful, careless)

    done = run(repository, server, tmp_path, [recipe])

    assert done.returncode == 1, done.stdout
    assert re.search(r"^1 failed in", done.stdout, re.MULTILINE), done.stdout
    assert re.search(r'^> +assert verdict\.verdict != "FAILED"', done.stdout, re.MULTILINE)
    assert check_id in done.stdout


def page_of(repository: Path) -> str:
    return (repository / "docs" / "recipes.md").read_text(encoding="utf-8")


def run(
    repository: Path, server: RunningServer, folder: Path, recipes: list[str]
) -> subprocess.CompletedProcess[str]:
    """Pytest over these recipes and the page's conftest.py."""
    (folder / "conftest.py").write_text(BLOCK.findall(page_of(repository))[0])
    (folder / "pytest.ini").write_text(SETTINGS)
    for number, recipe in enumerate(recipes, 1):
        (folder / f"test_recipe_{number}.py").write_text(recipe)
    plugins = ("-p", "src_system.pytest_plugin", "-p", "asyncio", "-p", "no:cacheprovider")
    return subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, f"--src-system-control={server.control}", "-q"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": str(repository),
            "PYTEST_ADDOPTS": "",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        },
    )
