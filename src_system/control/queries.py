"""The JSON shapes of the control port's query parameters; control/parts.py reads them."""

from typing import Annotated

import msgspec

from src_system.model.card_notification import NotificationState
from src_system.model.operation_names import RECORDED_NAMES
from src_system.networks import PROFILES

_NETWORK = msgspec.Meta(extra_json_schema={"enum": list(PROFILES)}, description="Only this one.")

_OPERATION = msgspec.Meta(
    description="Only this one.", extra_json_schema={"enum": sorted(RECORDED_NAMES)}
)
_STATUS = msgspec.Meta(
    description="An HTTP status, or 4xx for all of them.",
    extra_json_schema={"pattern": "^([1-5][0-9]{2}|[1-5]xx)$"},
)
_UNMASKED = msgspec.Meta(description="Show numbers and codes; who asked is written down.")
_WAIT = msgspec.Meta(ge=0, description="Seconds of real time to wait for something to list.")
Cursor = Annotated[
    str,
    msgspec.Meta(
        description="`cursor` of an earlier answer.",
        extra_json_schema={"pattern": "^[0-9]{0,18}$"},
    ),
]


class PageQuery(msgspec.Struct, rename="camel", kw_only=True):
    """A page of a list."""

    after: Annotated[str, msgspec.Meta(description="`next` of the page before.")] | None = None
    limit: (
        Annotated[int, msgspec.Meta(ge=1, description="At most so many; 1000 is the most.")] | None
    ) = None


class SandboxQuery(PageQuery):
    """A page of sandboxes, or of those whose names hold a text."""

    name: Annotated[str, msgspec.Meta(description="Part of the name.")] | None = None


class NetworkPageQuery(PageQuery):
    """A page of a list that can be cut down to one network."""

    network: Annotated[str, _NETWORK] | None = None


class DueQuery(PageQuery):
    """A stretch of a sandbox's time, later than `from` and not later than `until`."""

    from_: Annotated[str, msgspec.Meta(description="An instant; now without it.")] | None = (
        msgspec.field(name="from", default=None)
    )
    until: (
        Annotated[str, msgspec.Meta(description="An instant; a day after `from` without it.")]
        | None
    ) = None


class ConsumerQuery(NetworkPageQuery):
    """A page of consumers, or who has this identity."""

    identity: Annotated[str, msgspec.Meta(description="E-mail address or number.")] | None = None


class NotificationQuery(NetworkPageQuery):
    """Which card update notifications, and how long to wait for one."""

    state: (
        Annotated[
            str,
            msgspec.Meta(
                description="How far the delivery has come.",
                extra_json_schema={"enum": list(NotificationState)},
            ),
        ]
        | None
    ) = None
    client: Annotated[str, msgspec.Meta(description="The receiver's srcClientId.")] | None = None
    after: Cursor | None = None
    wait: Annotated[float, _WAIT] | None = None


class OneTimeCodeQuery(NetworkPageQuery):
    """Which codes, and how long to wait for one."""

    identity: (
        Annotated[str, msgspec.Meta(description="Of the person, or where the code went.")] | None
    ) = None
    channel: (
        Annotated[
            str,
            msgspec.Meta(
                description="By mail or by text message.",
                extra_json_schema={
                    "enum": [
                        "EMAIL_ADDRESS",
                        "MOBILE_PHONE_NUMBER",
                        "EMAIL",
                        "SMS",
                        "MOBILE_NUMBER",
                    ]
                },
            ),
        ]
        | None
    ) = None
    after: Cursor | None = None
    wait: Annotated[float, _WAIT] | None = None
    undelivered: (
        Annotated[
            bool,
            msgspec.Meta(description="Also what was lost or is still on its way, as it was sent."),
        ]
        | None
    ) = None


class _Searched(msgspec.Struct, rename="camel", kw_only=True):
    operation: Annotated[str, _OPERATION] | None = None
    network: Annotated[str, _NETWORK] | None = None
    status: Annotated[str, _STATUS] | None = None
    correlation: Annotated[str, msgspec.Meta(description="A srcCorrelationId.")] | None = None
    client: Annotated[str, msgspec.Meta(description="A srcClientId.")] | None = None
    reason: (
        Annotated[str, msgspec.Meta(description="Of a refusal, such as CARD_NOT_FOUND.")] | None
    ) = None
    after: Cursor | None = None


class EventQuery(_Searched):
    """Which calls are told; codes, clock and faults are told in any case."""

    after: (
        Annotated[
            str,
            msgspec.Meta(
                description="The id of an event, or a place in the journal.",
                extra_json_schema={"pattern": "^[0-9]{1,18}([.][0-9]{1,18})?$"},
            ),
        ]
        | None
    ) = None


class JournalFilter(_Searched):
    """Which entries of the journal go into the archive."""

    unmasked: Annotated[bool, _UNMASKED] | None = None


class JournalQuery(_Searched):
    """Which entries of the journal, and how many to wait for."""

    limit: (
        Annotated[int, msgspec.Meta(ge=1, description="At most so many; 1000 is the most.")] | None
    ) = None
    wait: Annotated[float, _WAIT] | None = None
    min: (
        Annotated[int, msgspec.Meta(ge=1, description="Wait for so many; 1 when left out.")] | None
    ) = None


class UnmaskedQuery(msgspec.Struct, rename="camel", kw_only=True):
    """How an entry is shown."""

    unmasked: Annotated[bool, _UNMASKED] | None = None


class ExplainQuery(msgspec.Struct, rename="camel", kw_only=True):
    """Whose newest refusal is explained."""

    correlation: Annotated[str, msgspec.Meta(description="A srcCorrelationId.", min_length=1)]


class DisclosureQuery(PageQuery):
    """A page of readings without masks."""

    after: Cursor | None = None
