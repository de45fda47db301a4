"""What a handler of the control port takes and gives, said beside it for the OpenAPI document."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aiohttp import web

from src_system.model.errors import SrcError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_Handler = TypeVar("_Handler", bound=Handler)


@dataclass(frozen=True, slots=True)
class Described:
    """Types of body, answer and query; *answer* None with *media_type* None: no body.

    *other_media* are further forms of the answer, for whoever asks for them.

    A page is for people: it is in no document, and who has no token is shown where to give it.

    *refusals* are those that the handler itself has, beside those of every call.
    """

    request: Any = None
    answer: Any = None
    query: Any = None
    status: int = 200
    media_type: str | None = "application/json"
    other_media: Mapping[str, Any] = field(default_factory=dict)  # type by media type
    request_is_required: bool = True
    other_answers: tuple[tuple[int, str, Any], ...] = ()
    refusals: tuple[type[SrcError], ...] = ()
    is_page: bool = False


_DESCRIPTIONS: dict[Handler, Described] = {}


def described(**members: Any) -> Callable[[_Handler], _Handler]:
    """Note what the handler takes and gives; the handler itself stays as it is."""
    description = Described(**members)

    def note(handler: _Handler) -> _Handler:
        _DESCRIPTIONS[handler] = description
        return handler

    return note


def is_page(handler: object) -> bool:
    """Whether *handler* answers people, not programs."""
    described = _DESCRIPTIONS.get(handler)  # type: ignore[call-overload]
    return described is not None and described.is_page


def description_of(handler: Handler) -> Described | None:
    """What was noted, or None."""
    return _DESCRIPTIONS.get(handler)
