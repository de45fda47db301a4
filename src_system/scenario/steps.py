"""The verbs of a scenario, as types: one for each, with all that may stand beside it."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from src_system.scenario.words import (
    Asking,
    Deadline,
    Expectation,
    Json,
    Networks,
    Step,
    Waiting,
    Words,
)

WAIT = "5s"
Device = Annotated[
    str | None,
    Meta(description="whose session: the name of a device that a `visit` began; else the last one"),
]


class Call(Waiting, frozen=True, kw_only=True):
    """Call an operation as an SRC initiator does, on one network or on several at once."""

    call: Annotated[str, Meta(description="operation, such as identityLookup or checkout")]
    on: Networks | None = None
    device: Device = None
    with_: Annotated[
        Json,
        Meta(
            description="members of the request; what an initiator always sends is there already,"
            " null leaves it out. consumerIdentity may be an address or phone number"
        ),
    ] = msgspec.field(name="with", default_factory=dict)
    card: Annotated[
        Any, Meta(description="a card in clear, encrypted to the network as encryptedCard")
    ] = None
    encrypt: Annotated[
        Json,
        Meta(
            description="further members to be encrypted: name or place, such as"
            " `records[0].enrollmentData`, and the document in clear"
        ),
    ] = {}
    amount: Annotated[str | None, Meta(description="amount of the order, in major units")] = None
    currency: Annotated[str | None, Meta(description="its currency, ISO 4217")] = None
    headers: Annotated[
        dict[str, str], Meta(description="headers besides, such as X-Src-Simulate")
    ] = {}
    raw: Annotated[str | None, Meta(description="the body just as it is, in place of `with`")] = (
        None
    )
    give_up_after: Annotated[Deadline, Meta(description="how long an answer is waited for")] = "35s"
    expect_on: Annotated[
        dict[str, Expectation], Meta(description="by network, what is to be expected instead")
    ] = {}


class SignIn(Asking, frozen=True, kw_only=True):
    """Look a consumer up, validate her with the code from her inbox, and get all profiles.

    The body has a member per network, with what getSrcProfile answered.
    """

    sign_in: Annotated[str, Meta(description="e-mail address or phone number")]
    on: Annotated[
        str | None, Meta(description="the network that validates; else the first that knows her")
    ] = None
    device: Device = None
    remember_me: Annotated[bool, Meta(description="have the device remembered")] = False


class Visit(Step, frozen=True, kw_only=True):
    """A shopper begins a new session on a device; what the device remembers stays."""

    visit: Annotated[str, Meta(description="name of the device, such as `ana's phone`")]
    on: Annotated[
        Networks | None, Meta(description="networks of the session; else the scenario's")
    ] = None
    client: Annotated[
        str | None, Meta(description="srcClientId of the SRC initiator; else the sandbox's first")
    ] = None
    dpa: Annotated[str | None, Meta(description="srcDpaId of the merchant; else its first")] = None
    transaction: Annotated[
        str | None, Meta(description="srciTransactionId; else one that follows from the seed")
    ] = None


class Code(Asking, frozen=True, kw_only=True):
    """Wait for a one-time code that is good and was not read before."""

    code: Annotated[str, Meta(description="the person: e-mail address or phone number")]
    on: Annotated[str | None, Meta(description="the network that sent it")] = None
    channel: Annotated[str | None, Meta(description="EMAIL_ADDRESS or MOBILE_PHONE_NUMBER")] = None
    within: Deadline = WAIT


class Advance(Asking, frozen=True, kw_only=True):
    """Move the sandbox's clock on; the body tells what `fired`."""

    advance: Annotated[str, Meta(description="ISO 8601 duration", examples=["PT10M", "P180D"])]


class SetClock(Step, frozen=True, kw_only=True):
    """Stop the sandbox's clock at an instant, or let it show the machine's time (`real`)."""

    set_clock: Annotated[str, Meta(description="ISO 8601 instant, or `real`")]


class Place(Asking, frozen=True, kw_only=True):
    """Put consumers, cards, clients or DPAs in place, as fixtures of the control port have them."""

    place: Json


Some = str | list[str] | None


class FaultMatch(Words, frozen=True, kw_only=True):
    """Which calls meet the fault; any unless said otherwise."""

    operation: Annotated[Some, Meta(description="operation, or several")] = None
    network: Annotated[Some, Meta(description="network, or several")] = None
    consumer: Annotated[Some, Meta(description="e-mail address, phone number or srcConsumerId")] = (
        None
    )
    dpa: Annotated[Some, Meta(description="srcDpaId or srciDpaId")] = None
    card: Annotated[Some, Meta(description="srcDigitalCardId, last four digits, test number")] = (
        None
    )
    client: Annotated[Some, Meta(description="srcClientId")] = None
    nth: Annotated[
        int | list[int] | None, Meta(description="the first, third, … of the calls that fit")
    ] = None


