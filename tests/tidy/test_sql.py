"""House rules for SQL: plain constants, time as an argument, every column named."""

import ast
import re

import pytest

MIGRATION_NAME = re.compile(r"([0-9]{4})_[a-z][a-z0-9_]*\.sql")
MACHINE_TIME = re.compile(
    r"\bnow\(\)|\bcurrent_(?:timestamp|date|time)\b|\b(?:clock|statement|transaction)_timestamp\b",
    re.IGNORECASE,
)
EVERY_COLUMN = re.compile(r"\bselect\s+(?:\w+\.)?\*|\breturning\s+\*", re.IGNORECASE)
STATEMENT = re.compile(r"\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\s")


@pytest.fixture(scope="module")
def migrations(repository):
    """The migrations, by their file name."""
    return {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted((repository / "migrations").glob("*.sql"))
    }


@pytest.fixture(scope="module")
def store(repository):
    """The syntax tree of every file of the store, by its path."""
    return {
        path.relative_to(repository).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted((repository / "src_system" / "store").rglob("*.py"))
    }


def statements(store):
    return [
        (f"{path}:{node.lineno}", node.value)
        for path, tree in store.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and STATEMENT.search(node.value)
    ]


def test_migrations_are_numbered_from_one_without_a_gap(migrations):
    numbers = [int(match[1]) for name in migrations if (match := MIGRATION_NAME.fullmatch(name))]

    assert len(numbers) == len(migrations)
    assert numbers == list(range(1, len(migrations) + 1))


def test_every_migration_opens_with_what_it_is_for(migrations):
    assert [name for name, text in migrations.items() if not text.startswith("-- ")] == []


def test_no_sql_asks_the_database_for_the_time(migrations, store):
    asking = [
        name
        for name, text in [*migrations.items(), *statements(store)]
        if MACHINE_TIME.search(re.sub(r"--.*", "", text))
    ]

    assert asking == []


def test_every_statement_names_its_columns(migrations, store):
    careless = [
        name
        for name, text in [*migrations.items(), *statements(store)]
        if EVERY_COLUMN.search(re.sub(r"--.*", "", text))
    ]

    assert careless == []


def test_no_statement_is_put_together_at_run_time(store):
    """A list of columns may be spliced in when the module is read; nothing may be, later."""
    composed = [
        f"{path}:{node.lineno}"
        for path, tree in store.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        and STATEMENT.search(
            "".join(str(p.value) for p in node.values if isinstance(p, ast.Constant))
        )
        and not (node in constants(tree) and all(is_constant_name(p) for p in node.values))
    ]

    assert composed == []


def constants(tree):
    """What the module assigns to names of its own."""
    return [node.value for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]


def is_constant_name(part):
    """Whether this part of an f-string is text or the name of a constant."""
    if isinstance(part, ast.FormattedValue):
        return isinstance(part.value, ast.Name) and part.value.id.isupper()
    return True
