"""What stands in a scenario file, as types: the parts that every step has in common."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, field

NETWORKS = ("visa", "mastercard", "amex", "discover")
ALL_NETWORKS = "all"

Json = dict[str, Any]
Paths = dict[str, Any]
Deadline = Annotated[str, Meta(pattern=r"^\d+(\.\d+)?\s*(ms|s|m)$", examples=["5s", "500ms", "1m"])]
Networks = Annotated[
    str | list[str],
    Meta(description="`visa`, `mastercard`, `amex`, `discover`, a list of them, or `all`"),
]


class Words(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A mapping in a scenario file: a name that is none of its own is a mistake."""


class Expectation(Words, frozen=True, kw_only=True):
    """What an answer must be. Without `status` and `reason` it must be a success."""

    status: Annotated[
        str | list[str] | None,
        Meta(description="HTTP status, such as 200, `4xx`, or a list of those allowed"),
    ] = None
    reason: Annotated[
        str | list[str] | None,
        Meta(description="reason of a refusal, in the error body or one of its details"),
    ] = None
    source: Annotated[
        Any, Meta(description="member at fault that the refusal names, as text or matcher")
    ] = None
    headers: Annotated[Paths, Meta(description="headers of the answer: name, and a matcher")] = {}
    body: Annotated[
        Paths,
        Meta(
            description="members of the body in the spelling of EMV, whichever network answers:"
            " JSONPath, and a value or matcher"
        ),
    ] = {}
    wire: Annotated[Paths, Meta(description="the same of the body as it came over the wire")] = {}
    response: Annotated[Paths, Meta(description="claims of the verified checkoutResponse")] = {}
    response_header: Annotated[Paths, Meta(description="its JOSE header")] = {}
    payload: Annotated[Paths, Meta(description="members of the opened payload")] = {}
    payload_header: Annotated[Paths, Meta(description="its JOSE header")] = {}
    id_token: Annotated[Paths, Meta(description="claims of the verified idToken")] = {}
    recognition_token: Annotated[
        Paths, Meta(description="claims of the verified recognition token")
    ] = {}
    broken: Annotated[
        Any,
        Meta(
            description="why there is no answer to read: text that the client's complaint contains,"
            " or a matcher. Then only a broken connection or answer passes"
        ),
    ] = None
    distrusted: Annotated[
        Any,
        Meta(
            description="why what came back must not be believed: text that the client's complaint"
            " contains, or a matcher. Then only a forgery passes"
        ),
    ] = None


class Step(Words, frozen=True, kw_only=True):
    """What every step may have besides its verb."""

    title: Annotated[str | None, Meta(description="what happens, for the report")] = None


class Asking(Step, frozen=True, kw_only=True):
    """A step with an answer."""

    expect: Annotated[Expectation, Meta(description="what the answer must be")] = field(
        default_factory=Expectation
    )
    capture: Annotated[
        dict[str, Any],
        Meta(
            description="variables for later steps: a path in the body, or {payload: path} and the"
            " like; asked of several networks, a variable has a member for each"
        ),
    ] = {}


class Waiting(Asking, frozen=True, kw_only=True):
    """A step that may have to wait; there is no sleeping, only a deadline."""

    within: Annotated[
        Deadline | None,
        Meta(description="ask again until the expectation holds, so long at most (real time)"),
    ] = None