class FaultWhen(Words, frozen=True, kw_only=True):
    """How often, and when."""

    probability: Annotated[float | None, Meta(description="of meeting it, 0 to 1; seeded")] = None
    times: Annotated[int | None, Meta(description="at most so often")] = None
    max_consecutive: Annotated[int | None, Meta(description="at most so often in a row")] = None
    from_: Annotated[str | None, Meta(description="not before this instant")] = msgspec.field(
        name="from", default=None
    )
    until: Annotated[str | None, Meta(description="not after this instant")] = None


class Fault(Step, frozen=True, kw_only=True):
    """Make something go wrong on purpose. A rule that no call met is a mistake in the story."""

    fault: Annotated[
        str | Json,
        Meta(
            description="the effect in its short form or as a document",
            examples=["http=503;retryAfter=2", "tamper=payload:expired"],
        ),
    ]
    match: FaultMatch = FaultMatch()
    when: FaultWhen = FaultWhen()
    may_stay_unmatched: Annotated[
        bool, Meta(description="whether it is all right that no call meets it")
    ] = False


class Control(Waiting, frozen=True, kw_only=True):
    """Call the control port: a method, and a place below the sandbox."""

    control: Annotated[
        str,
        Meta(
            description="METHOD place; a place with a slash in front is not the sandbox's",
            examples=["POST cards/visa/${card}/suspend", "GET /v1/magic"],
        ),
    ]
    with_: Annotated[Any, Meta(description="the document that is sent")] = msgspec.field(
        name="with", default=None
    )


class Journal(Asking, frozen=True, kw_only=True):
    """Look into the journal: the body has `entries` and their `count`, oldest first."""

    class Filter(Words, frozen=True, kw_only=True):
        """Which calls; any unless said otherwise."""

        operation: str | None = None
        network: str | None = None
        status: str | None = None
        reason: str | None = None
        correlation: str | None = None
        client: str | None = None

    journal: Filter
    min: Annotated[int, Meta(ge=0, description="wait for so many entries; 0: look once")] = 1
    within: Deadline = WAIT
    decoded: Annotated[
        bool, Meta(description="entries with bodies, signatures verified and payloads opened")
    ] = False


class Verdict(Step, frozen=True, kw_only=True):
    """Ask what the server makes of the calls so far."""

    verdict: Annotated[str, Meta(description="PASSED, WARNING or FAILED")]
    findings: Annotated[
        list[str], Meta(description="ids of checks that must have found something")
    ] = []
    waivers: Annotated[list[Json], Meta(description="findings that do not count")] = []


class Open(Asking, frozen=True, kw_only=True):
    """Open and check a token: a JWS of the network, or a JWE to the client. Body: its content."""

    open: Annotated[str, Meta(description="the compact JWS or JWE")]
    on: Annotated[str | None, Meta(description="the network that signed it")] = None


class Notification(Asking, frozen=True, kw_only=True):
    """Wait for a card update notification, received and verified as its client does."""

    notification: Annotated[
        Json, Meta(description="members of its content that it must have: path, value or matcher")
    ]
    on: Annotated[str | None, Meta(description="the network that sends it")] = None
    within: Deadline = WAIT


class Use(Step, frozen=True, kw_only=True):
    """Play the steps of another file with these inputs; take its outputs over."""

    use: Annotated[str, Meta(description="path of the part, from this file")]
    with_: Annotated[Json, Meta(description="its inputs")] = msgspec.field(
        name="with", default_factory=dict
    )
    capture: Annotated[
        dict[str, str], Meta(description="variables here: the name of an output")
    ] = {}


class Together(Step, frozen=True, kw_only=True):
    """Play these steps at the same time."""

    together: list[Json]


class Repeat(Step, frozen=True, kw_only=True):
    """Play these steps so often; `${round}` counts from 1."""

    repeat: Annotated[int, Meta(ge=1, le=100)]
    steps: list[Json]


VERBS: dict[str, type[Step]] = {
    "visit": Visit,
    "call": Call,
    "signIn": SignIn,
    "code": Code,
    "place": Place,
    "advance": Advance,
    "setClock": SetClock,
    "fault": Fault,
    "open": Open,
    "notification": Notification,
    "journal": Journal,
    "verdict": Verdict,
    "control": Control,
    "use": Use,
    "together": Together,
    "repeat": Repeat,
}
