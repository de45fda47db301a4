"""Refusals as an OpenAPI document lists them: by status, with reasons, read from docstrings."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from src_system.model import errors
from src_system.model.errors import SrcError
from src_system.wire.errors import PLAIN, ErrorDialect

Json = dict[str, Any]

_CLASS_NAME = re.compile(r"\b[A-Z][A-Za-z]+\b")


def all_refusals() -> list[type[SrcError]]:
    """Every refusal that there is, in the order of their definition."""
    return list(dict.fromkeys(_below(SrcError)))


def _below(kind: type[SrcError]) -> Iterator[type[SrcError]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _below(subclass)


def named_refusals(run: Callable[..., Any]) -> list[type[SrcError]]:
    """The refusals that the function's docstring names: house style has it name them all."""
    known = {kind.__name__: kind for kind in all_refusals()}
    words = _CLASS_NAME.findall(run.__doc__ or "")
    return [known[word] for word in words if word in known]


def by_status(
    kinds: Iterable[type[SrcError]], dialect: ErrorDialect = PLAIN
) -> dict[int, list[type[SrcError]]]:
    """The refusals under their HTTP status, in rising order."""
    found: dict[int, list[type[SrcError]]] = {}
    for kind in dict.fromkeys(kinds):
        found.setdefault(dialect.words_of(kind)[1], []).append(kind)
    return dict(sorted(found.items()))


def reason_of(kind: type[SrcError], dialect: ErrorDialect = PLAIN) -> str:
    """`REASON`, or `REASON, DETAIL` where the detail says something else."""
    reason, _ = dialect.words_of(kind)
    if kind.detail_reason in (None, reason):
        return reason
    return f"{reason}, {kind.detail_reason}"


def reasons(dialects: Iterable[ErrorDialect] = ()) -> tuple[list[str], list[str]]:
    """Every top-level reason, and every reason that a detail may have."""
    kinds = all_refusals()
    words = {reason for dialect in dialects for reason, _ in dialect.words.values()}
    top = sorted({kind.reason for kind in kinds} | words)
    return top, sorted({*top, *(kind.detail_reason for kind in kinds if kind.detail_reason)})


def _headers_of(kinds: Iterable[type[SrcError]]) -> Json:
    if errors.MethodNotAllowed not in kinds:
        return {}
    text = "The methods that this address has, with commas (RFC 9110)."
    return {"Allow": {"description": text, "schema": {"type": "string"}}}


def response_of(
    kinds: list[type[SrcError]], schema: Json, headers: Json, dialect: ErrorDialect = PLAIN
) -> Json:
    """The response object of one status."""
    lines = [f"`{reason_of(kind, dialect)}`: {(kind.__doc__ or '').strip()}" for kind in kinds]
    return {
        "description": "\n\n".join(lines),
        "headers": {**headers, **_headers_of(kinds)},
        "content": {"application/json": {"schema": schema}},
        "x-src-reasons": [
            {
                "reason": dialect.words_of(kind)[0],
                "detail": kind.detail_reason,
                "message": (kind.__doc__ or ""),
            }
            for kind in kinds
        ],
    }
