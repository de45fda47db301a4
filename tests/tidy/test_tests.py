"""House rules for the tests themselves: sentences that can fail."""

import ast
import re
from collections.abc import Iterator

import pytest

WORDS_MIN = 3

# What fails by itself: pytest.raises, a client's expect(status), a function that checks.
ASSERTING = re.compile(r"raises$|expect$|assert_|check_")

Test = ast.FunctionDef | ast.AsyncFunctionDef


@pytest.fixture(scope="module")
def modules(repository):
    """The syntax tree of every test file, by its path."""
    return {
        path.relative_to(repository).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted((repository / "tests").rglob("*.py"))
    }


def each_test(modules) -> Iterator[tuple[str, Test]]:
    for path, tree in modules.items():
        for node in ast.walk(tree):
            if isinstance(node, Test) and node.name.startswith("test_"):
                yield f"{path}:{node.lineno} {node.name}", node


def called(node: ast.AST) -> Iterator[str]:
    """The last names of everything called in *node*: `raises` of `pytest.raises(…)`."""
    for child in ast.walk(node):
        if isinstance(child, ast.Call):
            if isinstance(child.func, ast.Attribute):
                yield child.func.attr
            elif isinstance(child.func, ast.Name):
                yield child.func.id


def test_the_name_of_a_test_is_a_sentence(modules):
    short = [
        name
        for name, test in each_test(modules)
        if len(test.name.removeprefix("test_").split("_")) < WORDS_MIN
    ]

    assert short == []


def test_every_test_asserts_something(modules):
    idle = [
        name
        for name, test in each_test(modules)
        if not any(isinstance(node, ast.Assert) for node in ast.walk(test))
        and not any(ASSERTING.match(word) for word in called(test))
    ]

    assert idle == []


def test_no_two_tests_of_a_file_share_a_name(modules):
    names = [name.rpartition(":")[0] + name.partition(" ")[2] for name, _ in each_test(modules)]

    assert sorted(names) == sorted(set(names))


def test_whatever_is_skipped_says_why(modules):
    silent = [
        f"{path}:{node.lineno}"
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"skip", "skipif", "xfail"}
        and ast.unparse(node.value) in {"pytest", "pytest.mark"}
        and not any(
            isinstance(call, ast.Call)
            and call.func is node
            and (
                (node.attr == "skip" and call.args) or any(k.arg == "reason" for k in call.keywords)
            )
            for call in ast.walk(tree)
        )
    ]

    assert silent == []


def test_nothing_of_ours_is_mocked(modules):
    mocking = [
        f"{path}:{node.lineno}"
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("unittest"))
        or (isinstance(node, ast.Import) and any("mock" in name.name for name in node.names))
    ]

    assert mocking == []
