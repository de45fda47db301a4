"""Node.js programs of a folder, with the packages they are made of, run on a story."""

import hashlib
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SOURCES = Path(__file__).parent / "node"
INSTALL_SECONDS = 300
RUN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class NodePackages:
    """A folder with the programs and their installed packages."""

    folder: Path
    node: str

    def run(self, program: str, story: Any) -> Any:
        """What *program* printed, having read *story*; both are JSON."""
        ended = subprocess.run(
            [self.node, program],
            cwd=self.folder,
            input=json.dumps(story),
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr[-3000:]
        return json.loads(ended.stdout)


def install(cache: Path, sources: Path = SOURCES) -> NodePackages:
    """The programs beside packages that are installed once per lock file, in *cache*.

    Fails where there is no Node.js: what vendors publish must be tried, not skipped.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.fail(
            "These tests run vendors' own npm packages: install Node.js 20 or newer with npm.",
            pytrace=False,
        )
    digest = hashlib.sha256((sources / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = cache / digest
    is_installed = (folder / "installed").exists()
    folder.mkdir(parents=True, exist_ok=True)
    for source in (*sources.glob("*.mjs"), *sources.glob("package*.json"), sources / ".npmrc"):
        shutil.copy(source, folder)
    if not is_installed:
        ended = subprocess.run(
            [npm, "ci", "--ignore-scripts"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
        assert ended.returncode == 0, f"npm ci failed: {ended.stderr[-3000:]}"
        (folder / "installed").touch()
    return NodePackages(folder, node)
