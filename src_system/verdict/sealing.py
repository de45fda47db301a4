"""Checks on what a client encrypts: the algorithm, the key and the age of its JWE (spec 8.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from src_system.model.journal import Artefact
from src_system.networks.profile import NetworkProfile
from src_system.verdict.check import Check, Flaw, Flaws, Severity, check
from src_system.verdict.history import History
from src_system.verdict.key_sets import encryption_kids
from src_system.verdict.step import Step

_SEALED_CARDS = ("encryptedCard", "enrollmentData")
_SEALED = (*_SEALED_CARDS, "encryptedBillingAddress", "encryptedShippingAddress")
_STALE = timedelta(minutes=15)
_AHEAD = timedelta(minutes=5)


@dataclass(frozen=True, eq=False)
class Sealed:
    """One JWE that a client sent, and the profile of the network that it was sent to."""

    step: Step
    member: str
    artefact: Artefact
    profile: NetworkProfile


def _sealed(history: History) -> list[Sealed]:
    return [
        Sealed(step, member, artefact, step.profile)
        for step in history.steps
        if step.profile is not None
        for member in _SEALED
        for _, artefact in step.artefacts("request", member)
    ]


def _cards(history: History) -> list[Sealed]:
    return [sealed for sealed in _sealed(history) if sealed.member in _SEALED_CARDS]


@check(
    "src.jwe.content-encryption",
    "A card is encrypted with another content encryption than the network's",
    Severity.FAIL,
    mend="Set enc in the JWE's header, and the length of the content key, as the network's pages"
    " say.",
    of=_cards,
)
def content_encryption(sealed: Sealed, _history: History) -> Flaws:
    """spec 8.1: Visa takes cards in A256GCM; Mastercard in A128GCM, its own package makes A256GCM.
    Another one cannot be relied upon to be opened.
    """
    named = sealed.profile.card_content_encryptions
    sent = sealed.artefact.header.get("enc")
    if named and sent not in named:
        message = f"{sealed.member} has enc {sent}; {' or '.join(named)} is taken."
        yield Flaw(message, (sealed.step,))


@check(
    "src.jwe.kid-missing",
    "A JWE does not say which key it is for",
    Severity.FAIL,
    mend="Copy the kid of the published key into the JWE's header.",
    of=_sealed,
)
def kid_missing(sealed: Sealed, _history: History) -> Flaws:
    """spec 8.1, 8.3: the header's kid is that of the network's key; after a rotation nobody can
    guess it.
    """
    if not sealed.artefact.header.get("kid"):
        yield Flaw(f"{sealed.member} has no kid.", (sealed.step,))


@check(
    "src.jwe.kid-unknown",
    "A JWE is for a key that the network does not have",
    Severity.FAIL,
    mend="Fetch the network's keys, pick the one with use enc, and refetch when it is not taken.",
    of=_sealed,
)
def kid_unknown(sealed: Sealed, _history: History) -> Flaws:
    """spec 8.3: keys are those of the network's own key set; sandboxes, production and the
    networks among themselves have different ones.
    """
    kid = sealed.artefact.header.get("kid")
    is_unknown = sealed.artefact.is_valid is None and sealed.artefact.content is None
    if kid and is_unknown:
        yield Flaw(f"{sealed.member} is for the key {kid}.", (sealed.step,))


@check(
    "src.jwe.key-outdated",
    "A JWE is for a key that a newer one has replaced",
    Severity.WARN,
    mend="Do not pin a key or its kid: take the newest with use enc of a key set fetched lately.",
    of=_sealed,
)
def key_outdated(sealed: Sealed, history: History) -> Flaws:
    """spec 8.3: kids change when keys are rotated; the old key is gone soon after."""
    kid, step = sealed.artefact.header.get("kid"), sealed.step
    published = history.key_sets_of(step.network)
    newest = published.newest_known(step)
    had_it = published.first_with(str(kid))
    if newest is not None and had_it is not None and str(kid) not in encryption_kids(newest):
        message = f"{sealed.member} is for the key {kid}, which is published no more."
        yield Flaw(message, (had_it, newest, step))


@check(
    "src.jwe.unreadable",
    "An encrypted member cannot be opened",
    Severity.FAIL,
    mend="Encrypt with RSA-OAEP-256 to the key of that kid, and send the compact form unchanged.",
    of=_sealed,
)
def unreadable(sealed: Sealed, _history: History) -> Flaws:
    """spec 8.1: compact JWE, RSA-OAEP-256, the whole of it under the key that its kid names."""
    artefact = sealed.artefact
    if artefact.is_valid is False:
        algorithm = artefact.header.get("alg")
        message = f"{sealed.member} (alg {algorithm}) cannot be opened: {artefact.problem}"
        yield Flaw(message, (sealed.step,))


def _to_dating_networks(history: History) -> list[Sealed]:
    return [sealed for sealed in _cards(history) if sealed.profile.card_header_has_iat]


@check(
    "src.jwe.iat",
    "A JWE is not dated, or dated wrongly",
    Severity.WARN,
    mend="Encrypt the card anew for each call, with iat set to now in seconds.",
    of=_to_dating_networks,
)
def dated(sealed: Sealed, _history: History) -> Flaws:
    """spec 8.1: Visa has the time of encryption as iat, in epoch seconds, in the header; an old
    one is a replay.
    """
    iat, step = sealed.artefact.header.get("iat"), sealed.step
    made = _made_at(iat)
    # A client has its machine's time, wherever the sandbox's clock was moved to.
    clocks = (step.at, step.entry.recorded_at)
    if iat is None:
        yield Flaw(f"{sealed.member} has no iat.", (step,))
    elif made is None:
        yield Flaw(f"{sealed.member} has an iat that is no time in seconds.", (step,))
    elif all(now - made > _STALE for now in clocks):
        yield Flaw(f"{sealed.member} was encrypted long before it was sent.", (step,))
    elif all(made - now > _AHEAD for now in clocks):
        yield Flaw(f"{sealed.member} is dated ahead.", (step,))


def _made_at(iat: object) -> datetime | None:
    if isinstance(iat, bool) or not isinstance(iat, int | float):
        return None
    try:
        return datetime.fromtimestamp(iat, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _in_clear(history: History) -> list[Sealed]:
    return [sealed for sealed in _cards(history) if sealed.artefact.content]


@check(
    "src.jwe.empty-member",
    "An encrypted card holds empty members",
    Severity.WARN,
    mend="Leave out members without a value before encrypting.",
    of=_in_clear,
)
def empty_member(sealed: Sealed, _history: History) -> Flaws:
    """spec 4.1: Mastercard refuses a card whose cardholderFullName is an empty text; what is not
    known is left out.
    """
    content = sealed.artefact.content or {}
    inside = content.get("card")  # of an issuer's enrollmentData
    card = inside if isinstance(inside, Mapping) else content
    empty = sorted(name for name, value in card.items() if value == "")
    if empty:
        yield Flaw(f"{sealed.member} holds {', '.join(empty)} without a value.", (sealed.step,))


CHECKS: tuple[Check, ...] = (
    content_encryption,
    kid_missing,
    kid_unknown,
    key_outdated,
    unreadable,
    dated,
    empty_member,
)
