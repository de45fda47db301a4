"""The recipes run as they are printed, each a file of its own in a stranger's folder."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.conftest import RunningServer

BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
SECONDS = 120
SETTINGS = """[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""


def test_every_recipe_runs_as_it_is_printed(
    repository: Path, server: RunningServer, tmp_path: Path
) -> None:
    page = (repository / "docs" / "recipes.md").read_text(encoding="utf-8")
    shared, *recipes = BLOCK.findall(page)
    (tmp_path / "conftest.py").write_text(shared)
    (tmp_path / "pytest.ini").write_text(SETTINGS)
    for number, recipe in enumerate(recipes, 1):
        (tmp_path / f"test_recipe_{number}.py").write_text(recipe)
    plugins = ("-p", "src_system.pytest_plugin", "-p", "asyncio", "-p", "no:cacheprovider")

    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, f"--src-system-control={server.control}", "-q"],
        cwd=tmp_path,
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

    assert len(recipes) == len(HEADING.findall(page)) >= 10
    assert done.returncode == 0, done.stdout
    assert re.search(r"^\d+ passed in", done.stdout, re.MULTILINE), done.stdout
