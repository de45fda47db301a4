"""House rules for Markdown: one title, and links that lead somewhere."""

import re

import pytest

FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")


@pytest.fixture(scope="module")
def documents(repository):
    """Every Markdown file without its code blocks, by its path."""
    paths = [
        path
        for path in repository.rglob("*.md")
        if not any(part.startswith(".") for part in path.relative_to(repository).parts)
    ]
    return {path: FENCE.sub("", path.read_text(encoding="utf-8")) for path in paths}


def test_every_document_has_exactly_one_title(documents):
    titles = {
        path.name: len(re.findall(r"^# ", text, re.MULTILINE)) for path, text in documents.items()
    }

    assert "ARCHITECTURE.md" in titles
    assert {name: count for name, count in titles.items() if count != 1} == {}


def test_every_link_to_a_file_leads_to_one(documents):
    broken = [
        f"{path.name}: {target}"
        for path, text in documents.items()
        for target in LINK.findall(text)
        if "://" not in target
        and not target.startswith("mailto:")
        and not (path.parent / target).exists()
    ]

    assert broken == []


def test_every_file_that_the_architecture_names_exists(repository):
    text = (repository / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:\w+/)+\w+\.py)`", text))
    missing = {
        name
        for name in named
        if not (repository / name).exists() and not (repository / "src_system" / name).exists()
    }

    assert len(named) > 10
    assert missing == set()
