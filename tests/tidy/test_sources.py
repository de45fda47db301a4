"""House rules for every Python file: small, plain, opening with what it is."""

import ast
import re
from collections.abc import Iterator

import pytest

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
COLUMNS_MAX = 100

# Names that say nothing about what is inside, and so attract everything.
EMPTY_NAMES = {"utils", "util", "common", "helpers", "base", "core", "services", "managers"}

# A note to oneself in a comment.
LEFTOVER = re.compile(r"(?:#|//|--|<!--|/\*).*\b(?:FIXME|TODO|XXX|HACK)\b")
# A path of somebody's own machine, or a package index of somebody's own.
MACHINE = re.compile(r"(?<![\w.~}>*-])/(?:home|root|Users|opt|mnt)/\w|file://")

# What tools put here: environments, packages, caches.
_MADE = (".venv", ".pytest_cache", "dist")

# This file, which has to spell what it forbids.
RULES = "tests/tidy/test_sources.py"

TEXTS = {".py", ".md", ".sql", ".toml", ".txt", ".in", ".js", ".css", ".html", ".yaml", ".yml"}


@pytest.fixture(scope="module")
def texts(repository):
    """The lines of every text of the project, by its path."""
    return {path: text.splitlines() for path, text in read(repository)}


@pytest.fixture(scope="module")
def sources(texts):
    """The same, for the Python files of the program itself."""
    return {
        path: lines
        for path, lines in texts.items()
        if path.startswith("src_system/") and path.endswith(".py")
    }


def read(repository) -> Iterator[tuple[str, str]]:
    tops = [path for path in repository.iterdir() if not path.name.startswith(".")]
    for path in [*tops, repository / ".ci", *repository.glob("*/**/*")]:
        name = path.relative_to(repository).as_posix()
        if path.suffix in TEXTS and path.is_file() and not name.startswith(_MADE):
            yield name, path.read_text(encoding="utf-8")


def functions(lines):
    tree = ast.parse("\n".join(lines))
    return [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_the_rules_look_at_the_program(sources, texts):
    assert "src_system/config.py" in sources
    assert "pyproject.toml" in texts
    assert not [path for path in texts if "site-packages" in path]


def test_every_python_file_opens_with_a_sentence_that_says_what_it_is(texts):
    silent = []
    for path, lines in texts.items():
        if path.endswith(".py"):
            opening = (ast.get_docstring(ast.parse("\n".join(lines))) or "").split("\n\n")[0]
            if not opening.endswith((".", "?", "!", ":")):
                silent.append(path)

    assert silent == []


def test_no_source_file_is_longer_than_the_limit(sources):
    assert [path for path, lines in sources.items() if len(lines) > FILE_LINES_MAX] == []


def test_no_function_is_longer_than_the_limit(sources):
    long = [
        f"{path}:{function.lineno} {function.name}"
        for path, lines in sources.items()
        for function in functions(lines)
        if (function.end_lineno or 0) - function.lineno + 1 > FUNCTION_LINES_MAX
    ]

    assert long == []


def test_no_line_of_code_is_wider_than_the_limit(texts):
    wide = [
        f"{path}:{number}"
        for path, lines in texts.items()
        if path.endswith((".py", ".sql"))
        for number, line in enumerate(lines, 1)
        if len(line) > COLUMNS_MAX
    ]

    assert wide == []


def test_no_module_has_a_name_that_says_nothing(texts):
    named = [
        path
        for path in texts
        if path.endswith(".py") and EMPTY_NAMES & set(path.removesuffix(".py").split("/"))
    ]

    assert named == []


def test_only_commands_and_the_demo_print(sources):
    printing = [
        f"{path}:{node.lineno}"
        for path, lines in sources.items()
        if not path.startswith(("src_system/cli", "src_system/demo"))
        for node in ast.walk(ast.parse("\n".join(lines)))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]

    assert printing == []


def test_no_exception_is_swallowed_in_silence(sources):
    swallowing = [
        f"{path}:{node.lineno}"
        for path, lines in sources.items()
        for node in ast.walk(ast.parse("\n".join(lines)))
        if isinstance(node, ast.ExceptHandler) and all(isinstance(s, ast.Pass) for s in node.body)
    ]

    assert swallowing == []


def test_nothing_is_left_for_later_in_a_comment(texts):
    left = [
        f"{path}:{number}"
        for path, lines in texts.items()
        for number, line in enumerate(lines, 1)
        if LEFTOVER.search(line) and path != RULES
    ]

    assert left == []


def test_no_text_knows_the_machine_it_was_written_on(texts):
    knowing = [
        f"{path}:{number}"
        for path, lines in texts.items()
        for number, line in enumerate(lines, 1)
        if MACHINE.search(line) and path != RULES
    ]

    assert knowing == []
