"""Every text in a JSON document, with where it stands."""

from collections.abc import Iterator, Mapping
from typing import Any


def texts_in(document: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every text in *document* with its path, which begins with *path*: `$.list[0].member`."""
    if isinstance(document, str):
        yield path, document
    elif isinstance(document, Mapping):
        for name, member in document.items():
            yield from texts_in(member, f"{path}.{name}")
    elif isinstance(document, list):
        for number, member in enumerate(document):
            yield from texts_in(member, f"{path}[{number}]")
