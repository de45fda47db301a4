"""The files of pages that anybody may fetch: `/assets/{area}/{name}`, the same on both ports."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from src_system.web.pages import CONTENT_TYPES, Text, text_of

PREFIX = "/assets/"
AREAS = ("style", "sdk", "dcf", "shop", "console")


@cache
def _published() -> frozenset[str]:
    """`area/name` of every file with a type of its own; whatever else lies there stays inside."""
    return frozenset(
        f"{area}/{entry.name}"
        for area in AREAS
        if files(__package__).joinpath(area).is_dir()
        for entry in files(__package__).joinpath(area).iterdir()
        if entry.name.rpartition(".")[2] in CONTENT_TYPES
    )


@cache
def _read(name: str) -> Text:
    body = files(__package__).joinpath(*name.split("/")).read_bytes()
    return text_of(body, CONTENT_TYPES[name.rpartition(".")[2]])


def file_at(path: str) -> Text | None:
    """The file at the URL path *path*; None when there is none or it is not for everybody."""
    if not path.startswith(PREFIX) or path[len(PREFIX) :] not in _published():
        return None
    return _read(path[len(PREFIX) :])


# Revalidated each time by their ETag: a new version shows at once.
REVALIDATED: Mapping[str, str] = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
