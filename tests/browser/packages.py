"""npm packages that check our scripts and pages, installed once per lock file."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

_SOURCES = Path(__file__).parent / "node"
_INSTALL_SECONDS = 300


def installed(cache: Path) -> Path:
    """The folder of packages, in *cache*; fails where there is no Node.js."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.fail("Types and accessibility are checked by npm packages.", pytrace=False)
    digest = hashlib.sha256((_SOURCES / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = cache / f"pages-{digest}"
    if not (folder / "installed").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for source in (*_SOURCES.glob("package*.json"), _SOURCES / ".npmrc"):
            shutil.copy(source, folder)
        ended = subprocess.run(
            [npm, "ci", "--ignore-scripts"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
            check=False,
        )
        assert ended.returncode == 0, f"npm ci failed: {ended.stderr[-3000:]}"
        (folder / "installed").touch()
    return folder / "node_modules"
